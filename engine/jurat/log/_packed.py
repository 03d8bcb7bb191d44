"""Full segments, compressed: zstd frames of FRAME leaves each, so that one record is read quickly.

    frame …      zstd (RFC 8878) of the lines of FRAME leaves; the last one ends with the commit
    trailer      a skippable frame: per frame its compressed and its raw length (u32 little-endian
                 each), SHA-256 of all bytes before it but the trailer's first 8, the number of
                 frames (u32), `jurat-z1`

`zstd -dc` prints the segment. The digest finds rot in the compressed bytes; that the records are
those that were signed is what their hashes say.
"""

import io
import mmap
import struct
from collections.abc import Iterator
from hashlib import sha256
from itertools import accumulate, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self, cast

from . import _layout
from ._errors import LogBroken

if TYPE_CHECKING:  # imported where it is used: it takes its time
    from zstandard import ZstdCompressor

FRAME = 256  # leaves: those of a tile
SUFFIX = ".zst"
_MAGIC = b"jurat-z1"
_SKIPPABLE = 0x184D2A50  # RFC 8878 section 3.1.2
_LEVEL = 3
_MOST_RAW = (_layout.MAX_LEAF + 1) * (FRAME + 64)


def compressor() -> "ZstdCompressor":
    from zstandard import ZstdCompressor

    return ZstdCompressor(level=_LEVEL, write_checksum=True, write_content_size=True)


class Trailer:
    """The trailer of the frames that were written."""

    def __init__(self) -> None:
        self._digest = sha256()
        self._lengths: list[tuple[int, int]] = []

    def add(self, frame: bytes, raw: int) -> None:
        self._digest.update(frame)
        self._lengths.append((len(frame), raw))

    def encode(self) -> bytes:
        table = b"".join(struct.pack("<II", *pair) for pair in self._lengths)
        self._digest.update(table)
        end = struct.pack("<I", len(self._lengths)) + _MAGIC
        body = table + self._digest.digest() + end
        return struct.pack("<II", _SKIPPABLE, len(body)) + body


class Packed:
    """A compressed segment, read frame by frame. Use as a context manager.

    Raises LogBroken where it is none, or is damaged; OSError where it can't be read.
    """

    def __init__(self, path: Path) -> None:
        from zstandard import ZstdDecompressor

        self._path = path
        self._unpack: ZstdDecompressor = ZstdDecompressor()
        with path.open("rb") as file:
            try:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except ValueError:
                raise self._broken("it is empty") from None
        try:
            self._lengths = self._table()
        except BaseException:
            self._data.close()
            raise

    @property
    def count(self) -> int:
        return len(self._lengths)

    def frame(self, number: int) -> bytes:
        """The lines of one frame."""
        from zstandard import ZstdError, frame_content_size

        start, length, raw = self._lengths[number]
        frame = self._data[start : start + length]
        try:
            # what its head claims is allocated at once, so it is looked at first
            if frame_content_size(frame) != raw:
                raise self._broken(f"frame {number} unpacks to another length")
            lines = self._unpack.decompress(
                frame, read_across_frames=False, allow_extra_data=False
            )
        except ZstdError:
            raise self._broken(f"frame {number} does not unpack") from None
        if len(lines) != raw:
            raise self._broken(f"frame {number} unpacks to another length")
        return lines

    def check(self) -> None:
        """Raises LogBroken where a byte of the file is not as it was written."""
        end = len(self._data) - len(_MAGIC) - 4 - 32
        table = end - 8 * self.count
        digest = sha256(self._data[: table - 8])
        digest.update(self._data[table:end])
        if digest.digest() != self._data[end : end + 32]:
            raise self._broken("its bytes are not those that were written")

    def _table(self) -> list[tuple[int, int, int]]:
        data = self._data
        end = len(data) - len(_MAGIC) - 4
        if end < 40 or data[end + 4 :] != _MAGIC:
            raise self._broken("it does not end as one")
        (count,) = struct.unpack("<I", data[end : end + 4])
        table = end - 32 - 8 * count
        if not 0 < count <= _layout.SEGMENT_ENTRIES or table < 8:
            raise self._broken("its end was changed")
        if struct.unpack("<II", data[table - 8 : table]) != (_SKIPPABLE, len(data) - table):
            raise self._broken("its end was changed")
        numbers = struct.unpack(f"<{2 * count}I", data[table : end - 32])
        lengths, raws = numbers[::2], numbers[1::2]
        if max(raws) > _MOST_RAW:
            raise self._broken("a frame is longer than one can be")
        if sum(lengths) != table - 8:
            raise self._broken("its frames are not as long as its end says")
        return list(zip(accumulate(lengths, initial=0), lengths, raws, strict=False))

    def _broken(self, why: str) -> LogBroken:
        return LogBroken(f"the compressed segment is damaged: {why}", file=self._path)

    def close(self) -> None:
        self._data.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Frames(io.RawIOBase):
    """The lines of a compressed segment as a file that is read from its start to its end."""

    def __init__(self, packed: Packed) -> None:
        self._packed = packed
        self._next = 0
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        target = memoryview(cast(bytearray, buffer)).cast("B")
        while not self._rest:
            if self._next == self._packed.count:
                return 0
            self._rest = memoryview(self._packed.frame(self._next))
            self._next += 1
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        if not self.closed:
            self._packed.close()
        super().close()


def open_segment(path: Path) -> BinaryIO:
    """The lines of a segment, compressed or not, to be read from the start.

    A segment that is compressed while it is looked for is found too. Raises FileNotFoundError.
    """
    if path.suffix != SUFFIX:
        try:
            return path.open("rb")
        except FileNotFoundError:
            path = path.with_name(path.name + SUFFIX)
            if not path.exists():
                raise
    return io.BufferedReader(_Frames(Packed(path)), 1 << 18)


def is_packed(path: Path) -> bool:
    return path.suffix == SUFFIX


def same_leaves(one: Path, other: Path) -> bool:
    """Whether two segments hold the same leaves, line by line."""
    with open_segment(one) as left, open_segment(other) as right:
        leaves = (
            filter(lambda line: line.startswith(_layout.LEAF_START), file)
            for file in (left, right)
        )
        return all(a == b for a, b in zip_longest(*leaves))


def frames(path: Path, number: int) -> Iterator[bytes]:
    """The lines of the frames of a compressed segment from frame `number` on."""
    with Packed(path) as packed:
        for one in range(number, packed.count):
            yield packed.frame(one)


def last_frame(path: Path) -> bytes:
    """The lines of the last frame of a compressed segment."""
    with Packed(path) as packed:
        return packed.frame(packed.count - 1)
