"""Bodies: canonical bytes, and what is refused."""

from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from jurat.log import RECORD_TYPES, LogError
from jurat.log._body import Ids, complete, encode
from jurat.log._types import with_types

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
KEYS = st.text(st.characters(max_codepoint=127), max_size=8)


@given(st.dictionaries(KEYS, PLAIN, max_size=6))
def test_bytes_are_rfc_8785(body: dict[str, Any]) -> None:
    assert encode(body) == rfc8785.dumps(body)


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        float("nan"),
        2**53 + 1,
        "\ud800",
        {"é": 1},
        {1: 2},
        b"bytes",
        {1, 2},
        object(),
        [[1.0]],
        (0.5,),
    ],
    ids=lambda value: "object" if type(value) is object else repr(value),
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(LogError):
        encode({"value": value})


def test_a_refusal_never_quotes_the_value() -> None:
    for value in (3.14159, {"k-\u00e9": "hunter2"}, "hunter2\ud800"):
        with pytest.raises(LogError) as caught:
            encode({"value": value})
        assert "hunter2" not in str(caught.value)
        assert "3.14" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_what_is_too_deep_is_refused() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(LogError, match="deep"):
        encode({"value": value})
    while value:  # take it apart: freeing it whole would recurse as deeply
        value = value.pop()


def test_type_time_and_id_are_added() -> None:
    record = complete(
        "decision", {"effect": "deny", "dec": "x"}, RECORD_TYPES, 1_779_710_400_123_456, Ids()
    )
    assert (record["type"], record["ts"]) == ("decision", 1_779_710_400_123_456)
    assert int(record["id"].replace("-", "")[:12], 16) == 1_779_710_400_123


def test_given_time_and_id_stay() -> None:
    body = {"effect": "deny", "dec": "x", "ts": 5, "id": "mine"}
    record = complete("decision", body, RECORD_TYPES, 7, Ids())
    assert (record["ts"], record["id"]) == (5, "mine")
    assert "type" not in body


def test_ids_are_version_7() -> None:
    import uuid

    make_id = Ids()
    made = {make_id(1_779_710_400_000_000) for _ in range(600)}
    assert len(made) == 600
    assert {(uuid.UUID(text).version, uuid.UUID(text).variant) for text in made} == {
        (7, uuid.RFC_4122)
    }


@pytest.mark.parametrize("kind", sorted(RECORD_TYPES))
def test_each_type_asks_for_its_fields(kind: str) -> None:
    fields = dict.fromkeys(RECORD_TYPES[kind], "x")
    assert complete(kind, fields, RECORD_TYPES, 0, Ids())["type"] == kind
    for name in fields:
        with pytest.raises(LogError, match=name):
            complete(kind, {k: v for k, v in fields.items() if k != name}, RECORD_TYPES, 0, Ids())


def test_own_types_register_beside_ours() -> None:
    types = with_types({"acme.deploy": ["version"]})
    assert complete("acme.deploy", {"version": "1"}, types, 0, Ids())["type"] == "acme.deploy"
    with pytest.raises(LogError, match="version"):
        complete("acme.deploy", {}, types, 0, Ids())
    with pytest.raises(LogError, match="taken"):
        with_types({"decision": []})
    with pytest.raises(LogError, match="not registered"):
        complete("acme.other", {}, types, 0, Ids())


@given(st.dictionaries(KEYS, PLAIN, max_size=4))
def test_bytes_read_back_as_they_were(body: dict[str, Any]) -> None:
    assert orjson.loads(encode(body)) == body
