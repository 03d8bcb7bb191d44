"""The quick reader accepts only what the validator accepts, and reads it alike."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

times = st.sampled_from(
    [
        "2026-05-25T12:00:00Z",
        "2026-05-25T12:00:00.5Z",
        "2026-05-25T12:00:00+02:00",
        "2026-05-25T12:00:00",
        "2026-02-30T12:00:00Z",
        "2026-W22-1T12:00:00Z",
        "20260525T120000.000Z",
        "2026-05-25 12:00:00Z",
        "",
    ]
)
ips = st.sampled_from(["10.0.0.1", "::ffff:10.0.0.1", "fe80::1%eth0", "10.0.0", "x", ""])
words = st.sampled_from(["user", "service_account", "eu", "proj-prod", "", "ü"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, 2**31, 2**63 - 1, 2**63, -(2**63), 2**70, 1.5]),
    times,
    ips,
    words,
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "text", "x"]), inner, max_size=2),
    ),
    max_leaves=6,
)


def objects(model: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with the keys of a model, mostly with values of the right shape."""
    named: dict[str, st.SearchStrategy[Any]] = {
        "time": times,
        "created_at": times,
        "expires_at": times,
        "ip": ips,
        "networks": st.lists(words, max_size=2),
        "permissions": st.lists(words, max_size=2),
        "kind": words,
        "private_link": st.booleans(),
        "estimated_tokens": st.integers(-1, 2**64),
        "max_tokens": st.integers(-(2**64), 2**64),
        "temperature": st.sampled_from([0.5, 1, "1"]),
        "metadata": st.dictionaries(words, words, max_size=2),
        "tags": st.dictionaries(words, scalars, max_size=2),
        "content": st.one_of(words, st.lists(st.dictionaries(words, scalars, max_size=1))),
        "arguments": st.one_of(words, st.dictionaries(words, words, max_size=1)),
    }
    names = [field.alias or name for name, field in model.model_fields.items()]
    fields = {name: named.get(name, words) for name in names}
    right = st.fixed_dictionaries({}, optional=fields)
    wild = st.dictionaries(st.sampled_from([*names, "unknwon"]), values, max_size=4)
    return st.one_of(right, right, wild)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    made = {
        name: draw(scalars if draw(st.integers(0, 9)) == 0 else words)
        for name in draw(st.sets(st.sampled_from(["id", "model", "action", "provider"])))
    }
    for name, field in Request.model_fields.items():
        shape = str(field.annotation)
        inner = [model for model in (_model(field.annotation),) if model is not None]
        if not inner or draw(st.integers(0, 2)):
            continue
        one = objects(inner[0])
        made[name] = draw(st.lists(one, max_size=2) if "tuple" in shape else st.none() | one)
    return made


def _model(annotation: Any) -> Any:
    from jurat.model import nested_model

    return nested_model(annotation)[0]


@given(documents())
def test_what_is_read_quickly_is_read_alike(document: dict[str, Any]) -> None:
    data = json.dumps(document).encode()
    quick = read(Request, data)
    if quick is None:
        return
    assert to_plain(quick) == to_plain(build(REQUEST, validate(Request, data)))


@given(documents())
def test_what_is_wrong_is_never_read(document: dict[str, Any]) -> None:
    data = json.dumps(document).encode()
    try:
        validate(Request, data)
    except InvalidInput:
        assert read(Request, data) is None


def test_the_ordinary_request_is_read() -> None:
    data = (
        b'{"action":"chat.completions","model":"m","time":"2026-05-25T12:00:00Z",'
        b'"actor":{"id":"a","networks":["10.0.0.0/8"],"credential":null},'
        b'"source":{"ip":"10.0.1.50"},"messages":[{"role":"user","content":"hello"}]}'
    )
    view = read(Request, data)
    assert view is not None
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
    ],
)
def test_what_is_in_doubt_is_left_to_the_validator(data: bytes) -> None:
    assert read(Request, data) is None
