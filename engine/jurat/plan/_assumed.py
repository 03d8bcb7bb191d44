"""Values that a bundle assumes, and that fact sources supply: filled in where nothing was sent."""

from collections.abc import Mapping
from typing import Any

from jurat.canon import tokens
from jurat.model import Request, View, make, to_plain, view_class

REQUEST = view_class(Request)


class Assumed:
    """Values that stand in for what was not sent, ready to be filled in."""

    __slots__ = ("_groups",)

    def __init__(self, assume: Mapping[str, Any]) -> None:
        by_name: dict[str, list[tuple[str, list[str], Any, Any]]] = {}
        for pointer, value in assume.items():
            path = tokens(pointer)
            by_name.setdefault(path[0], []).append((pointer, path, value, to_plain(value)))
        self._groups = []
        for name, entries in by_name.items():
            alone: dict[str, Any] = {}  # for a request that has nothing of this name
            for _, path, value, _ in entries:
                fill(REQUEST, alone, path, value)
            told = {pointer: shown for pointer, _, _, shown in entries}
            self._groups.append((name, alone[name], told, entries))

    def fill(self, data: dict[str, Any], told: dict[str, Any]) -> None:
        """Fill in what is not known, and say in `told` what was, by pointer."""
        for name, whole, all_told, entries in self._groups:
            if name not in data:
                data[name] = whole
                told.update(all_told)
                continue
            for pointer, path, value, shown in entries:
                if fill(REQUEST, data, path, value):
                    told[pointer] = shown


def assumed(assume: Mapping[str, Any]) -> Assumed | None:
    """These assumptions, ready to be filled in; None where there are none."""
    return Assumed(assume) if assume else None


def fill(cls: type[View], data: dict[str, Any], path: list[str], value: Any) -> bool:
    """Set the unknown fact at `path`; False, and nothing changed, where it is known."""
    name, rest = path[0], path[1:]
    if not rest:
        if name in data:
            return False
        data[name] = value
        return True
    child = cls.children.get(name)
    if child is None:
        known_map = data.get(name)
        if name in data and not isinstance(known_map, dict):
            return False
        if known_map and rest[0] in known_map:
            return False
        data[name] = {**(known_map or {}), rest[0]: value}
        return True
    known = data[name].__dict__ if name in data else {}
    if len(rest) == 1 and rest[0] in known:
        return False
    inner = dict(known)
    if not fill(child, inner, rest, value):
        return False
    data[name] = make(child, inner)
    return True
