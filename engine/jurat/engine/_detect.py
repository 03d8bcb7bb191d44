"""Running the detectors over the text of an input: their outcome is a fact."""

from collections.abc import Sequence

from jurat.model import Text
from jurat.plugin import Detections, LocatedDetection
from jurat.scan import Scanner, ScanResult

Seen = dict[Scanner, list[ScanResult]]
"""What a scanner found in the texts of one input: bundles with the same detectors share it."""


def detect(
    texts: Sequence[Text],
    entities: frozenset[str] | None,
    scanner: Scanner,
    seen: Seen | None = None,
) -> Detections:
    """What the detectors of `entities` find in `texts`; an empty set asks for all of them. `seen`
    keeps what was found for the next that asks with the same scanner.

    All detectors run, and what they find is settled, before the wanted is picked: else which
    other rules a bundle has would change what one of them is told.
    """
    if entities is None:
        return Detections()
    results = None if seen is None else seen.get(scanner)
    if results is None:
        results = [scanner.run(text.text) for text in texts]
        if seen is not None:
            seen[scanner] = results
    hits: list[LocatedDetection] = []
    undecided: set[str] = set()
    for text, result in zip(texts, results, strict=True):
        hits += [
            LocatedDetection(text.at, found, text.where, text.role)
            for found in result.detections
            if not entities or found.entity in entities
        ]
        undecided.update(result.undecided)
    if undecided and entities:
        undecided &= {d.id for d in scanner.detectors if d.entity in entities}
    return Detections(tuple(hits), len(results), tuple(sorted(undecided)))
