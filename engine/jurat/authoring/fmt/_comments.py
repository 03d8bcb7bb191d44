"""The comments of a file, each given out once, in order."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_HEADER = re.compile(r"[|>][1-9+-]*")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: where it starts (from 0), from `#` on, and whether it has a line to itself.
    `gap` is the number of blanks before it."""

    line: int
    column: int
    text: str
    alone: bool
    gap: int


class Comments:
    """The comments of a text whose scalars are known."""

    def __init__(self, lines: list[str], scalars: Iterable[Any]) -> None:
        self._all = _found(lines, scalars)
        self._next = 0

    def before(self, line: int, column: int = 0) -> list[Comment]:
        """Those not given out yet that start before a place."""
        start = self._next
        end = start
        while end < len(self._all) and (self._all[end].line, self._all[end].column) < (
            line,
            column,
        ):
            end += 1
        self._next = end
        return self._all[start:end]

    def after(self, line: int) -> Comment | None:
        """The one that ends a line on which something else ends."""
        if self._next < len(self._all):
            comment = self._all[self._next]
            if comment.line == line and not comment.alone:
                self._next += 1
                return comment
        return None

    def further_in(self, column: int, bound: tuple[int, int]) -> list[Comment]:
        """Those next that have a line to themselves, start right of `column`, and before
        `bound`."""
        start = self._next
        while self._next < len(self._all):
            comment = self._all[self._next]
            within = (comment.line, comment.column) < bound and comment.column > column
            if not (within and comment.alone):
                break
            self._next += 1
        return self._all[start : self._next]

    def rest(self) -> list[Comment]:
        """All that are left."""
        found, self._next = self._all[self._next :], len(self._all)
        return found


def _found(lines: list[str], scalars: Iterable[Any]) -> list[Comment]:
    """Every `#` after a blank or at a line's start that is in no scalar."""
    whole: set[int] = set()
    parts: dict[int, list[tuple[int, int]]] = {}
    for node in scalars:
        start, end = node.start_mark, node.end_mark
        if node.style in ("|", ">"):
            header = _HEADER.match(lines[start.line], start.column)
            parts.setdefault(start.line, []).append((start.column, header.end() if header else 0))
            last = end.line if end.column == 0 else end.line + 1
            whole.update(_content(lines, start.line + 1, min(last, len(lines))))
        elif start.line == end.line:
            parts.setdefault(start.line, []).append((start.column, end.column))
        else:
            parts.setdefault(start.line, []).append((start.column, len(lines[start.line])))
            whole.update(range(start.line + 1, end.line))
            parts.setdefault(end.line, []).append((0, end.column))
    comments = []
    for number, line in enumerate(lines):
        if "#" not in line or number in whole:
            continue
        inside = parts.get(number, ())
        at = line.find("#")
        while at >= 0:
            free = not any(start <= at < end for start, end in inside)
            if free and (at == 0 or line[at - 1] == " "):
                before = line[:at]
                gap = len(before) - len(before.rstrip(" "))
                comments.append(
                    Comment(number, at, line[at:].rstrip(" "), not before.strip(" "), gap)
                )
                break
            at = line.find("#", at + 1)
    return comments


def _content(lines: list[str], start: int, end: int) -> range:
    """The lines of a block scalar: those at its margin or further in."""
    margin = None
    last = start
    for number in range(start, end):
        line = lines[number]
        if not line.strip(" "):
            continue
        depth = len(line) - len(line.lstrip(" "))
        if margin is None:
            margin = depth
        last = number + 1
    return range(start, last)
