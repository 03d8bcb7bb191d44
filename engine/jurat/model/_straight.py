"""From JSON straight to views, for documents whose form is known.

The form of a document is which fields it and its nested objects have. Callers send the same few
forms again and again, so for each a decoder is made whose objects are the views themselves: no
dict is made and taken apart for them. A document of another form is refused, at little cost.
"""

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from jurat.canon import join

from ._narrow import converter, field_type
from ._presence import nested_model, record_class, view_class

Form = tuple[tuple[str, Any], ...]
"""The names of the fields, sorted, each with the form of its object (None where it has none)."""

Straight = Callable[[bytes, int], Any]
"""From JSON, and the number of keys that its text seems to have, to a view; None where the text
has others than the view (unknown ones, or one twice)."""


def form_of(model: type[BaseModel], document: dict[str, Any]) -> Form | None:
    """The form of a decoded `document`; None where an object is null, for a view's never is."""
    form = []
    for name, field in _fields(model):
        if name not in document:
            continue
        nested, repeated = nested_model(field.annotation)
        inner = None
        if nested is not None and not repeated:
            value = document[name]
            inner = None if value is None else form_of(nested, value)
            if inner is None:
                return None
        form.append((name, inner))
    return tuple(sorted(form))


def members(value: Any) -> int:
    """The number of keys in a decoded value."""
    count, items = 0, value
    if value.__class__ is dict:
        count, items = len(value), value.values()
    elif value.__class__ is not list and value.__class__ is not tuple:
        return 0
    for item in items:
        if item.__class__ is not str:  # most are, and hold none
            count += members(item)
    return count


class _Making:
    """A reader in the making: what is to be done to the view that was decoded."""

    def __init__(self) -> None:
        self.keys = 0
        self.open: list[str] = []
        """Paths of fields that hold any number of keys."""
        self.conversions: dict[str, list[tuple[str, Callable[[Any], Any]]]] = {}
        """By path of the object: fields, with what turns the decoded value into the view's."""

    def convert(self, path: str, name: str, how: Callable[[Any], Any]) -> None:
        self.conversions.setdefault(path, []).append((name, how))


def straight_reader(
    model: type[BaseModel], form: Form, list_reader: Callable[[Any, str], Callable[[Any], Any]]
) -> Straight:
    """The reader of documents of `form`. It raises msgspec's errors, and a converter's.

    `list_reader(model, at)` makes what turns a decoded list of objects into views.
    """
    import msgspec

    making = _Making()
    decode = msgspec.json.Decoder(_record(model, form, "", "", making, list_reader)).decode
    fixed = making.keys
    opened = [attrgetter(path) for path in making.open]
    steps = [
        (attrgetter(owner) if owner else _itself, tuple(of_it))
        for owner, of_it in making.conversions.items()
    ]

    def straight(data: bytes, keys: int) -> Any:
        view = decode(data)
        expected = fixed
        for get in opened:
            expected += members(get(view))
        if expected != keys:
            return None
        for owner, conversions in steps:
            fields = owner(view).__dict__
            for name, convert in conversions:
                fields[name] = convert(fields[name])
        return view

    return straight


def _record(
    model: Any,
    form: Form,
    at: str,
    path: str,
    making: _Making,
    list_reader: Callable[[Any, str], Callable[[Any], Any]],
) -> Any:
    """The class of the views of `form`, of a `model` at the pointer `at`, reached by `path`."""
    fields = dict(_fields(model))
    types: dict[str, Any] = {}
    for name, inner in form:
        field = fields[name]
        nested, _ = nested_model(field.annotation)
        here, below = join(at, name), f"{path}.{name}".lstrip(".")
        if inner is not None:
            types[name] = _record(nested, inner, here, below, making, list_reader)
            continue
        types[name] = field_type(field)
        if nested is not None:
            making.open.append(below)
            making.convert(path, name, list_reader(nested, here))
        elif is_map(field):
            making.open.append(below)
        elif how := converter(field):
            making.convert(path, name, how)
    making.keys += len(form)
    return record_class(view_class(model, at), types)


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    for attribute, field in model.model_fields.items():
        yield field.alias or attribute, field


def is_map(field: Any) -> bool:
    """True for a field that holds a dict."""
    annotation = field.annotation
    return any(get_origin(option) is dict for option in (annotation, *get_args(annotation)))


def _itself(view: Any) -> Any:
    return view
