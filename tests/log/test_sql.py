"""Questions over a whole log in SQL: the same records as everywhere, and nothing else."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from jurat.log import (
    KeyStore,
    Log,
    LogError,
    Sql,
    SqlNotInstalled,
    entry_of,
    open_worker,
    read_log,
)
from jurat.log import _layout as layout_module

pytest.importorskip("duckdb", reason="the extra duckdb is not installed")

BODIES: list[dict[str, Any]] = [
    {
        "dec": "hmac:" + "c3" * 32,
        "act": "chat.completions",
        "actor": {"kind": "user", "ref": "hmac:" + "5a" * 32},
        "model": "gpt-4.1",
        "effect": "deny" if number % 3 == 0 else "allow",
        "outcomes": [["models", "fired"], ["age", "unknown", "warn"], ["pii", "error"]],
        "obl": [{"id": "o1", "type": "redact"}, {"id": "o2", "type": "header"}],
        "codes": ["invalid-input"],
        "detections": {"US_SSN": 2},
        "tokens": {"in": number, "out": 1},
        "lat_us": 40,
        "status": 200,
    }
    for number in range(10)
]


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys", notify=lambda text: None)


@pytest.fixture
def place(tmp_path: Path, keys: KeyStore, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eleven records in segments of four, those that are full compressed."""
    monkeypatch.setattr(layout_module, "SEGMENT_ENTRIES", 4)
    with Log.open(tmp_path / "log", keys=keys) as log:
        for body in BODIES:
            log.append("decision", body).wait()
    Log.open(tmp_path / "log", keys=keys).close()  # which compresses them
    kinds = {path.suffix for path in (tmp_path / "log" / "seg").iterdir()}
    assert kinds == {".zst", ".jsonl"}
    return tmp_path / "log"


def asked(place: Path, question: str) -> list[tuple[Any, ...]]:
    with Sql(place) as sql:
        return list(sql.ask(question)[1])


def test_the_columns_are_the_fields_of_an_entry(place: Path) -> None:
    with Sql(place) as sql:
        columns, rows = sql.ask("SELECT * FROM records ORDER BY seq")
        found = [dict(zip(columns, row, strict=True)) for row in rows]
    records = list(read_log(place))
    assert len(found) == len(records) == 11
    for row, record in zip(found, records, strict=True):
        assert row.pop("body") == record.body
        assert row.pop("log") == ""
        assert row.pop("time") is not None
        entry = {name: value for name, value in entry_of(record).items() if name != "time"}
        told = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in row.items()
            if value is not None
        }
        assert {**told, "detections": told.get("detections", {})} == {
            name: value for name, value in entry.items() if name in told or value
        } | {"detections": entry["detections"]}


def test_sums_are_those_of_the_records(place: Path) -> None:
    counted = Counter(body["effect"] for body in BODIES)
    rows = asked(place, "SELECT effect, count(*) FROM records WHERE effect IS NOT NULL GROUP BY 1")
    assert dict(rows) == counted
    assert asked(place, "SELECT sum(input_tokens) FROM records") == [(45,)]
    by_rule = asked(place, "SELECT unnest(fired), count(*) FROM records GROUP BY 1")
    assert by_rule == [("models", 10)]


def test_what_was_not_committed_does_not_count(place: Path) -> None:
    last = max((place / "seg").iterdir())
    torn = b'{"body":{"effect":"allow","type":"decision"},"prev":"","seq":11,"v":1}\n'
    last.write_bytes(last.read_bytes() + torn)
    assert asked(place, "SELECT max(seq), count(*) FROM records") == [(10, 11)]


def test_a_set_is_asked_as_one(tmp_path: Path, keys: KeyStore) -> None:
    directory = tmp_path / "set"
    with open_worker(directory, keys=keys) as one, open_worker(directory, keys=keys) as two:
        for log in (one, two):
            log.append("decision", BODIES[0]).wait()
    rows = asked(directory, "SELECT log, count(*) FROM records GROUP BY log ORDER BY log")
    assert rows == [("w0", 2), ("w1", 2)]


@pytest.mark.parametrize(
    "question",
    [
        "SELECT * FROM read_text('{file}')",
        "COPY records TO '{file}'",
        "ATTACH '{file}'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "SELEC 1",
        "SELECT nothing FROM records",
        "",
    ],
)
def test_a_question_reaches_nothing_but_the_records(
    place: Path, tmp_path: Path, question: str
) -> None:
    file = tmp_path / "other"
    file.write_text("canary")
    with pytest.raises(LogError, match="can't be answered"):
        asked(place, question.format(file=file))
    assert file.read_text() == "canary"


def test_the_log_itself_can_not_be_changed(place: Path) -> None:
    before = {path: path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}
    asked(place, "DELETE FROM records")
    assert before == {path: path.read_bytes() for path in sorted(before)}
    assert asked(place, "SELECT count(*) FROM records") == [(11,)]


def test_what_is_no_log_is_told(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="no such directory"):
        Sql(tmp_path / "none")


def test_without_duckdb_it_is_said_what_to_install(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(SqlNotInstalled, match=r"pip install 'jurat\[duckdb\]'"):
        Sql(place)
