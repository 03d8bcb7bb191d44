"""Texts within texts: values that are written as JSON or percent escapes."""

import re

from ._fold import Folded, moved

_JSON = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([/\"\\]))")
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}(?:%[0-9a-fA-F]{2})*")  # a literal first: searched faster


def decoded(text: str) -> list[Folded]:
    """The foldings of `text` with its escapes undone, one for each kind of escape that it has.

    One level only: a value that is escaped twice needs a reader that undoes it twice, too.
    """
    found = []
    if "\\u" in text or "\\/" in text:
        pieces = _pieces(text, _JSON, _json_character)
        if pieces is not None:
            found.append(moved(text, pieces))
    if "%" in text:
        pieces = _pieces(text, _PERCENT, _percent_characters)
        if pieces is not None:
            found.append(moved(text, pieces))
    return found


def _pieces(
    text: str, pattern: "re.Pattern[str]", undo: object
) -> list[tuple[str, int, int]] | None:
    pieces: list[tuple[str, int, int]] = []
    done = 0
    for match in pattern.finditer(text):
        if match.start() > done:
            pieces.append((text[done : match.start()], done, match.start()))
        pieces += undo(match)  # type: ignore[operator]  # one of the two functions below
        done = match.end()
    if not pieces:
        return None
    if done < len(text):
        pieces.append((text[done:], done, len(text)))
    return pieces


def _json_character(match: "re.Match[str]") -> list[tuple[str, int, int]]:
    code, plain = match.groups()
    return [(chr(int(code, 16)) if code else plain, match.start(), match.end())]


def _percent_characters(match: "re.Match[str]") -> list[tuple[str, int, int]]:
    """Each byte on its own, so that a value inside a longer run keeps its exact span."""
    data = bytes.fromhex(match.group().replace("%", ""))
    start = match.start()
    return [
        (chr(byte) if byte < 0x80 else "?", start + 3 * index, start + 3 * index + 3)
        for index, byte in enumerate(data)
    ]
