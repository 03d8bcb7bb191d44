"""Context words: whether any that a detector wants stands near a place, before more is asked.

This only says no: a word at the beginning or end of another counts, too, and what is found is left
to the detector's own look at whole words (see `_confirm`).
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from ._fold import Folded
from ._search import Search, searcher
from ._sets import quiet

WINDOW = 80  # characters before and after a value in which context words count
_PIECE = 512  # characters that are searched for words at once


def lowered(text: str) -> str:
    """Lower case, the same for a piece of a text as for the whole (final sigma is not)."""
    low = text.lower()
    return low if low.isascii() else low.replace("\u03c2", "\u03c3")


class Words:
    """The context words of some detectors, and the numbers of those that they belong to."""

    def __init__(self, owners: Iterable[tuple[int, Iterable[str]]]) -> None:
        listed: dict[bytes, set[int]] = {}
        for number, words in owners:
            for word in words:
                listed.setdefault(_rarest(word), set()).add(number)
        self._listed = listed
        self.longest = max(map(len, listed), default=0)
        """In bytes, which are no fewer than its characters."""

    @cached_property
    def _numbers(self) -> dict[bytes, frozenset[int]]:
        """Of each word the numbers of those words that it begins with, itself among them."""
        return {
            word: frozenset().union(
                *(self._listed.get(word[:size], ()) for size in range(len(word) + 1))
            )
            for word in self._listed
        }

    @cached_property
    def _search(self) -> Search:
        """Searches for all words; a match is the longest that begins there."""
        import re2

        options = quiet()
        options.longest_match = True
        words = sorted(self._listed)
        pattern = b"|".join(map(re2.escape, words)) if words else rb"\z\A."
        return searcher(re2.compile(pattern, options))

    def any_in(self, text: bytes) -> bool:
        """True if some word may stand in `text` (lower case, UTF-8)."""
        return self._search(text, 0, len(text))[0][0] >= 0

    def within(self, text: bytes) -> set[int]:
        """The numbers of the words of which one may stand in `text`."""
        return set().union(*self.each_in(text))

    def each_in(self, text: bytes) -> Iterator[frozenset[int]]:
        """The same, word for word."""
        search = self._search
        size = len(text)
        seen: set[bytes] = set()
        start, end = search(text, 0, size)[0]
        while start >= 0:
            word = text[start:end]
            if word not in seen and not _is_inside(text, start, end):
                seen.add(word)
                yield self._numbers[word]
            start, end = search(text, start + 1, size)[0]


def _is_inside(text: bytes, start: int, end: int) -> bool:
    """True for a word with letters or digits on both sides: part of another, even where the value
    stands on one of them."""
    return (
        text[start - 1 : start].isalnum()
        and text[end : end + 1].isalnum()
        and text[start:end].isalnum()
    )


def _rarest(word: str) -> bytes:
    """Of several words the longest: there may be any space between them."""
    return max(re.split(r"[\s_]", lowered(word)), key=len).encode("utf-8", "replace")


class Near:
    """What is near the places of one text."""

    def __init__(self, folded: Folded, text: str) -> None:
        self._folded = folded
        self._text = text
        self._found: dict[int, set[int]] = {}

    def within(self, words: Words, start: int, end: int) -> set[int]:
        """The numbers of the words of which one may stand near a value within [start, end) as
        folded. The text is searched in pieces, each once; `words` are the same every time."""
        first, last = self._folded.span(start, end)
        low, high = max(0, first - WINDOW), min(len(self._text), last + WINDOW)
        pieces = range(low // _PIECE, max(low, high - 1) // _PIECE + 1)
        if len(pieces) == 1:
            return self._in_piece(words, pieces[0])
        return set().union(*(self._in_piece(words, piece) for piece in pieces))

    def _in_piece(self, words: Words, number: int) -> set[int]:
        found = self._found.get(number)
        if found is None:
            start = number * _PIECE
            piece = self._text[max(0, start - words.longest) : start + _PIECE + words.longest]
            found = words.within(lowered(piece).encode("utf-8", "replace"))
            self._found[number] = found
        return found
