"""`jurat eval` with rules that count: from one input to the next, and from what is told before."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

NOW = "2026-05-25T12:00:00Z"
RULES = """\
- {id: let-in, title: T, kind: expression, effect: permit, severity: info, when: "true"}
- {id: rate, title: T, kind: limits.rate, effect: deny, severity: high,
   params: {by: [actor], rpm: 3}}
"""

Run = Callable[..., Result]


@pytest.fixture
def counted(tmp_path: Path) -> Path:
    (tmp_path / "b" / "rules").mkdir(parents=True)
    (tmp_path / "b" / "bundle.yaml").write_text("{name: counted, version: 1.0.0, revision: 1}")
    (tmp_path / "b" / "rules" / "r.yaml").write_text(RULES)
    return tmp_path / "b"


def effects(run: Run, *args: str | Path) -> list[str]:
    requests = "\n".join(['{"actor": {"id": "a.b"}}'] * 4)
    result = run("eval", *args, "-", "--now", NOW, "--format", "json", stdin=requests)
    assert result.exit_code == 0, result.output
    return [json.loads(line)["effect"] for line in result.stdout.splitlines()]


def test_inputs_are_counted_one_after_the_other(run: Run, counted: Path) -> None:
    assert effects(run, counted) == ["allow", "allow", "allow", "deny"]


def test_what_a_counter_holds_may_be_told(run: Run, counted: Path) -> None:
    held = "counters.rate/rpm/actor/a.b=2"
    assert effects(run, counted, "--with", held) == ["allow", "deny", "deny", "deny"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["counters.rate/rpm/actor/x"], "write counters.KEY=AMOUNT"),
        (["counters.rate/rpm/actor/x=-1"], "write counters.KEY=AMOUNT"),
        (["counters.=1"], "write counters.KEY=AMOUNT"),
        (["counters.a=1", "counters.a=2"], "given twice"),
    ],
)
def test_what_is_no_counter_is_refused(
    run: Run, counted: Path, options: list[str], told: str
) -> None:
    given = [word for option in options for word in ("--with", option)]
    result = run("eval", counted, "-", *given, stdin="{}")
    assert result.exit_code == 2
    assert told in result.stderr
