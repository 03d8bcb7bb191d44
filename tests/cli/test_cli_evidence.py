"""`jurat log prove | check-proof | export`, as an auditor and an operator use them."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

NOW = "2026-05-25T12:00:00Z"
Run = Callable[..., Result]


@pytest.fixture
def log(run: Run, bundle: str, request_file: str, tmp_path: Path) -> Path:
    """Records: genesis, load, allow, allow."""
    directory = tmp_path / "log"
    good = json.dumps(json.loads(Path(request_file).read_text()))
    args = ("eval", bundle, "--now", NOW, "--supports", "redact", "--log", directory)
    assert run(*args, "-", stdin=f"{good}\n{good}\n").exit_code == 0
    return directory


def test_an_auditor_checks_a_proof_without_the_log(run: Run, log: Path, tmp_path: Path) -> None:
    file = tmp_path / "two.tlog-proof"
    assert run("log", "prove", log, "2", "-o", file).exit_code == 0
    vkey = run("log", "checkpoint", log, "--vkey").stdout.strip()
    shutil.rmtree(log)
    checked = run("log", "check-proof", file, "--vkey", vkey)
    assert checked.exit_code == 0
    assert json.loads(checked.stdout)["body"]["effect"] == "allow"
    assert "proven: record 2 of jurat-log/" in checked.stderr


def test_a_proof_that_was_changed(run: Run, log: Path) -> None:
    vkey = run("log", "checkpoint", log, "--vkey").stdout.strip()
    good = run("log", "prove", log, "2").stdout
    assert run("log", "check-proof", "-", "--vkey", vkey, stdin=good).exit_code == 0
    for bad in (good.replace("index 2", "index 3"), "nonsense", b"\xff", ""):
        result = run("log", "check-proof", "-", "--vkey", vkey, stdin=bad)
        assert result.exit_code == 1
        assert "the proof does not hold" in result.stderr
    other = run("log", "check-proof", "-", "--vkey", "x+00000000+AAAA", stdin=good)
    assert other.exit_code == 1


def test_no_proof_of_what_is_not_there(run: Run, log: Path, tmp_path: Path) -> None:
    result = run("log", "prove", log, "99")
    assert (result.exit_code, "covers 4 records, 0 to 3" in result.stderr) == (3, True)
    assert run("log", "prove", tmp_path / "none", "0").exit_code == 3
    assert run("log", "prove", log, "-1").exit_code == 2


def test_exports(run: Run, log: Path, tmp_path: Path) -> None:
    lines = run("log", "export", log, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [0, 1, 2, 3]
    assert run("log", "export", log, "--format", "csv", "-o", tmp_path / "c.csv").exit_code == 0
    with (tmp_path / "c.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["effect"] for row in rows] == ["", "", "allow", "allow"]
    assert rows[2]["rules"] == "callers:fired pii:fired"
    tiles = run("log", "export", log, "--format", "tiles", "-o", tmp_path / "t")
    assert "exported 4 records" in tiles.stderr
    assert (tmp_path / "t" / "tile" / "0" / "000.p" / "4").stat().st_size == 128
    again = run("log", "export", log, "--format", "tiles", "-o", tmp_path / "t")
    assert (again.exit_code, "not empty" in again.stderr) == (3, True)
    assert run("log", "export", log, "--format", "tiles").exit_code == 2
