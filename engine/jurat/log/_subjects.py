"""The keys of data subjects: made, found, destroyed for good, and held from that."""

import contextlib
import os
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ._errors import LogError, LogHeld

KEY_SIZE = 32
EVERYBODY = "*"
_KEY_ID = re.compile(r"s-[1-9][0-9]{0,17}", re.ASCII)
_TABLES = """
CREATE TABLE IF NOT EXISTS subject
    (number INTEGER PRIMARY KEY AUTOINCREMENT, ref TEXT NOT NULL UNIQUE, wrapped BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS hold
    (id TEXT PRIMARY KEY, ref TEXT NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL,
     since INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS owed
    (id TEXT PRIMARY KEY, origin TEXT NOT NULL, type TEXT NOT NULL, fields BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Hold:
    """What must not be erased or pruned: the records of the subject `ref` (`*`: of everybody).

    `id` is that of the hold's record, `since` its time (µs, wall), `by` who asked for it.
    """

    id: str
    ref: str
    reason: str
    by: str
    since: int

    def __str__(self) -> str:
        of = "everybody" if self.ref == EVERYBODY else "this subject"
        return f"hold {self.id} on {of} by {self.by}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Owed:
    """A record that the log `origin` must still take: of something already done to the keys."""

    id: str
    origin: str
    type: str
    fields: dict[str, Any]


class SubjectKeys:
    """AES-256 keys of data subjects, wrapped (AES-256-GCM) under the master key.

    A subject is known by its keyed reference only. Key ids are never used twice, so a key that
    was destroyed is told from one that was never here. What is done to the keys, and the record
    that a log owes of it, are one transaction: a crash leaves both or neither.
    """

    def __init__(self, path: Path, master: bytes, set_name: str) -> None:
        import sqlite3

        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._path = path
        self._error = sqlite3.Error
        self._master = AESGCM(master)
        self._set_name = set_name
        self._lock = threading.Lock()
        with self._used():
            self._db = sqlite3.connect(
                path, timeout=10, isolation_level=None, check_same_thread=False
            )
        try:
            with self._used():
                self._db.execute("PRAGMA secure_delete=ON")
                self._db.execute("PRAGMA synchronous=FULL")
                for table in _TABLES.split(";"):
                    self._db.execute(table)
        except LogError:
            self._db.close()
            raise

    def of(self, ref: str) -> tuple[str, bytes]:
        """Key id and key of the subject `ref`, made on first use and durable on return."""
        with self._used():
            number, wrapped = self._find(ref) or self._make(ref)
        return f"s-{number}", self._unwrap(number, ref, wrapped)

    def get(self, kid: str) -> bytes | None:
        """The key with id `kid`; None where it was destroyed.

        Raises LogError where this store never held it.
        """
        number = int(kid[2:]) if _KEY_ID.fullmatch(kid) else 0
        with self._used():
            row = self._db.execute(
                "SELECT ref, wrapped FROM subject WHERE number = ?", (number,)
            ).fetchone()
            last = self._db.execute(
                "SELECT seq FROM sqlite_sequence WHERE name = 'subject'"
            ).fetchone()
        if row is None:
            if number == 0 or last is None or number > last[0]:
                raise LogError(
                    f"{self._path}: this key is not here: the facts were sealed with other keys; "
                    "set JURAT_CONFIG_DIR to the directory that has them"
                )
            return None
        return self._unwrap(number, row[0], row[1])

    def destroy(self, ref: str, owed: Owed | None = None) -> str | None:
        """Destroy the key of the subject `ref` for good; its id, or None where there is none.

        `owed` is the record of it, whose `kid` is added here. Raises LogHeld where a hold covers
        the subject.
        """
        with self._used(), self._changing():
            if held := self._holds((ref, EVERYBODY)):
                raise LogHeld([str(hold) for hold in held])
            row = self._find(ref)
            if row is None:
                return None
            kid = f"s-{row[0]}"
            self._db.execute("DELETE FROM subject WHERE number = ?", (row[0],))
            if owed is not None:
                self._owe(owed, kid=kid)
            return kid

    def holds(self, refs: Sequence[str] | None = None) -> list[Hold]:
        """The holds on any of `refs`, or all of them, oldest first."""
        with self._used():
            return self._holds(refs)

    def hold(self, hold: Hold, owed: Owed) -> None:
        """Let `hold` stand, with the record of it."""
        with self._used(), self._changing():
            self._db.execute(
                "INSERT INTO hold (id, ref, reason, by, since) VALUES (?, ?, ?, ?, ?)",
                (hold.id, hold.ref, hold.reason, hold.by, hold.since),
            )
            self._owe(owed)

    def release(self, ids: Sequence[str], owed: Owed) -> None:
        """Lift the holds `ids`, with the record of it."""
        with self._used(), self._changing():
            for id_ in ids:
                self._db.execute("DELETE FROM hold WHERE id = ?", (id_,))
            self._owe(owed)

    def owed(self, origin: str) -> list[Owed]:
        """The records that the log `origin` must still take, oldest first."""
        with self._used():
            rows = self._db.execute(
                "SELECT id, type, fields FROM owed WHERE origin = ? ORDER BY rowid", (origin,)
            ).fetchall()
        return [Owed(id_, origin, kind, orjson.loads(fields)) for id_, kind, fields in rows]

    def settled(self, id_: str) -> None:
        """The record is durably in its log."""
        with self._used():
            self._db.execute("DELETE FROM owed WHERE id = ?", (id_,))

    def version(self) -> int:
        """Another number after another process has changed something."""
        with self._used():
            (number,) = self._db.execute("PRAGMA data_version").fetchone()
        return int(number)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def _used(self) -> Iterator[None]:
        """One user of the store at a time; its errors as LogErrors."""
        with self._lock:
            try:
                yield
            except self._error as error:
                raise LogError(
                    f"{self._path}: the store of keys cannot be used: {error}"
                ) from None

    def _find(self, ref: str) -> tuple[int, bytes] | None:
        row: tuple[int, bytes] | None = self._db.execute(
            "SELECT number, wrapped FROM subject WHERE ref = ?", (ref,)
        ).fetchone()
        return row

    def _make(self, ref: str) -> tuple[int, bytes]:
        with self._changing():
            row = self._find(ref)  # another process may have made it meanwhile
            if row is None:
                cursor = self._db.execute(
                    "INSERT INTO subject (ref, wrapped) VALUES (?, x'')", (ref,)
                )
                number = cursor.lastrowid or 0
                nonce = os.urandom(12)
                wrapped = nonce + self._master.encrypt(
                    nonce, os.urandom(KEY_SIZE), self._context(number, ref)
                )
                self._db.execute(
                    "UPDATE subject SET wrapped = ? WHERE number = ?", (wrapped, number)
                )
                row = number, wrapped
            return row

    def _holds(self, refs: Sequence[str] | None) -> list[Hold]:
        rows = self._db.execute("SELECT id, ref, reason, by, since FROM hold ORDER BY rowid")
        held = (Hold(*row) for row in rows)
        return [hold for hold in held if refs is None or hold.ref in refs]

    def _owe(self, owed: Owed, **more: str) -> None:
        self._db.execute(
            "INSERT INTO owed (id, origin, type, fields) VALUES (?, ?, ?, ?)",
            (owed.id, owed.origin, owed.type, orjson.dumps(owed.fields | more)),
        )

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """All of the changes in the body, durably, or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # a full disk has rolled it back already
                self._db.execute("ROLLBACK")
            raise

    def _unwrap(self, number: int, ref: str, wrapped: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return self._master.decrypt(wrapped[:12], wrapped[12:], self._context(number, ref))
        except (InvalidTag, ValueError):
            raise LogError(
                f"{self._path}: key s-{number} was not wrapped by this master key; "
                "restore master.key and the store from the same copy"
            ) from None

    def _context(self, number: int, ref: str) -> bytes:
        return f"jurat subject key v1\n{self._set_name}\n{number}\n{ref}".encode()
