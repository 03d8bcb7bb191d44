"""Laws that hold for every format, over captured bodies with something else in one place."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sdk_captures import FILES, captured, format_of

from jurat.model import Request, Response, view_of
from jurat.wire import FORMATS, InputError, apply_edits, from_body

CANARY = "Jane Doe 123-45-6789"
BODIES: list[tuple[str, Any]] = [
    (format_of(file.stem) + suffix, json.loads(captured(file.stem)[side]["body"]))
    for file in FILES
    for side, suffix in (("request", ""), ("response", ".response"))
    if side == "request" or "-stream" not in file.stem
]
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "a", "user", "\ud800", "4111111111111111", "data:image/png;base64,AA"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "id", "a b", "text"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        yield (*path, "odd")
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    first, *rest = path
    if isinstance(value, dict):
        return value | {first: changed(value.get(first), tuple(rest), new)}
    return [changed(v, tuple(rest), new) if i == first else v for i, v in enumerate(value)]


EVERYWHERE = [(format, body, path) for format, body in BODIES for path in places(body)]


def same(text: str, /, *, holds_json: bool = False) -> str:
    return text


def read_or_refused(format: str, body: Any) -> Request | Response | None:
    refused = None
    try:
        return from_body(format, body)
    except InputError as error:
        refused = error
    assert refused.__context__ is None, "a chained error would hold the document"
    assert CANARY not in str(refused) + repr(refused)
    return None


def test_all_formats_are_here() -> None:
    assert {format for format, _ in BODIES} == set(FORMATS)
    assert len(EVERYWHERE) > 1000


@pytest.mark.parametrize("format", FORMATS)
def test_what_someone_writes_is_scanned_wherever_it_stands(format: str) -> None:
    """Every place of every captured body: the words are a text, or the body is refused."""
    read = 0
    for name, body, path in EVERYWHERE:
        if name != format:
            continue
        made_of = changed(body, path, CANARY)
        made = read_or_refused(format, made_of)
        if made is None:
            continue
        assert made._texts is not None
        at = [text.at for text in made._texts if text.text == CANARY]
        assert len(at) == 1, (format, path)
        sent = apply_edits(made_of, {at[0]: lambda text, holds_json=False: "[X]"})
        assert CANARY not in json.dumps(sent)
        assert sent == changed(body, path, "[X]")
        read += 1
    assert read > 5


# The only places where a long number is a figure and not somebody's.
FIGURES = {
    "usage", "logprobs", "embedding", "index", "created", "created_at", "max_tokens",
    "max_completion_tokens", "max_output_tokens", "temperature", "top_p", "dimensions",
}  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_a_long_number_is_scanned_but_where_figures_stand(format: str) -> None:
    for name, body, path in EVERYWHERE:
        if name != format:
            continue
        made = read_or_refused(format, changed(body, path, 4111111111111111))
        if made is not None and not FIGURES & set(path):
            assert "4111111111111111" in [text.text for text in made._texts or ()], path


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(EVERYWHERE), ODD, st.integers(0, 3))
def test_bodies_that_lie_are_read_or_refused(
    place: tuple[str, Any, tuple[Any, ...]], odd: Any, indent: int
) -> None:
    format, body, path = place
    text = json.dumps(changed(body, path, odd), indent=indent or None)
    made = read_or_refused(format, text)
    if made is None:
        return
    assert view_of(made) is not None
    assert made._texts is not None
    edits = {item.at: same for item in made._texts}
    assert len(edits) == len(made._texts)
    assert apply_edits(text, edits) == text
    assert apply_edits(text.encode(), edits) == text.encode()
    plain = json.loads(text)
    assert apply_edits(plain, edits) == plain
    again = from_body(format, plain)
    assert again._texts == made._texts


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(BODIES), st.integers(-20, 20))
def test_sizes_follow_the_text(place: tuple[str, Any], more: int) -> None:
    """A longer text in a message makes that message as much larger, and no other."""
    format, body = place
    before = from_body(format, body)
    assert before._texts is not None
    texts = [t for t in before._texts if t.where == "message" and len(t.text) + more > 0]
    for text in texts:
        longer = (text.text + "x" * 20)[: len(text.text) + more]
        after = from_body(
            format, apply_edits(body, {text.at: lambda _, new=longer, holds_json=False: new})
        )
        grown = [
            (a.size or 0) - (b.size or 0)
            for a, b in zip(after.messages or (), before.messages or (), strict=True)
        ]
        assert sorted(filter(None, grown)) in ([more], []) if more else not any(grown)


IDENTITY = {
    "user": "u", "safety_identifier": "s", "metadata": {"project": "p"}, "actor": {"id": "a"},
    "service_account": "sa", "project": {"id": "p"}, "organization": "o", "source": {"ip": "1"},
    "request": {"id": "r"}, "tags": {"a": "b"}, "classification": ["public"],
}  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_a_body_never_supplies_what_the_caller_vouches_for(format: str) -> None:
    made = from_body(format, json.dumps(IDENTITY))
    vouched = {
        "actor", "source", "project", "org", "metadata", "tags", "request", "classification",
        "approvals", "vendor", "model_info",
    }  # fmt: skip
    assert not made.model_fields_set & vouched
    assert made._texts is not None
    assert len(made._texts) == len(IDENTITY)


@pytest.mark.parametrize("format", FORMATS)
def test_deep_and_large_bodies_are_refused(format: str) -> None:
    for key in ("input", "messages", "output", "choices", "data", "tools", "odd"):
        deep = '{"' + key + '":' + "[" * 1000 + "]" * 1000 + "}"
        with pytest.raises(InputError, match="nested deeper"):
            from_body(format, deep)
    cyclic: dict[str, Any] = {"type": "namespace", "role": "user"}
    cyclic |= {"content": [cyclic], "tools": [cyclic], "message": cyclic, "input": [cyclic]}
    for key in ("input", "messages", "output", "choices", "data", "tools", "odd"):
        with pytest.raises(InputError):
            from_body(format, {key: [cyclic]})
    with pytest.raises(InputError, match="larger than 100 bytes"):
        from_body(format, "[" * 101, max_bytes=100)
