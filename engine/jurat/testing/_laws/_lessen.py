"""Making what breaks a law smaller: a document loses whatever it can lose."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

_MOST_TRIES = 600

Path = tuple[str | int, ...]


def lessened(
    document: Mapping[str, Any], still: Callable[[Mapping[str, Any]], bool]
) -> Mapping[str, Any]:
    """The least document, by fields and items left out one at a time, of which `still` holds.

    `still` is asked at most 600 times, first of what takes most away. `document` is not changed.
    """
    tries = 0
    lost = True
    while lost:
        lost = False
        for path in list(_paths(document)):
            less = _without(document, path)
            if less is None:
                continue
            tries += 1
            if tries > _MOST_TRIES:
                return document
            if still(less):
                document, lost = less, True
    return document


def _paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Everything that can be left out, what holds more before what it holds."""
    if isinstance(value, Mapping):
        below = [((*at, key), inner) for key, inner in value.items() if (*at, key) != ("type",)]
    elif isinstance(value, list | tuple):
        # from the end, so that what is before keeps its place
        below = [((*at, n), value[n]) for n in range(len(value) - 1, -1, -1)]
    else:
        return
    yield from (path for path, _ in below)
    for path, inner in below:
        yield from _paths(inner, path)


def _without(value: Any, path: Path) -> Any:
    """A copy of `value` without what stands at `path`; None where nothing does."""
    first, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        if first not in value:
            return None
        if not rest:
            return {key: inner for key, inner in value.items() if key != first}
        inner = _without(value[str(first)], rest)
        return None if inner is None else {**value, first: inner}
    if isinstance(value, list | tuple) and isinstance(first, int) and first < len(value):
        if not rest:
            return [*value[:first], *value[first + 1 :]]
        inner = _without(value[first], rest)
        return None if inner is None else [*value[:first], inner, *value[first + 1 :]]
    return None
