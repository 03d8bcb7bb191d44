"""Texts within texts: values that are written as JSON, percent or HTML escapes, in base64, or with
a line break inside."""

import binascii
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
# RFC 4648, sections 4 and 5; what is shorter says too little to be told from a word
_BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/_=-])(?:[A-Za-z0-9+/]{16,}|[A-Za-z0-9+/_-]{22,}"
    r"|[A-Za-z0-9+/_-]{14,}(?==))(?![A-Za-z0-9+/_-])={0,2}"  # a run as a whole, or not
)
# for bytes.translate: what is no base64 is a space, and the two alphabets are one
_PARTED = bytes(code if chr(code).isalnum() or chr(code) in "+/-_" else 32 for code in range(128))
_PARTED = _PARTED.replace(b"-", b"+").replace(b"_", b"/") + b" " * 128
# Base64 of text begins with a byte of ASCII and the first half of another, or with the first byte of
# a longer character and the half of one that goes on with it: that is told by two characters.
_TOKEN = re.compile(
    rb" ((?:[CDI-Za-f][AC-HM-QS-Xc-gi-ns-wyz0-389+/]|[w-z0-9][I-LYZabo-r4-7])[^ ]{12,})"
)
_APART = b"AAAA"  # three zeros in base64, which no text has
_READABLE = re.compile(
    rb"\0\0\0(?:[\t\n\r -~]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+"
    rb"(?:[\xc2-\xf4][\x80-\xbf]{0,2})?\0\0\0"  # UTF-8: RFC 3629, section 4; cut at the end
)
_WRAPPED = re.compile(r"(?<=[0-9])[ -]?\r?\n ?(?=[0-9])")
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


def unpacked(text: str) -> Folded | None:
    """The folding of `text` with what is base64 of text in its place, if any is."""
    if not _holds_text(text) or all(_text_of(one[0]) is None for one in _BASE64.finditer(text)):
        return None
    return _undone(text, _BASE64, _base64_characters)


def unwrapped(text: str) -> Folded | None:
    """The folding of `text` with digits joined that a line break parts, if it has such."""
    return _undone(text, _WRAPPED, _break_character) if _WRAPPED.search(text) else None


def _holds_text(text: str) -> bool:
    """True where `_BASE64` may match what is text, and told faster: all at once."""
    parted = b" " + text.encode("ascii", "replace").translate(_PARTED)
    whole = [token[: len(token) & -4] for token in _TOKEN.findall(parted)]
    if not whole:
        return False
    return _READABLE.search(binascii.a2b_base64(_APART.join((b"", *whole, b"")))) is not None


def _text_of(token: str) -> str | None:
    """What `token` is base64 of, if that is text."""
    plain = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = binascii.a2b_base64(plain + "=" * (-len(plain) % 4)).decode()
    except ValueError:  # of a length that none is of, or no UTF-8
        return None
    readable = sum(character.isprintable() or character in "\r\n\t" for character in text)
    return text if readable == len(text) else None


def _base64_characters(match: "re.Match[str]") -> _Read:
    """Four characters for three bytes: a byte takes two of them."""
    start, end = match.span()
    text = _text_of(match.group())
    if text is None:
        yield from zip(match.group(), range(start, end), range(start + 1, end + 1), strict=True)
        return
    place = 0
    for character in text:
        after = place + len(character.encode())
        yield character, start + place * 4 // 3, start - (-after * 4 // 3)
        place = after


def _break_character(match: "re.Match[str]") -> _Read:
    yield "-" if "-" in match.group() else " ", match.start(), match.end()


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
