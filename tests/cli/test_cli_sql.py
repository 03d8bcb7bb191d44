"""`jurat log sql` on a log that `jurat eval` wrote."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

NOW = "2026-05-25T12:00:00Z"
Run = Callable[..., Result]

pytest.importorskip("duckdb", reason="the extra duckdb is not installed")


@pytest.fixture
def log(run: Run, bundle: str, request_file: str, tmp_path: Path) -> Path:
    directory = tmp_path / "log"
    good = json.loads(Path(request_file).read_text())
    bad = {**good, "model": "gpt-3.5-turbo"}
    stdin = f"{json.dumps(good)}\n{json.dumps(bad)}\n"
    args = ("eval", bundle, "--now", NOW, "--supports", "redact", "--log", directory)
    assert run(*args, "-", stdin=stdin).exit_code == 0
    return directory


def test_a_table_for_people(run: Run, log: Path) -> None:
    question = "SELECT effect, count(*) AS n, min(time) AS first FROM records WHERE effect IS NOT NULL GROUP BY 1 ORDER BY 1"
    result = run("log", "sql", log, question)
    assert result.exit_code == 0, result.output
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["effect", "n", "first"],
        ["allow", "1", NOW],
        ["deny", "1", NOW],
    ]


def test_objects_for_programs(run: Run, log: Path) -> None:
    question = "SELECT seq, fired, body FROM records WHERE effect = 'deny'"
    result = run("log", "sql", log, "-", "--format", "json", stdin=question)
    assert result.exit_code == 0, result.output
    (row,) = map(json.loads, result.stdout.splitlines())
    assert row["body"]["effect"] == "deny"
    assert row["body"]["type"] == "decision"
    assert row["fired"]


def test_a_question_that_is_none(run: Run, log: Path) -> None:
    result = run("log", "sql", log, "SELECT modle FROM records")
    assert result.exit_code == 3
    assert "modle" in result.stderr
    assert "Traceback" not in result.stderr


def test_without_the_extra(run: Run, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    result = run("log", "sql", log, "SELECT 1")
    assert result.exit_code == 2
    assert "pip install 'jurat[duckdb]'" in result.stderr
