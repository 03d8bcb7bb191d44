"""An application's own events."""

from pathlib import Path
from typing import Any

import pytest
from log_kit import make_log

from jurat.log import KeyStore, Log, LogError, RecordError, read_log, verify


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return make_log(tmp_path, [])


def test_events_are_recorded(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys, types={"app.deploy": ["version"]}) as log:
        log.record("key.rotate", actor="ann@acme.example", key="openai/prod", old="k-1").wait()
        log.record("failover", actor={"id": "gw-1", "kind": "service"}, from_="eu", to="us")
        log.record("breaker", endpoint="eu", state="open")
        log.record("org.change", action="project.create", target="p-9")
        receipt = log.record("app.deploy", version="2.1", flags=["a"], healthy=True).wait()
        refs = log.ref("ann@acme.example"), log.ref("gw-1")
    bodies = [record.body for record in read_log(place, 1)]
    assert [body["type"] for body in bodies] == [
        "key.rotate", "failover", "breaker", "org.change", "app.deploy",
    ]  # fmt: skip
    assert bodies[0]["actor"] == {"ref": refs[0]}
    assert bodies[1]["actor"] == {"kind": "service", "ref": refs[1]}
    assert (bodies[1]["from"], bodies[1]["to"]) == ("eu", "us")
    assert bodies[4]["flags"] == ["a"]
    assert receipt.seq == 5
    assert verify(place).size == 6
    assert b"ann@" not in b"".join(record.leaf for record in read_log(place))


@pytest.mark.parametrize(
    ("kind", "fields", "field", "told"),
    [
        ("key.rotat", {"key": "k"}, "type", "did you mean key.rotate"),
        ("elsewhat", {}, "type", "Log.open"),
        ("decision", {"effect": "allow", "dec": "x"}, "type", "by jurat alone"),
        ("erasure", {"kid": "s-1", "ref": "x"}, "type", "by jurat alone"),
        ("failover", {"from_": "eu"}, "to", "needs the field 'to'"),
        ("failover", {"from_": "eu", "from": "us", "to": "x"}, "from", "given twice"),
        ("key.rotate", {"key": "k", "ts": 1}, "ts", "jurat's own"),
        ("key.rotate", {"key": "k", "facts": {}}, "facts", "jurat's own"),
        ("key.rotate", {"key": "k", "id": "x"}, "id", "jurat's own"),
        ("key.rotate", {"key": "k", "actor": {"email": "x"}}, "actor", "id and kind"),
        ("key.rotate", {"key": "k", "actor": {"id": "x", "kind": 1}}, "actor", "a word"),
        ("key.rotate", {"key": 1.5}, "", "no floats"),
        ("key.rotate", {"key": 2**70}, "", "integers within"),
    ],
)
def test_what_is_no_event(
    place: Path, keys: KeyStore, kind: str, fields: dict[str, Any], field: str, told: str
) -> None:
    with Log.open(place, keys=keys) as log:
        with pytest.raises(RecordError, match=told) as caught:
            log.record(kind, **fields)
        assert caught.value.field == field
        assert isinstance(caught.value, LogError)
    assert verify(place).size == 1


def test_a_type_of_ours_cannot_be_registered(place: Path, keys: KeyStore) -> None:
    with pytest.raises(LogError, match="taken"):
        Log.open(place, keys=keys, types={"hold": []})
