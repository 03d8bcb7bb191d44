"""Scanning one file."""

from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from jurat.plugin import Unfinished
from jurat.scan import Scanner, replacement

from ._blocks import Part, TooLong, parts
from ._data import Event, Hit, Scanned, Unscanned, Wanted
from ._encoding import Reader
from ._walk import why

LONGEST = 40  # characters of a masked value
Mark = Callable[[str, str], str]
"""The keyed hash of (entity, value)."""


def scan_stream(
    name: str, file: BinaryIO, scanner: Scanner, wanted: Wanted, mark: Mark | None = None
) -> Iterator[Event]:
    """The hits of a file, then that it was scanned, or why not to its end. Never raises for what
    the file holds, or for a file that can't be read on."""
    places = Places(name, wanted, mark)
    try:
        reader = Reader(file)
        for part in parts(reader.read, scanner):
            yield from places.hits(part)
            if lost := wanted.lacks(part.undecided, scanner.detectors):
                yield undecided(name, lost)
    except TooLong:
        yield Unscanned(name, "it holds what may be a value of more than 8 million characters")
    except UnicodeDecodeError:
        yield Unscanned(name, "it begins as UTF-32 and is none")
    except OSError as error:
        yield Unscanned(name, why(error))
    else:
        yield Scanned(name, places.offset, places.count)


def undecided(name: str, detectors: Sequence[str]) -> Unscanned:
    """The event of detectors that could not decide."""
    return Unscanned(name, str(Unfinished(detectors)))


class Places:
    """Where the detections of a file's parts stand, part after part."""

    def __init__(self, name: str, wanted: Wanted, mark: Mark | None = None) -> None:
        self._name = name
        self._wanted = wanted
        self._mark = mark
        self.offset = 0
        self.count = 0
        self._line, self._column = 1, 1

    def hits(self, part: Part) -> Iterator[Hit]:
        """The hits of the next part."""
        text, done = part.text, 0
        line, column = self._line, self._column
        for one in sorted(part.detections, key=lambda d: (d.start, d.end, d.detector)):
            if not self._wanted(one):
                continue
            line, column = _moved(text, done, one.start, line, column)
            done = one.start
            value = text[one.start : one.end]
            self.count += 1
            yield Hit(
                self._name,
                line,
                column,
                *_moved(text, one.start, one.end, line, column),
                self.offset + one.start,
                one.end - one.start,
                one,
                _masked(one.entity, value),
                "" if self._mark is None else self._mark(one.entity, value),
            )
        self._line, self._column = _moved(text, done, len(text), line, column)
        self.offset += len(text)


def _moved(text: str, start: int, end: int, line: int, column: int) -> tuple[int, int]:
    """The line and column of `end`, from those of `start`."""
    lines = text.count("\n", start, end)
    if not lines:
        return line, column + end - start
    return line + lines, end - text.rindex("\n", start, end)


def _masked(entity: str, value: str) -> str:
    shown = replacement("mask", entity, value[:LONGEST], keep=0)
    return shown if len(value) <= LONGEST else f"{shown}…"
