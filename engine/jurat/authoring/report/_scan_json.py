"""What a scan of files found as JSON: one object, written hit by hit."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ..files import Event, Hit, Scanned, Unscanned


def scan_as_json(events: Iterable[Event]) -> Iterator[str]:
    """The pieces of one JSON object, ASCII alone, as the events come; a hit is a line."""
    unscanned: list[dict[str, str]] = []
    scanned = hits = 0
    yield '{"findings": ['
    for event in events:
        match event:
            case Hit():
                yield ("," if hits else "") + "\n  " + json.dumps(_hit(event))
                hits += 1
            case Scanned():
                scanned += 1
            case Unscanned():
                unscanned.append({"file": event.file, "why": event.why})
    yield ("\n" if hits else "") + f'], "found": {hits}, "scanned": {scanned}, '
    yield f'"unscanned": {json.dumps(unscanned)}}}\n'


def _hit(hit: Hit) -> dict[str, Any]:
    one = hit.detection
    made = {
        "file": hit.file,
        "line": hit.line,
        "column": hit.column,
        "end_line": hit.end_line,
        "end_column": hit.end_column,
        "offset": hit.offset,
        "length": hit.length,
        "entity": one.entity,
        "detector": one.detector,
        "confidence": one.confidence,
        "validated": one.validated,
        "example": one.example,
        "masked": hit.shown,
    }
    return made | {"hash": hit.mark} if hit.mark else made
