"""Times (RFC 3339, UTC inside) and durations with units (`90d`, `24h`, `1h30m`)."""

import re
from datetime import UTC, datetime, timedelta

_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_PART = re.compile(r"(\d+)(ms|w|d|h|m|s)", re.ASCII)
_DURATION = re.compile(r"(?:\d+(?:ms|w|d|h|m|s))+", re.ASCII)
_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}


def parse_time(text: str) -> datetime:
    """An RFC 3339 time as an aware datetime in UTC, to the microsecond.

    Raises ValueError for a naive time: whose midnight was meant is nobody's guess.
    """
    if not _TIME.fullmatch(text):
        raise ValueError("write the time as RFC 3339 with its zone, like 2026-05-25T12:00:00Z")
    try:
        parsed = datetime.fromisoformat(text)
        return parsed if parsed.tzinfo is UTC else parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"not a time of the calendar: {error}") from None


def utc(value: datetime) -> datetime:
    """An aware datetime in UTC. Raises ValueError for a naive one."""
    if value.tzinfo is None:
        raise ValueError("the time has no zone; pass an aware datetime, like datetime.now(UTC)")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def format_time(value: datetime) -> str:
    """RFC 3339 in UTC with `Z`, with fractions only where there are any."""
    return utc(value).isoformat().replace("+00:00", "Z")


def parse_duration(text: str) -> timedelta:
    """A duration with units, largest first or not: `60d`, `24h`, `1h30m`, `500ms`.

    Raises ValueError for anything else, a bare number included.
    """
    if not _DURATION.fullmatch(text):
        raise ValueError("write the duration with units, like 60d, 24h or 1h30m (w d h m s ms)")
    total = timedelta()
    try:
        for amount, unit in _PART.findall(text):
            total += int(amount) * _UNITS[unit]
    except OverflowError:
        raise ValueError("the duration is longer than 2.7 million years") from None
    return total


def format_duration(value: timedelta) -> str:
    """`value` in the fewest units that hold it exactly, `0s` for none."""
    if value.days < 0:
        return "-" + format_duration(-value)
    parts = f"{value.days}d" if value.days else ""
    rest = value.seconds * 1000 + value.microseconds // 1000
    if rest:
        for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
            count, rest = divmod(rest, size)
            if count:
                parts += f"{count}{unit}"
    return parts or "0s"
