"""`jurat laws --liveness`: what each rule can do is kept, shown, and missed once it is gone."""

import json
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
