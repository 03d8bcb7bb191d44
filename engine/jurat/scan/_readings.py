"""Every reading of a text that may go on: what is known of it, and what is not finished.

The readings are the scanner's (see `_decode`). At the end of a text an escape, a run of base64 or
a line break between digits may be there in part. What is unfinished here and not there waits a
little longer than it must.
"""

import binascii
import codecs
import re
from collections.abc import Callable, Iterator
from functools import cache

from ._closure import prefixes
from ._decode import decoded, unpacked, unwrapped
from ._fold import Folded, fold
from ._search import Search, searcher

_ESCAPES = (
    r"\\(?:u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})?|[^u])",  # JSON: RFC 8259, section 7
    r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*",  # a run is read as a whole: it may be UTF-8
    r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});",
)
_BREAK = re.compile(r"[0-9][ -]?(?:\r?(?:\n ?)?)?\Z")
_BREAK_LENGTH = 5
_AT_BREAK = frozenset(" -\r\n")
_IN_RUN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-="
_LEAST = 14  # characters; what is shorter is never read as base64
_PACKED = rf"[A-Za-z0-9+/_-]{{{_LEAST}}}"
_URL_SAFE = str.maketrans("-_", "+/")
_SURE = 16  # characters of base64 after which it may end for reasons of its own


def going_on(text: str, start: Callable[[bytes], int], least: int = -1) -> int:
    """The earliest place from which, says `start` of a folded text, something may be going on at
    the end of `text`, in any reading of it; its length if nothing is. Where that is not beyond
    `least`, any such place."""
    place = _first(text, start, least)
    for end in _unfinished(text):
        if place <= least:
            break
        # what stands before it is followed by it, and so is finished
        place = min(place, end, _first(text[:end], start, least))
    return place


def _first(text: str, start: Callable[[bytes], int], least: int) -> int:
    place = len(text)
    for folded in _readings(text):
        found = start(folded.data)
        if found < len(folded.data):
            place = min(place, found if folded.starts is None else folded.starts[found])
            if place <= least:
                break
    return place


def _readings(text: str) -> Iterator[Folded]:
    plain = fold(text)
    yield plain
    if not text[-1:].isascii():  # folded one way or another by what comes next
        closed = fold(text + "0")
        yield Folded(closed.data[:-1], closed.starts, closed.ends)
    if "\\" in text or "%" in text or "&" in text:
        yield from decoded(text)
    size = len(plain.data)
    if size >= _LEAST and _compiled(_PACKED)(plain.data, 0, size)[0][0] >= 0:
        one = unpacked(text)
        if one is not None:
            yield one
    if "\n" in text and (one := unwrapped(text)) is not None:
        yield one


def _unfinished(text: str) -> list[int]:
    """Where that begins what may go on and be read otherwise then."""
    found = []
    if "\\" in text or "%" in text or "&" in text:
        escape = _escape()(text.encode("ascii", "replace"), 0, len(text))[0][0]
        if escape < len(text):
            found.append(escape)
    last = text[-1:]
    if last in _AT_BREAK:
        broken = _BREAK.search(text, max(0, len(text) - _BREAK_LENGTH))
        if broken is not None:
            found.append(broken.start() + 1)
    run = len(text.rstrip(_IN_RUN))
    if run < len(text) and _may_be_text(text[run : run + _SURE]):
        found.append(run)
    return found


def _may_be_text(run: str) -> bool:
    """True if base64 that begins with `run` may stand for text. What holds padding may go on."""
    quads = run[: len(run) // 4 * 4]
    if not quads or "=" in run:
        return True
    data = binascii.a2b_base64(quads.translate(_URL_SAFE))
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\r\n\t" for character in text)


@cache
def _escape() -> Search:
    return _compiled(rf"(?:{'|'.join(map(prefixes, _ESCAPES))})\z")


@cache
def _compiled(pattern: str) -> Search:
    import re2

    return searcher(re2.compile(pattern))
