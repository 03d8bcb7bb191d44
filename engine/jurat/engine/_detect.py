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
    hits: list[LocatedDetection] = []
    undecided: set[str] = set()
    scanned = 0
    for text in texts:
        scanned += 1
        result = scanner.run(text.text)
        hits += [
            LocatedDetection(text.at, found, text.where, text.role)
            for found in result.detections
            if not entities or found.entity in entities
        ]
        undecided.update(result.undecided)
    if undecided and entities:
        undecided &= {d.id for d in scanner.detectors if d.entity in entities}
    return Detections(tuple(hits), scanned, tuple(sorted(undecided)))
