"""Reads a log's records back, in order, without holding more than one."""

import mmap
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import orjson

from . import _layout, _packed
from ._bundles import load_bundle
from ._errors import LogBroken, LogError
from ._keys import KeyStore
from ._layout import Layout, read_description
from ._packed import SUFFIX, frames, is_packed
from ._seal import Sealer
from ._tree import leaf_hash

_NEAR = 4096  # bytes that are sooner read than searched
_FEW = 16  # records, likewise
_BUFFER = 1 << 16  # bytes: lines are long, and the usual buffer holds four of them


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its place, its body, and the leaf's bytes as they are stored (without LF)."""

    seq: int
    body: dict[str, Any]
    leaf: bytes

    @property
    def leaf_hash(self) -> bytes:
        return leaf_hash(self.leaf)


def read_log(directory: Path | str, start: int = 0) -> Iterator[Record]:
    """The committed records of a log from sequence number `start` on, oldest first.

    Reads, does not verify: `verify` does. A writer may be at work meanwhile. Raises LogError
    where there is no log, LogBroken at a line that is no record.
    """
    layout = Layout(Path(directory))
    read_description(layout)
    yield from records(layout, start)


def records(layout: Layout, start: int) -> Iterator[Record]:
    """As `read_log`, of a directory that is known to be a log's."""
    for line, seq, path, number in leaf_lines(layout, start):
        yield _record(line, seq, path, number)


def record_at(layout: Layout, seq: int) -> Record:
    """Record `seq` of a log that has committed it.

    Raises LogBroken where it is not there, LogError where its segment can't be read.
    """
    first = seq - seq % _layout.SEGMENT_ENTRIES
    path = layout.segment(first)
    for line, found, place, number in _read_segment(path, first, seq, last=False, buffer=_NEAR):
        return _record(line, found, place, number)
    raise LogBroken(f"the segment ends before record {seq}", file=path, seq=seq)


# a leaf's bytes, the sequence number of its place, its file, and its line where that is known
_Line = tuple[bytes, int, Path, int | None]


def leaf_lines(layout: Layout, start: int) -> Iterator[_Line]:
    """The committed leaves from `start` on, of a directory that is known to be a log's."""
    firsts = layout.segment_firsts()
    for index, first in enumerate(firsts):
        last = index == len(firsts) - 1
        if not last and firsts[index + 1] <= start:
            continue
        yield from _read_segment(layout.segment(first), first, start, last=last)


def _read_segment(
    path: Path, first: int, start: int, *, last: bool, buffer: int = _BUFFER
) -> Iterator[_Line]:
    end = _committed_end(path) if last and not is_packed(path) else None
    try:
        if is_packed(path):
            yield from _read_packed(path, first, start)
            return
        with path.open("rb", buffer) as file:
            # far into a segment, go to the record; its line number is then not known
            offset, seq = _seek(file, first, start) if start > first else (0, first)
            known_lines = offset == 0
            file.seek(offset)
            for count, raw in enumerate(file, 1):
                number = count if known_lines else None
                offset += len(raw)
                if end is not None and offset > end:
                    return
                if not raw.startswith(_layout.LEAF_START):
                    continue
                if seq >= start:
                    yield raw[:-1], seq, path, number
                seq += 1
    except FileNotFoundError:  # it was compressed meanwhile
        packed = path.with_name(path.name + SUFFIX)
        if is_packed(path) or not packed.exists():
            raise LogError(f"{path}: is missing") from None
        yield from _read_segment(packed, first, start, last=last)
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from None


def _read_packed(path: Path, first: int, start: int) -> Iterator[_Line]:
    frame = max(0, start - first) // _packed.FRAME
    seq = first + frame * _packed.FRAME
    for lines in frames(path, frame):
        at = 0
        while (end := lines.find(b"\n", at)) >= 0:  # to skip costs less than to split
            if lines.startswith(_layout.LEAF_START, at):
                if seq >= start:
                    yield lines[at:end], seq, path, seq - first + 1
                seq += 1
            at = end + 1


def _seek(file: BinaryIO, first: int, start: int) -> tuple[int, int]:
    """The offset of a leaf line of a segment, not after that of record `start`, and its number."""
    found, low, high = (0, first), 0, file.seek(0, os.SEEK_END)
    file.seek(0)
    mean, guess = float(len(file.readline())), True  # bytes of a record
    while high - low > _NEAR and start - found[1] > _FEW:
        middle = (low + high) // 2
        if guess:  # every other time, so that lines of odd lengths cost no more than twice
            expected = found[0] + (start - found[1] - _FEW // 2) * mean
            middle = min(max(int(expected), low), high - 1)
        guess = not guess
        file.seek(middle)
        at = middle + len(file.readline())
        line = file.readline()
        if line.startswith(_layout.COMMIT_START):
            at += len(line)
            line = file.readline()
        match = _layout.LEAF_END.search(line[:-1]) if at < high else None
        if match is not None:
            mean = at / max(1, int(match[2]) - first)
        if match is None or int(match[2]) > start:
            high = middle
        else:
            low, found = at + len(line), (at, int(match[2]))
    return found


def _record(line: bytes, seq: int, path: Path, number: int | None) -> Record:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise LogBroken("not JSON", file=path, line=number, seq=seq) from None
    match document:
        case {"body": {"type": str()} as body, "seq": found, "v": 1} if found == seq:
            return Record(seq, body, line)
    raise LogBroken("not the record that belongs here", file=path, line=number, seq=seq)


def _committed_end(path: Path) -> int:
    """The offset after the last whole commit line; 0 where there is none."""
    mark = b"\n" + _layout.COMMIT_START  # a leaf holds no LF, and the first line is a leaf
    try:
        with path.open("rb") as file:
            if not file.seek(0, os.SEEK_END):
                return 0
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                at = data.rfind(mark)
                while at >= 0:
                    stop = data.find(b"\n", at + 1)
                    if stop >= 0:
                        return stop + 1
                    at = data.rfind(mark, 0, at)
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from None
    return 0


class LogReader:
    """A log opened for reading with its keys: what was sealed can be read, nothing is written.

    Several readers may work beside the one writer.
    """

    def __init__(self, directory: Path | str, *, keys: KeyStore | None = None) -> None:
        """Raises LogError where there is no log, or where its keys are not in `keys`."""
        self._layout = Layout(Path(directory))
        description = read_description(self._layout)
        keys = KeyStore() if keys is None else keys
        self.origin = description.origin
        self._sealer = Sealer(
            self._layout,
            description.origin,
            keys.digest_key(description.set_name),
            keys.subject_keys(description.set_name),
        )

    @property
    def first(self) -> int:
        """The first record that is kept: those below were pruned."""
        return self._layout.pruned().below

    def records(self, start: int = 0) -> Iterator[Record]:
        """As `read_log`."""
        return records(self._layout, start)

    def leaves(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Sequence number and bytes of every leaf from `start` on, which are not looked into:
        `record` does that."""
        for line, seq, _, _ in leaf_lines(self._layout, start):
            yield seq, line

    def record(self, seq: int, leaf: bytes) -> Record:
        """The record that stands at `seq`. Raises LogBroken where the leaf is another or none."""
        return _record(leaf, seq, self._layout.root, None)

    def unseal(self, facts: dict[str, Any]) -> bytes | None:
        """As `Log.unseal`."""
        return self._sealer.unseal(facts)

    def open(self, sealed: Iterable[tuple[str, bytes, bytes]]) -> list[bytes | None]:
        """As `unseal`, of many records: of each a key's id, a nonce and a ciphertext. Keys are
        remembered for a second."""
        return self._sealer.open(sealed)

    def keyed(self, data: bytes) -> str:
        """As `Log.keyed`."""
        return self._sealer.keyed(data)

    def keyed_after(self, before: bytes) -> Callable[[bytes], str]:
        """What makes `keyed` of data that begins with `before` from the rest of it, for many that
        begin alike."""
        return self._sealer.keyed_after(before)

    def ref(self, subject: str) -> str:
        """As `Log.ref`."""
        return self._sealer.ref(subject)

    def subjects(self) -> list[tuple[str, str]]:
        """Key id and reference of every data subject of the log's set whose key stands."""
        return self._sealer.subjects()

    def load_bundle(self, digest: str) -> bytes:
        """As `Log.load_bundle`."""
        return load_bundle(self._layout, digest)

    def close(self) -> None:
        self._sealer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
