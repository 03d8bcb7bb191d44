"""Finds where a log ends, and repairs what a crash may leave there; nothing else is repaired.

A commit is on the disk before the next one begins. So a crash can harm only what follows the
last commit but one, and only the file's end. Harm before a later commit is no crash.
"""

import os
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from . import _layout
from ._errors import LogBroken, LogError
from ._journal import End
from ._layout import Layout
from ._note import NoteError, VerifierKey, open_checkpoint, parse_checkpoint, parse_note
from ._os import System
from ._packed import is_packed, last_frame, open_segment
from ._tree import Frontier, Tree, leaf_hash, tree_over

_TAIL = 4 * _layout.MAX_LEAF
NEW = ".new"  # cut bytes whose `recovered` record is not yet in the log


@dataclass(slots=True)
class Cut:
    """Bytes to take off the end of a file: from `offset` on."""

    path: Path
    offset: int


@dataclass(slots=True)
class Finding:
    """How a log was found: where it ends, and what must be cut for that."""

    end: End
    cuts: list[Cut] = field(default_factory=list)


@dataclass(slots=True)
class _Point:
    """A commit whose tree was recomputed: the line that ends at `offset`."""

    offset: int
    line: int
    tree: Tree
    previous: bytes
    pack_end: int
    note: str | None


def find_end(
    layout: Layout, origin: str, keys: list[VerifierKey], *, compare: bool = True
) -> Finding:
    """Where the log ends. Changes nothing but derived hashes that are wrong.

    Raises LogBroken for damage that no crash can make, LogError where the log is older than its
    own published checkpoint: that is looked at only to `compare`.
    """
    published = _published(layout, origin, keys) if compare else None
    firsts = layout.segment_firsts()
    first = firsts[-1] if firsts else 0
    if firsts and is_packed(layout.segment(first)):
        first += _layout.SEGMENT_ENTRIES  # what followed it never got to the disk, or is gone
    start = _segment_start(layout, first, keys)
    path = layout.segment(first)
    points, size = [start], 0
    root_then: bytes | None = None
    if firsts and first == firsts[-1]:
        size = path.stat().st_size
        points, root_then = _scan(path, start, origin, None if published is None else published[0])
    good = points[-1]
    if good.offset < size:
        _refuse_damage(path, good, keys)
    if good.note is not None and good is not start and not _signed(good.note, keys):
        if good.offset < size or len(points) < 2:
            raise LogBroken("the commit's signature is not valid", file=path, line=good.line)
        good = points[-2]
        if good is not start and not _signed(good.note, keys):
            raise LogBroken("the commit's signature is not valid", file=path, line=good.line)
    if published is not None:
        _compare(layout, published, good, root_then)
    finding = Finding(End(good.tree, good.previous, good.pack_end, good.note))
    if good.offset < size:
        finding.cuts.append(Cut(path, good.offset))
    _check_pack(layout, finding)
    return finding


def cut(layout: Layout, system: System, cuts: list[Cut]) -> None:
    """Move the bytes to cut into quarantine, durably, then take them off their files."""
    for item in cuts:
        with item.path.open("rb") as file:
            file.seek(item.offset)
            data = file.read()
        name = f"{item.path.parent.name}-{item.path.stem}-{item.offset}-{_hex(data)[:12]}"
        system.make_directory(layout.quarantine)
        system.write_file(layout.quarantine / f"{name}{NEW}", data)
        system.truncate(item.path, item.offset)
        descriptor = system.open_append(item.path)
        try:
            system.sync(descriptor)
        finally:
            os.close(descriptor)


def unrecorded(layout: Layout) -> list[tuple[Path, dict[str, Any]]]:
    """Files in quarantine that no `recovered` record names yet, with that record's fields."""
    if not layout.quarantine.exists():
        return []
    found = []
    for path in sorted(layout.quarantine.glob(f"*{NEW}")):
        data = path.read_bytes()
        fields = {
            "bytes": len(data),
            "file": path.name.removesuffix(NEW) + ".bin",
            "sha256": _hex(data),
        }
        found.append((path, fields))
    return found


def _hex(data: bytes) -> str:
    return sha256(data).hexdigest()


def _segment_start(layout: Layout, first: int, keys: list[VerifierKey]) -> _Point:
    """The end of the segment before `first`, checked against its signed last commit."""
    if first == 0:
        return _Point(0, 0, Tree(), _layout.NO_PREVIOUS, 0, None)
    path = layout.segment(first - _layout.SEGMENT_ENTRIES)
    lines = _tail(path).split(b"\n")
    note = _layout.read_commit(lines[-2]) if len(lines) > 3 and not lines[-1] else None
    try:
        checkpoint = None if note is None else open_checkpoint(note, keys)
    except NoteError:
        checkpoint = None
    if checkpoint is None or checkpoint.size != first:
        raise LogBroken(
            f"the segment does not end in a signed commit of {first} records", file=path
        )
    previous = leaf_hash(lines[-3])
    try:
        kept = layout.segment_roots.read_bytes()
    except OSError:
        kept = b""
    count = first // _layout.SEGMENT_ENTRIES
    roots = [kept[index * 32 : index * 32 + 32] for index in range(count)]
    tree = tree_over(roots)
    if len(kept) < count * 32 or tree.root() != checkpoint.root:
        gone = layout.pruned()
        roots = list(gone.roots) + [
            _segment_root(layout, index * _layout.SEGMENT_ENTRIES)
            for index in range(len(gone.roots), count)
        ]
        tree = tree_over(roots)
        if tree.root() != checkpoint.root:
            raise LogBroken(
                "the records before are not those that this segment's last commit signed; "
                "jurat log verify names the first one that was changed",
                file=path,
            )
    if kept != b"".join(roots):
        layout.segment_roots.parent.mkdir(exist_ok=True)
        layout.segment_roots.write_bytes(b"".join(roots))
    return _Point(0, 0, tree, previous, 0, note)


def last_leaf(path: Path) -> bytes:
    """The last leaf of a full segment. Raises IndexError where it is none, LogBroken or OSError."""
    return _tail(path).split(b"\n")[-3]


def _tail(path: Path) -> bytes:
    """The last lines of a full segment."""
    if is_packed(path):
        return last_frame(path)
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        return file.read()


def _segment_root(layout: Layout, first: int) -> bytes:
    frontier = Frontier()
    with open_segment(layout.segment(first)) as file:
        for raw in file:
            if raw.startswith(_layout.LEAF_START):
                frontier.push(leaf_hash(raw[:-1]))
    if frontier.size != _layout.SEGMENT_ENTRIES:
        raise LogBroken(
            f"the segment holds {frontier.size} records, not {_layout.SEGMENT_ENTRIES}",
            file=layout.segment(first),
        )
    return frontier.peaks[0]


def _scan(
    path: Path, start: _Point, origin: str, want: int | None
) -> tuple[list[_Point], bytes | None]:
    """The last commits (two at most, `start` among them) up to which everything recomputes.

    Also the root at size `want`, where a commit has that size. Signatures are left to the caller.
    """
    points = [start]
    root_then = start.tree.root() if want == start.tree.size else None
    tree, previous, pack_end = start.tree.copy(), start.previous, 0
    digests: list[bytes] = []
    offset = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            line = raw[:-1]
            offset += len(raw)
            if not raw.endswith(b"\n"):
                break
            if line.startswith(_layout.LEAF_START):
                if not line.endswith(_layout.leaf_tail(previous, tree.size + len(digests))):
                    break
                previous = leaf_hash(line)
                digests.append(previous)
                if tree.inner.size + len(digests) > _layout.SEGMENT_ENTRIES:
                    break
                if b'"pack":{"at":' in line:
                    pack_end = max(pack_end, _pack_end(line))
                continue
            note = _layout.read_commit(line)
            if note is None or not digests:
                break
            try:
                checkpoint = parse_checkpoint(parse_note(note).text)
            except NoteError:
                break
            tree.extend(digests)
            digests = []
            root = tree.root()
            if (checkpoint.origin, checkpoint.size, checkpoint.root) != (origin, tree.size, root):
                break
            if want == tree.size:
                root_then = root
            points = [points[-1], _Point(offset, number, tree.copy(), previous, pack_end, note)]
            if tree.size and not tree.inner.size:
                break  # a segment ends with the commit that fills it
    return points, root_then


def _pack_end(line: bytes) -> int:
    try:
        place = orjson.loads(line)["body"]["facts"]["pack"]
        return int(place["at"]) + int(place["len"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return 0


def _refuse_damage(path: Path, good: _Point, keys: list[VerifierKey]) -> None:
    """Raise LogBroken unless a crash within the last commit explains what follows `good`.

    Sectors of the last write may be lost in any order, so its commit line may stand without its
    leaves. But it is the last thing in the file, and what it signs is not whole.
    """
    place = LogBroken(
        "damaged, with signed commits after it: that is no interrupted write, so nothing was "
        "opened or repaired; jurat log verify names the record",
        file=path,
        line=good.line + 1,
        seq=good.tree.size,
    )
    size = path.stat().st_size
    signed = 0
    at_end = False
    tree = good.tree.copy()
    digests: list[bytes] = []
    target: tuple[int, bytes] | None = None
    with path.open("rb") as file:
        file.seek(good.offset)
        offset = good.offset
        for raw in file:
            offset += len(raw)
            if not raw.endswith(b"\n"):
                break  # only the end of a file can be torn off
            line = raw[:-1]
            if line.startswith(_layout.LEAF_START):
                digests.append(leaf_hash(line))
                continue
            note = _layout.read_commit(line) if line.startswith(_layout.COMMIT_START) else None
            if note is None:
                continue
            try:
                checkpoint = open_checkpoint(note, keys)
            except NoteError:
                continue
            if checkpoint.size <= good.tree.size:
                continue
            signed += 1
            at_end = offset == size
            target = checkpoint.size, checkpoint.root
            if signed > 1:
                raise place
    if target is None:
        return
    if not at_end:
        raise place
    if tree.inner.size + len(digests) <= _layout.SEGMENT_ENTRIES:
        tree.extend(digests)
        if (tree.size, tree.root()) == target:
            raise place


def _signed(note: str | None, keys: list[VerifierKey]) -> bool:
    try:
        return note is not None and bool(open_checkpoint(note, keys))
    except NoteError:
        return False


def _published(layout: Layout, origin: str, keys: list[VerifierKey]) -> tuple[int, bytes] | None:
    try:
        checkpoint = open_checkpoint(layout.checkpoint.read_bytes().decode(), keys)
    except FileNotFoundError:
        return None
    except (NoteError, UnicodeDecodeError) as error:
        raise LogBroken(
            f"the published checkpoint is not one: {error}", file=layout.checkpoint
        ) from None
    if checkpoint.origin != origin:
        raise LogBroken("the published checkpoint is another log's", file=layout.checkpoint)
    return checkpoint.size, checkpoint.root


def _compare(
    layout: Layout, published: tuple[int, bytes], good: _Point, root_then: bytes | None
) -> None:
    size, root = published
    if size > good.tree.size:
        raise LogError(
            f"{layout.root}: the log ends with {good.tree.size} records, but its published "
            f"checkpoint covers {size}: this is an older copy, or its end was cut. Signing on "
            "would make a second history, so it was not opened; restore the newer copy, or start "
            "a new log in another directory"
        )
    if root_then is not None and root_then != root:
        raise LogBroken(
            f"the first {size} records are not those that the published checkpoint signed",
            file=layout.checkpoint,
        )


def _check_pack(layout: Layout, finding: Finding) -> None:
    tree = finding.end.tree
    if not tree.inner.size:
        finding.end.pack_end = 0
    path = layout.pack(tree.size - tree.inner.size)
    length = path.stat().st_size if path.exists() else 0
    if length < finding.end.pack_end:
        raise LogBroken(
            f"the pack of sealed facts has {length} bytes where the records need "
            f"{finding.end.pack_end}",
            file=path,
        )
    if length > finding.end.pack_end:
        finding.cuts.append(Cut(path, finding.end.pack_end))
