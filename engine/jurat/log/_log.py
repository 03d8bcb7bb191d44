"""The decision log as the engine and its users see it."""

import atexit
import contextlib
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, get_args

from ._body import Ids, complete, encode
from ._bundles import load_bundle, store_bundle
from ._compact import Compactor, compact_full_segments
from ._custody import Custody
from ._describe import (
    Durability,
    OnFailure,
    compare_copies,
    describe,
    explained,
    keep_apart,
    verifiers_of,
)
from ._epoch import complete_epoch, refuse_ended
from ._errors import LogError, LogUnavailable
from ._event import Actor, event
from ._gap import Gaps, Reserve
from ._group import Group
from ._journal import Entry, Journal
from ._keys import KeyStore
from ._layout import Description, Layout
from ._mask import Mask
from ._note import Signer
from ._opened import Opened
from ._os import System, release_lock, take_lock
from ._pending import Pending
from ._prune import resume
from ._reopen import Recovery
from ._seal import Sealer, in_pack, split_facts
from ._types import with_types


def wall_clock() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


class Log(Opened):
    """An open decision log. Make one with `Log.open`; close it, or use it as a context manager.

    Threads and asyncio tasks may share it. A forked child may not: it opens a log of its own.
    """

    def __init__(
        self,
        layout: Layout,
        group: Group,
        sealer: Sealer,
        custody: Custody,
        description: Description,
        types: Mapping[str, frozenset[str]],
        clock: Callable[[], int],
        lock: int,
    ) -> None:
        self._layout = layout
        self._gaps: Gaps | None = None
        self._compactor: Compactor | None = None
        self.mask = Mask(())
        self._system = System()
        self._pruning = threading.Lock()
        self._group = group
        self._sealer = sealer
        self._custody = custody
        self._description = description
        self._types = types
        self._clock = clock
        self._make_id = Ids()
        self._lock: int | None = lock
        reference = weakref.ref(self)
        self._at_exit = lambda: _close_at_exit(reference)
        atexit.register(self._at_exit)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: _abandon(reference))

    @classmethod
    def open(
        cls,
        directory: Path | str,
        *,
        keys: KeyStore | None = None,
        durability: Durability = "sync",
        on_failure: OnFailure = "deny",
        signer: Signer | Sequence[Signer] = (),
        origin: str | None = None,
        set_name: str | None = None,
        types: Mapping[str, Iterable[str]] | None = None,
        mask: Iterable[str] = (),
        copies: Iterable[Path | str] = (),
        clock: Callable[[], int] = wall_clock,
        system: System | None = None,
    ) -> Self:
        """Open the log in `directory`, made where there is none, recovered where it was torn.

        `durability` says what an acknowledgement means: `sync` and `release`, on the disk (the
        second starts to write at once, without anybody waiting); `buffered`, in the queue; `off`,
        written but not synced. `on_failure` says what becomes of records that cannot be written:
        with `deny` waiting for them raises LogUnavailable, until the log is opened again; with
        `gap` their receipts say so (`Receipt.gap`), they are counted in a reserve of 16 MiB that
        is kept for that, and a `gap` record tells of them as soon as the disk can be written
        again, or when the log is opened next. `signer` signs in place of a key in `keys`, like a
        `CommandSigner`. `origin` names a new log to the world (default: a
        random one); logs with one `set_name` (default: the origin) share keyed digests and subjects' keys.
        `types` registers more record types with the fields each requires. `mask` are JSON
        Pointers into what is evaluated, and into the fields of events: the values there are written
        nowhere, not even sealed; a record lists what it lacks in `masked`. `copies` are directories
        to which a `Publisher` publishes the log's checkpoints: a log that does not go on from what
        was published is not opened, because it would sign a second view of itself. `clock` gives wall time
        in microseconds.

        Raises LogError where it cannot be opened, LogBroken where it was damaged.
        """
        if durability not in get_args(Durability):
            known = ", ".join(get_args(Durability))
            raise LogError(f"durability {durability!r} is unknown; it is one of {known}")
        if on_failure not in get_args(OnFailure):
            known = ", ".join(get_args(OnFailure))
            raise LogError(f"on_failure {on_failure!r} is unknown; it is one of {known}")
        layout = Layout(Path(directory))
        system = System() if system is None else system
        keys = KeyStore() if keys is None else keys
        keep_apart(layout.root, keys.directory)
        registered = with_types(types)
        masked = Mask(mask)
        refuse_ended(layout)
        with contextlib.ExitStack() as undo, explained(layout.root):
            system.make_directory(layout.root)
            lock = take_lock(layout.lock)
            undo.callback(release_lock, lock)
            given = list(signer) if isinstance(signer, Sequence) else [signer]
            beginning = complete_epoch(layout, system)
            description, signers = describe(
                layout, system, keys, durability, origin, set_name, given
            )
            verifiers = verifiers_of(description)
            digest_key = keys.digest_key(description.set_name, create=True)
            subjects = keys.subject_keys(description.set_name, create=True)
            undo.callback(subjects.close)
            for path in (layout.segments, layout.segment_roots.parent, layout.packs):
                system.make_directory(path)
            system.sync_directory(layout.root)
            durable = durability != "off"
            compactor = Compactor(layout, system)
            recovery = Recovery(
                layout,
                system,
                signers,
                verifiers,
                description.origin,
                durable,
                compactor.filled,
            )
            end = recovery.end()
            resume(layout, system)
            compact_full_segments(layout, system)
            compare_copies(layout, verifiers, end, copies)
            journal = recovery.journal(end)
            undo.callback(journal.close)
            group = Group(
                journal,
                description.origin,
                buffered=durability == "buffered",
                eager=durability == "release",
            )
            sealer = Sealer(layout, description.origin, digest_key, subjects)
            custody = Custody(description.origin, sealer, subjects, clock)
            log = cls(layout, group, sealer, custody, description, registered, clock, lock)
            log._compactor = compactor
            log.mask = masked
            log._system = system
            reserve = Reserve(layout, system)
            missed = reserve.read()
            if on_failure == "gap":
                reserve.make()
                undo.callback(reserve.close)
            undo.pop_all()
        try:
            log._begin(system, verifiers, beginning)
            if missed is not None:
                with explained(layout.root):
                    log._append_durably("gap", missed.fields())
                    reserve.note(None)
                    reserve.sync()
            if on_failure == "gap":
                log._count_gaps(reserve, recovery)
            else:
                reserve.close()
        except BaseException:
            with contextlib.suppress(LogError):
                log.close()
            raise
        return log

    @property
    def origin(self) -> str:
        """The log's name in checkpoints and receipts."""
        return self._description.origin

    @property
    def directory(self) -> Path:
        return self._layout.root

    @property
    def durability(self) -> str:
        return self._description.durability

    @property
    def size(self) -> int:
        """How many records are committed."""
        return self._group.journal.size

    @property
    def unawaited(self) -> int:
        """How many records were appended whose receipt nobody has waited for."""
        return self._group.unasked

    @property
    def lost(self) -> int:
        """How many records could not be written without their `wait()` having said so."""
        return self._group.untold

    @property
    def failure(self) -> str | None:
        """Why the log takes no more records; None while it does."""
        return self._group.failure

    @property
    def on_failure(self) -> OnFailure:
        """What becomes of records that cannot be written."""
        return "deny" if self._gaps is None else "gap"

    @property
    def missed(self) -> int:
        """How many records were missed that no `gap` record tells of yet."""
        return 0 if self._gaps is None else self._gaps.missed

    def miss(self, record_id: str, reason: str) -> bool:
        """Count a record that could not even be made; False where the log must not go on
        without it (`on_failure`, or a log that is closed)."""
        if self._gaps is None or self._lock is None:
            return False
        self._gaps.miss(record_id, None, reason)
        return True

    def append(self, type: str, body: Mapping[str, Any]) -> Pending:
        """Hand a record to the log; wait for what is returned before acting on it.

        `body` holds plain values: ASCII keys, no floats, integers within 2^53 - 1. `type` is added,
        and `ts` and `id` where they are absent. Sealed facts in `facts` that are too large for a
        leaf go into a pack. Raises LogError for a record that is not one; a log that cannot write
        says so when the pending is waited for.
        """
        record = complete(type, body, self._types, self._clock(), self._make_id)
        sealed = split_facts(record)
        if sealed is None:
            encoded = encode(record)
            return self._group.append(lambda journal: journal.stage(encoded), record["id"])

        def stage(journal: Journal) -> Entry:
            first, offset = journal.reserve_pack(len(sealed))
            record["facts"] = in_pack(record["facts"], first, offset, sealed)
            entry = journal.stage(encode(record))
            journal.fill_pack(entry, sealed)
            return entry

        return self._group.append(stage, record["id"])

    def record(self, type: str, /, actor: Actor | None = None, **fields: Any) -> Pending:
        """Hand an application's own event to the log: `key.rotate`, `failover`, `breaker`,
        `org.change`, `waiver`, or a type registered with `Log.open(types=...)`.

        `actor` is an id, or a mapping of `id` and `kind`: only its keyed digest is written. The
        other fields stand in clear, so put no personal data into them; one whose name is a word
        of Python takes an underscore behind (`from_`). Wait for what is returned where the event
        must be on the disk. Raises RecordError for a type that is not registered, a field that is
        missing or jurat's own, or a value that is not plain.
        """
        body = event(type, actor, fields, types=self._types, ref=self._sealer.ref)
        if self.mask:
            body, masked = self.mask.apply(body)
            body |= {"masked": masked} if masked else {}
        return self.append(type, body)

    def flush(self) -> None:
        """Return when everything appended is on the disk. Raises LogUnavailable where it is not."""
        self._group.flush()

    def seal(self, subject: str | None, plaintext: bytes) -> dict[str, Any]:
        """`{kid, n, ct}`: `plaintext` under the key of a data subject, or the log's own.

        Raises LogError where the key store cannot be used.
        """
        self._custody.tend(self.append)
        return self._sealer.seal(subject, plaintext)

    def unseal(self, facts: dict[str, Any]) -> bytes | None:
        """What was sealed; None where the subject's key was destroyed.

        Raises LogBroken where it was changed, LogError where its key is not in this key store.
        """
        return self._sealer.unseal(facts)

    def keyed(self, data: bytes) -> str:
        """`hmac:…`, the digest of `data` under the set's digest key."""
        return self._sealer.keyed(data)

    def ref(self, subject: str) -> str:
        """`hmac:…`, by which records name a data subject."""
        return self._sealer.ref(subject)

    def store_bundle(self, digest: str, archive: bytes) -> str:
        """Keep a bundle's archive under its digest; the archive's own digest.

        Put that into the `archive` field of the `policy.load` record: so verification covers it.
        """
        with explained(self._layout.root):
            return store_bundle(self._layout, digest, archive)

    def load_bundle(self, digest: str) -> bytes:
        """The archive kept under `digest`. Raises LogError where there is none."""
        return load_bundle(self._layout, digest)

    def close(self) -> None:
        """Write what is queued, publish the checkpoint, give the lock back. Idempotent.

        Raises LogUnavailable where records were lost and nobody was told of it yet.
        """
        lock, self._lock = self._lock, None
        if lock is None:
            return
        atexit.unregister(self._at_exit)
        try:
            with explained(self._layout.root):
                self._group.refuse()
                kept = self._gaps is None or self._gaps.close()
                self._group.close()
                if not kept:
                    raise LogUnavailable(
                        f"{self.missed} records are not in the log, and neither it nor its "
                        "reserve can be written"
                    )
        finally:
            if self._compactor is not None:
                self._compactor.close()
            self._group.journal.close()
            self._sealer.close()
            release_lock(lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _close_at_exit(reference: "weakref.ref[Log]") -> None:
    log = reference()
    if log is not None:
        try:
            log.close()
        except LogError as error:  # nobody is left to catch it
            logging.getLogger("jurat.log").error("%s: %s", log.directory, error)


def _abandon(reference: "weakref.ref[Log]") -> None:
    log = reference()
    if log is not None and log._lock is not None:
        # The child lets go of the files, so that the lock dies with the parent.
        lock, log._lock = log._lock, None
        os.close(lock)
        log._group.abandon()
        log._group.journal.close()
        if log._gaps is not None:
            log._gaps.abandon()
