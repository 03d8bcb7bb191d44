"""Scanning and redacting files, of any size, in bounded memory."""

from ._blocks import BLOCK, Part, parts
from ._data import Event, Hit, Scanned, Unscanned, Wanted
from ._encoding import Reader
from ._redact import redact_stream
from ._scan import Mark, scan_stream
from ._walk import Target, walk, why

__all__ = [
    "BLOCK",
    "Event",
    "Hit",
    "Mark",
    "Part",
    "Reader",
    "Scanned",
    "Target",
    "Unscanned",
    "Wanted",
    "parts",
    "redact_stream",
    "scan_stream",
    "walk",
    "why",
]
