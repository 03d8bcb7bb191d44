"""Confirming: one detector on a text that may hold something of it."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from jurat.plugin import Confidence, Detection, Detector

from ._fold import Folded

WINDOW = 80  # characters before and after a value in which context words count


class Confirmer:
    """A detector, compiled when first needed."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector

    @cached_property
    def _patterns(self) -> list[tuple[Any, int]]:
        import re2

        compiled = [re2.compile(pattern) for pattern in self.detector.patterns]
        return [(pattern, pattern.groupindex.get("value", 0)) for pattern in compiled]

    @cached_property
    def _context(self) -> "re.Pattern[str] | None":
        words = self.detector.context
        if not words:
            return None
        joined = "|".join(re.escape(word.lower()) for word in sorted(words, key=len, reverse=True))
        return re.compile(rf"(?<!\w)(?:{joined})(?!\w)")

    def find(self, folded: Folded, text: str) -> Iterator[Detection]:
        """What the detector finds in `folded`, in spans of the original `text`."""
        for pattern, group in self._patterns:
            position = 0
            while (match := pattern.search(folded.data, position)) is not None:
                start, end = match.span(group)
                if end > start:
                    found = self._judge(folded, text, start, end)
                    if found is not None:
                        yield found
                position = max(end, position + 1, match.start() + 1)

    def _judge(self, folded: Folded, text: str, start: int, end: int) -> Detection | None:
        detector = self.detector
        value = folded.data[start:end].decode("ascii")
        first, last = folded.span(start, end)
        # words first: looking for them is cheaper than most validators
        if detector.needs_context and not self._near(text, first, last):
            return None
        if detector.validator is not None and not detector.validator(value):
            return None
        confidence: Confidence = detector.confidence
        validated = detector.validator is not None and detector.checksum
        if validated:
            confidence = "high"
        if confidence == "low" and (detector.needs_context or self._near(text, first, last)):
            confidence = "medium"
        example = detector.documentation is not None and detector.documentation(value)
        return Detection(detector.entity, detector.id, first, last, confidence, validated, example)

    def _near(self, text: str, start: int, end: int) -> bool:
        """True if a context word stands near the value."""
        if self._context is None:
            return False
        before = text[max(0, start - WINDOW) : start]
        after = text[end : end + WINDOW]
        return self._context.search(f"{before} {after}".lower()) is not None
