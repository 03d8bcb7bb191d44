"""From an offset inside a condition's text to the place in the file that it came from."""

import re

from ._nodes import Scalar

_ESCAPE = re.compile(r"x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.", re.DOTALL)
_BLANK_ESCAPES = frozenset("tnrv_NLPf \t")


def place_in(scalar: Scalar, line: int, column: int) -> tuple[int, int]:
    """The file's line and column of `line` and `column` (from 1) of the scalar's text.

    YAML moves only blanks between a file and a value, so the n-th character that is none is the
    same in both; quotes' escapes are stepped over. A place after the text is that after its last
    character.
    """
    lines = scalar.text.split("\n")
    before = lines[: line - 1]
    wanted = sum(map(_solid, before)) + _solid("".join(lines[line - 1 : line])[: column - 1])
    last = (scalar.line, scalar.column)
    for found in _solid_places(scalar):
        if wanted == 0:
            return found
        wanted -= 1
        last = (found[0], found[1] + 1)
        if wanted == 0 and _at_end(lines, line, column):
            return last
    return last


def _solid(text: str) -> int:
    return sum(not char.isspace() for char in text)


def _at_end(lines: list[str], line: int, column: int) -> bool:
    rest = "".join(lines[line - 1 : line])[column - 1 :] + "".join(lines[line:])
    return not rest.strip()


def _solid_places(scalar: Scalar) -> list[tuple[int, int]]:
    """The places of the characters of a scalar that are no blanks, in order."""
    source = scalar.file.lines
    row, col = scalar.line - 1, scalar.column - 1
    if scalar.style in ("|", ">"):
        row, col = row + 1, 0
    elif scalar.style:
        col += 1
    count = _solid(scalar.text)
    places: list[tuple[int, int]] = []
    while len(places) < count and row < len(source):
        text = source[row]
        while col < len(text) and len(places) < count:
            char = text[col]
            step, solid = 1, not char.isspace()
            if scalar.style == "'" and text[col : col + 2] == "''":
                step = 2
            elif scalar.style == '"' and char == "\\":
                step, solid = _escape(text, col)
            if solid:
                places.append((row + 1, col + 1))
            col += step
        row, col = row + 1, 0
    return places


def _escape(text: str, col: int) -> tuple[int, bool]:
    """How long the escape at `col` is, and whether it stands for a character that is no blank."""
    found = _ESCAPE.match(text, col + 1)
    if found is None:  # the line break is escaped
        return 1, False
    body = found.group()
    if len(body) > 1:
        return 1 + len(body), not chr(int(body[1:], 16)).isspace()
    return 2, body not in _BLANK_ESCAPES
