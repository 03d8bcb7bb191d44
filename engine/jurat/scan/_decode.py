"""Texts within texts: values that are written as JSON, percent or HTML escapes."""

import re
from array import array
from collections.abc import Callable, Iterator

from ._fold import Folded, moved

# A character and where it stands in the original.
_Read = Iterator[tuple[str, int, int]]

_JSON = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u([0-9a-fA-F]{4})|([/\"\\bfnrt]))"
)
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}(?:%[0-9a-fA-F]{2})*")  # a literal first: searched faster
_HTML = re.compile(r"&(?:#([0-9]{1,7});|#[xX]([0-9a-fA-F]{1,6});|(amp|nbsp|quot|apos|lt|gt|shy);)")
_PLAIN = {"b": " ", "f": " ", "n": "\n", "r": "\r", "t": "\t"}
_NAMED = {"amp": "&", "nbsp": " ", "quot": '"', "apos": "'", "lt": "<", "gt": ">", "shy": "\xad"}


def decoded(text: str) -> list[Folded]:
    """The foldings of `text` with its escapes undone, one for each kind of escape that it has.

    One level only: a value that is escaped twice needs a reader that undoes it twice, too.
    """
    found = []
    for sign, pattern, undo in (
        ("\\", _JSON, _json_character),
        ("%", _PERCENT, _percent_characters),
        ("&", _HTML, _html_character),
    ):
        if sign in text and pattern.search(text) is not None:
            found.append(_undone(text, pattern, undo))
    return found


def _undone(
    text: str, pattern: "re.Pattern[str]", undo: "Callable[[re.Match[str]], _Read]"
) -> Folded:
    parts: list[str] = []
    froms, tos = array("l"), array("l")
    done = 0
    for match in pattern.finditer(text):
        parts.append(text[done : match.start()])
        froms.extend(range(done, match.start()))
        tos.extend(range(done + 1, match.start() + 1))
        for character, start, end in undo(match):
            parts.append(character)
            froms.append(start)
            tos.append(end)
        done = match.end()
    parts.append(text[done:])
    froms.extend(range(done, len(text)))
    tos.extend(range(done + 1, len(text) + 1))
    return moved("".join(parts), froms, tos)


def _json_character(match: "re.Match[str]") -> _Read:
    high, low, code, plain = match.groups()
    if high:
        number = 0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00
        character = chr(number)
    else:
        character = chr(int(code, 16)) if code else _PLAIN.get(plain, plain)
    yield character, match.start(), match.end()


def _percent_characters(match: "re.Match[str]") -> _Read:
    """Each on its own, so that a value inside a longer run keeps its exact span."""
    data = bytes.fromhex(match.group().replace("%", ""))
    try:
        characters = data.decode()
    except UnicodeDecodeError:
        characters = data.decode("latin-1")
        width = [1] * len(characters)
    else:
        width = [len(character.encode()) for character in characters]
    place = match.start()
    for character, size in zip(characters, width, strict=True):
        yield character, place, place + 3 * size
        place += 3 * size


def _html_character(match: "re.Match[str]") -> _Read:
    decimal, hexadecimal, name = match.groups()
    if name:
        character = _NAMED[name]
    else:
        number = int(decimal) if decimal else int(hexadecimal, 16)
        character = chr(number) if number <= 0x10FFFF else "?"
    yield character, match.start(), match.end()
