"""Values that must not be written, by JSON Pointer (RFC 6901)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ._errors import LogError

_ESCAPE = re.compile(r"~(?![01])")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


class Mask:
    """The values at `pointers` of what is recorded: of a request, an answer or a snapshot, as it
    was evaluated, or of an event's fields. Null takes their place.

    Raises LogError where one is no pointer, or the whole document.
    """

    def __init__(self, pointers: Iterable[str]) -> None:
        self._paths: dict[str, list[str]] = {}
        for pointer in (pointers,) if isinstance(pointers, str) else pointers:
            if not pointer.startswith("/") or _ESCAPE.search(pointer):
                raise LogError(
                    f"mask {pointer!r} is no JSON Pointer, like /metadata/customer; ~ is written "
                    "~0 and / is written ~1"
                )
            self._paths[pointer] = [
                token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/")
            ]

    def __bool__(self) -> bool:
        return bool(self._paths)

    def apply(self, document: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """`document` without the masked values, and the pointers of those that it had."""
        made: Any = dict(document)
        found = []
        for pointer, path in sorted(self._paths.items()):
            masked = _without(made, path)
            if masked is not None:
                made = masked
                found.append(pointer)
        return made, found


def covers(masked: Iterable[str], pointer: str) -> bool:
    """Whether one of the `masked` pointers is `pointer` or leads to what holds it."""
    return any(pointer == one or pointer.startswith(one + "/") for one in masked)


def _without(value: Any, path: list[str]) -> Any:
    """A copy of `value` with null at `path`; None where nothing is there."""
    token, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        inner = value.get(token)
    elif isinstance(value, list | tuple) and _INDEX.fullmatch(token) and int(token) < len(value):
        inner = value[int(token)]
    else:
        return None
    if inner is None:
        return None
    if rest and (inner := _without(inner, rest)) is None:
        return None
    put = inner if rest else None
    if isinstance(value, Mapping):
        return {**value, token: put}
    at = int(token)
    return [*value[:at], put, *value[at + 1 :]]
