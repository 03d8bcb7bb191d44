"""The quick way from JSON to a view, for input in which nothing is in doubt.

msgspec decodes and checks in one pass, which costs a fifth of a validation, against types derived
from the models. It accepts only what is plainly valid: known keys, each given once, values of the
very type, times in the usual spelling. Whatever else stands there, right or wrong, is left to
`validate`, which has the last word, and words for what is wrong.
"""

import contextlib
from collections.abc import Callable
from functools import cache
from typing import Any

from pydantic import BaseModel

from jurat.canon import join

from ._narrow import DoubtError, converter, typed_dict
from ._presence import PLACE, nested_model, nothing, places_in, shape, view_class
from ._straight import Form, Straight, form_of, members, straight_reader

MOST_FORMS = 64  # that are read straight
MOST_COUNTS = 1024  # of keys, for which a form is guessed

Reader = Callable[[dict[str, Any]], Any]


def read(model: type[BaseModel], data: bytes) -> Any:
    """The view of the JSON `data`, or None where `validate` has to look at it."""
    return _quick(model)(data)


@cache
def _quick(model: Any) -> Callable[[bytes], Any]:
    return Quick(model)


class Quick:
    """Reads JSON of one model: documents of a form seen before straight into views."""

    def __init__(self, model: Any) -> None:
        import msgspec

        self._model = model
        self._decode = msgspec.json.Decoder(typed_dict(model)).decode
        self._encode = msgspec.json.Encoder().encode
        self._reader = _reader(model, "")
        self._refused = (msgspec.MsgspecError, DoubtError, ValueError, OSError, RecursionError)
        # by the number of keys in the text, which tells forms apart well enough for a guess
        self._straight: dict[int, Straight] = {}
        self._forms: dict[Form, Straight] = {}

    def __call__(self, data: bytes) -> Any:
        # a key's quote has its colon beside it; text may add more, none fewer
        keys = data.count(b'":')
        straight = self._straight.get(keys)
        try:
            if straight is not None and (view := straight(data, keys)) is not None:
                return view
        except self._refused:
            pass  # another form
        try:
            document = self._decode(data)
            if self._encode(document) != data and not _each_key_known_and_once(document, data):
                return None
            self._learn(document, keys)
            return self._reader(document)
        except self._refused:
            return None

    def _learn(self, document: dict[str, Any], keys: int) -> None:
        """Read the next document with as many keys the straight way, if it can be so read."""
        form = form_of(self._model, document)
        if form is None or members(document) != keys:
            return
        straight = self._forms.get(form)
        if straight is None:
            straight = straight_reader(self._model, form, list_reader)
            _keep(self._forms, form, straight, MOST_FORMS)
        _keep(self._straight, keys, straight, MOST_COUNTS)


def _keep(kept: dict[Any, Straight], key: Any, straight: Straight, most: int) -> None:
    """Keep a reader in place of the oldest, where there are `most`."""
    with contextlib.suppress(KeyError, RuntimeError, StopIteration):  # others forget some too
        while key not in kept and len(kept) >= most:
            del kept[next(iter(kept))]
    kept[key] = straight


def _each_key_known_and_once(document: dict[str, Any], data: bytes) -> bool:
    """False where a key may be unknown or given twice: decoding drops the one and keeps the last
    of the other, so the document then has fewer keys than the text."""
    # white space may part a key's quote from its colon
    if b" :" in data or b"\n:" in data or b"\t:" in data or b"\r:" in data:
        data = data.translate(None, b" \t\n\r")
    return data.count(b'":') == members(document)


@cache
def _reader(model: Any, at: str) -> Reader:
    """A function from a decoded dict, which it takes over, to the view of a `model` at `at`."""
    cls = view_class(model, at)
    special: dict[str, Callable[[Any], Any]] = {}
    for attribute, field in model.model_fields.items():
        name = field.alias or attribute
        nested, repeated = nested_model(field.annotation)
        if nested is not None:
            special[name] = (list_reader if repeated else _child)(nested, join(at, name))
        elif convert := converter(field):
            special[name] = convert
    get, shaped = special.get, cls.shapes.get
    new, assign = object.__new__, object.__setattr__

    def plain(fields: dict[str, Any]) -> Any:
        names = tuple(fields)
        view = new(shaped(names) or shape(cls, names))
        assign(view, "__dict__", fields)
        return view

    def reader(fields: dict[str, Any]) -> Any:
        for name, value in fields.items():
            convert = get(name)
            if convert is not None:
                fields[name] = convert(value)
        names = tuple(fields)
        view = new(shaped(names) or shape(cls, names))
        assign(view, "__dict__", fields)
        return view

    return reader if special else plain


def _child(model: Any, at: str) -> Callable[[Any], Any]:
    reader = _reader(model, at)
    absent = nothing(view_class(model, at))
    return lambda value: absent if value is None else reader(value)


def list_reader(model: Any, at: str) -> Callable[[Any], Any]:
    """A function from a decoded list, whose dicts it takes over, to a tuple of views."""
    reader = _reader(model, at)
    cls = view_class(model, at)
    deeper = frozenset((*cls.children, *cls.lists))
    places = places_in(at)

    def items(value: Any) -> Any:
        if value is None:
            return None
        made = []
        for item, place in zip(value, places(len(value)), strict=False):
            if not deeper.isdisjoint(item):
                raise DoubtError  # what a class knows of places ends at a list
            made.append(reader(item))
            item[PLACE] = place
        return tuple(made)

    return items
