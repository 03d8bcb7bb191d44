"""The hashes of a log's tree as files: per level of tiles, all its tiles end to end.

    hashes/0    the hash of every leaf, 32 bytes each
    hashes/1    the root of every 256 leaves
    hashes/2    the root of every 65,536 leaves: of the full segments (kept by the journal)

Tile N of a level (C2SP tlog-tiles) is bytes [8192 N, 8192 N + 8192) of its file. All of it is
derived from the segments: what is missing is made anew, and what is wrong proves nothing, because
every proof is compared with a signed root.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from struct import unpack

from . import _layout
from ._errors import LogBroken
from ._layout import Layout
from ._packed import open_segment
from ._pruned import Pruned
from ._tree import HASH_SIZE, hash_pairs, leaf_hash, node_hash

TILE = 256  # hashes; a tile is a complete subtree of 8 levels
_LEVEL = 8


def fold(hashes: list[bytes]) -> bytes:
    """The root of a complete subtree, given by the hashes of one of its levels."""
    while len(hashes) > 1:
        hashes = hash_pairs(hashes)
    return hashes[0]


class Hashes:
    """The hashes of the first `size` leaves of a log, read where they are wanted.

    With `trusted=False` the files are passed over and every leaf is hashed.
    """

    def __init__(
        self, layout: Layout, size: int, *, trusted: bool = True, pruned: Pruned | None = None
    ) -> None:
        self.size = size
        self._layout = layout
        self._pruned = layout.pruned() if pruned is None else pruned
        self._made: dict[int, bytes] = {}  # leaf hashes of a segment, made from its lines
        self._files: list[Path] = []  # by level
        if trusted:
            self._files += [layout.leaf_hashes, layout.tile_roots]
            if _layout.SEGMENT_ENTRIES == TILE * TILE:  # then a segment's root is a tile's
                self._files.append(layout.segment_roots)
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._rows: dict[tuple[int, int], list[list[bytes]] | None] = {}

    def level(self, level: int, start: int, count: int) -> list[bytes]:
        """`count` hashes of a level of tiles from the `start`-th on."""
        if (kept := self._kept(level, start, count)) is not None:
            return kept
        if level == 0:
            return self._leaves(start, count)
        return [fold(self.level(level - 1, n * TILE, TILE)) for n in range(start, start + count)]

    def _kept(self, level: int, start: int, count: int) -> list[bytes] | None:
        """The same, where the files have all of them."""
        data = b""
        if level < len(self._files):
            with contextlib.suppress(OSError), self._files[level].open("rb", buffering=0) as file:
                file.seek(start * HASH_SIZE)
                data = file.read(count * HASH_SIZE)
        return _split(data) if len(data) == count * HASH_SIZE else None

    def _rows_of(self, level: int, tile: int) -> list[list[bytes]] | None:
        """The hashes of a tile of a level, and what was folded of them so far: one row for each
        level of the tree. None where the files have not all of them."""
        place = level, tile
        if place not in self._rows:
            count = min(TILE, (self.size >> _LEVEL * level) - tile * TILE)
            kept = self._kept(level, tile * TILE, count)
            self._rows[place] = None if kept is None else [kept]
        return self._rows[place]

    def node(self, level: int, index: int) -> bytes:
        """As `jurat.log._merkle.Node`."""
        place = level, index
        if place not in self._nodes:
            self._nodes[place] = self._node(level, index)
        return self._nodes[place]

    def _node(self, level: int, index: int) -> bytes:
        start, width = index << level, 1 << level
        if start < self._pruned.below and width >= _layout.SEGMENT_ENTRIES:
            if width == _layout.SEGMENT_ENTRIES:
                return self._pruned.roots[start // width]
            return node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))
        tiles, row = divmod(level, _LEVEL)
        tile, at = divmod(index << row, TILE)
        # All that a proof wants of a tile is folded once. One hash alone needs no folding.
        known = row or (tiles, tile) in self._rows
        rows = self._rows_of(tiles, tile) if known else None
        if rows is None:
            return fold(self.level(tiles, index << row, 1 << row))
        while len(rows) <= row:
            rows.append(hash_pairs(rows[-1][: len(rows[-1]) & ~1]))
        return rows[row][at >> row]

    def _leaves(self, start: int, count: int) -> list[bytes]:
        found: list[bytes] = []
        while len(found) < count:
            first = (start + len(found)) // _layout.SEGMENT_ENTRIES * _layout.SEGMENT_ENTRIES
            if first < self._pruned.below:
                raise LogBroken(
                    "the records were pruned, and what was kept of their hashes is missing",
                    file=self._layout.leaf_hashes,
                    seq=start,
                )
            if first not in self._made:
                self._made = {first: b"".join(leaf_hashes(self._layout, first, self.size))}
            at = start + len(found) - first
            part = self._made[first][at * HASH_SIZE : (at + count - len(found)) * HASH_SIZE]
            found += _split(part)
            if not part:
                raise LogBroken(
                    f"the segment ends before record {first + at}",
                    file=self._layout.segment(first),
                    seq=first + at,
                )
        return found


def leaf_hashes(layout: Layout, first: int, size: int) -> Iterator[bytes]:
    """The hashes of the leaves of the segment from `first` on, none past `size` leaves."""
    left = min(size - first, _layout.SEGMENT_ENTRIES)
    with open_segment(layout.segment(first)) as file:
        for line in file:
            if left <= 0:
                return
            if line.startswith(_layout.LEAF_START):
                left -= 1
                yield leaf_hash(line.removesuffix(b"\n"))


class HashFiles:
    """Keeps the files of a log that grows. Never fails: whoever proves makes good what is missing."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._waiting: list[bytes] = []
        self._tile: list[bytes] = []
        self._usable = False

    def begin(self, size: int) -> None:
        """Complete the files for the `size` leaves that the log has. Reads only the segments whose
        hashes are missing."""
        with contextlib.suppress(OSError):
            path = self._layout.leaf_hashes
            path.parent.mkdir(mode=0o700, exist_ok=True)
            kept = min(_entries(path), size)
            _cut(path, kept)
            _cut(self._layout.tile_roots, min(_entries(self._layout.tile_roots), kept // TILE))
            self._tile = self._read_tile(kept)
            self._complete_roots(kept // TILE)
            self._usable = True
            while kept < size:
                first = kept // _layout.SEGMENT_ENTRIES * _layout.SEGMENT_ENTRIES
                missing = list(leaf_hashes(self._layout, first, size))[kept - first :]
                if not missing:
                    break
                self.add(missing)
                self.write()
                kept += len(missing)

    def add(self, digests: list[bytes]) -> None:
        """Take the hashes of leaves that were committed; `write` puts them into the files."""
        if self._usable:
            self._waiting += digests

    def write(self) -> None:
        digests, self._waiting = self._waiting, []
        if not digests or not self._usable:
            return
        roots = []
        for digest in digests:
            self._tile.append(digest)
            if len(self._tile) == TILE:
                roots.append(fold(self._tile))
                self._tile = []
        try:
            _append(self._layout.leaf_hashes, digests)
            if roots:
                _append(self._layout.tile_roots, roots)
        except OSError:
            self._usable = False  # the next opening completes the files

    def _read_tile(self, kept: int) -> list[bytes]:
        begun = kept % TILE
        if not begun:
            return []
        with self._layout.leaf_hashes.open("rb") as file:
            file.seek((kept - begun) * HASH_SIZE)
            return _split(file.read(begun * HASH_SIZE))

    def _complete_roots(self, count: int) -> None:
        have = _entries(self._layout.tile_roots)
        if have == count:
            return
        with self._layout.leaf_hashes.open("rb") as file:
            file.seek(have * TILE * HASH_SIZE)
            roots = [fold(_split(file.read(TILE * HASH_SIZE))) for _ in range(have, count)]
        _append(self._layout.tile_roots, roots)


def _entries(path: Path) -> int:
    try:
        return path.stat().st_size // HASH_SIZE
    except FileNotFoundError:
        return 0


def _cut(path: Path, entries: int) -> None:
    """Take off what stands after `entries` hashes: half of one, or of leaves that were cut."""
    if path.exists() and path.stat().st_size != entries * HASH_SIZE:
        os.truncate(path, entries * HASH_SIZE)


def _append(path: Path, hashes: list[bytes]) -> None:
    with path.open("ab") as file:
        file.write(b"".join(hashes))


def _split(data: bytes) -> list[bytes]:
    return list(unpack(f"{HASH_SIZE}s" * (len(data) // HASH_SIZE), data))
