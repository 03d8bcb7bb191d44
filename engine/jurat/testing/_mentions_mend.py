"""Taking obstacles out of the way: what a decision names as its reasons is changed, so that nothing
stands beside the one rule that is looked for."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jurat.canon import tokens
from jurat.plan import Decision

from ._mentions_fields import ANY

_OF_FIELD, _OF_OBJECT = 24, 6  # values tried of a field that is named, and of one within
_UNSENT = object()

Obstacles = frozenset[tuple[str, str]]
"""(rule, pointer) of what stands against an input."""


def obstacles(decision: Decision, but: Iterable[str] = ()) -> Obstacles:
    """What makes a decision deny, by rules other than `but`."""
    out = set(but)
    return frozenset(
        (rule, reason.at)
        for reason in decision.reasons
        if reason.effect == "deny" or reason.outcome in ("unknown", "error")
        for rule in reason.rules or (reason.rule,)
        if rule not in out
    )


def mendings(
    given: Mapping[str, Any], against: Obstacles, values: Mapping[str, tuple[Any, ...]]
) -> Iterator[dict[str, Any]]:
    """`given` with one field each changed of those that `against` names, or that lie within what
    it names: to values that are mentioned, to null, to nothing sent. `values` are those of the
    input (`Mentions.by_input`), each ending in null where the field may be null."""
    for at in sorted({at for _, at in against}):
        path = tuple(tokens(at))
        named = _field(path, values)
        if named is not None:
            pointer, length = named
            yield from _changed(given, path[:length], values[pointer], _OF_FIELD)
            continue
        above = _general(path)
        for pointer, some in values.items():
            inner = tuple(tokens(pointer))
            if inner[: len(path)] == above and ANY not in inner[len(path) :]:
                yield from _changed(given, (*path, *inner[len(path) :]), some, _OF_OBJECT)


def _general(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path as mentions have it: any item of a collection."""
    return (*path[:2], ANY, *path[3:]) if path[1:2] == ("items",) and path[2:] else path


def _field(path: tuple[str, ...], values: Mapping[str, Any]) -> tuple[str, int] | None:
    """The field that a path leads to or into, and how much of the path leads to it."""
    general = _general(path)
    for length in range(len(path), 0, -1):
        pointer = "/" + "/".join(general[:length])
        if pointer in values:
            return pointer, length
    return None


def _changed(
    given: Mapping[str, Any], path: tuple[str, ...], values: tuple[Any, ...], most: int
) -> Iterator[dict[str, Any]]:
    nulls = values[-1:] if values and values[-1] is None else ()
    for value in (*nulls, *values[: len(values) - len(nulls)][:most], _UNSENT):
        yield _with(given, path, value)


def _with(given: Mapping[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    name, *rest = path
    made = dict(given)
    if rest:
        inner = made.get(name)
        made[name] = _with(inner if isinstance(inner, Mapping) else {}, tuple(rest), value)
    elif value is _UNSENT:
        made.pop(name, None)
    else:
        made[name] = value
    return made
