"""What the functions of conditions mean, over native values: raises EvalError where CEL errs.

Values: bool, int (64 bits), float, str, None, datetime, timedelta, tuple, dict, and views.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from jurat.canon import format_time, parse_time

MAX_INT, MIN_INT = 2**63 - 1, -(2**63)
# Google's durations are int64 nanoseconds; ours hold the same range in microseconds.
MAX_SPAN = timedelta(microseconds=(2**63 - 1) // 1000)
MIN_SPAN = -MAX_SPAN
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class EvalError(ValueError):
    """An error of CEL. Its text is fixed and holds no value of the input."""


def whole(value: int) -> int:
    """`value` if it fits into 64 bits."""
    if MIN_INT <= value <= MAX_INT:
        return value
    raise EvalError("integer overflow")


def overflow() -> Any:
    raise EvalError("integer overflow")


def no_bool() -> Any:
    raise EvalError("null where true or false is needed")


def boolean(value: Any) -> bool:
    """`value` if it is a bool."""
    if value is True or value is False:
        return bool(value)
    return bool(no_bool())


def span(value: timedelta) -> timedelta:
    """`value` if it is in the range of durations."""
    if MIN_SPAN <= value <= MAX_SPAN:
        return value
    raise EvalError("duration out of range")


_ORDERED = (int, float, str, bool, datetime, timedelta)


def equal(a: Any, b: Any) -> bool:
    """CEL's ==: numbers across types by value, anything else of different types is unequal."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return len(a) == len(b) and all(k in b and equal(v, b[k]) for k, v in a.items())
    return bool(a == b)


def unequal(a: Any, b: Any) -> bool:
    return not equal(a, b)


def less(a: Any, b: Any) -> bool:
    _comparable(a, b)
    return bool(a < b)


def less_equal(a: Any, b: Any) -> bool:
    _comparable(a, b)
    return bool(a <= b)


def greater(a: Any, b: Any) -> bool:
    return less(b, a)


def greater_equal(a: Any, b: Any) -> bool:
    return less_equal(b, a)


def _comparable(a: Any, b: Any) -> None:
    if a is None or b is None:
        raise EvalError("null can't be ordered")
    if isinstance(a, bool) != isinstance(b, bool):
        raise EvalError("no matching overload")


def among(item: Any, items: Any) -> bool:
    """`in` of a list or a map."""
    if isinstance(items, Mapping):
        return item in items
    return any(equal(item, other) for other in items)


def add(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        return whole(a + b)
    if isinstance(a, tuple | list):
        return (*a, *b)
    if isinstance(a, timedelta) and isinstance(b, timedelta):
        return span(a + b)
    if isinstance(a, datetime) or isinstance(b, datetime):
        return _moved(a, b)
    return a + b


def _moved(a: Any, b: Any) -> Any:
    try:
        return a + b
    except OverflowError:
        raise EvalError("time out of range") from None


def subtract(a: Any, b: Any) -> Any:
    if isinstance(a, datetime) and isinstance(b, timedelta):
        return _moved(a, -b)
    result = a - b
    if isinstance(result, timedelta):
        return span(result)
    return whole(result) if isinstance(result, int) else result


def multiply(a: Any, b: Any) -> Any:
    result = a * b
    return whole(result) if isinstance(result, int) else result


def divide(a: Any, b: Any) -> Any:
    if isinstance(a, float):
        if b:
            return a / b
        if a == 0 or math.isnan(a) or math.isnan(b):
            return math.nan
        return math.copysign(math.inf, a) * math.copysign(1, b)
    if b == 0:
        raise EvalError("division by zero")
    result = abs(a) // abs(b)
    return whole(result if (a < 0) == (b < 0) else -result)


def modulo(a: int, b: int) -> int:
    if b == 0:
        raise EvalError("modulus by zero")
    if a == MIN_INT and b == -1:
        raise EvalError("integer overflow")
    result = abs(a) % abs(b)
    return -result if a < 0 else result


def negate(a: Any) -> Any:
    return whole(-a) if isinstance(a, int) else -a


def index(items: Any, key: Any) -> Any:
    if isinstance(items, Mapping):
        if key not in items:
            raise EvalError("no such key")
        return items[key]
    if not 0 <= key < len(items):
        raise EvalError("index out of range")
    return items[key]


def make_map(pairs: tuple[tuple[Any, Any], ...]) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for key, value in pairs:
        if key in made:
            raise EvalError("a key stands twice in a map")
        made[key] = value
    return made


# -- conversions ---------------------------------------------------------------------------------

_SPAN = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|w|d|h|m|s)", re.ASCII)
_NANOS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9,
         "h": 3600 * 10**9, "d": 86400 * 10**9, "w": 7 * 86400 * 10**9}  # fmt: skip


def to_duration(value: Any) -> timedelta:
    """`90d`, `1h30m`, `-1.5s`. Units w and d are ours. To the microsecond."""
    if isinstance(value, timedelta):
        return value
    sign, text = (-1, value[1:]) if value[:1] == "-" else (1, value.removeprefix("+"))
    if text == "0":
        return timedelta()
    parts = _SPAN.findall(text)
    if not parts or "".join(parts) != text:
        raise EvalError("not a duration; write it with units, like 90d, 24h or 1h30m")
    nanos = 0
    for part in parts:
        number = part.rstrip("nuµmswdh")
        before, _, after = number.partition(".")
        unit = _NANOS[part[len(number) :]]
        nanos += int(before or 0) * unit
        if after:
            nanos += int(after) * unit // 10 ** len(after)
    if nanos > MAX_INT:
        raise EvalError("duration out of range")
    return sign * timedelta(microseconds=nanos // 1000)


def to_timestamp(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        return EPOCH + timedelta(seconds=value) if isinstance(value, int) else parse_time(value)
    except (ValueError, OverflowError):
        raise EvalError(
            "not a time; write it as RFC 3339 with its zone, like 2026-05-25T12:00:00Z"
        ) from None


def to_int(value: Any) -> int:
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(seconds=1)
    if isinstance(value, float) and not -9223372036854775808.0 < value < 9223372036854775808.0:
        raise EvalError("integer overflow")
    if isinstance(value, str) and not re.fullmatch(r"[+-]?\d+", value, re.ASCII):
        raise EvalError("not an integer")
    return whole(int(value))


def to_double(value: Any) -> float:
    if isinstance(value, str) and (value != value.strip() or "_" in value):
        raise EvalError("not a number")
    try:
        return float(value)
    except ValueError:
        raise EvalError("not a number") from None


def to_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "True", "TRUE", "t", "1"):
        return True
    if value in ("false", "False", "FALSE", "f", "0"):
        return False
    raise EvalError("not a bool")


def _fraction(micros: int) -> str:
    """Three or six digits, as protobuf's JSON form of times and durations has them."""
    return f".{micros:06}".removesuffix("000") if micros else ""


def to_string(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            whole_seconds = format_time(value.replace(microsecond=0)).removesuffix("Z")
            return whole_seconds + _fraction(value.microsecond) + "Z"
        case timedelta():
            micros = value // timedelta(microseconds=1)
            sign = "-" if micros < 0 else ""
            seconds, rest = divmod(abs(micros), 1_000_000)
            return sign + str(seconds) + _fraction(rest) + "s"
        case float():
            return f"{value:g}" if float(f"{value:g}") == value else repr(value)
        case str() | int():
            return str(value)
    raise EvalError("no matching overload")


# -- parts of times ------------------------------------------------------------------------------


def _local(value: datetime, zone: str) -> datetime:
    offset = re.fullmatch(r"([+-]?)(\d\d):(\d\d)", zone, re.ASCII)
    if offset:
        sign, hours, minutes = offset.groups()
        delta = timedelta(hours=int(hours), minutes=int(minutes))
        return value.astimezone(timezone(-delta if sign == "-" else delta))
    from zoneinfo import ZoneInfo

    try:
        return value.astimezone(ZoneInfo(zone))
    except (KeyError, ValueError, OSError):
        raise EvalError("unknown time zone") from None


def _of_time(part: Any) -> Any:
    def get(value: datetime, zone: str = "") -> int:
        return int(part(_local(value, zone) if zone else value))

    return get


def _part(of_time: Any, unit: timedelta, wrap: int = 0) -> Any:
    get = _of_time(of_time)

    def either(value: Any, zone: str = "") -> int:
        if isinstance(value, timedelta):
            amount = abs(value) // unit
            amount = amount % wrap if wrap else amount
            return -amount if value < timedelta() else amount
        return int(get(value, zone))

    return either


def size(value: Any) -> int:
    return len(value)


def starts_with(a: str, b: str) -> bool:
    return a.startswith(b)


def ends_with(a: str, b: str) -> bool:
    return a.endswith(b)


def contains(a: str, b: str) -> bool:
    return b in a


def lower(a: str) -> str:
    return a.lower()


FUNCTIONS: Mapping[str, Any] = {
    "_==_": equal, "_!=_": unequal, "_<_": less, "_<=_": less_equal, "_>_": greater,
    "_>=_": greater_equal, "@in": among, "_+_": add, "_-_": subtract, "_*_": multiply,
    "_/_": divide, "_%_": modulo, "-_": negate, "_[_]": index, "size": size,
    "startsWith": starts_with, "endsWith": ends_with, "contains": contains, "lower": lower,
    "int": to_int, "double": to_double, "bool": to_bool, "string": to_string,
    "timestamp": to_timestamp, "duration": to_duration,
    "getFullYear": _of_time(lambda t: t.year), "getMonth": _of_time(lambda t: t.month - 1),
    "getDate": _of_time(lambda t: t.day), "getDayOfMonth": _of_time(lambda t: t.day - 1),
    "getDayOfWeek": _of_time(lambda t: t.isoweekday() % 7),
    "getDayOfYear": _of_time(lambda t: t.timetuple().tm_yday - 1),
    "getHours": _part(lambda t: t.hour, timedelta(hours=1)),
    "getMinutes": _part(lambda t: t.minute, timedelta(minutes=1)),
    "getSeconds": _part(lambda t: t.second, timedelta(seconds=1)),
    "getMilliseconds": _part(lambda t: t.microsecond // 1000, timedelta(milliseconds=1), 1000),
}  # fmt: skip
