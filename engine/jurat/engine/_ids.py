"""Ids that sort by time."""

import os
from collections.abc import Callable
from datetime import UTC, datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def uuid7(now: datetime, entropy: Callable[[int], bytes] = os.urandom) -> str:
    """A UUIDv7 (RFC 9562 section 5.7) of the time `now`: milliseconds, then 74 random bits."""
    milliseconds = max(0, int((now - _EPOCH).total_seconds() * 1000)) & (2**48 - 1)
    random = int.from_bytes(entropy(10))
    high = random >> 62 & 0xFFF
    low = random & (2**62 - 1)
    digits = f"{milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
