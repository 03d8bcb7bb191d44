"""The fields of an input that a search can set: each with its pointer and the sort of its values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from jurat.canon import escape, tokens
from jurat.model import (
    VOCABULARY_FIELDS,
    InvalidInput,
    Ip,
    Model,
    OrgState,
    Request,
    Response,
    mapped_model,
    nested_model,
    validate,
)

MODELS: Mapping[str, type[Request | Response | OrgState]] = {
    "request": Request,
    "response": Response,
    "org_state": OrgState,
}
ANY = "*"  # in a pointer: any id of a collection

Sort = Literal["time", "ip", "text", "number", "real", "flag", "texts", "objects", "map"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field without fields of its own, or a list of objects, which is set as a whole."""

    pointer: str
    path: tuple[str, ...]
    sort: Sort
    vocabulary: str = ""
    words: tuple[str, ...] = ()
    """All values (of a list, all that an item may be), where the model lists them."""
    model: type[Model] | None = None
    """Of the objects in a list."""


@cache
def fields_of(input: str) -> Mapping[str, Field]:
    """Every such field of an input, by pointer; message text and tool arguments are none."""
    return {field.pointer: field for field in fields_in(MODELS[input])}


@cache
def fields_in(model: type[Model]) -> tuple[Field, ...]:
    """The same of any model."""
    return tuple(_fields(model, ""))


def fits(input: str, pointer: str, value: Any) -> bool:
    """Whether an input may have `value` at `pointer` (`*` for the id in a collection)."""
    document: Any = value
    for token in reversed(tokens(pointer)):
        document = {token: document}
    try:
        validate(MODELS[input], document)
    except InvalidInput:
        return False
    return True


def _fields(model: type[Model], at: str) -> Iterator[Field]:
    hints = get_type_hints(model, include_extras=True)
    for attribute, spec in model.model_fields.items():
        name = spec.alias or attribute
        pointer = f"{at}/{escape(name)}"
        if not spec.repr or (name == "type" and model in MODELS.values()):
            continue  # text, which no rule reads; and what the input is
        nested, repeated = nested_model(spec.annotation)
        item = mapped_model(spec.annotation)
        if item is not None:
            yield from _fields(item, f"{pointer}/{ANY}")  # type: ignore[arg-type]  # all of ours are Models
        elif nested is not None and not repeated:
            yield from _fields(nested, pointer)  # type: ignore[arg-type]  # all of ours are Models
        else:
            hint = hints[attribute]
            yield Field(
                pointer,
                tuple(tokens(pointer)),
                "objects" if nested is not None else _sort(hint),
                VOCABULARY_FIELDS.get((_home(model, attribute), attribute), ""),
                _words(hint),
                nested,  # type: ignore[arg-type]  # all of ours are Models
            )


def _home(model: type[Model], attribute: str) -> str:
    """The model that declares the field: what an Actor has as a Principal is a Principal's."""
    for base in model.__mro__:
        if (base.__name__, attribute) in VOCABULARY_FIELDS:
            return base.__name__
    return model.__name__


def _words(hint: Any) -> tuple[str, ...]:
    if get_origin(hint) is Literal:
        return get_args(hint)
    if get_origin(hint) in (Union, UnionType, Annotated, tuple):
        return tuple(word for option in get_args(hint) for word in _words(option))
    return ()


def _sort(hint: Any) -> Sort:
    if hint == Ip:
        return "ip"
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _sort(args[0])
    if origin in (Union, UnionType):
        return _sort(next(option for option in args if option is not type(None)))
    if origin is dict:
        return "map"
    if origin is tuple:
        return "texts"
    sorts: dict[Any, Sort] = {bool: "flag", int: "number", float: "real", datetime: "time"}
    return sorts.get(hint, "text")
