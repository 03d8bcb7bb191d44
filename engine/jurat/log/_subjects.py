"""The keys of data subjects: made, found, destroyed for good, and held from that."""

import contextlib
import os
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import orjson

from ._errors import LogError, LogHeld
from ._held import EVERYBODY, Hold, Owed, key_number

if TYPE_CHECKING:  # imported where it is used: it takes its time
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_SIZE = 32
_TABLES = """
CREATE TABLE IF NOT EXISTS subject
    (number INTEGER PRIMARY KEY AUTOINCREMENT, ref TEXT NOT NULL UNIQUE, wrapped BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS hold
    (id TEXT PRIMARY KEY, ref TEXT NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL,
     since INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS owed
    (id TEXT PRIMARY KEY, origin TEXT NOT NULL, type TEXT NOT NULL, fields BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS lost (number INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class SubjectKeys:
    """AES-256 keys of data subjects, wrapped (AES-256-GCM) under the master key.

    A subject is known by its keyed reference only. Key ids are never used twice, so a key that
    was destroyed is told from one that was never here. What is done to the keys, and the record
    that a log owes of it, are one transaction: a crash leaves both or neither.

    `masters` reads the master key from its file, and while it is being changed the old one after
    it; the store itself says by which of them it is wrapped.
    """

    def __init__(self, path: Path, masters: Callable[[], Sequence[bytes]], set_name: str) -> None:
        import sqlite3

        self._path = path
        self._error = sqlite3.Error
        self._masters = masters
        self._wrappers: dict[str, AESGCM] = {}
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
                self._load_masters()
        except BaseException:
            self._db.close()
            raise

    def of(self, ref: str) -> tuple[str, bytes]:
        """Key id and key of the subject `ref`, made on first use and durable on return."""
        with self._used():
            row = self._find(ref) or self._make(ref)
        return f"s-{row.number}", self._unwrap(row)

    def get(self, kid: str) -> bytes | None:
        """The key with id `kid`; None where it was destroyed.

        Raises LogError where this store never held it.
        """
        number = key_number(kid)
        with self._used():
            row = self._one("number = ?", number)
            lost = self._db.execute("SELECT 1 FROM lost WHERE number = ?", (number,)).fetchone()
            last = self._db.execute(
                "SELECT seq FROM sqlite_sequence WHERE name = 'subject'"
            ).fetchone()
        if row is None:
            if number == 0 or last is None or number > last[0]:
                raise LogError(
                    f"{self._path}: this key is not here: the facts were sealed with other keys; "
                    "set JURAT_CONFIG_DIR to the directory that has them"
                )
            if lost:
                raise LogError(
                    f"{self._path}: key {kid} is lost: it is newer than the copy that was restored"
                )
            return None
        return self._unwrap(row)

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
            kid = f"s-{row.number}"
            self._db.execute("DELETE FROM subject WHERE number = ?", (row.number,))
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

    def _one(self, condition: str, value: object) -> "_Row | None":
        rows = self._rows(f"WHERE {condition}", value)
        return rows[0] if rows else None

    def _rows(self, condition: str = "ORDER BY number", *values: object) -> "list[_Row]":
        """Keys, and by which master key they are wrapped at that moment."""
        found = self._db.execute(
            "SELECT number, ref, wrapped, (SELECT value FROM meta WHERE name = 'master') "
            f"FROM subject {condition}",
            values,
        )
        return [_Row(*row) for row in found]

    def _find(self, ref: str) -> "_Row | None":
        return self._one("ref = ?", ref)

    def _make(self, ref: str) -> "_Row":
        with self._changing():
            row = self._find(ref)  # another process may have made it meanwhile
            return self._insert(None, ref, os.urandom(KEY_SIZE)) if row is None else row

    def _insert(self, number: int | None, ref: str, key: bytes) -> "_Row":
        """Take in a key, under the next number or a given one; within a change."""
        master = self._wrapped_by()
        cursor = self._db.execute(
            "INSERT INTO subject (number, ref, wrapped) VALUES (?, ?, x'')", (number, ref)
        )
        number = cursor.lastrowid or 0
        wrapped = self._wrap(master, number, ref, key)
        self._db.execute("UPDATE subject SET wrapped = ? WHERE number = ?", (wrapped, number))
        return _Row(number, ref, wrapped, master)

    def _wrapped_by(self) -> str:
        """The fingerprint of the store's master key, which the newest is for one without keys."""
        row = self._db.execute("SELECT value FROM meta WHERE name = 'master'").fetchone()
        if row is not None:
            return str(row[0])
        newest = self._load_masters()
        rows = self._rows("LIMIT 1")  # a store from before it said so
        master = self._opens(rows[0]) if rows else newest
        self._db.execute("INSERT INTO meta VALUES ('master', ?)", (master,))
        return master

    def _load_masters(self) -> str:
        """Read the master keys anew; the fingerprint of the newest."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        keys = self._masters()
        self._wrappers = {fingerprint(key): AESGCM(key) for key in keys}
        return fingerprint(keys[0])

    def _wrapper(self, master: str) -> "AESGCM":
        if master not in self._wrappers:
            self._load_masters()  # it was changed since
        if master not in self._wrappers:
            raise LogError(
                f"{self._path}: its keys are not wrapped by this master key; restore master.key "
                "and the store from the same copy"
            )
        return self._wrappers[master]

    def _wrap(self, master: str, number: int, ref: str, key: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._wrapper(master).encrypt(nonce, key, self._context(number, ref))

    def change_master(self, new: bytes) -> None:
        """Wrap every key by another master key, in one transaction."""
        with self._used(), self._changing():
            self._load_masters()
            master = fingerprint(new)
            if self._wrapped_by() == master:
                return
            for row in self._rows():
                wrapped = self._wrap(master, row.number, row.ref, self._unwrap(row))
                self._db.execute(
                    "UPDATE subject SET wrapped = ? WHERE number = ?", (wrapped, row.number)
                )
            self._db.execute("UPDATE meta SET value = ? WHERE name = 'master'", (master,))

    def all(self) -> list[tuple[str, str]]:
        """Key id and subject's reference of every key, oldest first."""
        with self._used():
            return [(f"s-{row.number}", row.ref) for row in self._rows()]

    def accounted(self) -> set[int]:
        """The numbers of the keys that stand, that are known to be lost, or whose erasure a log is
        still to record."""
        with self._used():
            rows = self._db.execute("SELECT number FROM subject UNION SELECT number FROM lost")
            owed = self._db.execute("SELECT fields FROM owed WHERE type = 'erasure'")
            return {number for (number,) in rows} | {
                key_number(orjson.loads(fields)["kid"]) for (fields,) in owed
            }

    def issued(self) -> int:
        """The number of the newest key that was ever made."""
        with self._used():
            return self._issued()

    def _issued(self) -> int:
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'subject'").fetchone()
        return 0 if row is None else int(row[0])

    def export(self) -> list[tuple[int, str, bytes]]:
        """Number, reference and key of every subject."""
        with self._used():
            rows = self._rows()
            return [(row.number, row.ref, self._unwrap(row)) for row in rows]

    def take(
        self,
        keys: Sequence[tuple[int, str, bytes]],
        *,
        issued: int,
        gone: Collection[int],
        holds: Sequence[Hold],
    ) -> tuple[int, int]:
        """Take back keys of a copy, but none that was destroyed: `gone`, or missing here though it
        was made here. `issued` is the newest that was ever made: what is neither here, in the copy
        nor gone is lost. How many were taken back, and how many are lost.
        """
        with self._used(), self._changing():
            had, refs = self._issued(), {row.number: row.ref for row in self._rows()}
            taken = 0
            for number, ref, key in keys:
                if refs.get(number, ref) != ref:
                    raise LogError(
                        f"{self._path}: has made keys of its own under the numbers of the copy; "
                        "move it away, then restore"
                    )
                if number in gone or number <= had:
                    continue
                self._insert(number, ref, key)
                refs[number] = ref
                taken += 1
            for number in gone:
                if number in refs:
                    self._db.execute("DELETE FROM subject WHERE number = ?", (number,))
            known = {number for number, _, _ in keys}
            lost = [n for n in range(had + 1, issued + 1) if n not in known and n not in gone]
            self._db.executemany("INSERT OR IGNORE INTO lost VALUES (?)", [(n,) for n in lost])
            if issued > self._issued():
                self._db.execute("DELETE FROM sqlite_sequence WHERE name = 'subject'")
                self._db.execute("INSERT INTO sqlite_sequence VALUES ('subject', ?)", (issued,))
            for hold in holds:
                self._db.execute(
                    "INSERT OR IGNORE INTO hold (id, ref, reason, by, since) VALUES (?,?,?,?,?)",
                    (hold.id, hold.ref, hold.reason, hold.by, hold.since),
                )
            return taken, len(lost)

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

    def _unwrap(self, row: "_Row") -> bytes:
        from cryptography.exceptions import InvalidTag

        wrapper = self._wrapper(row.master or self._opens(row))
        context = self._context(row.number, row.ref)
        try:
            return wrapper.decrypt(row.wrapped[:12], row.wrapped[12:], context)
        except (InvalidTag, ValueError):
            raise LogError(
                f"{self._path}: key s-{row.number} was not wrapped by this master key; "
                "restore master.key and the store from the same copy"
            ) from None

    def _opens(self, row: "_Row") -> str:
        """The fingerprint of the master key that opens a row; of the newest where none does."""
        newest = self._load_masters()
        for master in self._wrappers:
            with contextlib.suppress(LogError):
                self._unwrap(row._replace(master=master))
                return master
        return newest

    def _context(self, number: int, ref: str) -> bytes:
        return f"jurat subject key v1\n{self._set_name}\n{number}\n{ref}".encode()


class _Row(NamedTuple):
    number: int
    ref: str
    wrapped: bytes
    master: str | None
    """The fingerprint of the master key; None in a store from before there were any."""


def fingerprint(master: bytes) -> str:
    """By which a store names its master key."""
    return sha256(b"jurat master key v1\n" + master).hexdigest()[:16]
