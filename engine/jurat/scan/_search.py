"""Patterns asked for spans alone: what re2 answers with, without the objects made around it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

Search: TypeAlias = Callable[[bytes, int, int], Sequence[tuple[int, int]]]
"""The spans of the first match that begins at or after the second argument and ends by the third
(not before it), the whole first, then each group; (-1, -1) where there is none."""
_NONE = ((-1, -1),)


def searcher(pattern: Any) -> Search:
    """How to search with a pattern of re2, at a third of the cost of its own `search`; or with
    one that only has such."""
    import re2

    inner = getattr(pattern, "_regexp", None)
    anchor = getattr(re2, "_Anchor", None)
    if inner is None or anchor is None or not hasattr(inner, "Match"):
        return by_search(pattern.search)
    direct: Search = partial(inner.Match, anchor.UNANCHORED)
    return direct


def by_search(search: Callable[[bytes, int, int], Any]) -> Search:
    """The same by a `search` that gives a match or None."""

    def found(data: bytes, start: int, end: int) -> Sequence[tuple[int, int]]:
        match = search(data, start, end)
        if match is None:
            return _NONE
        return [match.span(group) for group in range(len(match.groups()) + 1)]

    return found
