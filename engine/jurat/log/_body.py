"""The body of a record: checked, completed and encoded."""

import os
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from ._errors import RecordError

_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)


def complete(
    kind: str,
    body: Mapping[str, Any],
    types: Mapping[str, frozenset[str]],
    now: int,
    make_id: Callable[[int], str],
) -> dict[str, Any]:
    """`body` with `type`, and with `ts` (µs, wall) and `id` (UUIDv7) where it has none.

    Raises RecordError for a type that is not registered or a field that its records must have.
    """
    required = types.get(kind)
    if required is None:
        known = ", ".join(sorted(types))
        text = f"record type {kind!r} is not registered; known are {known}"
        raise RecordError(text, field="type")
    if not required <= body.keys():
        missing = ", ".join(sorted(required - body.keys()))
        raise RecordError(f"a record of type {kind!r} needs {missing}", field=missing)
    record = dict(body)
    record["type"] = kind
    if "ts" not in record:
        record["ts"] = now
    if "id" not in record:
        record["id"] = make_id(now)
    return record


def encode(record: dict[str, Any]) -> bytes:
    """The canonical bytes of a body of plain values: with these, sorted output is RFC 8785.

    Raises RecordError for floats, integers beyond 2^53 - 1, keys that are not ASCII, lone
    surrogates, and anything that JSON has not.
    """
    _check(record)
    try:
        return orjson.dumps(record, option=_OPTIONS)
    except TypeError:
        raise RecordError(
            "a record holds plain values: strings without lone surrogates, integers within "
            "2^53 - 1, booleans, null, lists and objects"
        ) from None


class Ids:
    """Makes UUIDv7 (RFC 9562 section 5.7). Draws its random bits in bulk: a call for each costs
    more than all the rest of a record where other threads want to run."""

    __slots__ = ("_drawn",)

    def __init__(self) -> None:
        self._drawn: list[bytes] = []

    def __call__(self, now: int) -> str:
        """An id for the wall time `now` in microseconds."""
        try:
            tail = self._drawn.pop()
        except IndexError:
            bits = os.urandom(10 * 256)
            tail = bits[:10]
            self._drawn += [bits[start : start + 10] for start in range(10, len(bits), 10)]
        digits = tail.hex()
        time = f"{(now // 1000) & 0xFFFF_FFFF_FFFF:012x}"
        variant = "89ab"[tail[2] & 3]
        return f"{time[:8]}-{time[8:]}-7{digits[1:4]}-{variant}{digits[5:8]}-{digits[8:]}"


def _check(value: dict[str, Any] | list[Any]) -> None:
    items: Any = value
    if type(value) is dict:
        for key in value:
            if type(key) is not str or not key.isascii():
                raise RecordError("a record's keys are ASCII strings")
        items = value.values()
    for item in items:
        kind = type(item)
        if kind is str or kind is int:
            continue
        if kind is dict or kind is list:
            try:
                _check(item)
            except RecursionError:
                raise RecordError("a record is nested too deeply") from None
        elif kind is tuple:
            _check(list(item))
        elif item is not None and kind is not bool:
            raise RecordError(
                "a record holds no floats and no objects of other kinds; write a number with a "
                "fraction as a string"
            )
