"""From bytes to text and back, without losing a byte."""

import codecs
from typing import BinaryIO

_BYTES = 64 * 1024  # read at a time
_LOOK = 4096  # bytes that tell an encoding without a mark
_MOST, _FEW = 0.6, 0.05  # shares of NULs at one place of each pair, and at the other
_MARKS = (  # those of four bytes first: one of them begins with one of two
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _unmarked(first: bytes) -> str:
    """The encoding of bytes without a mark."""
    pairs = len(first) // 2
    if pairs < 2 or b"\0" not in first:
        return "utf-8"
    high, low = first[0 : 2 * pairs : 2].count(0), first[1 : 2 * pairs : 2].count(0)
    if max(high, low) > _MOST * pairs and min(high, low) < _FEW * pairs:
        return "utf-16-le" if low > high else "utf-16-be"
    return "utf-8"


class Reader:
    """The text of a binary file, a piece at a time.

    A byte order mark decides between UTF-8, UTF-16 and UTF-32. Without one it is UTF-8, unless
    every other byte is a NUL, as in UTF-16 of text that is mostly of Western letters. A byte
    that is none becomes a lone surrogate (PEP 383), which `encode` turns back into the byte.
    `binary` is true where the beginning holds a NUL, as text never does.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        first = file.read(_BYTES)
        self.mark, self.encoding = b"", "utf-8"
        for mark, encoding in _MARKS:
            if first.startswith(mark):
                self.mark, self.encoding = mark, encoding
                break
        else:
            self.encoding = _unmarked(first[:_LOOK])
        self._errors = "surrogateescape" if self.encoding == "utf-8" else "surrogatepass"
        self._decoder = codecs.getincrementaldecoder(self.encoding)(self._errors)
        self._first: bytes | None = first[len(self.mark) :]
        self.binary = self.encoding == "utf-8" and b"\0" in first
        self.rest = b""
        """Bytes at the very end that are no whole character of UTF-16 or UTF-32."""

    def read(self, characters: int) -> str:
        """About `characters` more of text, "" at the end. Raises OSError, and UnicodeDecodeError
        for what can't be UTF-32."""
        pieces: list[str] = []
        while characters > 0:
            data = self._file.read(_BYTES) if self._first is None else self._first
            last = not data and self._first is None
            self._first = None
            if last:
                pieces.append(self._end())
                break
            pieces.append(self._decoder.decode(data))
            characters -= len(pieces[-1])
        return "".join(pieces)

    def _end(self) -> str:
        if self.encoding == "utf-8":
            return self._decoder.decode(b"", final=True)
        pending = self._decoder.getstate()[0]
        self._decoder.reset()
        whole = len(pending) - len(pending) % (2 if self.encoding.startswith("utf-16") else 4)
        self.rest = pending[whole:] or self.rest
        return pending[:whole].decode(self.encoding, self._errors)

    def encode(self, text: str) -> bytes:
        """The bytes of `text` as they stood in the file."""
        return text.encode(self.encoding, self._errors)
