"""The items of a list file as pieces of its text, without parsing the whole of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ITEM = re.compile(r"-(?:[ \r\n]|$)")


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of a file: its first line (from 1), the offset where it begins, and its text."""

    line: int
    start: int
    text: str

    @property
    def alone(self) -> str:
        """The piece as a file in which it stands in the same lines."""
        return "\n" * (self.line - 1) + self.text

    @property
    def shift(self) -> int:
        """What is to be added to an offset in `alone` for that in the file."""
        return self.start - (self.line - 1)


def is_list(file: str) -> bool:
    """Whether a file of that name is a list of items that are read one by one."""
    if file == "waivers.yaml":
        return True
    return file != "tests/fixtures.yaml" and file.startswith(("rules/", "tests/", "detectors/"))


def items_of(text: str) -> list[Item]:
    """The items of a list that begins at the margin; comments at the margin belong to the item
    below them. What stands before the first is a piece, too. Their texts make up `text`."""
    lines = text.splitlines(keepends=True)
    begins = [0, *_begins(lines)] if lines else []
    found, start = [], 0
    for number, begin in enumerate(begins):
        end = begins[number + 1] if number + 1 < len(begins) else len(lines)
        if end > begin:
            piece = "".join(lines[begin:end])
            found.append(Item(begin + 1, start, piece))
            start += len(piece)
    return found


def _begins(lines: list[str]) -> Iterator[int]:
    above = None  # the first line of comments at the margin, where nothing else stands since
    for number, line in enumerate(lines):
        if _ITEM.match(line):
            yield number if above is None else above
            above = None
        elif line.startswith("#"):
            above = number if above is None else above
        elif line.strip():
            above = None


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two texts of a file: lines [first, last) of the old one are now the
    piece `new`; everything below moved by `lines` lines and `chars` characters."""

    first: int
    last: int
    end: int
    """The offset in the old text where what is below begins."""
    new: Item
    lines: int
    chars: int


def change_of(file: str, old: str, new: str) -> Change:
    """The least run of items that differ; of a file that is no list, all of it."""
    if not is_list(file):
        return _between([Item(1, 0, old)], [Item(1, 0, new)], 0, 0)
    before, after = items_of(old), items_of(new)
    if not (_all_items(before) and _all_items(after)):
        return _between([Item(1, 0, old)], [Item(1, 0, new)], 0, 0)
    most = min(len(before), len(after))
    head = 0
    while head < most and before[head].text == after[head].text:
        head += 1
    tail = 0
    while tail < most - head and before[-1 - tail].text == after[-1 - tail].text:
        tail += 1
    return _between(before, after, head, tail)


def _all_items(items: list[Item]) -> bool:
    """Whether nothing but comments stands before the first item."""
    lines = items[0].text.splitlines() if items else []
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "- ")
    return _ITEM.match(first) is not None


def _between(before: list[Item], after: list[Item], head: int, tail: int) -> Change:
    first, start = _after(before[:head])
    left = "".join(item.text for item in before[head : len(before) - tail])
    made = "".join(item.text for item in after[head : len(after) - tail])
    last = first + len(left.splitlines())
    lines = len(made.splitlines()) - len(left.splitlines())
    return Change(
        first, last, start + len(left), Item(first, start, made), lines, len(made) - len(left)
    )


def _after(items: list[Item]) -> tuple[int, int]:
    """The line and the offset at which what follows `items` begins."""
    if not items:
        return 1, 0
    item = items[-1]
    return item.line + len(item.text.splitlines()), item.start + len(item.text)
