"""Canonical bytes, digests, JSON Pointers, times and durations: what everything else counts on.

The lowest floor of the house: it imports nothing of jurat.
"""

from ._json import MAX_SAFE_INTEGER, canonical, compact, digest, plain
from ._pointer import escape, is_plain_name, join, resolve, tokens
from ._time import format_duration, format_time, parse_duration, parse_time, utc

__all__ = [
    "MAX_SAFE_INTEGER",
    "canonical",
    "compact",
    "digest",
    "escape",
    "format_duration",
    "format_time",
    "is_plain_name",
    "join",
    "parse_duration",
    "parse_time",
    "plain",
    "resolve",
    "tokens",
    "utc",
]
