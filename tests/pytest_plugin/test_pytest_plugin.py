"""The plugin in a user's project, with jurat installed from its wheel."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jurat.testing import LAWS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STRANGER = ROOT / "tests" / "plugin" / "sample"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
LOCAL = ["--no-deps", "--no-build-isolation", "--no-index"]
# what would change how pytest runs; and what is compiled may be kept, it is in a folder of ours
LEFT_OUT = ("JURAT", "PYTEST", "COV_", "COVERAGE", "HYPOTHESIS", "PYTHONDONTWRITEBYTECODE")
# pytest tells more where these say that nobody sits in front of it
ON_BUILD_SERVERS = ("CI", "BUILD_NUMBER")

Run = Callable[..., str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with jurat installed from its wheel, and a third party's plugin."""
    pytest.importorskip("hatchling")
    root = tmp_path_factory.mktemp("site")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(STRANGER, root / "stranger", ignore=ignore)
    for source in (ROOT, root / "stranger"):
        command = [*PIP, "wheel", *LOCAL, "--wheel-dir", str(root / "wheels"), str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    target = (
        root / "site-packages"
    )  # by that name hypothesis knows it is none of the user's own code
    wheels = [str(path) for path in (root / "wheels").iterdir()]
    command = [*PIP, "install", "--no-deps", "--no-index", "--target", str(target), *wheels]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return target


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    shutil.copytree(HERE / "sample", root, ignore=shutil.ignore_patterns("__pycache__"))
    return root


# Loads what all need once, and runs pytest in a copy of itself each time. (No copies: no forks.)
SERVES = """
import json, os, sys
import pytest
import jurat.authoring.report, jurat.testing._laws
from jurat.plugin import load_plugins
load_plugins()
for line in sys.stdin:
    told, tells = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(tells, 1), os.dup2(tells, 2), os.close(tells)
        project, args = json.loads(line)
        os.chdir(project)
        sys.path.insert(0, project)
        code = pytest.main(args)
        sys.stdout.flush()
        os._exit(code)
    os.close(tells)
    with open(told, encoding="utf-8", errors="replace") as out:
        text = out.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([status, text]), flush=True)
"""


def environ(site: Path) -> dict[str, str]:
    kept = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(LEFT_OUT) and name not in ON_BUILD_SERVERS
    }
    return kept | {"PYTHONPATH": str(site)}


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[Callable[[Path, list[str]], tuple[int, str]]]:
    with subprocess.Popen(
        [sys.executable, "-c", SERVES],
        env=environ(site),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        send, answers = process.stdin, process.stdout

        def ask(project: Path, args: list[str]) -> tuple[int, str]:
            send.write(json.dumps([str(project), args]) + "\n")
            send.flush()
            code, text = json.loads(answers.readline())
            return code, text

        yield ask
        send.close()


def alone(project: Path, site: Path, args: list[str]) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *args],
        cwd=project,
        env=environ(site),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def run(site: Path, project: Path, request: pytest.FixtureRequest) -> Run:
    """Run pytest in the project, and hold its exit code; what it printed. `fresh` in a process of
    its own, as a user does."""

    def run(*args: str, exits: int = 0, fresh: bool = not hasattr(os, "fork")) -> str:
        # not the plugins that warn of settings that the sample does not have
        left_out = [w for name in ("asyncio", "anyio", "faker") for w in ("-p", f"no:{name}")]
        all_args = [*left_out, "-p", "no:cacheprovider", *args]
        if fresh:
            code, told = alone(project, site, all_args)
        else:
            code, told = request.getfixturevalue("served")(project, all_args)
        assert code == exits, told
        return told

    return run


def items(told: str) -> list[str]:
    """The ids that `--collect-only -q` printed."""
    return [line for line in told.splitlines() if "::" in line]


def rewrite(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


DESK = "policies/desk/tests/desk.yaml"
CASES = [
    f"{DESK}::a question at noon is allowed",
    f"{DESK}::a model that nobody reviewed: is denied",
    f"{DESK}::a model that nobody reviewed: by a longer name is denied too",
    "policies/desk/tests/nights.yaml::a question at night is denied",
]


def test_the_tests_of_a_project_and_of_its_bundle_run_together(run: Run, project: Path) -> None:
    where = project / "tests" / "test_installed.py"
    where.write_text(
        "import jurat, jurat_pytest, pathlib\n"
        "SITE = pathlib.Path(jurat_pytest.__file__).parents[1]\n"
        "def test_installed():\n"
        "    assert SITE == pathlib.Path(jurat.__file__).parents[1]\n"
        "    assert SITE.name == 'site-packages'\n"
    )
    told = run("-v", fresh=True)
    assert "jurat: policies/desk\n" in told
    for name in (*CASES, "tests/test_desk.py::test_nobody_asks_at_night"):
        assert re.search(f"^{re.escape(name)} PASSED", told, re.MULTILINE)
    assert "policies/other/tests" not in told
    assert "jurat: what" not in told
    assert "10 passed" in told


def test_a_case_that_fails_is_told_as_jurat_test_tells_it(run: Run, project: Path) -> None:
    rewrite(project / DESK, "effect: deny", "effect: allow")
    told = run("-q", "tests", "policies/desk", "-k", "nobody and longer", exits=1)
    (failures,) = re.findall(r"=+ FAILURES =+\n(.*)\n=+ short", told, re.DOTALL)
    heading, *lines = failures.splitlines()
    assert heading.strip("_ ") == "a model that nobody reviewed: by a longer name is denied too"
    assert lines[:3] == [
        "effect is deny, not allow",
        "  decided: deny (Deny)",
        "    fired          models (deny)",
    ]
    assert lines[-1] == f"{DESK}:14: {heading.strip('_ ')}"
    assert ".py" not in failures
    assert "1 failed, 8 deselected" in told


def test_a_case_is_selected_by_its_id(run: Run) -> None:
    assert "1 passed" in run("-q", CASES[1])
    assert items(run("--collect-only", "-q", "-k", "night and not desk_py")) == [
        "tests/test_desk.py::test_nobody_asks_at_night",
        CASES[3],
    ]


def test_two_cases_of_one_name_are_two_items(run: Run, project: Path) -> None:
    nights = project / "policies/desk/tests/nights.yaml"
    nights.write_text(nights.read_text() * 2)
    assert items(run("--collect-only", "-q", "policies/desk/tests/nights.yaml")) == [
        CASES[3],
        f"{CASES[3]} (line 5)",
    ]


OTHER = "policies/other/tests/other.yaml::all may call"
ASKED = [
    ((), CASES),
    (("tests",), []),
    (("tests/test_desk.py",), []),
    ((".",), CASES),
    (("policies",), CASES),
    (("policies/other",), [OTHER]),
    (("policies/other/tests",), [OTHER]),
    (("policies/other/tests/other.yaml",), [OTHER]),
    (("--jurat-bundle", "policies/other"), [OTHER]),
    (("--jurat-bundle", "policies/other", "tests"), []),
    (("--jurat-bundle", "starter"), []),
    (("-o", "jurat_bundle=policies/other policies/desk", "policies"), [*CASES, OTHER]),
]


COLLECTS = """
import json, sys
import pytest
for name in sys.argv[1].split():  # pytest would warn that it cannot rewrite them any more
    __import__(name)

class Items:
    def pytest_collection_finish(self, session):
        self.ids = [item.nodeid for item in session.items if ".yaml" in item.nodeid]

for args in json.loads(sys.argv[2]):
    items = Items()
    quiet = ["--collect-only", "-qqq", "-p", "no:asyncio", "-p", "no:anyio", "-p", "no:faker"]
    assert pytest.main([*quiet, *args], plugins=[items]) in (0, 5)
    print("ids", json.dumps(items.ids))
"""


def test_what_was_asked_for_is_collected(site: Path, project: Path) -> None:
    packages = " ".join(path.name for path in site.glob("jurat*") if "-" not in path.name)
    done = subprocess.run(
        [sys.executable, "-c", COLLECTS, packages, json.dumps([args for args, _ in ASKED])],
        cwd=project,
        env=environ(site),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = [json.loads(line[3:]) for line in done.stdout.splitlines() if line.startswith("ids")]
    assert dict(zip(map(str, ASKED), found, strict=True)) == {str(one): one[1] for one in ASKED}


def test_the_tests_of_this_repository_are_left_alone() -> None:
    """They hold bundles that nobody asked pytest to collect."""
    cases = ROOT / "tests" / "cases"
    assert list(cases.rglob("bundle.yaml"))
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", str(cases)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, items(done.stdout)) == (5, []), done.stdout + done.stderr


def test_a_bundle_that_cannot_be_loaded_is_told_without_a_traceback(
    run: Run, project: Path
) -> None:
    rewrite(project / "policies/desk/rules/desk.yaml", "effect: deny", "effect: dney")
    told = run("-q", "tests/test_desk.py::test_the_desk_may_ask", "policies/desk", exits=2)
    assert "rules/desk.yaml:11:11: error: `dney` is no effect" in told
    assert told.count("`dney` is no effect") == 1
    assert f"see {DESK}" in told
    assert "Traceback" not in told
    told = run("-q", "tests", exits=1)
    assert "1 passed, 4 errors" in told
    assert told.count("the bundle can't be armed\n\nrules/desk.yaml:11:11: error:") == 4
    assert "jurat/" not in told


def test_of_several_bundles_a_test_says_which(run: Run) -> None:
    both = ("--jurat-bundle", "policies/desk", "--jurat-bundle", "policies/other")
    told = run("-q", *both, "tests", exits=1)
    assert "names several bundles (policies/desk, policies/other)" in told
    assert "1 passed, 4 errors" in told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("policies", "is no bundle, it has no bundle.yaml"),
        ("policies/dsek", "there is no "),
        ("stater", "no bundle that ships has the name stater; did you mean starter?"),
    ],
)
def test_what_is_no_bundle_is_not_passed_over(run: Run, name: str, told: str) -> None:
    assert told in run("--jurat-bundle", name, "tests", exits=4)
    assert told in run("-o", f"jurat_bundle={name}", "tests", exits=4)


def test_without_a_bundle_it_is_told_how_to_name_one(run: Run, project: Path) -> None:
    rewrite(project / "pyproject.toml", 'jurat_bundle = ["policies/desk"]', "")
    rewrite(project / "tests/test_desk.py", "policies/other", "policies/otter")
    told = run("-q", "tests", exits=1)
    assert 'set jurat_bundle = ["…"] in the configuration' in told
    assert "there is no such bundle" in told


def test_over_several_processes(run: Run) -> None:
    pytest.importorskip("xdist")
    told = run("-v", "-n", "2", fresh=True)
    assert "9 passed" in told
    for name in CASES:
        assert f"PASSED {name}" in told


def test_coverage_sees_every_line(run: Run, project: Path, site: Path) -> None:
    pytest.importorskip("pytest_cov")
    from coverage import CoverageData

    run("-q", "--cov", "--cov-report=", fresh=True)
    data = CoverageData(str(project / ".coverage"))
    data.read()
    for name in (
        "jurat/__init__.py",
        "jurat/pytest_plugin/__init__.py",
        "jurat/pytest_plugin/_project.py",
        "jurat/engine/_engine.py",
        "acme_rules.py",
    ):
        body = ast.parse((site / name).read_text()).body
        runs = (ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom)
        at_import = {node.lineno for node in body if isinstance(node, runs)}
        assert at_import
        assert at_import <= set(data.lines(str(site / name)) or ()), name


UNUSED = """
import sys

def test_nothing_of_jurat_is_loaded():
    loaded = [name for name in sys.modules if name.startswith("jurat.")]
    assert loaded and all(name.startswith("jurat.pytest_plugin") for name in loaded)
    assert not {"pydantic", "yaml", "cel_expr_python", "re2"} & sys.modules.keys()
"""


def test_a_project_that_does_not_use_it_does_not_pay_for_it(run: Run, project: Path) -> None:
    (project / "tests" / "test_desk.py").write_text(UNUSED)
    assert "1 passed" in run("-q", "-o", "jurat_bundle=", "tests", "policies", fresh=True)


FAULTY = """
from jurat import Request
from jurat.plugin import RuleKind, hookimpl

class Faulty(RuleKind):
    \"\"\"It counts letters, of null too.\"\"\"

    name = "faulty.length"
    judges = Request
    effects = {"deny"}

    def compile(self, rule, context):
        return lambda request, facts, now: () if len(request.model) < 99 else ()

@hookimpl
def jurat_rule_kinds():
    return [Faulty]
"""
LAWS_TEST = """
import pytest
from jurat.testing import Laws, assert_total

@pytest.mark.jurat_laws("policies/other", max_examples=50)
def test_marked(): ...

class TestOther(Laws):
    bundle = "policies/other"

def test_called():
    assert_total("policies/other")
"""


def test_all_laws_by_a_marker_and_as_a_class(run: Run, project: Path) -> None:
    told = run("-v", "laws")
    for name in ("the_desk_keeps_every_law[", "the_other_keeps_them[", "TestOther::test_"):
        kept = re.findall(rf"{re.escape(name)}(\S+?)\]? PASSED", told)
        assert {law.replace("_", "-") for law in kept} == set(LAWS)
    rewrite(
        project / "laws/test_laws.py", '"policies/other", profile', '"policies/otter", profile'
    )
    told = run("-q", "laws", "-k", "other_keeps and total", exits=1)
    assert "there is no such bundle" in told
    assert "jurat/" not in told


def test_a_law_that_is_broken_is_told_with_the_input_alone(run: Run, project: Path) -> None:
    info = project / "faulty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[jurat]\nfaulty = faulty\n")
    (project / "faulty.py").write_text(FAULTY)
    with (project / "policies/other/rules/other.yaml").open("a") as rules:
        rules.write("- {id: length, title: A, kind: faulty.length, effect: deny, severity: low}\n")
    (project / "tests" / "test_laws.py").write_text(LAWS_TEST)
    told = run("-q", "tests/test_laws.py", "-k", "total or called", exits=1)
    assert "3 failed" in told, told
    assert (
        told.count("\nlaw total is broken by rule length of bundle other (rules/other.yaml:2)")
        == 3
    )
    assert told.count("  given: {model: null}\n") == 3
    assert told.count("\nto search again in the same way: seed=") == 3
    assert re.findall(r"^\S+\.py:\d+$", told, re.MULTILINE) == ["tests/test_laws.py:12"]
    (project / "faulty.py").write_text("")
    told = run("-q", "tests/test_laws.py", "-k", "total or called", exits=1)
    assert told.count("\nrules/other.yaml:2:32: error: ") == 3
    assert "Traceback" not in told
    assert "jurat/" not in told


DRAWN = """
from hypothesis import settings
from jurat.testing import given_requests

@given_requests("policies/desk", model="gpt-4.1", endpoint=None)
@settings(max_examples=20, derandomize=True)
def test_drawn(request, decision):
    assert decision.value
"""


def test_the_summary_says_which_rules_no_drawn_input_made_fire(run: Run, project: Path) -> None:
    (project / "tests" / "test_drawn.py").write_text(DRAWN)
    told = run("-q", "tests/test_drawn.py", "-o", "filterwarnings=")
    assert "jurat: what no drawn input made fire" in told
    silent = r"^tests/test_drawn\.py::test_drawn: rules? (.*) never fired in \d+ requests"
    (rules,) = re.findall(silent, told, re.MULTILINE)
    assert "models" in rules.split(", ")  # and it may be that few draws show others
