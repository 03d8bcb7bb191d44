"""Copies of a log in others' formats: tiles (C2SP tlog-tiles), JSON lines, CSV."""

import csv
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TextIO

from jurat.canon import format_time

from ._errors import LogBroken, LogError
from ._hashes import TILE, Hashes, fold
from ._layout import Layout, read_description
from ._note import NoteError, open_checkpoint
from ._read import Record, read_log
from ._set import logs_in, set_name
from ._several import read_set
from ._tree import leaf_hash
from ._trust import checkpoint as published
from ._trust import keys_of

COLUMNS = (
    "seq", "time", "type", "id", "effect", "value", "action", "model", "project", "environment",
    "rules", "leaf_hash",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_tiles(
    directory: Path | str, out: Path | str, *, progress: Callable[[int], None] | None = None
) -> int:
    """Write the log as tiles into the directory `out`, which is made or must be empty; the number
    of records.

    `out` then holds `checkpoint`, `tile/<level>/<number>` and `tile/entries/<number>`, partial
    ones as `.p/<width>`. Every hash is computed from the records. `progress` is called with the
    number of records written. Of a pruned log, all hash tiles are written, and the bundles of the
    entries that are kept. Of a set each log gets a directory of its own in `out`.

    Raises LogBroken, and leaves no checkpoint, where the records are not what was signed.
    """
    if set_name(directory) is not None:
        target, count = Path(out), 0
        target.mkdir(parents=True, exist_ok=True)
        for log in logs_in(directory):
            told = None if progress is None else (lambda n, p=progress, d=count: p(d + n))
            count += export_tiles(log, target / log.name, progress=told)
        return count
    layout = Layout(Path(directory))
    description = read_description(layout)
    note = published(layout.root)
    keys = keys_of(layout, description)
    try:
        signed = open_checkpoint(note, keys)
    except NoteError as error:
        raise LogBroken(f"the checkpoint does not hold: {error}", file=layout.checkpoint) from None
    target = Path(out)
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise LogError(f"{target}: not empty; give a new directory")
    levels = _Levels(target / "tile")
    count = layout.pruned().below  # a whole number of tiles
    hashes = Hashes(layout, signed.size)
    for start in range(0, count, TILE):
        levels.add(hashes.level(0, start, TILE))
    entries: list[bytes] = []
    for record in read_log(layout.root):
        if count == signed.size:
            break
        entries.append(record.leaf)
        count += 1
        if len(entries) == TILE or count == signed.size:
            _write(target / "tile" / "entries", (count - 1) // TILE, len(entries), bundle(entries))
            levels.add([leaf_hash(entry) for entry in entries])
            entries = []
            if progress is not None:
                progress(count)
    if count != signed.size or levels.finish() != signed.root:
        raise LogBroken(
            "the records are not what the checkpoint signed; jurat log verify names the first one "
            "that was changed",
            file=layout.checkpoint,
        )
    (target / "checkpoint").write_bytes(note.encode())
    return count


def tile_name(number: int) -> str:
    """`067`, `x001/x234/067`: groups of three digits, all but the last with an x."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(groups)


def bundle(entries: list[bytes]) -> bytes:
    """Entries, each after its length as a big-endian 16-bit number."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


class _Levels:
    """Hash tiles of a growing tree, written as they fill."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._open: list[list[bytes]] = []
        self._written: list[int] = []

    def add(self, hashes: list[bytes], level: int = 0) -> None:
        """Take up to a tile of hashes of `level`."""
        if level == len(self._open):
            self._open.append([])
            self._written.append(0)
        self._open[level] += hashes
        if len(self._open[level]) == TILE:
            tile, self._open[level] = self._open[level], []
            _write(self._root / str(level), self._written[level], TILE, b"".join(tile))
            self._written[level] += 1
            self.add([fold(tile)], level + 1)

    def finish(self) -> bytes:
        """Write the tiles that are not full; the root of the tree."""
        peaks: list[bytes] = []
        for level, hashes in enumerate(self._open):
            if hashes:
                number = self._written[level]
                _write(self._root / str(level), number, len(hashes), b"".join(hashes))
            peaks = [*_peaks(hashes), *peaks]
        root = peaks.pop() if peaks else sha256().digest()
        while peaks:
            root = sha256(b"\x01" + peaks.pop() + root).digest()
        return root


def _peaks(hashes: list[bytes]) -> Iterator[bytes]:
    """The roots of the complete subtrees of part of a tile, largest first."""
    start = 0
    while start < len(hashes):
        width = 1 << (len(hashes) - start).bit_length() - 1
        yield fold(hashes[start : start + width])
        start += width


def _write(directory: Path, number: int, width: int, data: bytes) -> None:
    path = directory / tile_name(number)
    if width < TILE:
        path = path.with_name(f"{path.name}.p") / str(width)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def export_jsonl(directory: Path | str, out: TextIO) -> int:
    """Write the records to `out` one a line, byte for byte as they are stored; their number.

    The logs of a set follow one another, each from its record 0 on, which names it.
    """
    count = 0
    for log in logs_in(directory):
        for record in read_log(log):
            out.write(record.leaf.decode("utf-8", "backslashreplace") + "\n")
            count += 1
    return count


def export_csv(directory: Path | str, out: TextIO) -> int:
    """Write the records to `out` as CSV (RFC 4180), COLUMNS first; their number.

    A value that a spreadsheet would take for a formula gets an apostrophe before it. Of a set all
    records are written, by time, and a column `log` before the others names the log of each.
    """
    in_set = set_name(directory) is not None
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow((("log",) if in_set else ()) + COLUMNS)
    count = 0
    for name, record in read_set(directory):
        row = [name, *_row(record)] if in_set else _row(record)
        writer.writerow([_cell(value) for value in row])
        count += 1
    return count


def _row(record: Record) -> Iterator[Any]:
    body = record.body
    stamp = body.get("ts")
    yield record.seq
    yield format_time(datetime.fromtimestamp(stamp / 1e6, UTC)) if isinstance(stamp, int) else ""
    for name in ("type", "id", "effect", "value", "act", "model", "project", "env"):
        yield body.get(name, "")
    outcomes = body.get("outcomes")
    yield " ".join(
        f"{one[0]}:{one[1]}" for one in (outcomes if isinstance(outcomes, list) else ())
    )
    yield b64encode(record.leaf_hash).decode()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
