"""What may be done to a document so that it stays valid: a field set, left out, an item moved."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jurat.canon import tokens

from ._mentions_fields import ANY

if TYPE_CHECKING:
    from ._mentions import Mentions

Pick = Callable[[Sequence[Any]], Any]
"""Chooses one of several."""

Values = Mapping[str, tuple[Any, ...]]

Change = Callable[[dict[str, Any], Values, Pick], None]
"""Changes a document: its outermost mapping in place, copies of what lies below."""

_READ = 6  # how much likelier a field is changed that a rule reads
_UNSENT = object()
# What tables are joined on, so that it decides what a rule reads of them.
_JOINED = frozenset(
    {
        "/actor/id",
        "/actor/kind",
        "/actor/credential/id",
        "/action",
        "/endpoint/id",
        "/model",
        "/project/id",
        "/prompt/id",
        "/prompt/version",
        "/provider",
    }
)


def changes_of(mentions: "Mentions", input: str, rule: str = "") -> list[Change]:
    """The changes, each as often in the list as it is likely; with the id of a rule, those of
    the fields that it reads."""
    read, values = mentions.read[input], mentions.by_input[input]
    if rule:
        read = mentions.read_by[input].get(rule, read) | _JOINED
        values = {pointer: values[pointer] for pointer in values if pointer in read}
    made: list[Change] = []
    above: dict[tuple[str, ...], None] = {}
    for pointer in values:
        path = tuple(tokens(pointer))
        made += [_Set(mentions, pointer, path)] * (_READ if pointer in read else 1)
        if pointer in read:
            made.append(_Leave(mentions, path))
            above |= dict.fromkeys(path[:end] for end in range(1, len(path)))
    made += [_Leave(mentions, path) for path in above if path[-1] != "items"]
    for collection in sorted({path[0] for path in above if path[1:2] == ("items",)}):
        made += [_Rename(mentions, collection), _Add(mentions, collection)] * 2
    return made


class _Set:
    """Sets a field to one of its values."""

    def __init__(self, mentions: "Mentions", pointer: str, path: tuple[str, ...]) -> None:
        self._pointer, self._path = pointer, path
        self._ids = mentions.ids.get(path[0], ())

    def __call__(self, given: dict[str, Any], values: Values, pick: Pick) -> None:
        put(given, self._path, pick(values[self._pointer]), pick, self._ids)


class _Leave:
    """Leaves a field, an object or a collection out."""

    def __init__(self, mentions: "Mentions", path: tuple[str, ...]) -> None:
        self._path, self._ids = path, mentions.ids.get(path[0], ())

    def __call__(self, given: dict[str, Any], values: Values, pick: Pick) -> None:
        put(given, self._path, _UNSENT, pick, self._ids)


class _Rename:
    """Gives an item of a collection another id, or takes it out."""

    def __init__(self, mentions: "Mentions", collection: str) -> None:
        self._collection, self._ids = collection, mentions.ids[collection]

    def __call__(self, given: dict[str, Any], values: Values, pick: Pick) -> None:
        items = _items(given, self._collection)
        if items:
            item = items.pop(pick(tuple(items)))
            if id := pick((*self._ids, "")):
                items[id] = item


class _Add:
    """Adds an item to a collection, like one that is there."""

    def __init__(self, mentions: "Mentions", collection: str) -> None:
        self._collection, self._ids = collection, mentions.ids[collection]

    def __call__(self, given: dict[str, Any], values: Values, pick: Pick) -> None:
        if self._collection not in given:
            given[self._collection] = {"items": {}}
        items = _items(given, self._collection)
        if items is not None:
            like = pick(tuple(items.values())) if items else {}
            items[pick(self._ids)] = like


def put(
    given: dict[str, Any], path: tuple[str, ...], value: Any, pick: Pick, ids: Sequence[str] = ()
) -> None:
    """Set the field at `path` in `given`; what that shares with others is copied."""
    node, last = given, len(path) - 1
    for index, step in enumerate(path):
        if step == ANY:
            known = tuple(node)
            if not known and value is _UNSENT:
                return
            step = pick(known or ids)
        if index == last:
            break
        child = node.get(step)
        if child is None and value is _UNSENT:
            return
        node[step] = node = {} if child is None else dict(child)
    if value is _UNSENT:
        node.pop(step, None)
    else:
        node[step] = value


def laid_over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`under` with what `over` has in its place, objects merged field by field."""
    made = dict(under)
    for name, value in over.items():
        known = made.get(name)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            made[name] = laid_over(known, value)
        else:
            made[name] = value
    return made


def _items(given: dict[str, Any], collection: str) -> dict[str, Any] | None:
    """The items of a collection of a document, free to be changed; None where it has none."""
    found = given.get(collection)
    if found is None:
        return None
    given[collection] = found = dict(found)
    found["items"] = items = dict(found.get("items") or {})
    return items
