"""Confirming: one detector on a text that may hold something of it."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any, TypeAlias

from jurat.plugin import CONFIDENCES, Confidence, Detection, Detector

from ._context import WINDOW as WINDOW  # noqa: PLC0414  # others name it by this module
from ._context import Words, lowered
from ._fold import Folded
from ._search import Search, by_search, searcher
from ._sets import quiet
from ._spoken import Spoken, any_of

PATIENCE = 5.0  # seconds that a pattern which is not linear may take on a text
_BEFORE = 32  # characters before a value in which a word may say that it is something else
_LABEL = (
    r"[\s_:=#./'\"(*-]{0,4}(?:(?:number|nummer|no|nr|num|id|code)[\s:=#.(*-]{0,4})?(?:is |was )?$"
)
_MADE = re.compile(rb"\[[A-Z][A-Z0-9_]*(?::[a-p]{20,})?\]|<[A-Z][A-Z0-9_]*_[a-p]{20,}>")
_LONG = (
    256  # characters of what stands in the place of a value, within which a value is looked for
)
_SHORT = 64  # characters of what may hold the first ones of another value
_GOES_ON = re.compile(rb"[ ./-][0-9]")


RANK = {confidence: -rank for rank, confidence in enumerate(CONFIDENCES)}
"""By confidence: the surer, the lower."""
_Verdict: TypeAlias = tuple[Confidence, bool, bool]


class _Known:
    """What one detector made of a text: what repeats itself, also in another reading, is judged
    once."""

    __slots__ = ("found", "judged", "valid", "verdicts")

    def __init__(self) -> None:
        self.found: set[tuple[int, int, str]] = set()
        """Places and values of detections."""
        self.judged: set[str] = set()
        """Values that stood somewhere before."""
        self.valid: dict[str, bool] = {}
        """By value."""
        self.verdicts: dict[tuple[str, int, str], _Verdict | None] = {}
        """By value and surroundings."""


class Searched:
    """A text that is searched, in all its readings: `found` is what was found in it. What is only
    needed where something may be found is made then: most texts hold nothing."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Detection] = []

    @cached_property
    def known(self) -> "defaultdict[Confirmer, _Known]":
        """What each detector made of it."""
        return defaultdict(_Known)

    @cached_property
    def spoken(self) -> dict[int, Spoken]:
        """By the identity of the context words, which detectors may share."""
        return {}

    @cached_property
    def unlike(self) -> dict[tuple[int, int], bool]:
        """By the identity of words that speak against a value, and the start of the value."""
        return {}

    @cached_property
    def best(self) -> dict[tuple[int, int, str], tuple[int, str]]:
        """The strength of what was found, by place and entity: of two the lower counts."""
        return {}


class Confirmer:
    """A detector, compiled when first needed."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        confidence = detector.confidence
        if detector.checksum and detector.validator is not None:
            confidence = "high"
        elif confidence == "low" and detector.context:
            confidence = "medium"
        self._strengths = {one: (rank, detector.id) for one, rank in RANK.items()}
        self._best = self._strengths[confidence]  # no detection of it is stronger

    @cached_property
    def _patterns(self) -> list[tuple[Search, int]]:
        """The compiled patterns, and the group of each that is the value."""
        return [_compiled(pattern) for pattern in self.detector.patterns]

    @cached_property
    def _words(self) -> Words:
        return Words((number, [word]) for number, word in enumerate(self.detector.context))

    @cached_property
    def _unlike(self) -> "re.Pattern[str]":
        return re.compile(f"(?:{any_of(self.detector.unlike)}){_LABEL}")

    @cached_property
    def _unlike_words(self) -> Words:
        return Words([(0, self.detector.unlike)])

    def find(self, folded: Folded, searched: Searched) -> bool:
        """Add what the detector finds in a reading of a text to `searched.found`, in spans of
        the text; False if it could not decide about a value."""
        whole = [(0, len(folded.data))]
        each = [
            self.find_within(place, whole, folded, searched)
            for place in range(len(self.detector.patterns))
        ]
        return all(each)

    def find_within(
        self, place: int, windows: Iterable[tuple[int, int]], folded: Folded, searched: Searched
    ) -> bool:
        """The same for the pattern of that place, which matches within `windows` alone (by place,
        and apart)."""
        search, group = self._patterns[place]
        data = folded.data
        decided = True
        position = 0
        may_be_made = b"[" in data or b"<" in data
        for first, last in windows:
            position = max(position, first)
            # re2 takes a position beyond the end for the end
            while position <= last:
                spans = search(data, position, last)
                begun = spans[0][0]
                if begun < 0:
                    break
                start, end = spans[group]
                after = end
                if end > start:
                    is_one = False
                    try:
                        if not (may_be_made and _is_made(data, start, end)):
                            is_one = self._is_found(folded, start, end, searched)
                    except Exception:  # noqa: BLE001  # a validator of a plugin may raise anything
                        decided = False
                    # it may have taken the beginning of a value that stands behind it
                    if end - start <= _SHORT and (not is_one or _GOES_ON.match(data, end)):
                        blank = data.find(b" ", start, end)
                        after = end if blank < 0 else blank
                position = after if after > begun else begun + 1
        return decided

    def _is_found(self, folded: Folded, start: int, end: int, searched: Searched) -> bool:
        """True for a value, which is in `searched.found` then, or was found there by another
        detector of the entity that this one would have to give way to."""
        detector = self.detector
        place = *folded.span(start, end), detector.entity
        best = searched.best.get(place)
        if best is not None and best <= self._best:
            return True
        known = searched.known[self]
        value = folded.data[start:end].decode("ascii")
        # where words are needed they come first: to look for them is cheaper than most validators
        if not detector.needs_context and not self._is_valid(value, known):
            return False
        first, last, _ = place
        if (first, last, value) in known.found:
            return True
        if value in known.judged:
            verdict = self._judged_again(value, searched, first, last, known)
        else:
            known.judged.add(value)
            verdict = self._judge(value, searched, first, last, known)
        if verdict is None:
            return False
        known.found.add((first, last, value))
        strength = self._strengths[verdict[0]]
        if best is None or strength < best:
            searched.best[place] = strength
        searched.found.append(Detection(detector.entity, detector.id, first, last, *verdict))
        return True

    def _judged_again(
        self, value: str, searched: Searched, first: int, last: int, known: _Known
    ) -> _Verdict | None:
        """What `_judge` says, once for the same surroundings."""
        left = max(0, first - WINDOW - 1)  # and what tells whether the window cuts a word
        key = value, first - left, searched.text[left : last + WINDOW + 1]
        try:
            return known.verdicts[key]
        except KeyError:
            verdict = known.verdicts[key] = self._judge(value, searched, first, last, known)
            return verdict

    def _is_valid(self, value: str, known: _Known) -> bool:
        validator = self.detector.validator
        if validator is None:
            return True
        valid = known.valid.get(value)
        if valid is None:
            valid = known.valid[value] = validator(value)
        return valid

    def _judge(
        self, value: str, searched: Searched, first: int, last: int, known: _Known
    ) -> _Verdict | None:
        detector = self.detector
        if detector.needs_context and not (
            self._near(searched, first, last) and self._is_valid(value, known)
        ):
            return None
        confidence: Confidence = detector.confidence
        validated = detector.validator is not None and detector.checksum
        if not validated and detector.unlike and self._is_unlike(searched, first):
            return None
        if validated:
            confidence = "high"
        if confidence == "low" and (detector.needs_context or self._near(searched, first, last)):
            confidence = "medium"
        example = detector.documentation is not None and detector.documentation(value)
        return confidence, validated, example

    def _near(self, searched: Searched, start: int, end: int) -> bool:
        """True if a context word stands near the value."""
        context = self.detector.context
        if not context:
            return False
        spoken = searched.spoken.get(id(context))
        if spoken is None:
            spoken = searched.spoken[id(context)] = Spoken(searched.text, context, self._words)
        return spoken.near(start, end)

    def _is_unlike(self, searched: Searched, start: int) -> bool:
        """True if a word right before the value says that it is something else."""
        key = id(self.detector.unlike), start
        known = searched.unlike.get(key)
        if known is None:
            left = max(0, start - _BEFORE - 1)  # and what tells whether that cuts a word
            before = lowered(searched.text[left:start])
            known = (
                self._unlike_words.any_in(before.encode("utf-8", "replace"))
                and self._unlike.search(before, 1 if start > _BEFORE else 0) is not None
            )
            searched.unlike[key] = known
        return known


def _is_made(data: bytes, start: int, end: int) -> bool:
    """True if what is there was put in the place of a value, or is within such."""
    first = max(0, start - _LONG)
    opened = max(data.rfind(b"[", first, start + 1), data.rfind(b"<", first, start + 1))
    if opened < 0:
        return False
    made = _MADE.match(data, opened)
    return made is not None and made.end() >= end


def _compiled(pattern: str) -> tuple[Search, int]:
    """How to search with a pattern, and the number of its value: by re2; by `regex`, in limited
    time, what re2 does not know (looking around)."""
    import re2

    try:
        compiled = re2.compile(pattern, quiet())
    except re2.error:
        return _patient(pattern)
    return searcher(compiled), compiled.groupindex.get("value", 0)


def _patient(pattern: str) -> tuple[Search, int]:
    """A pattern that is not linear. Its search raises TimeoutError where it takes too long."""
    import regex

    compiled = regex.compile(pattern.encode())

    def search(data: bytes, position: int, last: int) -> Any:
        # to the end, as looking ahead sees nothing beyond an end that is given: what begins
        # behind the window is found by it all the same, and then not looked for again
        return compiled.search(data, position, timeout=PATIENCE)

    return by_search(search), compiled.groupindex.get("value", 0)
