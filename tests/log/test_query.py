"""Questions to a log: the index answers as reading all of it would."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_kit import BODY, make_log, segment

from jurat.log import Index, KeyStore, Log, LogBroken, LogError, Query, query, read_log, summarise

START = 1_779_710_400_000_000
MINUTE = 60_000_000

BODIES: list[dict[str, Any]] = [
    {"act": "chat.completions", "model": "m1", "project": "p1", "env": "production",
     "effect": "allow", "outcomes": [["callers", "fired"], ["pii", "fired"]],
     "detections": {"US_SSN": 2}, "actor": {"kind": "user", "ref": "hmac:a"}},
    {"act": "chat.completions", "model": "m2", "project": "p1", "effect": "deny",
     "outcomes": [["models", "fired"]], "actor": {"kind": "user", "ref": "hmac:b"}},
    {"act": "embeddings", "model": "m1", "project": "p2", "effect": "deny",
     "outcomes": [["callers", "unknown"], ["networks", "error"]]},
    {"act": "embeddings", "effect": "allow", "outcomes": [["callers", "fired"]],
     "parent": "0197", "tokens": {"in": 10, "out": 5}, "upstream_us": 7, "status": 200},
    {"effect": "deny", "codes": ["invalid-input"], "lat_us": 3, "value": "Deny"},
]  # fmt: skip


def record(directory: Path, bodies: list[dict[str, Any]], **more: Any) -> None:
    with Log.open(directory, keys=KeyStore(directory.parent / "keys"), **more) as log:
        for number, body in enumerate(bodies):
            log.append("decision", {**BODY, "ts": START + number * MINUTE, **body})


@pytest.fixture
def log(tmp_path: Path) -> Path:
    record(tmp_path / "log", BODIES)
    return tmp_path / "log"


def found(log: Path, newest: bool = False, limit: int | None = None, **wanted: Any) -> list[int]:
    return [one.seq for one in query(log, Query(**wanted), newest=newest, limit=limit)]


MOMENT = datetime(2026, 5, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wanted", "seqs"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"type": "decision"}, [1, 2, 3, 4, 5]),
        ({"effect": "deny"}, [2, 3, 5]),
        ({"action": "embeddings"}, [3, 4]),
        ({"model": "m1", "effect": "allow"}, [1]),
        ({"project": "p1"}, [1, 2]),
        ({"environment": "production"}, [1]),
        ({"actor": "hmac:b"}, [2]),
        ({"parent": "0197"}, [4]),
        ({"rule": "callers"}, [1, 3, 4]),
        ({"rule": "callers", "outcome": "fired"}, [1, 4]),
        ({"outcome": "erred"}, [3]),
        ({"entity": "US_SSN"}, [1]),
        ({"entity": "IBAN_CODE"}, []),
        ({"since": MOMENT + timedelta(minutes=1), "until": MOMENT + timedelta(minutes=3)}, [2, 3]),
        ({"where": 'record.effect == "deny"'}, [2, 3, 5]),
        ({"where": '"invalid-input" in record.codes'}, [5]),
        ({"where": "record.detections['US_SSN'] > 1"}, [1]),
        ({"where": "record.input_tokens + record.output_tokens == 15"}, [4]),
        ({"where": 'record.time >= timestamp("2026-05-25T12:03:00Z")', "effect": "deny"}, [5]),
        ({"where": "record.status != 200 && record.type == 'genesis'"}, [0]),
    ],
)
def test_what_is_asked_is_found(log: Path, wanted: dict[str, Any], seqs: list[int]) -> None:
    assert found(log, **wanted) == seqs
    assert found(log, newest=True, **wanted) == seqs[::-1]
    assert found(log, newest=True, limit=1, **wanted) == seqs[::-1][:1]


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("record.efect == 'deny'", "efect"),
        ("record.effect", "true or false"),
        ("record.effect == 1", "column"),
        ("record.(", "column"),
        ("request.model == 'm'", "request"),
    ],
)
def test_a_condition_that_cannot_be_asked(log: Path, where: str, told: str) -> None:
    with pytest.raises(LogError, match=told):
        found(log, where=where)


def test_records_are_what_is_stored(log: Path) -> None:
    assert list(query(log, Query(), newest=False)) == list(read_log(log))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(BODIES), max_size=12), st.sampled_from(["p1", "p2", ""]))
def test_the_index_says_what_reading_all_says(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[dict[str, Any]], project: str
) -> None:
    directory = tmp_path_factory.mktemp("log") / "log"
    half = len(bodies) // 2
    for part in (bodies[:half], bodies[half:]):
        record(directory, part, durability="buffered")
        slow = [
            one.seq
            for one in read_log(directory)
            if not project or one.body.get("project") == project
        ]
        assert found(directory, project=project) == slow
        with Index(directory) as index:
            assert index.size == sum(1 for _ in read_log(directory))


def spoilt(path: Path) -> None:
    path.write_bytes(b"this is no database, though it is as long as one may well be" * 100)


def stale(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("UPDATE meta SET value = zeroblob(32) WHERE name = 'peaks'")
    database.close()


def too_far(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("UPDATE meta SET value = 99 WHERE name = 'size'")
    database.close()


def older(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("UPDATE meta SET value = '0' WHERE name = 'version'")
    database.close()


@pytest.mark.parametrize("harm", [spoilt, stale, too_far, older, Path.unlink])
def test_an_index_that_is_not_right_is_made_anew(log: Path, harm: Callable[[Path], None]) -> None:
    before = found(log, effect="deny")
    harm(log / "index.sqlite")
    assert found(log, effect="deny") == before
    record(log, BODIES)
    assert len(found(log)) == 11


def test_another_log_in_its_place(log: Path, tmp_path: Path) -> None:
    found(log)
    other = make_log(tmp_path / "other", [3])
    (log / "index.sqlite").rename(other / "index.sqlite")
    assert found(other) == [0, 1, 2, 3]


def test_a_changed_record_is_not_answered_with(log: Path) -> None:
    path = segment(log)
    path.write_bytes(path.read_bytes().replace(b'"model":"m2"', b'"model":"m3"', 1))
    with pytest.raises(LogBroken, match="not what the checkpoint signed"):
        found(log)


def test_a_log_that_cannot_be_written_to_is_indexed_in_memory(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def refused(place: str, **more: Any) -> sqlite3.Connection:
        if place != ":memory:":
            raise sqlite3.OperationalError("unable to open database file")
        return connect(place, **more)

    monkeypatch.setattr(sqlite3, "connect", refused)
    assert found(log, effect="deny") == [2, 3, 5]
    assert not (log / "index.sqlite").exists()


def test_odd_records_are_listed_all_the_same(tmp_path: Path) -> None:
    odd = {"act": 5, "actor": "x", "outcomes": {"a": 1}, "detections": [], "tokens": 3, "codes": 1}
    record(tmp_path / "log", [{**odd, "model": "m", "obl": [1], "ts": 2**53 - 1}])
    assert found(tmp_path / "log", model="m") == [1]
    assert found(tmp_path / "log", where="record.model == 'm'") == [1]
    assert json.loads(next(query(tmp_path / "log", Query(model="m"))).leaf)["body"]["act"] == 5


def test_a_summary(log: Path) -> None:
    summary = summarise(log)
    assert (summary.records, summary.decisions) == (6, 5)
    assert (summary.allowed, summary.denied, summary.violations) == (2, 3, 1)
    assert (summary.input_tokens, summary.output_tokens) == (10, 5)
    assert [(one.name, one.count, one.violations) for one in summary.projects] == [
        ("p1", 2, 1), ("p2", 1, 0),
    ]  # fmt: skip
    assert [(one.name, one.count, one.violations) for one in summary.rules] == [
        ("models", 1, 1), ("callers", 2, 0), ("pii", 1, 0),
    ]  # fmt: skip
    assert [(one.name, one.count) for one in summary.entities] == [("US_SSN", 2)]
    assert ("2026-05-25", 5, 1) in [(d.name, d.count, d.violations) for d in summary.days]
    part = summarise(log, Query(project="p2"))
    assert (part.records, part.denied, part.violations, part.days[0].count) == (1, 1, 0, 1)
    assert summarise(log, Query(project="none")).first is None
