"""Ids that sort by time."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def uuid7(now: datetime, entropy: Callable[[int], bytes] = os.urandom) -> str:
    """A UUIDv7 (RFC 9562 section 5.7) of the time `now`: milliseconds, then 74 random bits."""
    milliseconds = max(0, (now - _EPOCH) // _MILLISECOND) & (2**48 - 1)
    time, random = f"{milliseconds:012x}", entropy(10).hex()
    return f"{time[:8]}-{time[8:]}-7{random[:3]}-{_VARIANT[random[3]]}{random[4:7]}-{random[7:19]}"
