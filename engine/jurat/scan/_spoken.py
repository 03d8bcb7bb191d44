"""Which values of a text a context word speaks for: whole words, in a window on each side.

A window that cuts a word ends where that word begins. Values of a text that want the same words
are many where they are at all, so beyond a few the words of the text are looked for once, and
not around each value.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache

from ._context import WINDOW, Words, lowered

# What stands in the place of a value speaks for no other: else what is left would be another text
# to the next scan. The window may cut it at either end.
_REPLACED = re.compile(
    r"[<\[][A-Z][A-Z0-9_]*(?:[_:][a-p]+)?[>\]]"
    r"|\A[A-Z0-9_]*(?:[_:]?[a-p]+)?[>\]]"
    r"|[<\[](?:[A-Z][A-Z0-9_]*(?:[_:][a-p]*)?)?\Z"
)
_BRACKETS = re.compile(r"[\[\]<>]")
_UNSPACED = (
    "\u2e80"  # from here on scripts put no spaces between words (Chinese, Japanese; not Korean)
)
_ROOM = 256  # characters of text for each value that is looked around one by one


class Spoken:
    """The values of one text that some context words speak for. `words` gives their numbers in
    `context`."""

    __slots__ = ("_asked", "_context", "_heard", "_is_plain", "_known", "_text", "_words")

    def __init__(self, text: str, context: Sequence[str], words: Words) -> None:
        self._text = text
        self._context = context
        self._words = words
        self._asked = 0
        self._known: dict[tuple[int, int], bool] = {}
        self._heard: list[tuple[int, int, bool, bool]] | None = None
        self._is_plain: bool | None = None

    def near(self, start: int, end: int) -> bool:
        """True if one of the words stands near a value at [start, end)."""
        known = self._known.get((start, end))
        if known is None:
            self._asked += 1
            if self._heard is None and self._asked * _ROOM > len(self._text):
                self._listen()
            find = self._is_beside if self._heard is None else self._is_heard
            known = self._known[start, end] = find(start, end)
        return known

    def _is_beside(self, start: int, end: int) -> bool:
        """The same, told from the text around."""
        text = self._text
        before = text[_whole_from(text, start - WINDOW, start) : start]
        after = text[end : _whole_to(text, end + WINDOW, end)]
        near: tuple[str, ...] = ()
        # most of the time none is there, which is soon told if words need not be whole
        around = lowered(f"{before} {after}").encode("utf-8", "replace")
        for numbers in self._words.each_in(around):
            near = near or (_spoken(before), _spoken(after))
            for number in numbers:
                search = whole(self._context[number]).search
                if search(near[0]) is not None or search(near[1]) is not None:
                    return True
        return False

    def _listen(self) -> None:
        """Look for all words of the text, if it is one in which they stand where they stand in
        its lower case."""
        text = self._text
        if self._is_plain is None:
            self._is_plain = text.isascii() and _BRACKETS.search(text) is None
        if not self._is_plain:
            return
        low = text.lower()
        heard = set()
        for number in self._words.within(low.encode()):
            search = _anywhere(self._context[number]).search
            match = search(low)
            while match is not None:
                start, end = match.span()
                begins, ends = low[start - 1 : start], low[end : end + 1]
                heard.add((start, end, not begins.isalnum(), not ends.isalnum()))
                match = search(low, start + 1)
        self._heard = sorted(heard)

    def _is_heard(self, start: int, end: int) -> bool:
        """The same, told from the words of the text: of one that a value is glued to, the value
        is the end."""
        heard = self._heard or []
        first, last = start - WINDOW, end + WINDOW
        for place in range(bisect_left(heard, (first,)), len(heard)):
            begin, stop, begins, ends = heard[place]
            if begin >= last:
                break
            if stop <= start:
                if begins and (ends or stop == start):
                    return True
            elif begin >= end and stop <= last and ends and (begins or begin == end):
                return True
        return False


def _spoken(text: str) -> str:
    """What may speak for a value, in lower case."""
    if _BRACKETS.search(text) is not None:
        text = _REPLACED.sub(" ", text)
    return lowered(text)


def _whole_from(text: str, place: int, most: int) -> int:
    """The first place from `place` on, up to `most`, that is not within a word."""
    if place <= 0:
        return 0
    while place < most and _is_within(text, place):
        place += 1
    return place


def _whole_to(text: str, place: int, least: int) -> int:
    """The last place up to `place`, from `least` on, that is not within a word."""
    if place >= len(text):
        return len(text)
    while place > least and _is_within(text, place):
        place -= 1
    return place


def _is_within(text: str, place: int) -> bool:
    """True if what stands before and after `place` is of one word."""
    left, right = text[place - 1], text[place]
    return left.isalnum() and right.isalnum() and left < _UNSPACED and right < _UNSPACED


@lru_cache(maxsize=4096)
def whole(word: str) -> "re.Pattern[str]":
    """A context word, shared by the detectors that want it."""
    return re.compile(any_of([word]))


@lru_cache(maxsize=4096)
def _anywhere(word: str) -> "re.Pattern[str]":
    """The same within others, too."""
    return re.compile(_inner(word))


def _inner(word: str) -> str:
    return r"[\s_]+".join(map(re.escape, lowered(word).split()))


def any_of(words: Iterable[str]) -> str:
    """A pattern of context words: whole words, also in names such as `user_ssn`, whatever space
    stands within; scripts written without spaces know no whole words. What bounds them is asked
    once for all: a search then skips most words by their first letter."""
    kinds: dict[tuple[bool, bool], list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        bounded = word[0] < _UNSPACED, word[-1] < _UNSPACED
        kinds.setdefault(bounded, []).append(_inner(word))
    return "|".join(
        (r"(?<![^\W_])" if before else "")
        + f"(?:{'|'.join(inner)})"
        + (r"(?![^\W_])" if after else "")
        for (before, after), inner in kinds.items()
    )
