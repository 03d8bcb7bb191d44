"""Places in a text, as jurat counts them and as editors do.

jurat counts lines as YAML 1.1 breaks them, and columns in code points, both from 1. The protocol
(LSP 3.17, "Text Documents" and "Position") knows the breaks LF, CRLF and CR alone, counts from 0,
and columns in the units of an encoding that both sides agree on, UTF-16 unless they say otherwise.
"""

import re
from bisect import bisect_right

_BREAK = re.compile(r"\r\n|\n|\r")
_OTHER = "\r\x0b\x0c\x1c\x1d\x1e"  # ASCII that breaks lines for one of the two
_MARK = "\ufeff"


class Positions:
    """The places of one text. `encoding` is `utf-8`, `utf-16` or `utf-32`."""

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self.text = text
        self._encoding = encoding
        self._mark = len(text) - len(text.removeprefix(_MARK))  # no part of what jurat reads
        self._lines = [0]
        last = ""
        for last in text[self._mark :].splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(last))
        if last and last.splitlines()[0] == last:  # the last line ends without a break
            self._lines.pop()
        self._ascii = text.isascii()
        if self._ascii and not any(char in text for char in _OTHER) and text.endswith("\n"):
            self._starts = self._lines  # both break it alike
        else:
            self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]

    def offset_of(self, line: int, column: int) -> int:
        """The offset of a place as jurat counts it; the nearest that the text has."""
        row = min(max(line, 1), len(self._lines)) - 1
        return min(self._lines[row] + max(column, 1) - 1 + self._mark, len(self.text))

    def place_of(self, offset: int) -> tuple[int, int]:
        """Line and column, as jurat counts them, of an offset."""
        at = max(0, offset - self._mark)
        row = bisect_right(self._lines, at) - 1
        return row + 1, at - self._lines[row] + 1

    def position_of(self, offset: int) -> tuple[int, int]:
        """Line and character, as the protocol counts them, of an offset."""
        row = bisect_right(self._starts, offset) - 1
        start = self._starts[row]
        if self._ascii:
            return row, offset - start
        return row, self._units(self.text[start:offset])

    def offset_at(self, line: int, character: int) -> int:
        """The offset of a position of the protocol; one beyond its line is the line's end."""
        if line >= len(self._starts):
            return len(self.text)
        start = self._starts[line]
        end = self._starts[line + 1] if line + 1 < len(self._starts) else len(self.text)
        within = self.text[start:end].rstrip("\r\n")
        if self._ascii:
            return start + min(character, len(within))
        units = 0
        for index, char in enumerate(within):
            if units >= character:
                return start + index
            units += self._units(char)
        return start + len(within)

    def _units(self, text: str) -> int:
        if self._encoding == "utf-32":
            return len(text)
        if self._encoding == "utf-8":
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text) + sum(char > "\uffff" for char in text)
