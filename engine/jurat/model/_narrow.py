"""The models as msgspec decodes them: narrower, wherever a wider value would have to be converted.

What is plainly valid is accepted; the rest is doubtful, and left to `validate`.
"""

import socket
from collections.abc import Callable
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from typing_extensions import TypedDict

from ._fields import Count, Int64, Ip, Strings, Time
from ._presence import nested_model


class DoubtError(Exception):
    """This may be valid or not: let `validate` say."""


def converter(field: Any) -> Callable[[Any], Any] | None:
    """What turns the decoded value of a model's field into the view's, where they differ; it
    raises DoubtError, ValueError or OSError for a value that is not plainly valid."""
    options = _options(field.rebuild_annotation())
    if Time in options:
        return _time
    if Ip in options:
        return _ip
    return _ips if _addresses(options) else None


def comes_again(convert: Callable[[Any], Any]) -> bool:
    """Whether a value of a field with this converter comes again and again: an address does."""
    return convert is _ip


def _time(value: Any) -> Any:
    if value is None:
        return None
    # exactly 2026-05-25T12:00:00Z; column 7 keeps ISO week dates out. msgspec's own times are
    # not used: they round fractions up where ours cut them.
    if len(value) != 20 or value[19] != "Z" or value[10] != "T" or value[7] != "-":
        raise DoubtError
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
def typed_dict(model: Any) -> Any:
    """`model` as a TypedDict: known keys, none of them required."""
    fields = {field.alias or name: field_type(field) for name, field in model.model_fields.items()}
    return TypedDict(model.__name__, fields, total=False)  # type: ignore[operator]  # made at run time


def field_type(field: Any) -> Any:
    """The type of a model's field, objects in it as TypedDicts."""
    nested, repeated = nested_model(field.annotation)
    if nested is None:
        return _kind(_options(field.rebuild_annotation())) | None
    kind: Any = typed_dict(nested)
    return (tuple[kind, ...] if repeated else kind) | None


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
