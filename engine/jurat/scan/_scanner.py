"""The scanner: gate, then confirm, then settle what overlaps."""

import threading
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from jurat.plugin import Detection, Detector

from ._confirm import RANK, Confirmer, Searched
from ._context import Near
from ._decode import decoded, unpacked, unwrapped
from ._derive import BASE64, WRAPPED
from ._fold import Folded, fold
from ._function import find_by_function
from ._gate import SIGNS, Gate
from ._window import merged

MAX_CHARACTERS = 8 * 2**20
_REMEMBERED = 64  # selections of entities
_GATES = 32  # made for different detectors, and kept


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scan found. `undecided` names detectors that could not finish: never "clean"."""

    detections: tuple[Detection, ...]
    undecided: tuple[str, ...] = ()


class Scanner:
    """Finds what its detectors look for in text. Safe to share between threads.

    `Scanner()` has every built-in detector and those of plugins. Nothing is compiled before the
    first scan. No text makes a scan raise.
    """

    def __init__(self, detectors: Sequence[Detector] | None = None) -> None:
        if detectors is None:
            from jurat.plugin import load_plugins

            detectors = load_plugins().detectors
        self.detectors: tuple[Detector, ...] = tuple(detectors)
        self._confirmers = [Confirmer(detector) for detector in self.detectors]
        self._functions = [detector for detector in self.detectors if detector.find is not None]
        self._gate: Gate | None = None
        self._lock = threading.Lock()
        self._selected: dict[frozenset[str], Scanner] = {}

    def scan(self, text: str) -> list[Detection]:
        """The detections in `text`, by place. Spans are code points. Of detections that overlap
        the surest stays; another stays beside it only where it reaches further, so that together
        they cover all that was found (see `merge`)."""
        return list(self.run(text).detections)

    def run(self, text: str) -> ScanResult:
        """The detections in `text`, and the detectors that could not decide."""
        if len(text) > MAX_CHARACTERS:
            return ScanResult((), tuple(sorted(detector.id for detector in self.detectors)))
        searched = Searched(text)
        found = searched.found
        undecided: set[str] = set()
        signs = self._scan(fold(text), searched, undecided)
        if "\\" in text or "%" in text or "&" in text:
            for variant in decoded(text):
                self._scan(variant, searched, undecided)
        if BASE64 in signs and (variant_of := unpacked(text)) is not None:
            self._scan(variant_of, searched, undecided)
        if WRAPPED in signs and (variant_of := unwrapped(text)) is not None:
            before = len(found)
            self._scan(variant_of, searched, undecided)
            found[before:] = [one for one in found[before:] if _is_wrapped(one, text)]
        for detector in self._functions:
            if not find_by_function(detector, text, found):
                undecided.add(detector.id)
        if not found and not undecided:
            return _CLEAN
        return ScanResult(tuple(_covering(found)), tuple(sorted(undecided)))

    def select(self, entities: Iterable[str]) -> "Scanner":
        """A scanner of the detectors of these entities alone."""
        wanted = frozenset(entities)
        made = self._selected.get(wanted)
        if made is None:
            made = Scanner([d for d in self.detectors if d.entity in wanted])
            with self._lock:
                if len(self._selected) >= _REMEMBERED:
                    self._selected.clear()
                self._selected[wanted] = made
        return made

    def _scan(self, folded: Folded, searched: Searched, undecided: set[str]) -> Collection[str]:
        """Add what is found in one reading of the text, and give the signs that there are
        others."""
        signs: set[str] = set()
        try:
            gate = self._gate
            if gate is None:
                with self._lock:
                    gate = self._gate = self._gate or _gate_of(self.detectors)
            places = gate.places(folded.data, Near(folded, searched.text), signs)
        except Exception:  # noqa: BLE001  # a gate that fails is no gate: every detector alone
            self._alone(folded, searched, undecided)
            return SIGNS
        if not places:
            return signs
        whole = [(0, len(folded.data))]
        for (number, place), windows in sorted(places.items(), key=_key):
            confirmer = self._confirmers[number]
            within = whole if windows is None else merged(windows)
            try:
                decided = confirmer.find_within(place, within, folded, searched)
            except Exception:  # noqa: BLE001  # a pattern that can't be compiled, or a time-out
                decided = False
            if not decided:
                undecided.add(confirmer.detector.id)
        return signs

    def _alone(self, folded: Folded, searched: Searched, undecided: set[str]) -> None:
        for confirmer in self._confirmers:
            try:
                decided = confirmer.find(folded, searched)
            except Exception:  # noqa: BLE001  # likewise
                decided = False
            if not decided:
                undecided.add(confirmer.detector.id)

    def __repr__(self) -> str:
        return f"<Scanner of {len(self.detectors)} detectors>"


_CLEAN = ScanResult(())


def _is_wrapped(one: Detection, text: str) -> bool:
    """True for a value with a line break inside that is no accident of two lines: numbers stand
    below each other in every table."""
    value = text[one.start : one.end]
    return "\n" in value and (one.validated or ("-" in value and one.confidence != "low"))


def _key(item: tuple[tuple[int, int], object]) -> tuple[int, int]:
    return item[0]


def settled(found: Iterable[Detection]) -> list[Detection]:
    """Detections without overlaps, by place: the stronger, then the longer, then the first by
    name stays; the same hit of several readings of the text counts once."""
    return _settled(sorted(set(found), key=_strength))


def _settled(ranked: Iterable[Detection]) -> list[Detection]:
    kept: list[Detection] = []  # by place, so that only the neighbours have to be looked at
    starts: list[int] = []
    for one in ranked:
        after = bisect_left(starts, one.start)
        if after and kept[after - 1].end > one.start:
            continue
        if after < len(kept) and starts[after] < one.end:
            continue
        kept.insert(after, one)
        starts.insert(after, one.start)
    return kept


def _covering(found: Sequence[Detection]) -> list[Detection]:
    """The settled detections, and those others that reach beyond them, by place."""
    if len(found) == 1:
        return [*found]
    ranked = sorted(set(found), key=_strength)
    kept = _settled(ranked)
    if len(kept) == len(ranked):
        return kept
    starts = [one.start for one in kept]
    further: dict[tuple[int, int], Detection] = {}
    for one in ranked:
        if not _covered(one, kept, starts):
            further.setdefault(_place(one), one)
    return sorted([*kept, *further.values()], key=_place) if further else kept


def _covered(one: Detection, kept: Sequence[Detection], starts: Sequence[int]) -> bool:
    """True if `kept`, by place and without overlaps, leaves nothing of `one` uncovered."""
    index = bisect_left(starts, one.start + 1) - 1
    index = max(index, 0)
    reached = one.start
    while index < len(kept) and starts[index] <= reached < one.end:
        reached = max(reached, kept[index].end)
        index += 1
    return reached >= one.end


def _place(detection: Detection) -> tuple[int, int]:
    return detection.start, detection.end


def _strength(detection: Detection) -> tuple[int, int, str, str, int]:
    return (
        RANK[detection.confidence],
        detection.start - detection.end,
        detection.entity,
        detection.detector,
        detection.start,
    )


@lru_cache(maxsize=_GATES)
def _gate_of(detectors: tuple[Detector, ...]) -> Gate:
    """The gate of these detectors, made once: to prove the shapes takes its time, and every engine
    that is loaded has a scanner of its own."""
    return Gate(detectors)
