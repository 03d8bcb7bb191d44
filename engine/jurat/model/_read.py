"""The quick way from JSON to a view, for input in which nothing is in doubt.

It accepts only what is plainly valid: known keys, values of the very type, times in the usual
spelling. Whatever else stands there, right or wrong, is left to `validate`, which has the last
word and words for what is wrong.
"""

import socket
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import orjson
from pydantic import BaseModel

from jurat.canon import join

from ._fields import Count, Int64, Ip, Strings, Time
from ._presence import PLACE, Place, mapped_model, nested_model, nothing, view_class
from ._resources import ActorKind, ActorKinds

Convert = Callable[[Any], Any]

_ACTOR_KINDS = frozenset(get_args(ActorKind))


class _DoubtError(Exception):
    """This may be valid or not: let `validate` say."""


def read(model: type[BaseModel], data: bytes) -> Any:
    """The view of the JSON `data`, or None where `validate` has to look at it."""
    try:
        document = orjson.loads(data)
        if document.__class__ is not dict or not _each_key_once(document, data):
            return None
        return _reader(model, "")(document)
    except (_DoubtError, KeyError, ValueError, TypeError, OSError, RecursionError):
        return None


def _each_key_once(document: dict[str, Any], data: bytes) -> bool:
    """False where a key may have been given twice, of which orjson keeps the last."""
    if orjson.dumps(document) == data:
        return True
    # each key's quote has its colon beside it, white space aside; text may add more, none fewer
    if b" :" in data or b"\n:" in data or b"\t:" in data or b"\r:" in data:
        data = data.translate(None, b" \t\n\r")
    return data.count(b'":') == _members(document)


def _members(fields: dict[str, Any]) -> int:
    count = len(fields)
    for value in fields.values():
        if value.__class__ is dict:
            count += _members(value)
        elif value.__class__ is list:
            for item in value:
                if item.__class__ is dict:
                    count += _members(item)
    return count


@cache
def _reader(model: Any, at: str) -> Convert:
    """A function from a dict, which it takes over, to the view of a `model` that stands at `at`."""
    cls = view_class(model, at)
    plain: dict[str, type] = {}
    converts: dict[str, Convert] = {}
    for attribute, field in model.model_fields.items():
        name = field.alias or attribute
        annotation = field.rebuild_annotation()
        nested, repeated = nested_model(field.annotation)
        if nested is not None:
            made = _list if repeated else _child
            converts[name] = made(nested, join(at, name))
        elif mapped_model(annotation):
            converts[name] = _doubt  # inventories are large: their time is not spent here
        else:
            kind = _kind(annotation)
            if isinstance(kind, type):
                plain[name] = kind
            else:
                converts[name] = kind
    new, assign, get = object.__new__, object.__setattr__, plain.get

    def reader(fields: dict[str, Any]) -> Any:
        for name, value in fields.items():
            kind = get(name)
            if value.__class__ is kind:
                continue
            if kind is None:
                fields[name] = converts[name](value)
            elif value is not None:
                raise _DoubtError
        view = new(cls)
        assign(view, "__dict__", fields)
        return view

    return reader


def _child(model: Any, at: str) -> Convert:
    reader = _reader(model, at)
    absent = nothing(view_class(model, at))

    def child(value: Any) -> Any:
        if value.__class__ is dict:
            return reader(value)
        if value is None:
            return absent
        raise _DoubtError

    return child


def _list(model: Any, at: str) -> Convert:
    reader = _reader(model, at)

    def items(value: Any) -> Any:
        if value is None:
            return None
        if value.__class__ is not list:
            raise _DoubtError
        made = []
        for index, item in enumerate(value):
            if item.__class__ is not dict:
                raise _DoubtError
            view = reader(item)
            item[PLACE] = Place(f"{at}/{index}")
            made.append(view)
        return tuple(made)

    return items


def _kind(annotation: Any) -> type | Convert:
    """The very type of a field's values, or what converts them."""
    options = _options(annotation)
    for known, convert in _KINDS:
        if known in options:
            return convert
    if literals := [option for option in options if get_origin(option) is Literal]:
        words = frozenset(get_args(literals[0]))
        return lambda value: value if value is None or value in words else _doubt(value)
    if options == [dict[str, str]]:
        return _strings_map
    if str in options:
        free = any(get_origin(option) is Annotated for option in options)
        return str if len(options) == 1 else _content if free else _text
    return options[0] if options in ([bool], [float]) else _doubt


def _options(annotation: Any) -> list[Any]:
    """The members of a union, null left out."""
    if get_origin(annotation) in (Union, UnionType):
        return [arg for arg in get_args(annotation) if arg is not NoneType]
    return [annotation]


def _doubt(value: Any) -> Any:
    if value is None:
        return None
    raise _DoubtError


def _time(value: Any) -> Any:
    if value is None:
        return None
    # exactly 2026-05-25T12:00:00Z: every other spelling takes the careful way
    if len(value) != 20 or value[19] != "Z" or value[10] != "T" or value[13] != ":":
        raise _DoubtError
    made = datetime.fromisoformat(value)
    if made.tzinfo is not UTC or value[4] != "-" or value[7] != "-" or value[16] != ":":
        raise _DoubtError
    return made


def _ip(value: Any) -> Any:
    if value is not None:
        socket.inet_pton(socket.AF_INET6 if ":" in value else socket.AF_INET, value)
    return value


def _count(value: Any) -> Any:
    if value is None or (value.__class__ is int and 0 <= value < 2**63):
        return value
    raise _DoubtError


def _int64(value: Any) -> Any:
    if value is None or (value.__class__ is int and -(2**63) <= value < 2**63):
        return value
    raise _DoubtError


def _strings(value: Any) -> Any:
    if value is None:
        return None
    if value.__class__ is not list:
        raise _DoubtError
    for item in value:
        if item.__class__ is not str:
            raise _DoubtError
    return tuple(value)


def _actor_kinds(value: Any) -> Any:
    made = _strings(value)
    if made is None or _ACTOR_KINDS.issuperset(made):
        return made
    raise _DoubtError


def _strings_map(value: Any) -> Any:
    if value is None:
        return None
    if value.__class__ is not dict or any(item.__class__ is not str for item in value.values()):
        raise _DoubtError
    return value


def _text(value: Any) -> Any:
    if value is None or value.__class__ is str:
        return value
    raise _DoubtError


def _content(value: Any) -> Any:
    if value is None or value.__class__ is str:
        return value
    if value.__class__ is not list:
        raise _DoubtError
    for part in value:  # plain text alone: a number beyond 64 bits would have lost digits by now
        if part.__class__ is not dict or any(item.__class__ is not str for item in part.values()):
            raise _DoubtError
    return tuple(value)


_KINDS: tuple[tuple[Any, Convert], ...] = (
    (Time, _time),
    (Ip, _ip),
    (Count, _count),
    (Int64, _int64),
    (Strings, _strings),
    (ActorKinds, _actor_kinds),
)
