"""Putting originals back into a stream, whose tokens may be cut."""

import re
from typing import Any

from ._chunks import Chunks
from ._closure import prefixes
from ._operators import Vault


class StreamRestorer(Chunks):
    """Restores the pseudonyms of `vault` in text that comes in chunks, cut anywhere, as
    `Vault.restore` does in the whole.

    Chunks are text or UTF-8 bytes; what comes out is of the same kind. `feed` gives back what is
    sure, `flush` the rest at the end. What may still become a token waits: at most the longest
    token (`vault.longest` characters). With `holds_json` the stream is one JSON document, such
    as the argument deltas of one tool call, and values are written as its strings need it. Each
    call's deltas need a stream of their own, and so does each message.
    """

    def __init__(self, vault: Vault, *, holds_json: bool = False) -> None:
        super().__init__()
        self._vault = vault
        self._holds_json = holds_json
        self._text = ""
        self._left = ""  # the character before it
        self._made_for: re.Pattern[str] | None = None
        self._open: Any = None

    @property
    def held(self) -> int:
        """How many characters wait."""
        return len(self._text)

    def _fed(self, chunk: str, *, final: bool) -> str:
        pattern = self._vault.pattern
        text = self._text + chunk
        if pattern is None:
            self._text = ""
            return text
        end = len(text) if final else self._going_on(text, pattern)
        whole = self._left + text
        shift = len(self._left)
        parts, done = [], 0
        for match in pattern.finditer(whole, shift):
            start, stop = match.start() - shift, match.end() - shift
            if start >= end:
                break
            parts += [text[done:start], self._vault.value(match, holds_json=self._holds_json)]
            done = stop
            if stop > end:  # what seemed to go on is within a token that is there
                end = stop + (0 if final else self._going_on(text[stop:], pattern))
        parts.append(text[done:end])
        self._text = text[end:]
        self._left = whole[: end + shift][-1:]
        return "".join(parts)

    def _going_on(self, text: str, pattern: "re.Pattern[str]") -> int:
        """Where a token may be going on at the end of `text`."""
        if self._made_for is not pattern:
            import re2

            self._open = re2.compile(rf"(?i:{prefixes(pattern.pattern)})\z")
            self._made_for = pattern
        return int(self._open.search(text.encode("ascii", "replace")).start())

    def __repr__(self) -> str:
        return f"<StreamRestorer, {self.held} characters wait>"
