"""Full segments keep their leaves and their last commit, compressed: the commits between prove
nothing more."""

import contextlib
import os
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from . import _layout, _packed
from ._errors import LogError
from ._layout import Layout
from ._os import System
from ._packed import Packed, Trailer, compressor
from ._tree import HASH_SIZE, Frontier, leaf_hash

SEAL_AFTER = 30.0  # seconds that a full segment stays as it is: its newest readers have it open


def compact_full_segments(layout: Layout, system: System) -> None:
    """Compress full segments that are not yet, without all commit lines but the last.

    A segment whose leaves are not those of its root is left as it is: verification names them.
    Whoever reads the old file meanwhile reads on in it.
    """
    for first in layout.segment_firsts()[:-1]:
        if layout.plain_segment(first).exists():
            start = first // _layout.SEGMENT_ENTRIES * HASH_SIZE
            root = layout.segment_roots.read_bytes()[start : start + HASH_SIZE]
            _compact(layout, system, first, root)


class Compactor:
    """Compresses segments some time after they were filled, in a thread of its own."""

    def __init__(self, layout: Layout, system: System) -> None:
        self._layout = layout
        self._system = system
        self._stop = threading.Event()
        self._due = threading.Event()
        self._thread: threading.Thread | None = None

    def filled(self) -> None:
        """A segment was filled."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="jurat-seal", daemon=True)
            self._thread.start()
        self._due.set()

    def close(self) -> None:
        self._stop.set()
        self._due.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._due.wait()
            self._due.clear()
            if not self._stop.wait(SEAL_AFTER):
                # what fails here is tried again when the log is opened next
                with contextlib.suppress(OSError, LogError):
                    compact_full_segments(self._layout, self._system)


def _compact(layout: Layout, system: System, first: int, root: bytes) -> None:
    old, new = layout.plain_segment(first), layout.root / ".segment.new"
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    tree, written = Frontier(), sha256()
    descriptor = system.open_append(new)
    try:
        pack, trailer = compressor(), Trailer()
        for lines in _frames(old, tree):
            written.update(lines)
            frame = pack.compress(lines)
            trailer.add(frame, len(lines))
            system.write_all(descriptor, frame)
        system.write_all(descriptor, trailer.encode())
        system.sync(descriptor)
    finally:
        os.close(descriptor)
    if (
        tree.size == _layout.SEGMENT_ENTRIES
        and tree.peaks == [root]
        and _reads(new, written.digest())
    ):
        system.replace(new, layout.packed_segment(first))
        system.sync_directory(layout.segments)
        system.unlink(old)
        system.sync_directory(layout.segments)
    else:
        new.unlink()


def _reads(path: Path, digest: bytes) -> bool:
    """Whether what was written reads back: the original is about to go."""
    read = sha256()
    try:
        with Packed(path) as packed:
            packed.check()
            for number in range(packed.count):
                read.update(packed.frame(number))
    except LogError:
        return False
    return read.digest() == digest


def _frames(path: Path, tree: Frontier) -> Iterator[bytes]:
    """The leaves of a segment and its last line, frame by frame; the leaves go into `tree` too."""
    kept: list[bytes] = []
    last = b""
    with path.open("rb") as file:
        for line in file:
            last = line
            if line.startswith(_layout.LEAF_START):
                if len(kept) == _packed.FRAME:
                    yield b"".join(kept)
                    kept = []
                tree.push(leaf_hash(line[:-1]))
                kept.append(line)
    yield b"".join([*kept, last])
