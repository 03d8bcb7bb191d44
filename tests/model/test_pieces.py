"""Reading documents piece by piece gives what reading them whole gives."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from jurat.model import (
    InvalidInput,
    Pieces,
    Request,
    Response,
    View,
    build,
    place_of,
    to_plain,
    validate,
    view_class,
)

VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    2**63,
    1.5,
    "",
    "user",
    "10.0.0.1",
    "fe80::1%eth0",
    "2026-05-25T12:00:00Z",
    "2026-05-25T12:00:00.5Z",
    "2026-W22-1T12:00:00Z",
    [],
    ["a", 1],
    [None],
    [{}],
    {},
    {"id": "x"},
    {"k": 1},
    {"unknwon": 1},
]
WHOLE: dict[str, Any] = {
    "id": "r-1",
    "time": "2026-05-25T12:00:00Z",
    "action": "chat.completions",
    "model": "gpt-4.1",
    "actor": {
        "id": "svc",
        "networks": ["10.0.0.0/8"],
        "limits": {"rpm": 5},
        "credential": {"id": "k", "created_at": "2026-03-31T12:00:00Z", "expires_at": None},
    },
    "source": {"ip": "10.0.1.50"},
    "project": None,
    "messages": [
        {"role": "user", "size": 5},
        {"role": "assistant", "tool_calls": [{"id": "c", "name": "f"}]},
    ],
    "tools": [{"name": "f"}],
    "approvals": [{"rule": "r", "approver": "a", "granted_at": "2026-05-25T11:00:00Z"}],
    "metadata": {"team": "x"},
    "estimated_tokens": 5,
}


def places(view: Any) -> list[str]:
    """Where every view inside a view says that it stands."""
    if isinstance(view, View):
        found = [place_of(view).pointer]
        return found + [p for value in view.__dict__.values() for p in places(value)]
    if isinstance(view, tuple):
        return [p for value in view for p in places(value)]
    return []


def slowly(model: Any, document: Any) -> Any:
    return build(view_class(model), validate(model, json.dumps(document).encode()))


def agree(pieces: Pieces, model: Any, document: Any) -> bool:
    """True if it was read; what is read must be what the careful way gives."""
    data = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
    view = pieces.read(data)
    if view is None:
        return False
    expected = slowly(model, document)
    assert to_plain(view) == to_plain(expected)
    assert sorted(places(view)) == sorted(places(expected))
    return True


def test_what_was_read_before_is_read_alike() -> None:
    pieces = Pieces(Request)
    for number in range(3):
        assert agree(pieces, Request, WHOLE | {"id": f"r-{number}"})
        assert agree(pieces, Request, WHOLE | {"messages": WHOLE["messages"][::-1]})
    answer = {"request": WHOLE, "usage": {"input_tokens": 3}, "messages": WHOLE["messages"]}
    assert agree(Pieces(Response), Response, answer)


def changed(document: Any, value: Any) -> Any:
    """`document` with each value in it, however deep, replaced by `value` in turn."""
    if isinstance(document, dict):
        for key, inner in document.items():
            yield {**document, key: value}
            for made in changed(inner, value):
                yield {**document, key: made}
    elif isinstance(document, list):
        for index, inner in enumerate(document):
            for made in (value, *changed(inner, value)):
                yield [*document[:index], made, *document[index + 1 :]]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_it_takes_only_what_the_validator_takes(value: Any) -> None:
    pieces = Pieces(Request)
    agree(pieces, Request, WHOLE)
    for document in changed(WHOLE, value):
        try:
            slowly(Request, document)
        except InvalidInput:
            assert pieces.read(json.dumps(document, separators=(",", ":")).encode()) is None
        else:
            agree(pieces, Request, document)


def test_a_field_that_nobody_knows_is_left_to_the_validator() -> None:
    pieces = Pieces(Request)
    for document in (
        {"modle": "x"},
        {"actor": {"idd": "x"}},
        {"messages": [{"rol": "user"}]},
        {"messages": [{"role": "assistant", "tool_calls": [{"nam": "f"}]}]},
    ):
        assert pieces.read(json.dumps(document, separators=(",", ":")).encode()) is None
    assert pieces.read(b"[]") is None
    assert pieces.read(b"{") is None


FORM = WHOLE | {"project": {"id": "p"}, "params": {"max_tokens": 5, "temperature": 0.5}}


def by_slots(pieces: Pieces, form: Any) -> Callable[[Any], Any]:
    """A reader of documents of the same form as `form`; of others it makes None."""
    slots = pieces.slots(form)
    assert slots is not None
    decode = msgspec.json.Decoder(slots.type).decode

    def read(document: Any) -> Any:
        try:
            return slots.view(decode(json.dumps(document, separators=(",", ":")).encode()))
        except pieces.refused:
            return None

    return read


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("model", [Request, Response])
def test_slots_take_only_what_the_validator_takes(model: Any, value: Any) -> None:
    form: Any = FORM
    if model is Response:
        form = {"request": FORM, "usage": {"input_tokens": 3, "output_tokens": 4}, "status": 200}
    read = by_slots(Pieces(model), form)
    assert read(form) is not None
    for document in changed(form, value):
        view = read(document)
        try:
            expected = slowly(model, document)
        except InvalidInput:
            assert view is None
            continue
        if view is not None:
            assert to_plain(view) == to_plain(expected)
            assert sorted(places(view)) == sorted(places(expected))


def test_slots_are_of_one_form() -> None:
    read = by_slots(Pieces(Request), FORM)
    assert read({name: value for name, value in FORM.items() if name != "id"}) is None
    assert read(FORM | {"provider": "openai"}) is None
    assert Pieces(Request).slots(WHOLE) is None  # a null object has no form
