"""Values that are written nowhere: not in clear, not sealed; and what replay makes of that."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from harness import engine

from jurat.engine import replay
from jurat.log import KeyStore, Log, LogError, LogReader, Mask, open_worker, read_log, verify

NOW = "2026-05-25T12:00:00Z"
FILES = {
    "bundle.yaml": "{name: masked, version: 1.0.0, revision: 1}",
    "rules/r.yaml": """
- {id: let-in, title: T, kind: expression, effect: permit, severity: info, when: "true"}
- {id: models, title: T, kind: model.allowlist, effect: deny, severity: high,
   params: {models: [gpt-4.1]}}
""",
}
REQUEST = {
    "model": "gpt-4.1",
    "provider": "openai",
    "actor": {"id": "ann@acme.example", "kind": "user"},
    "project": {"id": "p-7", "environment": "production"},
    "metadata": {"customer": "globex", "desk": "7"},
    "messages": [{"role": "user", "content": "hello"}],
}
ANSWER = {
    "type": "response",
    "messages": [{"role": "assistant", "content": "hello"}],
    "usage": {"input_tokens": 7, "output_tokens": 9},
    "status": 200,
}


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys", notify=lambda told: None)


def recorded(place: Path, keys: KeyStore, *mask: str) -> list[dict[str, Any]]:
    """The bodies of a request's record and its answer's, with what is sealed in `facts`."""
    log = Log.open(place, keys=keys, mask=mask)
    with log, engine(FILES, log=log) as loaded:
        first = loaded.evaluate(REQUEST, now=NOW)
        loaded.evaluate(ANSWER, parent=first, now=NOW)
    bodies = [record.body for record in read_log(place) if "dec" in record.body]
    with LogReader(place, keys=keys) as reader:
        return [
            body | {"facts": orjson.loads(reader.unseal(body["facts"]) or b"")} for body in bodies
        ]


def test_a_masked_value_is_written_nowhere(tmp_path: Path, keys: KeyStore) -> None:
    place = tmp_path / "log"
    first, second = recorded(place, keys, "/metadata/customer", "/model", "/tools/0")
    assert first["masked"] == ["/metadata/customer", "/model"]
    assert "model" not in first
    assert first["provider"] == "openai"
    kept = first["facts"]["input"]
    assert (kept["model"], kept["metadata"]) == (None, {"customer": None, "desk": "7"})
    assert kept["actor"]["id"] == "ann@acme.example"
    assert b"globex" not in orjson.dumps([first, second])
    assert second["masked"] == ["/request/metadata/customer", "/request/model"]
    assert "model" not in second
    assert [one.verdict for one in replay(place, keys=keys)] == ["masked", "masked"]
    assert verify(place).size == 4


def test_what_stands_in_clear_is_masked_with_what_holds_it(tmp_path: Path, keys: KeyStore) -> None:
    first, second = recorded(tmp_path / "log", keys, "/actor/id", "/project", "/usage", "/status")
    assert first["masked"] == ["/actor/id", "/project"]
    assert first["actor"] == {"kind": "user"}
    assert not {"project", "env"} & first.keys()
    assert "ann@" not in str(first)
    assert second["masked"] == ["/status", "/usage", "/request/actor/id", "/request/project"]
    assert not {"tokens", "status", "project"} & second.keys()
    assert "ann@" not in str(second)


def test_without_a_mask_nothing_is_listed(tmp_path: Path, keys: KeyStore) -> None:
    first, _ = recorded(tmp_path / "log", keys)
    assert "masked" not in first
    assert [one.verdict for one in replay(tmp_path / "log", keys=keys)] == ["agrees"] * 2


def test_who_is_masked_can_still_be_erased(tmp_path: Path, keys: KeyStore) -> None:
    place = tmp_path / "log"
    recorded(place, keys, "/actor/id")
    with Log.open(place, keys=keys) as log:
        assert log.erase("ann@acme.example") is not None
    assert [one.verdict for one in replay(place, keys=keys)] == ["erased", "erased"]


def test_events_are_masked_too(tmp_path: Path, keys: KeyStore) -> None:
    root = tmp_path / "set"
    with open_worker(root, keys=keys, mask=["/target/email", "/key"]) as log:
        log.record("org.change", action="add", target={"email": "x@y", "role": "r"})
        log.record("key.rotate", key="k-1")
        log.record("failover", from_="a", to="b").wait()
    changed, rotated, failed = (record.body for record in read_log(root / "w0", 1))
    assert changed["target"] == {"email": None, "role": "r"}
    assert changed["masked"] == ["/target/email"]
    assert (rotated["key"], rotated["masked"]) == (None, ["/key"])
    assert "masked" not in failed


@pytest.mark.parametrize("pointer", ["", "model", "/a~b", "/a~2"])
def test_what_is_no_pointer(tmp_path: Path, keys: KeyStore, pointer: str) -> None:
    with pytest.raises(LogError, match="no JSON Pointer"):
        Log.open(tmp_path / "log", keys=keys, mask=[pointer])


def test_pointers() -> None:
    document: dict[str, Any] = {"a/b": {"m~n": [1, {"x": 2}, None]}, "": 3, "none": None, "0": 4}
    changes: dict[str, dict[str, Any]] = {
        "/a~1b/m~0n/1/x": {"a/b": {"m~n": [1, {"x": None}, None]}},
        "/a~1b/m~0n/0": {"a/b": {"m~n": [None, {"x": 2}, None]}},
        "/a~1b": {"a/b": None},
        "/": {"": None},
        "/0": {"0": None},
    }
    for pointer, expected in changes.items():
        assert Mask([pointer]).apply(document) == (document | expected, [pointer])
    for absent in ("/none", "/a~1b/m~0n/2", "/a~1b/m~0n/3", "/a~1b/m~0n/01", "/a~1b/x/y", "/q"):
        assert Mask([absent]).apply(document) == (document, [])
    whole = Mask(["/a~1b", "/a~1b/m~0n"]).apply(document)
    assert whole == (document | {"a/b": None}, ["/a~1b"])
