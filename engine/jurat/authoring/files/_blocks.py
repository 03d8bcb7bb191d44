"""A text of any length, scanned window by window as if it were scanned whole."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from jurat.plugin import Detection
from jurat.scan import MAX_CHARACTERS, Scanner

BLOCK = 256 * 1024  # characters that a window grows by
MARGIN = 16 * 1024  # a value may still change its end, or become one, this close to what is unread
CONTEXT = 4 * 1024  # characters before a window that are scanned with it, for the words in them


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text of which all is known: its detections lie in it, in spans of `text`."""

    text: str
    detections: tuple[Detection, ...]
    undecided: tuple[str, ...]


class TooLong(Exception):
    """A value, or a line that has to stay whole, is longer than a scan can hold."""


def parts(
    read: Callable[[int], str],
    scanner: Scanner,
    *,
    at_lines: bool = False,
    block: int = BLOCK,
    margin: int = MARGIN,
    context: int = CONTEXT,
) -> Iterator[Part]:
    """The text that `read` gives, cut where no detection lies, with `at_lines` after a line feed.

    What is found is what a scan of the whole text finds, of values and the words near them that
    fit into `margin` and `context`. A longer value makes the window grow. Raises TooLong where it
    would grow beyond what a scan takes.
    """
    before = ""
    text = read(block)
    growth = block
    while True:
        more = read(growth)
        result = scanner.run(before + text)
        found = [_moved(d, -len(before)) for d in result.detections if d.end > len(before)]
        end = len(text)
        if more:
            end = _cut(text, len(text) - margin, found, at_lines)
        growth = block if end > 0 else len(text)  # doubled, so that all scans cost a few of one
        if end > 0 or not more:
            inside = tuple(d for d in found if d.end <= end)
            yield Part(text[:end], inside, result.undecided)
            if not more:
                return
            before = (before + text[:end])[-context:]
            text = text[end:]
        text += more
        if len(before) + len(text) > MAX_CHARACTERS:
            raise TooLong


def _cut(text: str, latest: int, found: list[Detection], at_lines: bool) -> int:
    """The last place up to `latest` that lies in no detection; 0 or less where there is none."""
    spans = sorted(((d.start, d.end) for d in found), reverse=True, key=lambda span: span[1])
    place = latest
    for start, end in spans:
        if start < place < end:
            place = start
    while at_lines and place > 0:
        place = text.rfind("\n", 0, place) + 1
        crossed = [start for start, end in spans if start < place < end]
        if not crossed:
            break
        place = min(crossed)
    return place


def _moved(detection: Detection, by: int) -> Detection:
    return replace(detection, start=max(0, detection.start + by), end=detection.end + by)
