"""An index over a log, so that questions are answered without reading it all.

It is derived: made and brought up to date on use, compared with the log's signed checkpoint, and
made anew where it is not of this log. Records are always read from the log itself.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from ._entry import entry_of
from ._errors import LogBroken, LogError
from ._layout import Layout, read_description
from ._note import Checkpoint, NoteError, open_checkpoint
from ._read import Record, read_log
from ._tree import HASH_SIZE, Frontier, Tree, tree_over
from ._trust import keys_of

_VERSION = "1"
_BATCH = 5_000
_COLUMNS = (
    "seq", "ts", "type", "id", "parent", "actor", "action", "model", "project", "environment",
    "effect", "value", "mode", "input_tokens", "output_tokens", "latency_us", "denied",
)  # fmt: skip
_SCHEMA = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE records ({", ".join(_COLUMNS).replace("seq,", "seq INTEGER PRIMARY KEY,", 1)});
CREATE TABLE outcomes (rule, outcome, seq, PRIMARY KEY (rule, seq, outcome)) WITHOUT ROWID;
CREATE TABLE detections (entity, seq, count, PRIMARY KEY (entity, seq)) WITHOUT ROWID;
CREATE INDEX by_time ON records (ts);
CREATE INDEX by_actor ON records (actor, seq) WHERE actor IS NOT NULL;
CREATE INDEX by_type ON records (type, seq);
CREATE INDEX by_effect ON records (effect, seq);
CREATE INDEX by_action ON records (action, seq);
CREATE INDEX by_model ON records (model, seq);
CREATE INDEX by_project ON records (project, seq);
CREATE INDEX by_parent ON records (parent) WHERE parent IS NOT NULL;
"""


class Index:
    """The index of the log in `directory`, brought up to date when it is opened.

    It lies in `index.sqlite` beside the log or at `path`; where that can't be written, in memory.
    Use as a context manager. Raises LogBroken where the records are not what was signed.
    """

    def __init__(
        self,
        directory: Path | str,
        *,
        path: Path | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._layout = Layout(Path(directory))
        description = read_description(self._layout)
        self.origin = description.origin
        self._keys = keys_of(self._layout, description)
        self._progress = progress
        self._size = 0
        self._start = 0
        self._frontier = Frontier()
        self._db = _open(path or self._layout.index)
        try:
            if not self._is_ours():
                self._begin()
            try:
                self._update()
            except _OtherLog:
                self._begin()
                self._update()
        except sqlite3.DatabaseError as error:
            self.close()
            raise LogError(
                f"{self._layout.index}: {error}; take the file away, it is derived"
            ) from None
        except BaseException:
            self.close()
            raise

    @property
    def size(self) -> int:
        """How many records are indexed: all that are committed."""
        return self._size

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Rows of a query over the tables `records`, `outcomes`, `detections`."""
        return iter(self._db.execute(sql, values))

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # -- keeping it

    def _is_ours(self) -> bool:
        try:
            meta = dict(self._db.execute("SELECT name, value FROM meta"))
        except sqlite3.DatabaseError:
            return False
        if (meta.get("version"), meta.get("origin")) != (_VERSION, self.origin):
            return False
        peaks = meta["peaks"]
        hashes = [peaks[at : at + HASH_SIZE] for at in range(0, len(peaks), HASH_SIZE)]
        self._size, self._frontier = meta["size"], Frontier(hashes, meta["size"])
        return True

    def _begin(self) -> None:
        tables = self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        with self._db:
            for (name,) in tables:
                self._db.execute(f'DROP TABLE "{name}"')
        self._db.executescript(_SCHEMA)
        pruned = self._layout.pruned()
        self._size, self._frontier = pruned.below, tree_over(pruned.roots).frontier()
        with self._db:
            values = [("version", _VERSION), ("origin", self.origin)]
            self._db.executemany("INSERT INTO meta VALUES (?, ?)", values)
            self._keep_place()

    def _update(self) -> None:
        """Take in what was committed since. Raises _OtherLog where the index is not of this log."""
        self._forget()
        signed = self._signed()
        if signed is not None and signed.size == self._size:
            self._compare(signed)
        if self._size > self._start and not _has(self._layout.root, self._size - 1):
            raise _OtherLog
        batch: list[Record] = []
        for record in read_log(self._layout.root, self._size):
            batch.append(record)
            self._frontier.push(record.leaf_hash)
            if signed is not None and signed.size == self._frontier.size:
                self._compare(signed)
            if len(batch) == _BATCH:
                self._take(batch)
                batch = []
        self._take(batch)

    def _forget(self) -> None:
        """Take out what was pruned. Raises _OtherLog where the index does not reach so far."""
        self._start = self._layout.pruned().below
        if self._size < self._start:
            raise _OtherLog
        ((first,),) = self._db.execute("SELECT min(seq) FROM records")
        if first is None or first >= self._start:
            return
        with self._db:
            for table in ("records", "outcomes", "detections"):
                self._db.execute(f"DELETE FROM {table} WHERE seq < ?", (self._start,))

    def _signed(self) -> Checkpoint | None:
        try:
            note = self._layout.checkpoint.read_bytes().decode()
            return open_checkpoint(note, self._keys)
        except FileNotFoundError:
            return None
        except (NoteError, UnicodeDecodeError) as error:
            raise LogBroken(
                f"the published checkpoint does not hold: {error}", file=self._layout.checkpoint
            ) from None

    def _compare(self, signed: Checkpoint) -> None:
        if Tree(inner=self._frontier).root() == signed.root:
            return
        if self._size > self._start:
            raise _OtherLog
        raise LogBroken(
            "the records are not what the checkpoint signed; jurat log verify names the first one "
            "that was changed",
            file=self._layout.checkpoint,
        )

    def _take(self, records: Sequence[Record]) -> None:
        if not records:
            return
        rows, outcomes, detections = [], [], []
        for record in records:
            entry = entry_of(record)
            rows.append(_row(record, entry))
            for outcome in ("fired", "unknown", "erred", "waived"):
                outcomes += [(rule, outcome, record.seq) for rule in entry[outcome]]
            detections += [(name, record.seq, n) for name, n in entry["detections"].items()]
        self._size += len(records)
        places = ", ".join("?" * len(_COLUMNS))
        with self._db:
            self._db.executemany(f"INSERT INTO records VALUES ({places})", rows)
            self._db.executemany("INSERT OR IGNORE INTO outcomes VALUES (?, ?, ?)", outcomes)
            self._db.executemany("INSERT INTO detections VALUES (?, ?, ?)", detections)
            self._keep_place()
        if self._progress is not None:
            self._progress(self._size)

    def _keep_place(self) -> None:
        place = [("size", self._size), ("peaks", b"".join(self._frontier.peaks))]
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", place)


class _OtherLog(Exception):
    """The index is of another log, or of another past of this one."""


def _row(record: Record, entry: dict[str, Any]) -> tuple[Any, ...]:
    stamp = record.body.get("ts")
    denied = bool(entry["fired"]) and entry.get("effect") == "deny"
    told = {**entry, "ts": stamp if isinstance(stamp, int) else None, "denied": int(denied)}
    return tuple(told.get(column) for column in _COLUMNS)


def _has(root: Path, seq: int) -> bool:
    return next(read_log(root, seq), None) is not None


def _open(path: Path) -> sqlite3.Connection:
    for place in (str(path), ":memory:"):
        with contextlib.suppress(sqlite3.OperationalError):
            database = sqlite3.connect(place, timeout=30)
            try:
                database.execute("PRAGMA synchronous = OFF")  # what is lost is made anew
                database.execute("CREATE TABLE IF NOT EXISTS probe (x)")
                database.execute("DROP TABLE probe")
                database.commit()
            except sqlite3.OperationalError:
                database.close()
                raise
            except sqlite3.DatabaseError:  # no database: it is derived, so it is made anew
                database.close()
                path.unlink()
                return _open(path)
            return database
    raise LogError(f"{path}: no index can be made")
