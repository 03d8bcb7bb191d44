"""Context words: whether any that a detector wants stands near a place, before more is asked.

This only says no: a word that is part of another counts, too, and what is found is left to the
detector's own look at whole words (see `_confirm`).
"""

import re
from collections.abc import Sequence

from jurat.plugin import Detector

from ._fold import Folded
from ._sets import PatternSet

WINDOW = 80  # characters before and after a value in which context words count


def lowered(text: str) -> str:
    """Lower case, the same for a piece of a text as for the whole (final sigma is not)."""
    low = text.lower()
    return low if low.isascii() else low.replace("\u03c2", "\u03c3")


class Words:
    """The context words of some detectors. A detector's words have a number."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._numbers: dict[tuple[str, ...], int] = {}
        for detector in detectors:
            if detector.needs_context and detector.context:
                self._numbers.setdefault(detector.context, len(self._numbers))
        self._set: PatternSet | None = None

    def number(self, detector: Detector) -> int:
        """The number of a detector's words; -1 if it has none."""
        return self._numbers.get(detector.context, -1)

    def within(self, text: bytes) -> list[int]:
        """The numbers of the words of which one may stand in `text` (lower case, UTF-8)."""
        if self._set is None:
            # of several words the longest: there may be any space between them
            self._set = PatternSet(["|".join(map(_rarest, words)) for words in self._numbers])
        return self._set.hits(text)


def _rarest(word: str) -> str:
    import re2

    found: str = re2.escape(max(re.split(r"[\s_]", lowered(word)), key=len))
    return found


class Near:
    """The words near the places of one text."""

    def __init__(self, words: Words, folded: Folded, text: str) -> None:
        self._words = words
        self._folded = folded
        self._text = text

    def numbers(self, start: int, end: int) -> list[int]:
        """The numbers of the words that may stand near a value within [start, end) as folded."""
        first, last = self._folded.span(start, end)
        piece = self._text[max(0, first - WINDOW) : last + WINDOW]
        return self._words.within(lowered(piece).encode("utf-8", "replace"))
