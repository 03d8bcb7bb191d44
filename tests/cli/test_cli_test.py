"""`jurat test`, as the author of a bundle and a CI job use it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import Result

Run = Callable[..., Result]

RULES = """\
- {id: let-in, title: Known callers, kind: expression, effect: permit, severity: info,
   when: 'request.actor.id in ["a", "b"]'}
- {id: models, title: Reviewed models, kind: model.allowlist, effect: deny, severity: high,
   params: {models: [gpt-4.1]}}
- {id: night, title: Not for users at night, kind: expression, effect: deny, severity: low,
   when: 'request.actor.kind == "user" && now.getHours() < 6'}
"""
FIXTURES = "call: {actor: {id: a, kind: user}, model: gpt-4.1}\nspare: {}\n"
TESTS = """\
- name: who calls
  now: 2026-05-25T12:00:00Z
  base: call
  rows:
    - {name: a known caller, expect: {effect: allow, fired: [let-in], passed: [night]}}
    - {name: a stranger, given: {actor: {id: c}}, expect: {effect: deny, reasons: [no-rule]}}
- name: another model
  now: 2026-05-25T12:00:00Z
  base: call
  given: {model: o3}
  expect: {effect: deny, fired: [models]}
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    root = tmp_path / "mine"
    for name, text in {
        "bundle.yaml": "{name: mine, version: 1.0.0, revision: 1}\n",
        "rules/a.yaml": RULES,
        "tests/fixtures.yaml": FIXTURES,
        "tests/a.yaml": TESTS,
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def spoil(mine: Path) -> None:
    path = mine / "tests" / "a.yaml"
    path.write_text(path.read_text().replace("{effect: deny, fired: [models]}", "{effect: allow}"))


def test_all_pass(run: Run, mine: Path) -> None:
    result = run("test", mine)
    assert result.exit_code == 0
    assert "mine: 3 passed" in result.stdout
    assert "fixtures that no case uses: spare" in result.stdout
    assert "rules that no test lets fire: night" in result.stdout


def test_a_failure_shows_what_decided_and_why(run: Run, mine: Path) -> None:
    spoil(mine)
    result = run("test", mine)
    assert result.exit_code == 1
    assert "FAILED tests/a.yaml:7: another model" in result.stdout
    assert "  - effect is deny, not allow" in result.stdout
    assert "  decided: deny (Deny)" in result.stdout
    assert "fired          models (deny)" in result.stdout
    assert "mine: 2 passed, 1 failed" in result.stdout


def test_only_some(run: Run, mine: Path) -> None:
    result = run("test", mine, "-k", "stranger or model")
    assert "mine: 2 passed, 1 skipped" in result.stdout
    assert run("test", mine, "-k", "nothing").exit_code == 3
    assert run("test", mine, "-k", "and").exit_code == 2


def test_coverage(run: Run, mine: Path) -> None:
    result = run("test", mine, "--coverage")
    assert "night" in result.stdout
    assert "never: fires, lacks a fact, decides alone" in result.stdout
    assert "`now.getHours() < 6` true" in result.stdout
    assert run("test", mine, "--fail-under", "10").exit_code == 0
    low = run("test", mine, "--fail-under", "90")
    assert (low.exit_code, "less than 90 %" in low.stderr) == (1, True)


def test_json(run: Run, mine: Path) -> None:
    spoil(mine)
    told = json.loads(run("test", mine, "--format", "json", "--coverage").stdout)
    assert (told["passed"], told["failed"], told["unused_fixtures"]) == (2, 1, ["spare"])
    assert told["tests"][2]["failures"][0] == "effect is deny, not allow"
    assert told["tests"][1]["name"] == "who calls: a stranger"
    rules = {rule["rule"]: rule for rule in told["coverage"]["rules"]}
    assert rules["night"]["branches"][0]["true"] is True


def test_junit(run: Run, mine: Path, tmp_path: Path) -> None:
    spoil(mine)
    file = tmp_path / "junit.xml"
    result = run("test", mine, "--format", "junit", "-o", file)
    assert "mine: 2 passed, 1 failed" in result.stdout
    suite = ElementTree.fromstring(file.read_text())[0]
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    (failure,) = suite.findall("testcase/failure")
    assert failure.get("message", "").startswith("effect is deny, not allow")


def test_github(run: Run, mine: Path) -> None:
    spoil(mine)
    first = run("test", mine, "--format", "github").stdout.splitlines()[0]
    assert first.startswith("::error file=tests/a.yaml,line=7,title=another model::effect is deny")


def test_shipped_bundles_pass(run: Run) -> None:
    result = run("test", "starter", "openai-enterprise")
    assert result.exit_code == 0
    assert "starter: " in result.stdout


def test_what_cannot_be_loaded(run: Run, mine: Path, tmp_path: Path) -> None:
    (mine / "rules" / "a.yaml").write_text("- {id: x}\n")
    assert run("test", mine).exit_code == 3
    assert run("test", tmp_path / "none").exit_code == 3


def test_watching(mine: Path) -> None:
    start = "from jurat.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", start, "test", str(mine), "--watch"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "mine: 3 passed\n"
        for _ in range(2):
            process.stdout.readline()
        spoil(mine)
        assert process.stdout.readline().startswith("FAILED tests/a.yaml:7")
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_a_rule_that_reads_the_text_alone_is_not_asked_to_lack_a_fact(run: Run) -> None:
    told = json.loads(run("test", "starter", "--format", "json", "--coverage").stdout)
    rules = {rule["rule"]: rule for rule in told["coverage"]["rules"]}
    assert rules["secrets"]["missing"] == []
    assert told["coverage"]["percent"] == 100
