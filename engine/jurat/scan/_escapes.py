"""Escapes that are not finished at the end of a text.

What `_decode` undoes is at most this; what is an escape here and not there waits a little longer
than it must.
"""

from functools import cache
from typing import Any

from ._closure import prefixes

_ESCAPES = (
    r"\\(?:u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})?|[^u])",  # JSON: RFC 8259, section 7
    r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*",  # a run is read as a whole: it may be UTF-8
    r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});",
)


def unfinished(text: str) -> int:
    """Where an escape begins that touches the end of `text` and may go on; its length if none
    does."""
    return int(_open().search(text.encode("ascii", "replace")).start())


@cache
def _open() -> Any:
    import re2

    made = "|".join(map(prefixes, _ESCAPES))
    return re2.compile(rf"(?:{made})\z")
