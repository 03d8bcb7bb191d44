"""Folding text to one ASCII byte per character, with the way back to the original.

Digits of any script become ASCII digits, look-alikes (full-width, mathematical) their letter,
unusual spaces and dashes the usual ones; what is invisible is dropped; everything else that is
not ASCII becomes `?`. Offsets are code points, so lone surrogates need no special care.
"""

import unicodedata
from array import array
from functools import cache
from typing import Any

# Kept as they are, though NFKC knows an ASCII form: a footnote mark is no digit of a number.
_KEPT = ("<super>", "<sub>", "<fraction>", "<compat>", "<square>", "<circle>")
_INVISIBLE = frozenset(
    code
    for block in (
        (0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x180E, 0x3164, 0xFEFF, 0xFFA0),
        range(0x200B, 0x2010),
        range(0x202A, 0x202F),
        range(0x2060, 0x2070),
        range(0xFE00, 0xFE10),  # variation selectors
        range(0xE0000, 0xE01F0),  # tags, and more variation selectors
    )
    for code in block
)
_FEW = 16


class Folded:
    """A folded text: `data`, and where each of its bytes stood in the original.

    `starts` and `ends` are None where nothing moved; byte i stood at [i, i + 1) then.
    """

    __slots__ = ("data", "ends", "starts")

    def __init__(
        self, data: bytes, starts: "array[int] | None" = None, ends: "array[int] | None" = None
    ) -> None:
        self.data = data
        self.starts = starts
        self.ends = ends

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that the bytes [start, end) came from."""
        if self.starts is None or self.ends is None or start >= end:
            return start, end
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> Folded:
    """`text`, folded."""
    if text.isascii():
        return Folded(text.encode())
    table = _table()
    found = _foldable(text)
    if not found:
        return Folded(text.encode("ascii", "replace"))
    if all(len(table[character]) == 1 for character in found):
        if len(found) <= _FEW:  # ordinary prose: a dash, a space; one pass for each is cheaper
            folded = text
            for character in found:
                folded = folded.replace(character, table[character])
        else:
            folded = text.translate({ord(c): table[c] for c in found})
        return Folded(folded.encode("ascii", "replace"))
    parts: list[str] = []
    starts, ends = array("l"), array("l")
    for position, character in enumerate(text):
        new = table.get(character, character)
        for _ in new:
            starts.append(position)
            ends.append(position + 1)
        parts.append(new)
    return Folded("".join(parts).encode("ascii", "replace"), starts, ends)


def _foldable(text: str) -> set[str]:
    """The characters of `text` that fold to something else than `?`. One pass over the bytes, and
    one more for each such character: a set of the text's characters costs five times as much."""
    data = text.encode("utf-8", "replace")
    pattern = _pattern()
    found: set[str] = set()
    match = pattern.search(data)
    while match is not None:
        character = match.group()
        found.add(character.decode())
        if len(found) > _FEW:
            return _table().keys() & set(text)
        data = data.replace(character, b" " * len(character))
        match = pattern.search(data, match.end())
    return found


@cache
def _pattern() -> Any:
    """Any character of the table."""
    import re2

    codes = sorted(map(ord, _table()))
    firsts = [code for code, last in zip(codes, [-1, *codes], strict=False) if code != last + 1]
    lasts = [
        code for code, after in zip(codes, [*codes[1:], -1], strict=True) if code + 1 != after
    ]
    ranges = [
        rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in zip(firsts, lasts, strict=True)
    ]
    return re2.compile(f"[{''.join(ranges)}]")


def moved(reading: str, froms: "array[int]", tos: "array[int]") -> Folded:
    """The folding of `reading`, whose character i stands for [froms[i], tos[i]) of the original."""
    whole = fold(reading)
    if whole.starts is None or whole.ends is None:
        return Folded(whole.data, froms, tos)
    return Folded(
        whole.data,
        array("l", (froms[start] for start in whole.starts)),
        array("l", (tos[end - 1] for end in whole.ends)),
    )


@cache
def _table() -> dict[str, str]:
    """Every character that folds to something else than `?`."""
    table = {chr(code): "" for code in _INVISIBLE}
    for code in range(0x80, 0x1FBFA):
        character = chr(code)
        if character in table:
            continue
        category = unicodedata.category(character)
        if category == "Nd":
            table[character] = str(unicodedata.decimal(character))
        elif category == "Zs":
            table[character] = " "
        elif category == "Pd" or code == 0x2212:
            table[character] = "-"
        elif (decomposed := unicodedata.decomposition(character)) and not decomposed.startswith(
            _KEPT
        ):
            plain = unicodedata.normalize("NFKC", character)
            if plain.isascii():
                table[character] = plain
    return table
