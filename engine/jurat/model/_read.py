"""The quick way from JSON to a view, for input in which nothing is in doubt.

msgspec decodes and checks in one pass, which costs a fifth of a validation, against TypedDicts
derived from the models. It accepts only what is plainly valid: known keys, each given once,
values of the very type, times in the usual spelling. Whatever else stands there, right or wrong, is left to
`validate`, which has the last word, and words for what is wrong.
"""

import socket
from collections.abc import Callable
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from typing_extensions import TypedDict

from jurat.canon import join

from ._fields import Count, Int64, Ip, Strings, Time
from ._presence import PLACE, Place, nested_model, nothing, shape, view_class

Reader = Callable[[dict[str, Any]], Any]


class _DoubtError(Exception):
    """This may be valid or not: let `validate` say."""


def read(model: type[BaseModel], data: bytes) -> Any:
    """The view of the JSON `data`, or None where `validate` has to look at it."""
    return _quick(model)(data)


@cache
def _quick(model: Any) -> Callable[[bytes], Any]:
    import msgspec

    decode = msgspec.json.Decoder(_typed_dict(model)).decode
    encode = msgspec.json.Encoder().encode
    reader = _reader(model, "")
    refused = (msgspec.MsgspecError, _DoubtError, ValueError, OSError, RecursionError)

    def quick(data: bytes) -> Any:
        try:
            document = decode(data)
            if encode(document) != data and not _each_key_known_and_once(document, data):
                return None
            return reader(document)
        except refused:
            return None

    return quick


def _each_key_known_and_once(document: dict[str, Any], data: bytes) -> bool:
    """False where a key may be unknown or given twice: decoding drops the one and keeps the last
    of the other, so the document then has fewer keys than the text."""
    # each key's quote has its colon beside it, white space aside; text may add more, none fewer
    if b" :" in data or b"\n:" in data or b"\t:" in data or b"\r:" in data:
        data = data.translate(None, b" \t\n\r")
    return data.count(b'":') == _members(document)


def _members(fields: dict[str, Any]) -> int:
    count = len(fields)
    for value in fields.values():
        if value.__class__ is dict:
            count += _members(value)
        elif value.__class__ is list or value.__class__ is tuple:
            for item in value:
                if item.__class__ is dict:
                    count += _members(item)
    return count


@cache
def _reader(model: Any, at: str) -> Reader:
    """A function from a decoded dict, which it takes over, to the view of a `model` at `at`."""
    cls = view_class(model, at)
    special: dict[str, Callable[[Any], Any]] = {}
    for attribute, field in model.model_fields.items():
        name = field.alias or attribute
        nested, repeated = nested_model(field.annotation)
        options = _options(field.rebuild_annotation())
        if nested is not None:
            special[name] = (_list if repeated else _child)(nested, join(at, name))
        elif Time in options:
            special[name] = _time
        elif Ip in options:
            special[name] = _ip
        elif _addresses(options):
            special[name] = _ips
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


def _list(model: Any, at: str) -> Callable[[Any], Any]:
    reader = _reader(model, at)
    cls = view_class(model, at)
    deeper = [*cls.children, *cls.lists]

    def items(value: Any) -> Any:
        if value is None:
            return None
        made = []
        for index, item in enumerate(value):
            if any(name in item for name in deeper):
                raise _DoubtError  # what a class knows of places ends at a list
            made.append(reader(item))
            item[PLACE] = Place(f"{at}/{index}")
        return tuple(made)

    return items


def _time(value: Any) -> Any:
    if value is None:
        return None
    # exactly 2026-05-25T12:00:00Z; column 7 keeps ISO week dates out. msgspec's own times are
    # not used: they round fractions up where ours cut them.
    if len(value) != 20 or value[19] != "Z" or value[10] != "T" or value[7] != "-":
        raise _DoubtError
    return datetime.fromisoformat(value)


def _ip(value: Any) -> Any:
    if value is not None:
        socket.inet_pton(socket.AF_INET6 if ":" in value else socket.AF_INET, value)
    return value


def _ips(value: Any) -> Any:
    for item in value or ():
        _ip(item)
    return value


@cache
def _typed_dict(model: Any) -> Any:
    """`model` as msgspec decodes it, narrower where a wider value would have to be converted."""
    fields: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        nested, repeated = nested_model(field.annotation)
        if nested is not None:
            kind: Any = _typed_dict(nested)
            if repeated:
                kind = tuple[kind, ...]
        else:
            kind = _kind(_options(field.rebuild_annotation()))
        fields[field.alias or name] = kind | None
    return TypedDict(model.__name__, fields, total=False)  # type: ignore[operator]  # made at run time


def _kind(options: list[Any]) -> Any:
    import msgspec

    for ours, theirs in (
        (Time, str),
        (Ip, str),
        (Count, Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]),
        (Int64, Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]),
        (Strings, tuple[str, ...]),
    ):
        if ours in options:
            return theirs
    if str in options:  # a message's content may be parts: of those only plain text
        parts = any(get_origin(option) is Annotated for option in options)
        return Union[str, tuple[dict[str, str], ...]] if parts else str  # noqa: UP007  # a value
    if _addresses(options):
        return tuple[str, ...]
    plain = _bare(options[0])
    if get_origin(plain) is dict and get_args(plain)[1] is not str:
        return _kind_of_map(plain)
    return plain


def _kind_of_map(annotation: Any) -> Any:
    """A map whose values are narrowed like those of a field."""
    return dict[str, _kind([get_args(annotation)[1]])]  # type: ignore[misc]  # built at run time


def _addresses(options: list[Any]) -> bool:
    """True for a field that is a list of addresses."""
    bare = _bare(options[0])
    return get_origin(bare) is tuple and get_args(bare)[0] == Ip


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _options(annotation: Any) -> list[Any]:
    """The members of a union, null left out."""
    if get_origin(annotation) in (Union, UnionType):
        return [arg for arg in get_args(annotation) if arg is not NoneType]
    return [annotation]
