"""Running presidio over a text, piece by piece and within a budget."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from hashlib import blake2b
from typing import Any

from jurat.plugin import Confidence

from ._settings import Settings

PIECE = 4000  # characters that are analysed at once: the budget is looked at in between
OVERLAP = 200  # characters of a piece that stand in the one before, too: longer than any name
_SURROGATE = re.compile("[\ud800-\udfff]")
_SURE, _LIKELY = 0.95, 0.5  # presidio's scores that are high and medium confidence

Found = tuple[int, int, Confidence]


class OverBudget(Exception):
    """The text was not analysed to its end in time."""


class Analysis:
    """One analyzer, shared by the detectors of all its entities: what it finds in a text is kept
    until each of them has asked, by a digest and without the text."""

    def __init__(
        self,
        settings: Settings,
        make: Callable[[Settings], Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._make = make
        self._clock = clock
        self._lock = threading.Lock()
        self._kept = threading.local()

    @cached_property
    def _analyzer(self) -> Any:
        return self._make(self._settings)

    def find(self, entity: str, text: str) -> list[Found]:
        """What there is of `entity` in `text`. Raises OverBudget, and what presidio raises."""
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        kept = self._kept.__dict__
        if kept.get("digest") != digest or entity in kept["asked"]:
            kept.clear()
            kept["asked"] = set()
            kept["digest"] = digest
            try:
                kept["found"] = self._analysed(text)
            except Exception as error:  # noqa: BLE001  # told to each detector that asks
                kept["found"] = type(error)
        kept["asked"].add(entity)
        found = kept["found"]
        if isinstance(found, type):
            raise OverBudget if found is OverBudget else RuntimeError(found.__name__)
        return [one for name, one in found if name == entity]

    def _analysed(self, text: str) -> list[tuple[str, Found]]:
        settings = self._settings
        plain = _SURROGATE.sub("\ufffd", text)  # spaCy takes none
        found: dict[tuple[str, Found], None] = {}
        analyzer = self._ready()
        until = self._clock() + settings.budget
        for start, piece in pieces(plain):
            left = until - self._clock()
            if left <= 0 or not self._lock.acquire(timeout=left):
                raise OverBudget
            try:
                results = analyzer.analyze(
                    piece, settings.language, score_threshold=settings.min_score
                )
            finally:
                self._lock.release()
            for one in results:
                place = start + one.start, start + one.end, _confidence(one.score)
                found[one.entity_type, place] = None
        if self._clock() > until:
            raise OverBudget
        return list(found)

    def _ready(self) -> Any:
        """The analyzer. Making it takes a second or more, which is nobody's budget."""
        with self._lock:
            return self._analyzer


def pieces(text: str, size: int = PIECE, overlap: int = OVERLAP) -> Iterator[tuple[int, str]]:
    """Pieces of `text` with where they start. They begin and end between words, where there are
    any, and overlap, so that a name at an edge stands whole in one of them."""
    start = 0
    while True:
        end = start + size
        if end >= len(text):
            yield start, text[start:]
            return
        end = _space(text, start + size - overlap, end)
        yield start, text[start:end]
        start = _space(text, end - overlap, end - overlap // 2)


def _space(text: str, least: int, most: int) -> int:
    """The place behind the last white space of text[least:most]; `most` where there is none."""
    for place in range(most, least, -1):
        if text[place - 1].isspace():
            return place
    return most


def _confidence(score: float) -> Confidence:
    return "high" if score >= _SURE else "medium" if score >= _LIKELY else "low"
