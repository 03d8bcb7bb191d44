"""Running the detectors over the text of an input: their outcome is a fact."""

from collections.abc import Iterable

from jurat.model import Text
from jurat.plugin import Detections, LocatedDetection
from jurat.scan import Scanner


def detect(texts: Iterable[Text], entities: frozenset[str] | None, scanner: Scanner) -> Detections:
    """What the detectors of `entities` find in `texts`; an empty set asks for all of them.

    All detectors run, and what they find is settled, before the wanted is picked: else which
    other rules a bundle has would change what one of them is told.
    """
    if entities is None:
        return Detections()
    wanted = {d.id for d in scanner.detectors if not entities or d.entity in entities}
    hits: list[LocatedDetection] = []
    undecided: set[str] = set()
    scanned = 0
    for text in texts:
        scanned += 1
        result = scanner.run(text.text)
        hits += [
            LocatedDetection(text.at, found, text.where)
            for found in result.detections
            if found.detector in wanted
        ]
        undecided.update(wanted.intersection(result.undecided))
    return Detections(tuple(hits), scanned, tuple(sorted(undecided)))
