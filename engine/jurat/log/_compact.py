"""Full segments keep their leaves and their last commit: the commits between prove nothing more."""

import contextlib
import mmap
import os
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from . import _layout
from ._layout import Layout
from ._os import System
from ._tree import HASH_SIZE, Frontier, leaf_hash

_MARK = b"\n" + _layout.COMMIT_START
_BUFFER = 1 << 20


def compact_full_segments(layout: Layout, system: System) -> None:
    """Drop all commit lines but the last from full segments that still have more.

    A segment whose leaves are not those of its root is left as it is: verification names them.
    Whoever reads the old file meanwhile reads on in it.
    """
    firsts = layout.segment_firsts()[:-1]
    if not firsts:
        return
    roots = layout.segment_roots.read_bytes()
    waiting = list(
        takewhile(lambda first: not _is_compact(layout.segment(first)), reversed(firsts))
    )
    for first in reversed(waiting):  # oldest first: so all before a compact one are compact
        start = first // _layout.SEGMENT_ENTRIES * HASH_SIZE
        _compact(layout, system, layout.segment(first), roots[start : start + HASH_SIZE])


def _is_compact(path: Path) -> bool:
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        first = data.find(_MARK)
        return first >= 0 and data.find(b"\n", first + 1) == len(data) - 1


def _compact(layout: Layout, system: System, path: Path, root: bytes) -> None:
    new = layout.root / ".segment.new"
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    tree = Frontier()
    descriptor = system.open_append(new)
    try:
        for block in _blocks(path, tree):
            system.write_all(descriptor, block)
        system.sync(descriptor)
    finally:
        os.close(descriptor)
    if tree.size == _layout.SEGMENT_ENTRIES and tree.peaks == [root]:
        system.replace(new, path)
        system.sync_directory(path.parent)
    else:
        new.unlink()


def _blocks(path: Path, tree: Frontier) -> Iterator[bytes]:
    """The leaves of a segment and its last line, in blocks; the leaves go into `tree` too."""
    kept, size, last = [], 0, b""
    with path.open("rb") as file:
        for line in file:
            last = line
            if line.startswith(_layout.LEAF_START):
                tree.push(leaf_hash(line[:-1]))
                kept.append(line)
                size += len(line)
                if size >= _BUFFER:
                    yield b"".join(kept)
                    kept, size = [], 0
    yield b"".join([*kept, last])
