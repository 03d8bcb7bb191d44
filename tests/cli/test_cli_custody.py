"""`jurat log erase | hold` on a log that `jurat eval` wrote."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from jurat.log import Log

NOW = "2026-05-25T12:00:00Z"
Run = Callable[..., Result]


@pytest.fixture
def subject(request_file: str) -> str:
    found = json.loads(Path(request_file).read_text())["actor"]["id"]
    assert isinstance(found, str)
    return found


@pytest.fixture
def log(run: Run, bundle: str, request_file: str, tmp_path: Path) -> Path:
    directory = tmp_path / "log"
    run("eval", bundle, request_file, "--now", NOW, "--supports", "redact", "--log", directory)
    return directory


def test_erase_then_everything_verifies_and_replay_counts_it(
    run: Run, log: Path, subject: str
) -> None:
    result = run("log", "erase", log, subject, "--by", "dpo", "--ticket", "DSR-7")
    assert result.exit_code == 0, result.output
    assert result.stdout == "erased: the key s-1 is destroyed\n"
    assert run("log", "verify", log).exit_code == 0
    replayed = run("log", "replay", log)
    assert (replayed.exit_code, replayed.stdout) == (0, "1 decisions replayed: 1 erased\n")
    last = json.loads(run("log", "show", log, "--format", "json").stdout.splitlines()[-1])["body"]
    assert (last["type"], last["by"]) == ("erasure", {"approver": "dpo", "ticket": "DSR-7"})
    again = run("log", "erase", log, subject)
    assert (again.exit_code, again.stdout) == (0, "")
    assert "nothing to erase" in again.stderr


def test_a_key_that_was_deleted_behind_the_log_is_told(
    run: Run, log: Path, subject: str, tmp_path: Path
) -> None:
    import sqlite3

    (store,) = (tmp_path / "config").rglob("subjects.sqlite")
    database = sqlite3.connect(store)
    database.execute("DELETE FROM subject")
    database.commit()
    database.close()
    replayed = run("log", "replay", log)
    assert (replayed.exit_code, replayed.stdout) == (1, "1 decisions replayed: 1 erased\n")
    assert "no record says that these keys were destroyed: s-1" in replayed.stderr


def test_hold_refuses_until_released(run: Run, log: Path, subject: str) -> None:
    held = run("log", "hold", log, subject, "--reason", "suit 12", "--by", "legal")
    assert held.exit_code == 0, held.output
    assert held.stdout.startswith("held: ")
    assert "by legal: suit 12" in run("log", "hold", log).stdout
    refused = run("log", "erase", log, subject)
    assert refused.exit_code == 3
    assert "by legal: suit 12" in refused.stderr
    assert subject not in refused.stderr
    released = run("log", "hold", log, subject, "--release", "--by", "legal")
    assert released.stdout.startswith("released: ")
    assert run("log", "hold", log).stdout == ""
    assert run("log", "erase", log, subject).exit_code == 0


def test_hold_on_all(run: Run, log: Path, subject: str) -> None:
    held = run("log", "hold", log, "--all", "--reason", "audit", "--by", "legal")
    id_ = held.stdout.split()[1]
    assert "everybody" in run("log", "erase", log, subject).stderr
    assert run("log", "hold", log, "--release", "--id", id_, "--by", "legal").exit_code == 0
    assert run("log", "erase", log, subject).exit_code == 0


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("ada", "--all", "--reason", "x", "--by", "y"), "not both"),
        (("ada", "--reason", "x"), "--by"),
        (("ada", "--by", "y"), "--reason"),
        (("--release", "--by", "y"), "--id"),
    ],
)
def test_hold_says_what_is_missing(run: Run, log: Path, args: tuple[str, ...], told: str) -> None:
    result = run("log", "hold", log, *args)
    assert result.exit_code == 2
    assert told in result.stderr


def test_beside_a_writer(run: Run, log: Path, subject: str, tmp_path: Path) -> None:
    with Log.open(log):
        result = run("log", "erase", log, subject, "--by", "dpo")
        assert result.exit_code == 0, result.output
        assert "another process has the log open" in result.stderr
        assert run("log", "replay", log).exit_code == 0  # the record is owed
    with Log.open(log):
        pass
    assert "erasure" in run("log", "show", log).stdout.splitlines()[-1]


def test_there_must_be_a_log(run: Run, tmp_path: Path) -> None:
    for command in (("erase", tmp_path / "none", "ada"), ("hold", tmp_path / "none")):
        result = run("log", *command)
        assert result.exit_code == 3
        assert "none" in result.stderr
    assert not (tmp_path / "none").exists()
