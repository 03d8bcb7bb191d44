"""Pruning: whole segments go, and hashes that are signed already stand for their records.

The steps, each durable before the next:

    pruned.next      what is meant to go, and how long the log is now
    a `prune` record committed
    pruned           by renaming pruned.next: readers take only what is kept from here on
    the files        of the segments and their packs, removed

A log that is opened after a crash goes on where its record stands, and forgets a plan that has no
record. Level 0 of the hashes is kept: 32 bytes a record, by which older checkpoints of any size
stay comparable.
"""

import contextlib
import os
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from . import _layout
from ._errors import LogBroken, LogHeld
from ._held import EVERYBODY, Hold, key_number
from ._layout import Layout
from ._note import NoteError, parse_checkpoint, parse_note
from ._os import System
from ._packed import open_segment
from ._pruned import Pruned, read_pruned
from ._read import read_log
from ._tree import HASH_SIZE, Frontier, leaf_hash, tree_over

_LEAST = 1
"""Full segments that stay: the newest one leads over into the growing one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pruning takes away: the records from `first` to `below` - 1."""

    first: int
    pruned: Pruned

    @property
    def below(self) -> int:
        return self.pruned.below

    @property
    def records(self) -> int:
        return self.below - self.first

    def fields(self, genesis: dict[str, Any], before: int, by: str, ticket: str) -> dict[str, Any]:
        """The body of the record, which repeats what record 0 said."""
        root = tree_over(self.pruned.roots).root()
        who = {name: value for name, value in (("approver", by), ("ticket", ticket)) if value}
        made = {
            "before": before,
            "below": self.below,
            "genesis": genesis,
            "records": self.records,
            "root": b64encode(root).decode(),
        }
        return made | self.pruned.told() | ({"by": who} if who else {})


def plan(layout: Layout, size: int, before: int) -> Plan | None:
    """The full segments, oldest first, whose records are all older than `before` (µs, wall); None
    where there is none. One full segment is always kept.

    Raises LogBroken where the records are not those that were signed: they are evidence.
    """
    old = layout.pruned()
    below, previous, roots, erased = old.below, old.previous, list(old.roots), {*old.erased}
    most = (size // _layout.SEGMENT_ENTRIES - _LEAST) * _layout.SEGMENT_ENTRIES
    note: str | None = None
    while below < most:
        segment = _read(layout.segment(below))
        if segment.newest >= before:
            break
        if not _keep_hashes(layout, below, segment.digests):
            break
        roots.append(segment.root)
        erased |= segment.erased
        below += len(segment.digests)
        previous, note = segment.digests[-1], segment.note
    if below == old.below:
        return None
    try:
        signed = None if note is None else parse_checkpoint(parse_note(note).text)
    except NoteError:
        signed = None
    if signed is None or (signed.size, signed.root) != (below, tree_over(roots).root()):
        raise LogBroken(
            "the records are not those that were signed, so they are not pruned: jurat log verify "
            "names the first one that was changed",
            file=layout.segment(below - _layout.SEGMENT_ENTRIES),
        )
    return Plan(old.below, Pruned(below, previous, tuple(roots), tuple(sorted(erased))))


@dataclass(frozen=True, slots=True)
class _Segment:
    newest: int
    digests: list[bytes]
    erased: set[int]
    note: str | None

    @property
    def root(self) -> bytes:
        frontier = Frontier()
        frontier.extend(self.digests)
        return frontier.peaks[0]


def _read(path: Path) -> _Segment:
    """A full segment. Its latest time counts: its producers' clocks need not agree."""
    newest, digests, line = 0, [], b""
    erased: set[int] = set()
    with open_segment(path) as file:
        for raw in file:
            line = raw.removesuffix(b"\n")
            if line.startswith(_layout.LEAF_START):
                body = orjson.loads(line)["body"]
                stamp = body.get("ts")
                if body.get("type") == "erasure":
                    erased.add(key_number(body.get("kid")))
                newest = max(newest, stamp if isinstance(stamp, int) else 1 << 62)
                digests.append(leaf_hash(line))
    if len(digests) != _layout.SEGMENT_ENTRIES:
        raise LogBroken(
            f"the segment holds {len(digests)} records, not {_layout.SEGMENT_ENTRIES}", file=path
        )
    return _Segment(newest, digests, erased - {0}, _layout.read_commit(line))


def _keep_hashes(layout: Layout, first: int, digests: list[bytes]) -> bool:
    """Let the file of the leaves' hashes be right before its source goes; False where it does not
    reach so far yet."""
    data, start = b"".join(digests), first * HASH_SIZE
    try:
        with layout.leaf_hashes.open("r+b") as file:
            file.seek(start)
            kept = file.read(len(data))
            if len(kept) == len(data) and kept != data:  # it is derived, and rotten
                file.seek(start)
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return False
    return len(kept) == len(data)


def check_holds(layout: Layout, planned: Plan, holds: list[Hold]) -> None:
    """Raises LogHeld where a hold covers a record that is to go."""
    standing = [hold for hold in holds if hold.ref == EVERYBODY]
    refs = {hold.ref.encode(): hold for hold in holds if hold.ref != EVERYBODY}
    if refs and not standing:
        for first in range(planned.first, planned.below, _layout.SEGMENT_ENTRIES):
            with open_segment(layout.segment(first)) as file:
                data = file.read()
            standing += [
                hold for ref, hold in refs.items() if ref in data and hold not in standing
            ]
    if standing:
        raise LogHeld([str(hold) for hold in standing])


def announce(layout: Layout, system: System, planned: Plan, size: int) -> None:
    """Write the plan down, before its record."""
    document = orjson.loads(planned.pruned.encode()) | {"size": size}
    system.write_file(_next(layout), orjson.dumps(document, option=orjson.OPT_SORT_KEYS) + b"\n")


def carry_out(layout: Layout, system: System) -> None:
    """Let a plan take effect whose record is committed, and take its files away."""
    system.replace(_next(layout), layout.pruned_file)
    system.sync_directory(layout.root)
    _remove(layout, system)


def resume(layout: Layout, system: System) -> None:
    """Finish what a crash interrupted, or forget it where its record never got into the log."""
    path = _next(layout)
    if path.exists():
        if _is_recorded(layout, path):
            carry_out(layout, system)
            return
        system.unlink(path)
    _remove(layout, system)


def _is_recorded(layout: Layout, path: Path) -> bool:
    with contextlib.suppress(LogBroken, ValueError, KeyError):
        below = read_pruned(path, _layout.SEGMENT_ENTRIES).below
        size = int(orjson.loads(path.read_bytes())["size"])
        for record in read_log(layout.root, size):
            if record.body["type"] == "prune" and record.body.get("below") == below:
                return True
    return False


def _remove(layout: Layout, system: System) -> None:
    below = layout.pruned().below
    for directory in (layout.segments, layout.packs):
        if not below or not directory.exists():
            continue
        gone = [path for path in directory.iterdir() if _number(path.name) < below]
        for path in sorted(gone):
            system.unlink(path)
        if gone:
            system.sync_directory(directory)


def _number(name: str) -> int:
    digits = name[:20]
    return int(digits) if digits.isascii() and digits.isdecimal() else 1 << 62


def _next(layout: Layout) -> Path:
    return layout.root / "pruned.next"
