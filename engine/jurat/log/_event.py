"""An application's own events as records: a key rotated, a fallback taken, a breaker opened."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from ._errors import RecordError
from ._types import OURS

Actor = str | Mapping[str, Any]
_FIXED = frozenset({"actor", "dec", "facts", "id", "in", "masked", "ts", "type"})
_ACTOR = frozenset({"id", "kind"})


def event(
    kind: str,
    actor: Actor | None,
    fields: Mapping[str, Any],
    *,
    types: Mapping[str, frozenset[str]],
    ref: Callable[[str], str],
) -> dict[str, Any]:
    """The body of an event's record, in which the actor is a keyed reference.

    A field whose name is a word of Python is given with an underscore behind: `from_`. Raises
    RecordError for a type or a field that an application can't write.
    """
    _check_type(kind, types)
    made: dict[str, Any] = {}
    for name, value in fields.items():
        known = name.rstrip("_") or name
        if known in _FIXED:
            raise RecordError(
                f"the field {known!r} is jurat's own: choose another name", field=name
            )
        if known in made:
            raise RecordError(f"the field {known!r} is given twice", field=name)
        made[known] = value
    for name in sorted(types[kind]):
        if name not in made:
            raise RecordError(f"a record of type {kind!r} needs the field {name!r}", field=name)
    if actor is not None:
        made["actor"] = _actor(actor, ref)
    return made


def _check_type(kind: str, types: Mapping[str, frozenset[str]]) -> None:
    if kind in OURS:
        raise RecordError(f"records of type {kind!r} are written by jurat alone", field="type")
    if kind not in types:
        known = sorted(types.keys() - OURS)
        near = get_close_matches(kind, known, 1, 0.6)
        told = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        raise RecordError(
            f"record type {kind!r} is not registered (Log.open(types=...) registers more): {told}",
            field="type",
        )


def _actor(actor: Actor, ref: Callable[[str], str]) -> dict[str, Any]:
    if isinstance(actor, str):
        return {"ref": ref(actor)}
    if not actor.keys() <= _ACTOR or not isinstance(actor.get("id"), str):
        raise RecordError("an actor is its id, or a mapping of id and kind", field="actor")
    kind = actor.get("kind")
    if kind is not None and not isinstance(kind, str):
        raise RecordError("the kind of an actor is a word", field="actor")
    made = {"ref": ref(actor["id"])}
    return made if kind is None else made | {"kind": kind}
