"""Running the detectors over the text of an input: their outcome is a fact."""

from collections.abc import Iterable

from jurat.model import Text
from jurat.plugin import Detections, LocatedDetection
from jurat.scan import Scanner


def detect(texts: Iterable[Text], entities: frozenset[str] | None, scanner: Scanner) -> Detections:
    """What the detectors of `entities` find in `texts`; an empty set asks for all of them."""
    if entities is None:
        return Detections()
    chosen = scanner.select(entities) if entities else scanner
    hits: list[LocatedDetection] = []
    undecided: set[str] = set()
    scanned = 0
    for text in texts:
        scanned += 1
        result = chosen.run(text.text)
        hits += [LocatedDetection(text.at, found, text.where) for found in result.detections]
        undecided.update(result.undecided)
    return Detections(tuple(hits), scanned, tuple(sorted(undecided)))
