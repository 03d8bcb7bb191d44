"""Redacting one file into another."""

import json
from collections.abc import Iterator
from typing import BinaryIO

from jurat.scan import Scanner, Span, merge, redact_json_text, redact_text, replacement

from ._blocks import Part, TooLong, parts
from ._data import Event, Scanned, Unscanned, Wanted
from ._encoding import Reader
from ._scan import Places, undecided
from ._walk import why

_ROUNDS = 5
_JSON = (".json", ".jsonl", ".ndjson")


def redact_stream(
    name: str,
    file: BinaryIO,
    sink: BinaryIO,
    scanner: Scanner,
    wanted: Wanted,
    operator: str = "label",
    *,
    binary: bool = True,
) -> Iterator[Event]:
    """Write `file` to `sink` with what is wanted redacted, and tell what `scan_stream` tells.

    Every other byte is written as it stood. JSON stays JSON: by its name, or where an object or
    a list that is not too large makes up the whole. After an event Unscanned nothing more is
    written, and `sink` is not whole; without `binary` that is so of a binary file that holds
    what is wanted.
    """
    places = Places(name, wanted)
    try:
        reader = Reader(file)
        sink.write(reader.mark)
        named_json = name.lower().endswith(_JSON)
        for part in parts(reader.read, scanner, at_lines=named_json):
            if lost := wanted.lacks(part.undecided, scanner.detectors):
                yield undecided(name, lost)
                return
            yield from places.hits(part)
            if places.count and reader.binary and not binary:
                yield Unscanned(name, "it is binary, so it was left as it is")
                return
            whole = places.offset == len(part.text)
            in_json = named_json or (whole and _is_json(part.text))
            sink.write(reader.encode(_redacted(part, wanted, operator, in_json, scanner)))
        sink.write(reader.rest)
    except TooLong:
        yield Unscanned(name, "it holds a value or a line of more than 8 million characters")
    except UnicodeDecodeError:
        yield Unscanned(name, "it begins as UTF-32 and is none")
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        yield Unscanned(name, why(error))
    else:
        yield Scanned(name, places.offset, places.count)


def _redacted(part: Part, wanted: Wanted, operator: str, in_json: bool, scanner: Scanner) -> str:
    """The part's text, redacted until nothing more is found: a label is shorter than a value, so
    a word that spoke for one value may come near enough to speak for the next."""
    text, found = part.text, part.detections
    for _ in range(_ROUNDS):
        spans = merge(Span(d.start, d.end, d.entity, operator) for d in found if wanted(d))
        if not spans:
            break
        made = [
            (s.start, s.end, replacement(operator, s.entity, text[s.start : s.end])) for s in spans
        ]
        text = redact_json_text(text, made) if in_json else redact_text(text, made)
        found = scanner.run(text).detections
    return text


def _is_json(text: str) -> bool:
    if not text.lstrip()[:1] in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
