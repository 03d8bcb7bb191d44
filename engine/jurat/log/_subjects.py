"""The keys of data subjects: made, found, destroyed for good, and held from that."""

import contextlib
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

from ._errors import LogError

KEY_SIZE = 32
_KEY_ID = re.compile(r"s-[1-9][0-9]{0,17}", re.ASCII)


class SubjectKeys:
    """AES-256 keys of data subjects, wrapped (AES-256-GCM) under the master key.

    A subject is known by its keyed reference only. Key ids are never used twice, so a key that
    was destroyed is told from one that was never here.
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
                self._db.execute(
                    "CREATE TABLE IF NOT EXISTS subject (number INTEGER PRIMARY KEY AUTOINCREMENT,"
                    " ref TEXT NOT NULL UNIQUE, wrapped BLOB NOT NULL)"
                )
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
            last = self._db.execute("SELECT seq FROM sqlite_sequence").fetchone()
        if row is None:
            if number == 0 or last is None or number > last[0]:
                raise LogError(
                    f"{self._path}: this key is not here: the facts were sealed with other keys; "
                    "set JURAT_CONFIG_DIR to the directory that has them"
                )
            return None
        return self._unwrap(number, row[0], row[1])

    def destroy(self, ref: str) -> str | None:
        """Destroy the key of the subject `ref` for good; its id, or None where there is none."""
        with self._used():
            row = self._find(ref)
            if row is None:
                return None
            self._db.execute("DELETE FROM subject WHERE number = ?", (row[0],))
            return f"s-{row[0]}"

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
        self._db.execute("BEGIN IMMEDIATE")
        try:
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
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        return row

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
