"""What a scan of files tells, event by event."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from jurat.plugin import CONFIDENCES, Confidence, Detection, Detector


@dataclass(frozen=True, slots=True)
class Hit:
    """One detection in a file. Lines and columns count from 1, the end is exclusive; columns,
    `offset` (from the start of the file, a byte order mark not counted) and `length` are in code
    points, where a byte that is no UTF-8 counts as one. `shown` is the value with every letter
    and digit masked; `mark` its keyed hash, where that was asked for."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    offset: int
    length: int
    detection: Detection
    shown: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Scanned:
    """A file was read to its end."""

    file: str
    characters: int
    hits: int


@dataclass(frozen=True, slots=True)
class Unscanned:
    """A file, or the rest of one, was not scanned, or not rewritten: never "clean"."""

    file: str
    why: str


Event = Hit | Scanned | Unscanned


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which detections count."""

    entities: AbstractSet[str] | None = None
    """None: all."""
    min_confidence: Confidence = "low"
    examples: bool = True
    """Whether documentation values count."""

    def __call__(self, detection: Detection) -> bool:
        return (
            (self.entities is None or detection.entity in self.entities)
            and CONFIDENCES.index(detection.confidence) >= CONFIDENCES.index(self.min_confidence)
            and (self.examples or not detection.example)
        )

    def lacks(self, undecided: Sequence[str], detectors: Iterable[Detector]) -> list[str]:
        """Those of the ids that might have found what is wanted."""
        if not undecided or self.entities is None:
            return list(undecided)
        ids = {detector.id for detector in detectors if detector.entity in self.entities}
        return [id_ for id_ in undecided if id_ in ids]
