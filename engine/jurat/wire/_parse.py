"""Provider bodies as JSON: what is ambiguous, too large or too deep is refused."""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

import orjson

from jurat.model import MAX_BYTES, InvalidInput, Problem, syntax_problem, too_large

MAX_DEPTH = 128
"""How many objects and lists may stand inside each other."""

_KEY = re.compile(rb'"[ \t\r\n]*:')
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_REFUSED = object()
TOO_DEEP = Problem("", f"nested deeper than {MAX_DEPTH} levels", "send a flatter document")
_TWICE = Problem(
    "",
    "an object has one key twice",
    "send each key once: readers differ in which of the two they take",
)


class InputError(InvalidInput):
    """A provider's body that can't be read. `at` points into it; no value of it is told."""

    def __init__(self, at: str, message: str, help: str = "") -> None:
        super().__init__(Problem(at, message, help))


def parse_json(
    data: bytes | str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> Any:
    """The value of the JSON text `data` (RFC 8259), lone surrogates in strings admitted.

    Raises InputError, with line and column where there is one, for what is not JSON, for NaN and
    Infinity, numbers beyond a double, keys given twice, and beyond the limits.
    """
    if len(data) > max_bytes:
        raise _error(too_large(max_bytes))
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else bytes(data)
    if len(raw) > max_bytes:
        raise _error(too_large(max_bytes))
    value = _parse_fast(raw)
    if value is _REFUSED:
        value = _parse_slowly(data)
    keys = _count_keys(value, max_depth)
    # Every key has its colon: only where there are more colons may one be hidden by another.
    if len(_KEY.findall(raw)) != keys and _STRING.sub(b"", raw).count(b":") != keys:
        raise _error(_TWICE)
    return value


def _parse_fast(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _REFUSED


def _parse_slowly(data: bytes | str) -> Any:
    """What orjson refuses, read by the standard library: only lone surrogates are admitted."""
    problem = None
    try:
        text = data if isinstance(data, str) else data.decode()
        # Integers beyond 64 bits become floats, as orjson has them.
        return json.loads(text, parse_constant=_refuse, parse_int=_integer, parse_float=_finite)
    except RecursionError:
        problem = TOO_DEEP
    except ValueError:  # raised anew below: this one and what it chains to hold the document
        pass
    raise _error(problem or syntax_problem(data))


def _refuse(_: str) -> Any:
    raise ValueError


def _integer(digits: str) -> int | float:
    if len(digits) > 20:
        return _finite(digits)
    value = int(digits)
    return value if -(2**63) <= value < 2**64 else float(value)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError
    return value


def _count_keys(value: Any, max_depth: int) -> int:
    """How many members all objects in `value` have. Raises InputError beyond `max_depth`."""
    keys = 0
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(max_depth):
        if not level:
            return keys
        below: list[Any] = []
        items: Iterable[Any]
        for container in level:
            if type(container) is dict:
                keys += len(container)
                items = container.values()
            else:
                items = container
            below += [item for item in items if type(item) is dict or type(item) is list]
        level = below
    if level:
        raise _error(TOO_DEEP)
    return keys


def _error(problem: Problem) -> InputError:
    return InputError(problem.at, problem.message, problem.help)
