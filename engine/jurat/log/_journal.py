"""The growing end of a log: makes leaves, and commits them with a signature and a sync."""

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from . import _layout
from ._errors import LogError
from ._hashes import HashFiles
from ._layout import Layout
from ._note import Checkpoint, Signer, parse_vkey, sign_by
from ._os import System
from ._tree import Tree, leaf_hash


@dataclass(slots=True)
class Entry:
    """A leaf that has its place in the log: `sealed` is what goes into the pack with it."""

    seq: int
    line: bytes
    digest: bytes
    sealed: bytes | None = None


@dataclass(slots=True)
class End:
    """Where a log ends: what a writer needs to go on.

    `pack_end` is the length of the growing segment's pack, `note` the last signed note.
    """

    tree: Tree
    previous: bytes
    pack_end: int = 0
    note: str | None = None


def ident_of(entry: Entry) -> str | None:
    """The id of an entry's record; None of a `gap`, which is no record that could be missed."""
    body = orjson.loads(entry.line)["body"]
    return None if body["type"] == "gap" else str(body["id"])


class Journal:
    """Appends to the files of one log. Not thread-safe: `stage` and `commit` each need a lock."""

    def __init__(
        self,
        layout: Layout,
        system: System,
        signer: Signer,
        end: End,
        *,
        durable: bool,
        also: Sequence[Signer] = (),
    ) -> None:
        self._layout = layout
        self._system = system
        self._durable = durable
        self._signers = [(parse_vkey(one.vkey), one) for one in (signer, *also)]
        self._tree = end.tree
        self._next = end.tree.size
        self._previous = end.previous
        self._pack_first = self._segment_of(self._next)
        self._pack_end = end.pack_end
        self._segment: tuple[int, int] | None = None  # first seq, descriptor
        self._pack: tuple[int, int] | None = None
        self.note = end.note
        self.filled: Callable[[], None] | None = None
        """Told of every segment that is full."""
        self._hashes = HashFiles(layout)
        self._hashes.begin(end.tree.size)

    @property
    def size(self) -> int:
        """How many leaves are committed."""
        return self._tree.size

    def stage(self, body: bytes) -> Entry:
        """Give the next place to a body in canonical bytes. Raises LogError if it is too long."""
        seq = self._next
        line = _layout.make_leaf(body, self._previous, seq)
        if len(line) > _layout.MAX_LEAF:
            raise LogError(
                f"a record of {len(line)} bytes was refused: a leaf holds at most "
                f"{_layout.MAX_LEAF}; put large data into sealed facts"
            )
        digest = leaf_hash(line)
        self._next = seq + 1
        self._previous = digest
        return Entry(seq, line, digest)

    def reserve_pack(self, length: int) -> tuple[int, int]:
        """Segment and offset that `length` sealed bytes of the next leaf will have."""
        first = self._segment_of(self._next)
        if first != self._pack_first:
            self._pack_first, self._pack_end = first, 0
        return first, self._pack_end

    def fill_pack(self, entry: Entry, sealed: bytes) -> None:
        entry.sealed = sealed
        self._pack_end += len(sealed)

    def commit(self, entries: Sequence[Entry]) -> int:
        """Write, sign and sync staged entries in their order; the size of the log then.

        Any exception leaves the files as a crash would: this journal must not be used again.
        """
        start = 0
        while start < len(entries):
            room = _layout.SEGMENT_ENTRIES - self._tree.inner.size
            self._commit_part(entries[start : start + room])
            start += room
        return self._tree.size

    def publish(self) -> None:
        """Replace the published checkpoint by the newest one."""
        if self.note is not None:
            self._system.write_file(self._layout.checkpoint, self.note.encode())
        self._hashes.write()

    def close(self) -> None:
        for held in (self._segment, self._pack):
            if held is not None:
                with contextlib.suppress(OSError):
                    os.close(held[1])
        self._segment = self._pack = None

    def _commit_part(self, entries: Sequence[Entry]) -> None:
        first = self._segment_of(self._tree.size)
        sealed = b"".join([entry.sealed for entry in entries if entry.sealed is not None])
        if sealed:
            self._append_pack(first, sealed)
        new = self._segment is None or self._segment[0] != first
        if new:
            path = self._layout.segment(first)
            if self._segment is not None:
                os.close(self._segment[1])
                self._segment = None
            self._segment = first, self._system.open_append(path)
        assert self._segment is not None
        digests = [entry.digest for entry in entries]
        segment_root = self._tree.extend(digests)
        origin = self._signers[0][0].name
        note = sign_by(Checkpoint(origin, self._tree.size, self._tree.root()), self._signers)
        lines = [entry.line for entry in entries]
        lines.append(_layout.make_commit(note))
        lines.append(b"")
        self._system.write_all(self._segment[1], b"\n".join(lines))
        if self._durable:
            self._system.sync(self._segment[1])
            if new:
                self._system.sync_directory(self._layout.segments)
        self.note = note
        self._hashes.add(digests)
        if segment_root is not None:
            self._keep_segment_root(segment_root)
            if self.filled is not None:
                self.filled()

    def _append_pack(self, first: int, sealed: bytes) -> None:
        new = self._pack is None or self._pack[0] != first
        if new:
            if self._pack is not None:
                os.close(self._pack[1])
                self._pack = None
            self._pack = first, self._system.open_append(self._layout.pack(first))
        assert self._pack is not None
        self._system.write_all(self._pack[1], sealed)
        if self._durable:
            self._system.sync(self._pack[1])
            if new:
                self._system.sync_directory(self._layout.packs)

    def _keep_segment_root(self, root: bytes) -> None:
        # Derived: whoever opens the log next checks it and makes it anew where it is not right.
        with contextlib.suppress(OSError), self._layout.segment_roots.open("ab") as file:
            file.write(root)

    @staticmethod
    def _segment_of(seq: int) -> int:
        return seq - seq % _layout.SEGMENT_ENTRIES
