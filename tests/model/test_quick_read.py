"""The quick reader accepts only what the validator accepts, and reads it alike."""

import json
from collections.abc import Iterator
from dataclasses import is_dataclass
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
from jurat.model._read import Quick

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


# Every object is there, so that a document of the same form is read straight into views.
FORM: dict[str, Any] = {
    **WHOLE,
    "actor": {**WHOLE["actor"], "limits": {"rpm": 1}},
    "project": {"id": "p", "limits": {"tpm": 2}, "holders": None},
}


def variants(whole: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """A valid request with one value or key changed: what is wrong then decides alone."""
    for path in leaves(whole):
        for value in [*VALUES, ...]:
            made = json.loads(json.dumps(whole))
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


@pytest.mark.parametrize("whole", [WHOLE, FORM])
def test_what_is_read_quickly_is_valid_and_read_alike(whole: dict[str, Any]) -> None:
    quickly = 0
    for what, data in variants(whole):
        for _ in range(3):  # so that forms are learnt, and what was learnt is used
            assert read(Request, json.dumps(whole).encode()) is not None
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


def straight(view: Any) -> bool:
    """Whether a decoder made the view."""
    return is_dataclass(view)


def test_a_form_is_learnt_from_the_first_document_of_it() -> None:
    read = Quick(Request)
    first, second = (read(json.dumps({**FORM, "id": id_}).encode()) for id_ in ("one", "two"))
    assert straight(second)
    assert second.id == "two"
    changed = {**to_plain(first), "id": "two"}
    assert repr(sorted_(to_plain(second))) == repr(sorted_(changed))
    assert second.time == first.time != ""
    with pytest.raises(MissingFact, match="/actor/credential/created_at"):
        _ = second.actor.credential.created_at
    with pytest.raises(MissingFact, match="/messages/1/name"):
        _ = second.messages[1].name
    with pytest.raises(AttributeError):
        _ = second.actor.emial


@pytest.mark.parametrize(
    "other",
    [
        b'{"model":"m","model":"n"}',
        b'{"model":"m","unknwon":"n"}',
        b'{"model":"m","provider":{"id":"n"}}',
        b'{"model":"m","project":{"id":"n","id":"o"}}',
        b'{"model":"m","project":{"id":"n"},"unknwon":1}',
        b'{"model":"m","metadata":{"a":"b","a":"c"}}',
        b'{"model":"m","messages":[{"role":"a","role":"b"}]}',
        b'{"model":"m","messages":[{"role":"a","unknwon":"b"}]}',
    ],
)
def test_a_learnt_form_lets_no_other_document_pass(other: bytes) -> None:
    read = Quick(Request)
    for known in (
        b'{"model":"m"}',
        b'{"model":"m","provider":"n"}',
        b'{"model":"m","project":{"id":"n"}}',
        b'{"model":"m","project":{"id":"n","name":"o"}}',
        b'{"model":"m","metadata":{"a":"b"}}',
        b'{"model":"m","metadata":{"a":"b","c":"d"}}',
        b'{"model":"m","messages":[{"role":"a"}]}',
        b'{"model":"m","messages":[{"role":"a","name":"b"}]}',
    ):
        read(known)
        assert straight(read(known)), known
        assert read(other) is None, known


def test_forms_with_as_many_keys_take_turns() -> None:
    read = Quick(Request)
    documents = [
        b'{"model":"m","id":"n"}',
        b'{"id":"n","provider":"m"}',
        b'{"project":{"id":"m"}}',
    ]
    for data in documents * 3:
        assert to_plain(read(data)) == json.loads(data)


def test_old_forms_are_forgotten() -> None:
    read = Quick(Request)
    names = [name for name in REQUEST.fields if name in ("id", "model", "provider", "action")]
    documents = []
    for number in range(200):
        known = {name: "x" for bit, name in enumerate(names) if number & 1 << bit}
        params = {f: 1 for bit, f in enumerate(("max_tokens", "n")) if number & 16 << bit}
        project = dict.fromkeys(("id", "name", "owner", "team")[: number % 5], "x")
        documents.append(json.dumps({**known, "params": params, "project": project}).encode())
    for data in documents * 2:
        assert to_plain(read(data)) == json.loads(data)
    assert straight(read(documents[-1]))


def test_a_text_that_looks_like_a_key_is_no_key() -> None:
    for content in ('{"a":1}', "plain"):
        data = json.dumps({"messages": [{"content": content}]}, separators=(",", ":")).encode()
        for _ in range(3):
            assert to_plain(read(Request, data)) == json.loads(data)
