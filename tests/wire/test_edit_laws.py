"""Laws of texts and edits, over arbitrary JSON in arbitrary spelling."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.model import Text
from jurat.wire import FORMATS, InputError, apply_edits, from_body, native_texts

LONE = st.sampled_from(["\ud800", "a\udfffb"])
STRINGS = st.one_of(st.text(max_size=8), LONE, st.sampled_from(["a/b~c", '"\\', "#0", "é\n"]))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    STRINGS,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(STRINGS | st.just("name"), inner, max_size=4)
    ),
    max_leaves=12,
)
# One field that no table knows: all beneath is scanned.
BODIES = st.dictionaries(st.sampled_from(["odd", "more", "x y"]), VALUES, max_size=3)


@st.composite
def spelled(draw: st.DrawFn, value: Any) -> str:
    """`value` as JSON with drawn whitespace and escapes."""
    random = draw(st.randoms(use_true_random=False))

    def space() -> str:
        return random.choice(["", "", " ", "\n", "\t", "\r\n "])

    def string(text: str) -> str:
        parts = []
        for char in text:
            if 0xD800 <= ord(char) <= 0xDFFF or char < " " or random.random() < 0.2:
                parts.append(json.dumps(char) if char in '"\\' else escaped(char))
            else:
                parts.append(json.dumps(char, ensure_ascii=False))
        return '"' + "".join(part.removeprefix('"').removesuffix('"') for part in parts) + '"'

    def escaped(char: str) -> str:
        data = char.encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{data[i]:02x}{data[i + 1]:02X}" for i in range(0, len(data), 2))

    def spell(item: Any) -> str:
        if isinstance(item, str):
            made = string(item)
        elif isinstance(item, list):
            made = "[" + ",".join(map(spell, item)) + space() + "]"
        elif isinstance(item, dict):
            pairs = (f"{space()}{string(k)}{space()}:{spell(v)}" for k, v in item.items())
            made = "{" + ",".join(pairs) + space() + "}"
        elif isinstance(item, float) and random.random() < 0.5:
            made = f"{item!r}" if "e" in repr(item) else f"{item!r}e0"
        else:
            made = json.dumps(item)
        return space() + made + space()

    return spell(value)


def texts_of(body: Any, format: str = "openai.chat") -> tuple[Text, ...]:
    made = from_body(format, body)
    assert made._texts is not None
    return made._texts


def strings_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [found for item in value.values() for found in strings_in(item)]
    if isinstance(value, list):
        return [found for item in value for found in strings_in(item)]
    return []


def same(text: str, /, *, holds_json: bool = False) -> str:
    return text


@settings(max_examples=200, deadline=None)
@given(st.data(), BODIES, st.sampled_from(sorted(FORMATS)))
def test_edits_that_change_nothing_change_no_byte(
    data: st.DataObject, body: Any, format: str
) -> None:
    text = data.draw(spelled(body))
    found = texts_of(text, format)
    edits = {item.at: same for item in found}
    assert apply_edits(text, {}) == text
    assert apply_edits(text, edits) == text
    assert apply_edits(text.encode(), edits) == text.encode()
    assert apply_edits(body, edits) == body


@settings(max_examples=200, deadline=None)
@given(st.data(), BODIES, st.sampled_from(sorted(FORMATS)))
def test_every_string_is_a_text(data: st.DataObject, body: Any, format: str) -> None:
    found = texts_of(data.draw(spelled(body)), format)
    assert len({item.at for item in found}) == len(found)
    assert [f.text for f in found] == [f.text for f in texts_of(body, format)]
    values = [item.text for item in found if not item.at.endswith("#")]
    wanted = strings_in(body)
    rest = iter(values)
    assert all(any(value == text for value in rest) for text in wanted), "in document order"


@settings(max_examples=200, deadline=None)
@given(st.data(), BODIES)
def test_an_edit_changes_its_text_and_no_other(data: st.DataObject, body: Any) -> None:
    text = data.draw(spelled(body))
    found = texts_of(text)
    if not found:
        return
    chosen = data.draw(st.sampled_from(found))
    seen = []

    def edit(given: str, /, *, holds_json: bool = False) -> str:
        seen.append(given)
        return "[X] é\ud800"

    changed = apply_edits(text.encode(), {chosen.at: edit})
    assert seen == [chosen.text]
    made = texts_of(changed)
    expected = [("[X] é\ud800" if t.at == chosen.at else t.text) for t in found]
    if chosen.at.endswith("#"):  # a key: what stood beneath stays beneath, unless names clash
        assert sum(a != b.text for a, b in zip(expected, made, strict=True)) <= 1
    else:
        # A number that became a string is still one text.
        assert [item.text for item in made] == expected
    assert [item.text for item in texts_of(apply_edits(body, {chosen.at: edit}))] == [
        item.text for item in made
    ]


@pytest.mark.parametrize(
    "at", ["/none", "/odd", "/odd/7", "/odd/0/x", "/odd/1", "/odd/#5#", "/#3"]
)
def test_a_pointer_to_no_text_is_refused(at: str) -> None:
    body = b'{"odd":["a",true]}'
    bodies: tuple[Any, ...] = (body, body.decode(), json.loads(body))
    for given_ in bodies:
        with pytest.raises(InputError) as caught:
            apply_edits(given_, {at: same})
        assert caught.value.__context__ is None


def test_keys_are_texts_and_never_in_pointers() -> None:
    body = '{"odd": {"4111 1111 1111 1111": "a", "jane@example.com": "b", "city": "c"}}'
    assert [(item.at, item.text) for item in texts_of(body)] == [
        ("/odd/#0#", "4111 1111 1111 1111"),
        ("/odd/#0", "a"),
        ("/odd/#1#", "jane@example.com"),
        ("/odd/#1", "b"),
        ("/odd/city", "c"),
    ]

    def label(text: str, /, *, holds_json: bool = False) -> str:
        return "[X]"

    changed = apply_edits(body, {"/odd/#0#": label, "/odd/#1#": label, "/odd/#1": label})
    assert changed == '{"odd": {"[X]": "a", "[X] 2": "[X]", "city": "c"}}'


def test_arguments_are_told_to_be_json() -> None:
    told = []

    def edit(text: str, /, *, holds_json: bool = False) -> str:
        told.append(holds_json)
        return text

    call = {"function": {"name": "f", "arguments": "{}"}}
    body = {"messages": [{"role": "assistant", "content": "x", "tool_calls": [call]}]}
    apply_edits(
        body,
        {"/messages/0/content": edit, "/messages/0/tool_calls/0/function/arguments": edit},
    )
    assert told == [False, True]


def test_a_mapping_is_not_mutated() -> None:
    body = {"messages": [{"role": "user", "content": "a"}], "odd": ("b",)}
    before = repr(body)
    changed = apply_edits(
        body, {"/messages/0/content": lambda text, holds_json=False: "X", "/odd/0": same}
    )
    assert repr(body) == before
    assert changed == {"messages": [{"role": "user", "content": "X"}], "odd": ["b"]}


def test_native_texts() -> None:
    document = {
        "model": "gpt-4.1",
        "actor": {"email": "jane@example.com"},
        "messages": [
            {"role": "user", "content": "a", "size": 1234567},
            {"role": "tool", "content": [{"type": "text", "text": "b"}], "tool_call_id": "c1"},
            {"role": "assistant", "tool_calls": [{"id": "c1", "name": "f", "arguments": "{}"}]},
        ],
        "tool": {"server": "s", "name": "f", "arguments": {"card": 4111111111111111}},
        "metadata": {"note": "c"},
    }
    found = [(t.at, t.text, t.where, t.role, t.kind) for t in native_texts(document)]
    assert found == [
        ("/messages/0/content", "a", "message", "user", "text"),
        ("/messages/1/content/0/text", "b", "tool_result", "tool", "text"),
        ("/messages/2/tool_calls/0/arguments", "{}", "tool_call", "assistant", "json"),
        ("/tool/arguments/card", "4111111111111111", "tool_call", "", "text"),
        ("/metadata/note", "c", "metadata", "", "text"),
    ]
