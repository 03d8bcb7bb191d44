"""Group commit: one caller commits for all who wait, then hands the lead to the next.

A thread that waits for its record either leads at once or sleeps until its record is done or the
lead is handed to it. Awaiting tasks, `release` and `buffered` are served by one committer thread,
started when it is first needed. Whoever leads commits everything that is queued at that moment.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ._errors import CLOSED, FORKED, POISONED, LogError, LogUnavailable
from ._journal import Entry, Journal, ident_of
from ._pending import Pending, Receipt, Waiter, chained, resolve

if TYPE_CHECKING:  # asyncio is imported by those who use it
    import asyncio

QUEUE = 1_000  # entries; a fuller queue makes the next caller commit
WINDOW = 0.010  # seconds that a buffered entry may wait
PUBLISH_EVERY = 1.0  # seconds between published checkpoints


class Group:
    """The queue in front of a journal."""

    def __init__(self, journal: Journal, origin: str, *, buffered: bool, eager: bool) -> None:
        self.journal = journal
        self.miss: Callable[[str, int | None, str], None] | None = None
        """Counts a record, by its id and place, that the log goes on without. Where it is set,
        what cannot be written is acknowledged as a gap."""
        self._why = ""
        self.origin = origin
        self._buffered = buffered
        self._eager = eager
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._queue: list[Pending] = []
        self._leading = False
        self._failure: str | None = None  # nothing can be committed any more
        self._refusal: str | None = None  # nothing is taken any more
        self._issued = 0
        self._asked = 0
        self._failed = 0
        self._told = 0
        self._last: Pending | None = None
        self._published = 0.0
        self._unwoken: list[Waiter] = []
        self._committer: threading.Thread | None = None
        self._committer_waiter = Waiter()
        self._due = threading.Event()
        self._stopping = False

    @property
    def unasked(self) -> int:
        """How many records were appended whose receipt nobody waited for."""
        return self._issued - self._asked

    @property
    def untold(self) -> int:
        """How many records were not written, and nobody who appended them knows."""
        return self._failed - self._told

    @property
    def failure(self) -> str | None:
        return FORKED if os.getpid() != self._pid else self._refusal

    @property
    def broken(self) -> bool:
        """Whether the journal failed, so that only recovery can go on with the log."""
        return self._failure is not None

    def append(self, stage: Callable[[Journal], Entry], ident: str | None) -> Pending:
        """Queue the entry that `stage` makes; its pending has failed where the log is not usable.

        `stage` runs under the lock that orders entries. `ident` is the record's id.
        """
        if os.getpid() != self._pid:  # before any lock: the parent may have held it in the fork
            return self._refused(FORKED)
        with self._lock:
            if self._refusal is not None:
                if self.miss is None or self._stopping or ident is None:
                    self._failed += 1
                    return self._refused(self._refusal)
                self.miss(ident, None, self._why)
                return self._passed_over()
            entry = stage(self.journal)
            pending = Pending(self, entry)
            if self._buffered:
                pending.acknowledge(entry.seq + 1)
            self._issued += 1
            self._queue.append(pending)
            self._last = pending
            first, full = len(self._queue) == 1, len(self._queue) >= QUEUE
            if not full and self._eager:
                self._wake_committer()
        if full:
            self.settle(pending, None)
        elif first and self._buffered:
            self._start_committer()
            self._due.set()
        return pending

    def settle(self, pending: Pending, timeout: float | None, *, asked: bool = False) -> None:
        """Return when `pending` is settled; commit for everybody if nobody does. `asked`: its
        receipt is waited for.

        Raises LogUnavailable after `timeout` seconds.
        """
        if os.getpid() != self._pid:
            raise LogUnavailable(FORKED)
        with self._lock:
            if asked:
                self._count_asked(pending)
            if pending.settled:
                return
            waiter = None
            if self._leading:
                waiter = Waiter()
                if pending.waiters is None:
                    pending.waiters = []
                pending.waiters.append(waiter)
            else:
                self._leading = True
        if waiter is not None:
            try:
                woken = waiter.wait(timeout)
            except BaseException:  # an interrupt: the lead may have been handed to us meanwhile
                self._forget(pending, waiter)
                waiter.pass_on()
                if waiter.lead:
                    self._lead()
                raise
            forgotten = not woken and self._forget(pending, waiter)
            waiter.pass_on()
            if forgotten:
                raise LogUnavailable(f"the record was not on the disk within {timeout} seconds")
            if not waiter.lead:
                return
        self._lead()

    def _forget(self, pending: Pending, waiter: Waiter) -> bool:
        """Wait no more; False where the record is settled or the lead was handed over."""
        with self._lock:
            if waiter.lead:
                return False
            if pending.waiters is not None and waiter in pending.waiters:
                pending.waiters.remove(waiter)
            return not pending.settled

    def _take_lead(self) -> bool:
        with self._lock:
            taken = not self._leading
            self._leading = True
            return taken

    def call_when_settled(
        self,
        pending: Pending,
        loop: "asyncio.AbstractEventLoop",
        future: "asyncio.Future[None]",
    ) -> bool:
        """Resolve `future` in `loop` when `pending` is settled; False where it is already."""
        if os.getpid() != self._pid:
            raise LogUnavailable(FORKED)
        with self._lock:
            self._count_asked(pending)
            if pending.settled:
                return False
            if pending.futures is None:
                pending.futures = []
            pending.futures.append((loop, future))
            self._wake_committer()
        return True

    def count_asked(self, pending: Pending) -> None:
        """Somebody waits for the receipt."""
        if os.getpid() == self._pid:
            with self._lock:
                self._count_asked(pending)

    def _count_asked(self, pending: Pending) -> None:
        if not pending.asked:
            pending.asked = True
            self._asked += 1

    def count_told(self) -> None:
        if os.getpid() == self._pid:
            with self._lock:
                self._told += 1

    def flush(self) -> None:
        """Wait until everything queued is on the disk. Raises LogUnavailable where it is not."""
        if self.failure is None and self._last is not None:
            self.settle(self._last, None)
        if self.failure is not None:
            raise LogUnavailable(self.failure)

    def close(self) -> None:
        """Flush, publish, and refuse whatever comes after.

        Raises LogUnavailable where records were lost and nobody was told of it yet.
        """
        if os.getpid() != self._pid:
            return
        self.refuse()
        while not self._take_lead():  # the last leader may still be publishing
            time.sleep(0.0005)
        if self._committer is not None:
            self._due.set()
            self._committer_waiter.wake()
            self._committer.join()
        if self._failure is None:
            self.journal.publish()
        elif self.untold:
            raise LogUnavailable(f"{self.untold} records are not in the log: {self._failure}")

    def refuse(self) -> None:
        """Take nothing more, and write what is queued."""
        with self._lock:
            self._stopping = True
            self._refusal = self._refusal or CLOSED
        if self._last is not None:
            self.settle(self._last, None)

    @contextlib.contextmanager
    def exclusively(self) -> Iterator[None]:
        """Hold the lead, so that nobody commits meanwhile."""
        while not self._take_lead():
            time.sleep(0.0005)
        try:
            yield
        finally:
            self._pass_on()

    def take_over(self, journal: Journal) -> None:
        """Go on with a journal that was recovered. The caller holds the lead."""
        with self._lock:
            failed, self.journal = self.journal, journal
            self._failure = None
            self._refusal = CLOSED if self._stopping else None
        failed.close()

    def abandon(self) -> None:
        """In a forked child: nothing of the parent's log is touched any more."""
        self._lock = threading.Lock()  # another thread may have held it in the fork
        self._queue = []
        self._failure = self._refusal = FORKED

    def _refused(self, reason: str) -> Pending:
        pending = Pending(self, None)
        pending.fail(reason)
        return pending

    def _passed_over(self) -> Pending:
        pending = Pending(self, None)
        pending.pass_over(self._gap())
        return pending

    def _gap(self) -> Receipt:
        return Receipt(self.origin, -1, b"", 0, gap=self._why)

    def _lead(self) -> None:
        """Commit what is queued, then pass the lead on. The caller holds the lead."""
        batch: list[Pending] = []
        try:
            with self._lock:
                batch, self._queue = self._queue, []
            if batch:
                self._commit(batch)
                self._wake(batch)
                self._publish_when_due()
        except BaseException as error:
            self._poison(error, batch)
            if not isinstance(error, Exception):
                raise
        finally:
            self._pass_on()

    def _commit(self, batch: list[Pending]) -> None:
        if self._failure is not None:
            self._finish(batch, self._failure)
            return
        size = self.journal.commit([pending.entry for pending in batch if pending.entry])
        for pending in batch:
            pending.succeed(size)

    def _publish_when_due(self) -> None:
        now = time.monotonic()
        if self._failure is None and now - self._published >= PUBLISH_EVERY:
            self._published = now
            self.journal.publish()

    def _poison(self, error: BaseException, batch: list[Pending]) -> None:
        reason = error.strerror if isinstance(error, OSError) else None
        if isinstance(error, LogError):
            reason = str(error)
        self._why = reason or type(error).__name__
        text = POISONED.format(self._why)
        with self._lock:
            self._failure = self._failure or text
            self._refusal = self._refusal or text
            queued, self._queue = self._queue, []
        self._finish([*batch, *queued], text)

    def _finish(self, batch: list[Pending], reason: str) -> None:
        failed = [pending for pending in batch if not pending.settled]
        if self.miss is not None:
            for pending in failed:
                if pending.entry is not None and (ident := ident_of(pending.entry)):
                    self.miss(ident, pending.entry.seq, self._why)
                pending.pass_over(self._gap())
            failed = []
        with self._lock:
            self._failed += len(failed)
        for pending in failed:
            pending.fail(reason)
        self._wake(batch)

    def _wake(self, batch: list[Pending]) -> None:
        futures: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        waiters: list[Waiter] = []
        with self._lock:
            for pending in batch:
                if pending.waiters:
                    waiters.extend(pending.waiters)
                    pending.waiters = None
                if pending.futures:
                    futures.extend(pending.futures)
                    pending.futures = None
            self._unwoken += chained(waiters)
        self._rouse()
        if futures:
            resolve(futures)

    def _rouse(self) -> None:
        while self._unwoken:  # only who leads reaches it
            self._unwoken[-1].wake()
            self._unwoken.pop()

    def _pass_on(self) -> None:
        self._rouse()  # whom a leader that was interrupted left asleep
        with self._lock:
            for pending in self._queue:
                if pending.waiters:
                    waiter = pending.waiters.pop()
                    waiter.lead = True
                    break
            else:
                self._leading = False
                if self._queue and (
                    self._eager or any(pending.futures for pending in self._queue)
                ):
                    self._wake_committer()
                return
        waiter.wake()

    def _wake_committer(self) -> None:
        """Give the lead to the committer thread unless somebody has it. Needs the lock."""
        if not self._leading and not self._stopping:
            self._leading = True
            if self._committer is None:
                self._committer = self._spawn()
            self._committer_waiter.lead = True
            self._committer_waiter.wake()

    def _start_committer(self) -> None:
        with self._lock:
            if self._committer is None and not self._stopping:
                self._committer = self._spawn()

    def _spawn(self) -> threading.Thread:
        run = self._run_buffered if self._buffered else self._run
        thread = threading.Thread(target=run, name="jurat-log", daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        waiter = self._committer_waiter
        while True:
            waiter.wait(None)
            if waiter.lead:
                waiter.lead = False
                self._lead()
            elif self._stopping:
                return

    def _run_buffered(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            if self._stopping:
                return
            time.sleep(WINDOW * 0.8)
            last = self._last
            if last is not None:
                self.settle(last, None)
