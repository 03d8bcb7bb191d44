"""Neighbours: what lies at, just under and just over what a bundle mentions."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from jurat.canon import format_time

STEP = timedelta(seconds=1)
_LAST = 2**63 - 1  # what a count holds at most


def near_text(text: str) -> Iterator[str]:
    """Near misses of a name: another case, one letter less, one more, a part of it."""
    if "*" in text:  # a pattern: what it matches, with something and with nothing in its place
        yield text.replace("*", "x")
        yield text.replace("*", "")
    if text.upper() != text:
        yield text.upper()
    if text[1:]:
        yield text[:-1]
    yield f"{text}-2"
    head, dash, _ = text.rpartition("-")
    if dash and head:
        yield head


def near_number(number: int) -> Iterator[int]:
    """A number, the one before it and the one after."""
    for one in (number, number - 1, number + 1):
        if abs(one) <= _LAST:
            yield one


def near_time(now: datetime, limit: timedelta) -> Iterator[str]:
    """Times whose distance from `now` is `limit`, a second less and a second more: in the past,
    then in the future; and in the middle of either."""
    for distance in (limit, limit - STEP, limit + STEP, limit / 2):
        yield from times(now, -distance)
    for distance in (limit, limit - STEP, limit + STEP, limit / 2):
        yield from times(now, distance)


def times(now: datetime, distance: timedelta) -> Iterator[str]:
    """The time at `distance` from `now`, where the calendar has it."""
    try:
        yield format_time(now + distance)
    except OverflowError:
        return


def near_network(network: str) -> Iterator[str]:
    """Addresses of a network: its first and last, the one before and the one after, one inside."""
    try:
        found: Any = ip_network(network, strict=False)
    except ValueError:
        return
    first, last = int(found.network_address), int(found.broadcast_address)
    limit = 2**found.max_prefixlen
    for number in dict.fromkeys((first, last, first - 1, last + 1, (first + last) // 2)):
        if 0 <= number < limit:
            yield str(ip_address(found.network_address.packed) + (number - first))
