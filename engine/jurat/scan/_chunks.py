"""Streams of text or of UTF-8 bytes, cut anywhere."""

import codecs
from abc import ABC, abstractmethod
from typing import overload


class Chunks(ABC):
    """A stream that gives back what is sure of what it was fed, in the kind that it came in.

    Bytes are UTF-8, and a character may be cut; bytes that are none come out as they came. A
    stream is fed text or bytes, not both.
    """

    def __init__(self) -> None:
        self._decoder: codecs.IncrementalDecoder | None = None

    @overload
    def feed(self, chunk: str) -> str: ...
    @overload
    def feed(self, chunk: bytes) -> bytes: ...
    def feed(self, chunk: str | bytes) -> str | bytes:
        """What can be sent after `chunk` has come; often nothing, sometimes more than `chunk`."""
        if isinstance(chunk, str):
            return self._fed(chunk, final=False)
        if self._decoder is None:
            self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        made = self._fed(self._decoder.decode(chunk), final=False)
        return made.encode("utf-8", "surrogateescape")

    def flush(self) -> str | bytes:
        """What is left, at the end of the stream; bytes if it came in bytes."""
        if self._decoder is None:
            return self._fed("", final=True)
        made = self._fed(self._decoder.decode(b"", final=True), final=True)
        return made.encode("utf-8", "surrogateescape")

    @abstractmethod
    def _fed(self, chunk: str, *, final: bool) -> str:
        """What is sure of what has come, `chunk` included; all of it if it is `final`."""
