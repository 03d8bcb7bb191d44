"""The highest revision of each bundle that was in force: an older one is not armed again."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from jurat.bundle import Bundle, BundleError, Diagnostic, diagnostic

_TABLE = """
    CREATE TABLE IF NOT EXISTS revisions (
        name TEXT PRIMARY KEY, revision INTEGER NOT NULL, digest TEXT NOT NULL
    ) STRICT
"""
_RAISE = """
    INSERT INTO revisions VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE
    SET revision = excluded.revision, digest = excluded.digest
"""
_WAIT = 10.0  # seconds for another process to be done with the file


class Revisions:
    """Keeps the floor in the file `path`, which processes may share; without one, in memory.

    Raises BundleError where a bundle is below it, or where the file cannot be read or written:
    what is not known to be new is not armed.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._memory = sqlite3.connect(":memory:", check_same_thread=False) if not path else None
        if self._memory is not None:
            self._memory.execute(_TABLE)

    def check(self, bundles: Iterable[Bundle]) -> None:
        """Refuse a bundle whose revision is lower than one that was kept, or equal to it with
        other content: the older of two that share a number could not be told from the newer."""
        with self._opened() as database:
            _check(database, bundles)

    def keep(self, bundles: Iterable[Bundle]) -> None:
        """Check once more, and raise the floor to these revisions, durably."""
        bundles = tuple(bundles)
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            _check(database, bundles)
            for bundle in bundles:
                database.execute(_RAISE, (bundle.name, bundle.revision, bundle.digest))
            database.execute("COMMIT")

    def close(self) -> None:
        if self._memory is not None:
            self._memory.close()

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        if self._path is None:
            assert self._memory is not None
            self._memory.isolation_level = None
            try:
                yield self._memory
            finally:
                if self._memory.in_transaction:
                    self._memory.execute("ROLLBACK")
            return
        try:
            with closing(
                sqlite3.connect(self._path, timeout=_WAIT, isolation_level=None)
            ) as database:
                database.execute("PRAGMA synchronous = FULL")
                database.execute(_TABLE)
                yield database
        except sqlite3.Error as error:
            message = f"the revisions that were in force cannot be read or written: {error}"
            help = "restore the file, or give another one as `revisions`"
            raise BundleError([diagnostic("JB001", message, str(self._path), help=help)]) from None


def _check(database: sqlite3.Connection, bundles: Iterable[Bundle]) -> None:
    problems: list[Diagnostic] = []
    for bundle in bundles:
        row = database.execute(
            "SELECT revision, digest FROM revisions WHERE name = ?", (bundle.name,)
        ).fetchone()
        if row is None:
            continue
        revision, digest = row
        if bundle.revision < revision:
            message = f"revision {bundle.revision} of {bundle.name} is older than {revision}"
        elif bundle.revision == revision and bundle.digest != digest:
            message = f"revision {revision} of {bundle.name} was in force with other content"
        else:
            continue
        help = "to go back, build what you go back to under a higher revision"
        problems.append(diagnostic("JB096", message, "bundle.yaml", help=help))
    if problems:
        raise BundleError(problems)
