"""How far a long command is, on a terminal alone."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO, TypeVar

_T = TypeVar("_T")
_EVERY = 0.1  # seconds
_CLEAR = "\r\x1b[K"


class Progress:
    """A line on stderr that is written anew a few times a second; nothing where stderr is no
    terminal."""

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._on = self._stream is not None and self._stream.isatty()
        self._next = 0.0
        self._written = False

    def tell(self, line: str) -> None:
        """Show `line`, unless the last one was shown just now."""
        if not self._on or (now := self._clock()) < self._next:
            return
        self._next = now + _EVERY
        self._written = True
        self._stream.write(f"{_CLEAR}{line}")
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away, so that something else can be written."""
        if self._written:
            self._written = False
            self._stream.write(_CLEAR)
            self._stream.flush()

    def beside(self, pieces: Iterable[_T]) -> Iterator[_T]:
        """`pieces`, with the line taken away before each of them, and at the end."""
        try:
            for piece in pieces:
                self.clear()
                yield piece
        finally:
            self.clear()
