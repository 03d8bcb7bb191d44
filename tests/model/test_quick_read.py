"""The quick reader accepts only what the validator accepts, and reads it alike."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from jurat.model import (
    InvalidInput,
    MissingFact,
    Request,
    build,
    read,
    to_plain,
    validate,
    view_class,
)

REQUEST = view_class(Request)

# Values that stand where another was: right for some fields, wrong for others, odd for all.
VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2**63 - 1,
    2**63,
    -(2**63),
    -(2**63) - 1,
    2**70,
    1.5,
    1e300,
    "",
    "user",
    "ü",
    "10.0.0.1",
    "::ffff:10.0.0.1",
    "fe80::1%eth0",
    "10.0.0",
    "2026-05-25T12:00:00Z",
    "2026-05-25T12:00:00.5Z",
    "2026-05-25T12:00:00.9999999Z",
    "2026-05-25T12:00:00+02:00",
    "2026-05-25T12:00:00",
    "2026-05-25T12-00-00Z",
    "2026-05-25 12:00:00Z",
    "2026-02-30T12:00:00Z",
    "2026-W22-1T12:00:00Z",
    "20260525T120000.000Z",
    [],
    ["a"],
    ["a", 1],
    [None],
    [{}],
    [{"text": "t"}],
    [[]],
    {},
    {"id": "x"},
    {"k": "v"},
    {"k": 1},
    {"unknwon": 1},
]

WHOLE: dict[str, Any] = {
    "id": "r1",
    "time": "2026-05-25T12:00:00Z",
    "actor": {
        "id": "a",
        "kind": "user",
        "roles": ["x", "y"],
        "networks": [],
        "limits": {"rpm": 1, "spend": None},
        "created_at": "2026-05-25T12:00:00Z",
        "credential": {"id": "k", "expires_at": None, "owner_kind": "workload"},
    },
    "source": {"ip": "10.0.0.1", "forwarded_for": ["2001:db8::1"]},
    "model": "m",
    "model_info": {"class": "c", "aliases": ["n"]},
    "project": {"id": "p", "limits": None, "holders": ["user"]},
    "endpoint": {"private_link": True, "priority": -1},
    "messages": [
        {"role": "user", "content": "hello", "size": 5},
        {"role": "tool", "content": [{"text": "t"}], "tool_call_id": "c"},
    ],
    "tools": [{"name": "t", "kind": "mcp"}],
    "tool": {"name": "t", "arguments": "{}"},
    "params": {"store": False, "max_tokens": 10, "temperature": 0.5},
    "classification": ["pii"],
    "estimated_tokens": 0,
    "metadata": {"k": "v"},
    "approvals": [{"rule": "r", "granted_at": "2026-05-25T12:00:00Z"}],
    "unscanned": {"images": 0},
}


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of all values, containers included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, item in inner:
        found.append((*path, key))
        if isinstance(item, dict | list):
            found += leaves(item, (*path, key))
    return found


def variants() -> Iterator[tuple[str, bytes]]:
    """A valid request with one value or key changed: what is wrong then decides alone."""
    for path in leaves(WHOLE):
        for value in [*VALUES, ...]:
            made = json.loads(json.dumps(WHOLE))
            parent: Any = made
            for step in path[:-1]:
                parent = parent[step]
            if value is not ...:
                parent[path[-1]] = value
            elif isinstance(parent, dict):
                parent["unknwon"] = parent.pop(path[-1])
            yield f"{path} = {value!r}", json.dumps(made).encode()


def sorted_(value: Any) -> Any:
    """With keys in order, so that equal values of one type, and only those, look alike."""
    if isinstance(value, dict):
        return {key: sorted_(value[key]) for key in sorted(value)}
    return [sorted_(item) for item in value] if isinstance(value, list) else value


def test_what_is_read_quickly_is_valid_and_read_alike() -> None:
    quickly = 0
    for what, data in variants():
        quick = read(Request, data)
        try:
            right = to_plain(build(REQUEST, validate(Request, data)))
        except InvalidInput:
            assert quick is None, what
            continue
        if quick is not None:
            quickly += 1
            assert repr(sorted_(to_plain(quick))) == repr(sorted_(right)), what
    assert quickly > 200


def test_the_ordinary_request_is_read() -> None:
    data = (
        b'{"action":"chat.completions","model":"m","time":"2026-05-25T12:00:00Z",'
        b'"actor":{"id":"a","networks":["10.0.0.0/8"],"credential":null},'
        b'"source":{"ip":"10.0.1.50"},"messages":[{"role":"user","content":"hello"}]}'
    )
    view = read(Request, data)
    assert view is not None
    assert read(Request, json.dumps(WHOLE).encode()) is not None
    assert view.actor.credential.created_at is None
    with pytest.raises(MissingFact, match="/messages/0/name"):
        _ = view.messages[0].name


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b'{"model": NaN}',
        b'{"model": "\\ud800"}',
        b"\xff",
        b'{"estimated_tokens": true}',
        b'{"estimated_tokens": 1e3}',
        b'{"source": {"ip": "fe80::1%eth0"}}',
        b'{"time": "2026-05-25T12:00:00"}',
        b"[" * 100_000,
        b'{"messages": [{"role": "assistant", "tool_calls": [{"name": "f"}]}]}',
    ],
)
def test_what_is_in_doubt_is_left_to_the_validator(data: bytes) -> None:
    assert read(Request, data) is None
