"""Canonical JSON (RFC 8785) for the values that jurat hashes."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from ._time import format_duration, format_time

MAX_SAFE_INTEGER = 2**53  # RFC 8785 section 3.2.2.3: what an IEEE double holds exactly


def plain(value: Any) -> Any:
    """`value` as nothing but dicts, lists, strings, bools, None and safe integers.

    Floats and integers beyond ±2^53 become strings: canonical JSON has none of them here, so
    that sorted output *is* RFC 8785. Object keys are sorted by UTF-16 code units, as section
    3.2.3 asks.

    Raises TypeError for a value that has no JSON form, ValueError for a string with a lone
    surrogate.
    """
    match value:
        case None | bool():
            return value
        case str():
            return _text(value)
        case int():
            return value if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER else str(value)
        case float():
            return repr(value)
        case Mapping():
            keys = sorted(value, key=_utf16)
            return {_text(key): plain(value[key]) for key in keys}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=orjson.dumps)
        case datetime():
            return format_time(value)
        case timedelta():
            return format_duration(value)
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")


def canonical(value: Any) -> bytes:
    """The canonical JSON bytes of `value` (RFC 8785 over `plain(value)`)."""
    return orjson.dumps(plain(value))


def compact(value: Any) -> bytes:
    """Canonical bytes of data that is plain already and whose keys are ASCII: much faster."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest(data: bytes) -> str:
    """`sha256:` and the hexadecimal SHA-256 of `data`."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _utf16(key: Any) -> bytes:
    if not isinstance(key, str):
        raise TypeError(f"an object's key must be a string, not {type(key).__name__}")
    return key.encode("utf-16-be", "surrogatepass")


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("a string holds a lone surrogate, which JSON cannot carry") from None
    return str(value)
