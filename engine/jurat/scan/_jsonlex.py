"""Redacting a JSON document piece by piece: where it may be cut, and whether in a string."""

import re
from collections.abc import Iterator, Sequence

from ._redact import ESCAPE, STRING, TOKEN, Replacement, redact_json_text

_REST = re.compile(STRING, re.DOTALL)


class JsonPlace:
    """The place that was reached in a JSON document: inside a string or not."""

    __slots__ = ("in_string",)

    def __init__(self) -> None:
        self.in_string = False

    def uncut(self, text: str, reached: int, place: int) -> int:
        """The last place from `reached` up to `place` at which neither an escape nor a value
        without quotation marks would be cut. `text` is what there is, and may go on."""
        for start, end, is_string, _ in self._tokens(text, reached, len(text)):
            if start >= place:
                break
            if is_string and place < end:
                for escape in ESCAPE.finditer(text, start, end):
                    if escape.start() >= place:
                        break
                    if escape.end() > place:
                        return escape.start()
            elif not is_string and (place < end or end == len(text)):
                return start
        return place

    def pass_on(self, text: str, start: int, end: int, made: Sequence[Replacement]) -> str:
        """[start, end) of `text`, which begins at the place reached, with replacements (places in
        `text`) made. The place reached is `end` then, which `uncut` has allowed."""
        began = self.in_string
        for _, _, is_string, closed in self._tokens(text, start, end):
            self.in_string = is_string and not closed
        if not made:
            return text[start:end]
        opening, closing = '"' * began, '"' * self.in_string
        shift = len(opening) - start
        piece = f"{opening}{text[start:end]}{closing}"
        out = redact_json_text(piece, [(a + shift, b + shift, new) for a, b, new in made])
        return out[len(opening) : len(out) - len(closing)]

    def _tokens(self, text: str, start: int, end: int) -> Iterator[tuple[int, int, bool, bool]]:
        """(start, end, is a string, is closed) of what stands from the place reached on."""
        if self.in_string and start < end:
            rest = _REST.match(text, start, end)
            assert rest is not None
            yield start, rest.end(), True, rest["closed"] is not None
            start = rest.end()
        for match in TOKEN.finditer(text, start, end):
            is_string = text[match.start()] == '"'
            yield match.start(), match.end(), is_string, match["closed"] is not None
