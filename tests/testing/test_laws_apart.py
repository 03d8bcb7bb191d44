"""`jurat laws`, and plugins that hang, take all memory or end the process: each is named."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from broken_rules import DIRECTORY, broken_rules
from click.testing import CliRunner

from jurat.cli._laws import command

CLI = "from jurat.cli import main; main()"
CHECKS = {
    "sleeps": "import time; time.sleep(3600)",
    "leaves": "import os; os._exit(7)",
    "eats": "bytearray(1 << 34)",
    "exits": "raise SystemExit('enough')",
}
KIND = '''
from jurat.model import Request
from jurat.plugin import RuleKind, hookimpl


class Kind(RuleKind):
    """Does what it should not."""

    name = "acme.kind"
    judges = Request
    effects = {{"deny"}}

    def compile(self, rule, context):
        {compile}
        def check(request, facts, now):
            print("a plugin says something")
            {check}
            return ()
        return check


@hookimpl
def jurat_rule_kinds():
    return [Kind]
'''
HOOK = """

from jurat.plugin import hookimpl


@hookimpl
def jurat_rule_kinds():
    return [Broken]
"""
RULES = """
- {id: anyone, title: All, kind: expression, effect: permit, severity: info, when: "true"}
- {id: bad, title: Bad, kind: KIND, effect: deny, severity: high}
"""


def write(root: Path, kind: str, module: str, **files: str) -> None:
    """A bundle in `root`, and beside it a plugin that is installed."""
    site = root / "site"
    info = site / "acme-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[jurat]\nacme = acme_kind\n")
    (site / "acme_kind.py").write_text(module)
    (root / "b" / "rules").mkdir(parents=True)
    (root / "b" / "bundle.yaml").write_text("{name: b, version: 1.0.0, revision: 1}\n")
    (root / "b" / "rules" / "r.yaml").write_text(RULES.replace("KIND", kind))
    for name, text in files.items():
        (root / "b" / "rules" / f"{name}.yaml").write_text(text)


def laws(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if key != "JURAT_PLUGINS"}
    environ["PYTHONPATH"] = str(root / "site")
    words = [sys.executable, "-c", CLI, "laws", "b", "--max-examples", "20", *args]
    return subprocess.run(
        words,
        cwd=root,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def bad(root: Path, does: str, compiles: str = "pass") -> None:
    write(root, "acme.kind", KIND.format(check=CHECKS.get(does, does), compile=compiles))


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("sleeps", "rule bad, held to law total: it did not end within 12 s"),
        ("leaves", "rule bad, held to law total: it ended the process, with exit code 7"),
    ],
)
def test_what_ends_the_process_is_named(tmp_path: Path, does: str, said: str) -> None:
    bad(tmp_path, does)
    done = laws(tmp_path, "--time-limit", "12", "--law", "total", "--law", "pure")
    assert done.returncode == 4, done.stderr
    assert f"LOST {said}" in done.stdout
    assert "1 lost, 1 not tried" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of address space")
def test_a_check_that_takes_all_memory_is_named(tmp_path: Path) -> None:
    bad(tmp_path, "eats")
    done = laws(tmp_path, "--law", "total", "--memory-limit", "900")
    assert done.returncode == 1, done.stderr
    assert "broken by rule bad" in done.stdout
    assert "its check ran out of memory" in done.stdout
    assert "in acme_kind.py:" in done.stdout


def test_a_check_that_calls_sys_exit_is_named(tmp_path: Path) -> None:
    bad(tmp_path, "exits")
    done = laws(tmp_path, "--law", "total", "--seed", "1")
    assert done.returncode == 1, done.stderr
    assert "its check called sys.exit" in done.stdout
    assert "enough" not in done.stdout
    assert "a plugin says something" not in done.stdout


def test_a_kind_that_hangs_while_it_compiles_is_named(tmp_path: Path) -> None:
    bad(tmp_path, "pass", compiles=CHECKS["sleeps"])
    done = laws(tmp_path, "--time-limit", "12")
    assert done.returncode == 4, done.stderr
    assert "LOST rule bad, while it was loaded: it did not end within 12 s" in done.stdout


def test_a_plugin_that_breaks_at_import_is_a_diagnostic(tmp_path: Path) -> None:
    write(tmp_path, "acme.kind", "raise SystemExit('no')\n")
    done = laws(tmp_path)
    assert done.returncode == 4, done.stderr
    assert "plugin acme is broken" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bundle_that_cannot_be_loaded_is_a_diagnostic(tmp_path: Path) -> None:
    bad(tmp_path, "pass")
    (tmp_path / "b" / "rules" / "r.yaml").write_text("- {id: x}\n")
    done = laws(tmp_path)
    assert done.returncode == 3
    assert "rules/r.yaml:1:" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def install(root: Path, broken: str) -> None:
    """A rule that is broken on purpose, as an installed plugin."""
    module = (DIRECTORY / f"{broken}.py").read_text() + HOOK
    write(root, broken_rules()[broken].kind.name, module)


def test_a_rule_that_decides_otherwise_in_another_process_is_named(tmp_path: Path) -> None:
    install(tmp_path, "depends_on_set_order")
    # a seed also fixes the order of sets, which may be that of the other process: some differ
    for seed in "12345678":
        done = laws(tmp_path, "--law", "deterministic", "--max-examples", "60", "--seed", seed)
        if done.returncode:
            break
    assert done.returncode == 1, done.stderr
    assert "law deterministic is broken by rule bad" in done.stdout
    assert "in another process" in done.stdout


def test_a_breach_in_every_format(tmp_path: Path) -> None:
    install(tmp_path, "breaks_on_null")
    some = ("--law", "total", "--law", "order-free", "--seed", "3")
    text = laws(tmp_path, *some, "--format", "junit", "-o", "laws.xml")
    assert text.returncode == 1, text.stderr  # the terminal still gets text
    assert "law total is broken by rule bad of bundle b (rules/r.yaml:3)" in text.stdout
    assert "given: {model: null}" in text.stdout
    assert "1 law holds, 1 broken" in text.stdout
    assert "seed 3)" in text.stdout
    suite = ElementTree.parse(tmp_path / "laws.xml").getroot()[0]
    assert suite.attrib["failures"] == "1"
    assert [case.attrib["name"] for case in suite] == ["total", "order-free"]
    told = json.loads(laws(tmp_path, *some, "--format", "json").stdout)
    assert [(law["law"], law["status"]) for law in told["laws"]] == [
        ("total", "broken"),
        ("order-free", "held"),
    ]
    (broken,) = told["laws"][0]["broken"]
    assert broken["rule"] == "bad"
    assert broken["case"] in text.stdout + "\n"


def test_a_rule_that_there_is_not(tmp_path: Path) -> None:
    bad(tmp_path, "pass")
    done = laws(tmp_path, "--rule", "bed")
    assert done.returncode == 3
    assert "did you mean bad?" in done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--law", "totl"), "did you mean total?"),
        (("--check",), "belongs to --liveness"),
        (("--profile", "slow"), "quick"),
        (("--liveness", "--format", "junit"), "text or json"),
    ],
)
def test_what_is_misspelt(args: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(command, ["starter", *args])
    assert done.exit_code == 2
    assert said in done.output
