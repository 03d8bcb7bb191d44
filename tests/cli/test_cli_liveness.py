"""`jurat laws --liveness`: what each rule can do is kept, shown, and missed once it is gone."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

RULES = """\
- {id: callers, title: Who, kind: expression, effect: permit, severity: info,
   when: 'request.action == "chat.completions"'}
- {id: models, title: Which, kind: expression, effect: deny, severity: high,
   when: 'request.model in ["o3", "o4-mini"]'}
- {id: never, title: Dead, kind: expression, effect: advise, severity: low,
   when: 'request.model == "o3" && request.model == "gpt-4.1"'}
"""
CASE = """\
- name: a question
  now: 2026-05-25T12:00:00Z
  given: {action: chat.completions, model: gpt-4.1}
  expect: {effect: allow}
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    root = tmp_path / "mine"
    for name, text in (
        ("bundle.yaml", "name: mine\nversion: 1.0.0\nrevision: 1\n"),
        ("rules/mine.yaml", RULES),
        ("tests/mine.yaml", CASE),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_it_is_kept_beside_the_bundle_and_shown(run: Run, mine: Path) -> None:
    made = run("laws", "--liveness", mine, "--max-examples", "50")
    assert (made.exit_code, made.stdout.splitlines()) == (
        0,
        [
            "mine: 2 of 3 rules seen to do all they can",
            "  never: fires: not found in 51 tries",
        ],
    )
    assert made.stderr == f"wrote {mine / 'liveness.json'}\n"
    kept = (mine / "liveness.json").read_bytes()
    assert json.loads(kept)["rules"]["models"]["fires"]["given"] == {"model": "o3"}
    assert run("laws", "--liveness", mine, "--max-examples", "50").exit_code == 0
    assert (mine / "liveness.json").read_bytes() == kept
    page = run("explain", mine, "models").stdout
    assert 'It fires for {"model": "o3"} at 2026-05-25T12:00:00Z' in page
    assert run("test", mine).exit_code == 0
    assert "liveness.json" not in run("lint", mine).output


def test_a_rule_that_a_change_kills_fails(run: Run, mine: Path) -> None:
    run("laws", "--liveness", mine, "--max-examples", "50")
    checked = run("laws", "--liveness", "--check", mine)
    assert (checked.exit_code, checked.stdout) == (0, "mine: as live as certified\n")
    rules = mine / "rules" / "mine.yaml"
    rules.write_text(
        RULES.replace('in ["o3", "o4-mini"]', '== "o3" && request.action == "images"')
    )
    rules.write_text(
        rules.read_text().replace(
            '== "images"', '== "embeddings" && now < timestamp("2000-01-01T00:00:00Z")'
        )
    )
    checked = run("laws", "--liveness", "--check", mine, "--max-examples", "50")
    assert checked.exit_code == 1
    whole, *lines = checked.stdout.splitlines()
    assert whole == "mine: 1 rule dead"
    assert lines[0] == (
        "  models: in 51 tries nothing was found for which it fires; before the change it fired for "
        '{"model": "o3"}'
    )
    assert f"run `jurat laws --liveness {mine}`" in checked.stderr
    told = json.loads(run("laws", "--liveness", "--check", mine, "--format", "json").stdout)
    first = told["bundles"][0]["changes"][0]
    assert (first["rule"], first["what"], first["dead"]) == ("models", "fires", True)


def test_what_is_new_or_gone_is_to_be_certified(run: Run, mine: Path) -> None:
    checked = run("laws", "--liveness", "--check", mine)
    assert (checked.exit_code, checked.stdout) == (1, "mine: no certificate is kept\n")
    run("laws", "--liveness", mine, "--max-examples", "50")
    rules = mine / "rules" / "mine.yaml"
    rules.write_text(RULES.replace("id: models", "id: listed"))
    checked = run("laws", "--liveness", "--check", mine)
    assert (checked.exit_code, checked.stdout.splitlines()) == (
        1,
        [
            "mine: the certificate is out of date",
            "  listed: it is a new rule",
            "  models: there is no such rule any more",
        ],
    )


def test_a_certificate_that_is_none_is_made_anew(run: Run, mine: Path) -> None:
    (mine / "liveness.json").write_text("{")
    checked = run("laws", "--liveness", "--check", mine)
    assert checked.exit_code == 1
    assert "liveness.json is no certificate of liveness" in checked.stderr
    assert run("laws", "--liveness", mine, "--max-examples", "50").exit_code == 0
    assert run("laws", "--liveness", "--check", mine).exit_code == 0


def test_a_bundle_that_is_no_directory_is_certified_and_not_kept(run: Run, mine: Path) -> None:
    archive = mine.parent / "mine.tar.gz"
    assert run("laws", "--liveness", mine, "--max-examples", "50").exit_code == 0
    assert run("build", mine, "-o", archive).exit_code == 0
    assert run("laws", "--liveness", "--check", archive).exit_code == 0
    made = run("laws", "--liveness", archive, "--max-examples", "50")
    assert made.exit_code == 0
    assert "is no directory, so nothing is kept" in made.stderr
    assert run("laws", "--liveness", mine.parent / "none").exit_code == 3


def test_options_that_do_not_go_together(run: Run, mine: Path) -> None:
    assert run("laws", "--check", mine).exit_code == 2
    assert run("laws", "--liveness", "--format", "junit", mine).exit_code == 2


KIND = """
import os, sys, time
from jurat import Request
from jurat.plugin import RuleKind, hookimpl

class Faulty(RuleKind):
    \"\"\"It does what it should not where a model is o3.\"\"\"

    name = "faulty.kind"
    judges = Request
    effects = {"deny"}

    def compile(self, rule, context):
        COMPILE
        def check(request, facts, now):
            print("a plugin says something")
            if request.model == "o3":
                CHECK
            return ()
        return check

@hookimpl
def jurat_rule_kinds():
    return [Faulty]
"""
HANGS = "time.sleep(3600)"


@pytest.mark.parametrize(
    ("compiles", "checks", "said"),
    [
        ("", HANGS, "it did not end within 8 s; the code of rule slow ran last"),
        (HANGS, "pass", "while it was loaded: it did not end within 8 s; the code of rule slow"),
        ("", "sys.exit('enough')", "its check called sys.exit; the code of rule slow ran last"),
        ("", "os._exit(7)", "it ended the process, with exit code 7; the code of rule slow ran"),
        pytest.param(
            "",
            "bytearray(1 << 34)",
            "its check ran out of memory; the code of rule slow ran last",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="no limit of address space"),
        ),
    ],
)
def test_a_plugin_that_does_not_end_is_named(
    mine: Path, compiles: str, checks: str, said: str
) -> None:
    info = mine.parent / "faulty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[jurat]\nfaulty = faulty_plugin\n")
    plugin = KIND.replace("COMPILE", compiles).replace("CHECK", checks)
    (mine.parent / "faulty_plugin.py").write_text(plugin)
    with (mine / "rules" / "mine.yaml").open("a") as rules:
        rules.write("- {id: slow, title: A, kind: faulty.kind, effect: deny, severity: low}\n")
    command = [sys.executable, "-c", "from jurat.cli import main; main()", "laws", "--liveness"]
    limit = "8" if HANGS in (compiles, checks) else "300"
    done = subprocess.run(
        [*command, "--time-limit", limit, "--memory-limit", "900", "mine"],
        cwd=mine.parent,
        env={**os.environ, "PYTHONPATH": str(mine.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 4, done.stderr
    assert f"Error: mine: {said}" in done.stderr
    assert "Traceback" not in done.stderr
    assert "a plugin says something" not in done.stdout
    assert not (mine / "liveness.json").exists()
