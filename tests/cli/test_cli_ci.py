"""Recipes for build servers and pre-commit: what they say is run, line by line."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from click.testing import Result

Run = Callable[..., Result]
ROOT = Path(__file__).parents[2]
HOOKS = {
    hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
}
FILES = {
    "github": (".github/workflows/jurat-acme.yaml", "vendor.github-workflows"),
    "gitlab": (".gitlab/jurat-acme.yml", "vendor.gitlab-ci"),
}
_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="the lines are for a POSIX shell")


@pytest.fixture
def repository(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a bundle in policies/acme, a log of another tool, and `jurat` on PATH."""
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    program = tmp_path / "bin" / "jurat"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nfrom jurat.cli import main\nmain()\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(root)
    assert run("init", "policies/acme").exit_code == 0
    (root / "charts" / "rules").mkdir(parents=True)
    (root / "charts" / "rules" / "alerts.yaml").write_text("groups:   [a]\n")
    return root


def recipe(root: Path, system: str) -> Any:
    return yaml.safe_load((root / FILES[system][0]).read_text("utf-8"))


def lines(made: Any, system: str) -> Iterator[str]:
    """The command lines of a recipe, in their order."""
    if system == "github":
        for job in made["jobs"].values():
            yield from (step["run"] for step in job["steps"] if "run" in step)
    else:
        for job in made.values():
            yield from job["script"]


def shell(line: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("system", sorted(FILES))
def test_the_file_is_one_of_that_system(run: Run, repository: Path, system: str) -> None:
    done = run("new", "ci", system, "--bundle", "policies/acme")
    assert done.exit_code == 0, done.output
    path, schema = FILES[system]
    assert done.stdout.splitlines() == [str(repository / path)]
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(repository / path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    again = run("new", "ci", system, "--bundle", "policies/acme")
    assert again.exit_code == 3
    assert "nothing is overwritten" in again.output


@_POSIX
def test_every_line_of_the_recipes_runs_and_writes_what_is_uploaded(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = run("sign", "--new-key", "../release.key", "--name", "acme")
    assert made.exit_code == 0, made.output
    monkeypatch.setenv("JURAT_SIGNING_KEY", (repository.parent / "release.key").read_text())
    monkeypatch.setenv("JURAT_VERIFIER_KEY", made.stdout.strip().splitlines()[-1])
    wanted: list[str] = []
    for system in FILES:
        assert run("new", "ci", system, "--bundle", "policies/acme").exit_code == 0
        wanted += lines(recipe(repository, system), system)
    done = {}
    for line in dict.fromkeys(wanted):
        if line.startswith("pip "):
            assert line == f"pip install jurat=={version('jurat')}"
            continue
        done[line] = shell(line)
        assert done[line].returncode == 0, (line, done[line].stderr)
        if "--output jurat" in line:
            assert done[line].stdout  # text for the terminal beside the file
            assert "<testsuite" not in done[line].stdout
    assert any(line.startswith("jurat verify-bundle") for line in done)
    sarif = json.loads((repository / "jurat.sarif").read_text("utf-8"))
    assert sarif["version"] == "2.1.0"
    for name in ("jurat-lint.xml", "jurat-tests.xml"):
        assert ElementTree.parse(repository / name).getroot().tag == "testsuites"
    assert (repository / "dist" / "acme.tar.gz").is_file()
    github, gitlab = recipe(repository, "github"), recipe(repository, "gitlab")
    steps = [step for job in github["jobs"].values() for step in job["steps"]]
    named = {step["with"].get(key) for step in steps if "with" in step
             for key in ("sarif_file", "path")} - {None}  # fmt: skip
    named |= set(gitlab["jurat-acme-check"]["artifacts"]["reports"]["junit"])
    named |= set(gitlab["jurat-acme-release"]["artifacts"]["paths"])
    assert named == {"jurat.sarif", "jurat-tests.xml", "jurat-lint.xml", "dist/"}
    assert all((repository / name).exists() for name in named)


@_POSIX
def test_a_mistake_fails_the_line_and_is_in_the_file(run: Run, repository: Path) -> None:
    run("new", "ci", "github", "--bundle", "policies/acme")
    rules = repository / "policies" / "acme" / "rules" / "starter.yaml"
    rules.write_text(rules.read_text().replace("kind: model.allowlist", "kind: model.alowlist"))
    for line in lines(recipe(repository, "github"), "github"):
        if "--format" in line:
            assert shell(line).returncode == 3, line
    (result,) = json.loads((repository / "jurat.sarif").read_text("utf-8"))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert result["ruleId"] == "JB031"
    assert place["artifactLocation"]["uri"] == "policies/acme/rules/starter.yaml"


@pytest.mark.parametrize(
    ("place", "why"), [("policies/my acme", "characters"), ("../outside", "repository")]
)
def test_what_no_recipe_can_hold_is_told(run: Run, repository: Path, place: str, why: str) -> None:
    assert run("init", place).exit_code == 0
    done = run("new", "ci", "github", "--bundle", place)
    assert done.exit_code == 2
    assert why in done.output
    assert not (repository / ".github").exists()


# -- pre-commit


@pytest.mark.parametrize("name", ["jurat-fmt", "jurat-lint", "jurat-test"])
def test_a_hook_looks_at_the_bundles_of_a_repository(
    run: Run, repository: Path, name: str
) -> None:
    """What pre-commit does: the entry, in the repository's root, when a file of the pattern
    changed; a hook that changes files fails, too."""
    hook = HOOKS[name]
    assert {"id", "name", "description", "entry", "language", "files"} <= hook.keys()
    assert hook["pass_filenames"] is False
    program, *args = shlex.split(hook["entry"])
    assert program == "jurat"
    assert run(*args).exit_code == 0
    rules = repository / "policies" / "acme" / "rules" / "starter.yaml"
    good = rules.read_text()
    spoilt = {
        "jurat-fmt": ("severity: info", "severity:   info"),
        "jurat-lint": ("severity: high", "severity: hihg"),
        "jurat-test": ("effect: permit", "mode: warn"),
    }[name]
    rules.write_text(good.replace(*spoilt, 1))
    code = run(*args).exit_code
    changed = rules.read_text() == good
    assert code != 0 or changed
    assert changed == (name == "jurat-fmt")
    assert (repository / "charts/rules/alerts.yaml").read_text() == "groups:   [a]\n"


@pytest.mark.parametrize(
    ("file", "looks"),
    [
        ("bundle.yaml", True),
        ("policies/acme/bundle.yaml", True),
        ("policies/acme/rules/a.yaml", True),
        ("policies/acme/waivers.yaml", True),
        ("policies/acme/data/projects.yaml", True),
        ("docs/a.yaml", False),
        ("policies/acme/README.md", False),
    ],
)
def test_a_hook_runs_when_a_bundle_changed(file: str, looks: bool) -> None:
    for name in ("jurat-fmt", "jurat-lint", "jurat-test"):
        assert bool(re.search(HOOKS[name]["files"], file)) is looks


def test_the_definition_is_one_that_pre_commit_reads() -> None:
    """By the keys that its manifest of hooks knows (pre-commit.com, "Creating new hooks")."""
    known = {"id", "name", "description", "entry", "language", "files", "types", "types_or",
             "exclude", "pass_filenames", "args", "stages", "require_serial", "always_run",
             "minimum_pre_commit_version", "verbose", "fail_fast", "language_version",
             "additional_dependencies", "exclude_types"}  # fmt: skip
    for hook in HOOKS.values():
        assert hook.keys() <= known
        assert hook["language"] == "python"
        re.compile(hook.get("files", ""))
