"""What a log that goes on without its disk missed: counted, kept in a reserve, recorded.

The reserve is a file of 16 MiB that is made while there is room. Its first two slots of 4 KiB hold
in turn what is missed and not yet recorded, written in place: that needs no room on most file
systems. The rest is given back to a disk that is full, so that the `gap` can be recorded; the log
takes records again once the reserve is whole.
"""

import contextlib
import errno
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import orjson

from ._errors import LogError
from ._group import Group
from ._journal import Entry, Journal
from ._layout import Layout
from ._os import System

RESERVE = 16 << 20
_SLOT = 4096
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_RETRY = 1.0  # seconds between attempts to write again
_MOST_REASON = 300  # characters


@dataclass(frozen=True, slots=True)
class Gap:
    """`count` records that are not in the log: ids of the first and the last, times in µs.

    A `gap` record whose writing failed may yet be in the log, and is written again with the same id
    and a count that is at least as high: of records with one id the last one counts.

    `staged` are those of them that had their place already, by it: (seq, id). They may turn out
    to be on the disk after all.
    """

    id: str
    count: int
    first: str
    last: str
    reason: str
    since: int
    until: int
    exact: bool = True
    staged: tuple[tuple[int, str], ...] = field(default=(), compare=False)

    def fields(self) -> dict[str, Any]:
        """The fields of the `gap` record."""
        return {
            "count": self.count,
            "exact": self.exact,
            "first": self.first,
            "id": self.id,
            "last": self.last,
            "reason": self.reason,
            "since": self.since,
            "until": self.until,
        }

    def found(self, size: int) -> "Gap | None":
        """What is missed of it where the log turned out to hold `size` records."""
        lost = [(seq, one) for seq, one in self.staged if seq >= size]
        count = self.count - (len(self.staged) - len(lost))
        if not count:
            return None
        first = self.first
        if self.staged and self.staged[0][1] == first and self.staged[0][0] < size:
            first = lost[0][1] if lost else ""
        return replace(self, count=count, first=first or self.last, staged=())


def both(older: Gap | None, newer: Gap | None) -> Gap | None:
    """Two gaps as one."""
    if older is None or newer is None:
        return older or newer
    return replace(
        older,
        count=older.count + newer.count,
        last=newer.last,
        until=newer.until,
        exact=older.exact and newer.exact,
        staged=older.staged + newer.staged,
    )


class Reserve:
    """The reserve file of a log."""

    def __init__(self, layout: Layout, system: System) -> None:
        self._path = layout.reserve
        self._system = system
        self._descriptor: int | None = None
        self._turn = 0

    def read(self) -> Gap | None:
        """What an earlier writer missed and did not record. Raises OSError."""
        try:
            with self._path.open("rb") as file:
                slots = [file.read(_SLOT), file.read(_SLOT)]
        except FileNotFoundError:
            return None
        turn, noted = max(map(_parse, slots), key=lambda slot: slot[0])
        self._turn = turn
        if noted is None:
            return None
        try:
            return replace(Gap(**noted), exact=False)
        except TypeError:
            return None

    def make(self) -> None:
        """Make the reserve whole. Raises OSError where there is no room for it."""
        new = not self._path.exists()
        if self._descriptor is None:
            self._descriptor = self._system.open_update(self._path)
        self._system.allocate(self._descriptor, RESERVE)
        if new:
            self._system.sync_directory(self._path.parent)

    def release(self) -> None:
        """Give the room of the reserve to the log."""
        if self._path.exists():
            self._system.truncate(self._path, 2 * _SLOT)

    def note(self, gap: Gap | None) -> None:
        """Keep what is missed; not yet synced. Raises OSError."""
        if self._descriptor is None:
            self._descriptor = self._system.open_update(self._path)
        self._turn += 1
        text = orjson.dumps([self._turn, None if gap is None else gap.fields()])
        slot = b"%b %b\n" % (sha256(text).hexdigest().encode(), text)
        offset = self._turn % 2 * _SLOT
        try:
            self._system.write_at(self._descriptor, slot, offset)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            self.release()  # this file system writes nothing in place
            self._system.write_at(self._descriptor, slot, offset)

    def sync(self) -> None:
        if self._descriptor is not None:
            self._system.sync(self._descriptor)

    def close(self) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
        self._descriptor = None


def _parse(slot: bytes) -> tuple[int, dict[str, Any] | None]:
    digest, _, rest = slot.partition(b" ")
    text, end, _ = rest.partition(b"\n")
    if not end or sha256(text).hexdigest().encode() != digest:
        return 0, None
    turn, noted = orjson.loads(text)
    return turn, noted


class Gaps:
    """Counts what a log misses, and brings the log back when its disk can be written again.

    `opened` recovers the log's files, tells how many records it found, and gives the journal to go
    on with, its recoveries recorded; `body` encodes a `gap` record.
    """

    def __init__(
        self,
        reserve: Reserve,
        group: Group,
        *,
        opened: Callable[[Callable[[int], None]], Journal],
        body: Callable[[dict[str, Any]], bytes],
        clock: Callable[[], int],
        make_id: Callable[[int], str],
    ) -> None:
        self._reserve = reserve
        self._group = group
        self._opened = opened
        self._body = body
        self._clock = clock
        self._make_id = make_id
        self._retry = _RETRY
        self._lock = threading.Lock()
        self._gap: Gap | None = None
        self._writing: Gap | None = None
        self._narrow: Journal | None = None  # good, and waiting for the reserve to be whole
        self._told = False
        self._thread: threading.Thread | None = None
        self._due = threading.Event()
        self._stop = threading.Event()

    @property
    def missed(self) -> int:
        """How many records are missed and not yet recorded in a gap."""
        with self._lock:
            gap = both(self._writing, self._gap)
            return 0 if gap is None else gap.count

    def miss(self, ident: str, seq: int | None, reason: str) -> None:
        """Count a record that did not get into the log. Never fails."""
        ident, now = str(ident), self._clock()
        with self._lock:
            gap = self._gap
            self._gap = Gap(
                id=self._make_id(now) if gap is None else gap.id,
                count=1 if gap is None else gap.count + 1,
                first=ident if gap is None else gap.first,
                last=ident,
                reason=reason[:_MOST_REASON] if gap is None else gap.reason,
                since=now if gap is None else gap.since,
                until=now,
                staged=(() if gap is None else gap.staged)
                + (() if seq is None else ((seq, ident),)),
            )
            self._note()
            if self._thread is None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._run, name="jurat-gap", daemon=True)
                self._thread.start()
        self._due.set()

    def close(self) -> bool:
        """Try once more; whether nothing is missed any more, or all of it is in the reserve.

        The group refuses whatever comes, and its queue is empty.
        """
        self._stop.set()
        self._due.set()
        if self._thread is not None:
            self._thread.join()
        with contextlib.suppress(OSError, LogError), self._group.exclusively():
            if self._group.broken:
                self._group.take_over(self._ready())
            else:
                self._record(self._group.journal)
        if self._narrow is not None:
            self._narrow.close()
        kept = True
        if self.missed:
            try:
                with self._lock:
                    self._reserve.note(self._gap)
                self._reserve.sync()
            except OSError:
                kept = False
        self._reserve.close()
        return kept

    def abandon(self) -> None:
        """In a forked child: the parent's reserve is not touched any more."""
        self._stop.set()
        self._reserve.close()

    def _note(self) -> None:
        try:
            self._reserve.note(both(self._writing, self._gap))
        except OSError as error:
            if not self._told:
                self._told = True
                logging.getLogger("jurat.log").error(
                    "what the log misses is counted in memory only: the reserve cannot be "
                    "written: %s",
                    error.strerror,
                )

    def _run(self) -> None:
        while not self._stop.is_set():
            self._due.wait()
            self._due.clear()
            delay = self._retry
            while not self._stop.is_set() and (self.missed or self._group.broken):
                with contextlib.suppress(OSError):
                    self._reserve.sync()
                if not self._attempt():
                    self._stop.wait(delay)
                    delay = min(2 * delay, 8 * self._retry)

    def _attempt(self) -> bool:
        """Whether the log takes records and the gap is in it."""
        try:
            if self._group.broken:
                with self._group.exclusively():
                    self._group.take_over(self._ready())
            elif (gap := self._take()) is not None:
                try:
                    receipt = self._group.append(
                        lambda journal: journal.stage(self._body(gap.fields())), None
                    ).wait()
                    self._group.flush()  # a buffered log acknowledges what it has not written
                except BaseException:
                    self._put_back()
                    raise
                if receipt.gap is not None:
                    self._put_back()
                    return False
                self._written()
        except (OSError, LogError):
            return False
        return True

    def _ready(self) -> Journal:
        """A journal to go on with. Raises OSError or LogError where it is too early."""
        if self._narrow is None:
            try:
                self._narrow = self._recorded()
            except (OSError, LogError) as error:
                if getattr(error, "errno", None) not in _FULL:
                    raise
                self._reserve.release()
                self._narrow = self._recorded()
        self._reserve.make()
        journal, self._narrow = self._narrow, None
        try:
            self._record(journal)
        except BaseException:
            journal.close()
            raise
        return journal

    def _recorded(self) -> Journal:
        journal = self._opened(self._found)
        try:
            self._record(journal)
        except BaseException:
            journal.close()
            raise
        return journal

    def _found(self, size: int) -> None:
        """The log holds so many records: those that were staged below are not missed."""
        with self._lock:
            self._gap = None if self._gap is None else self._gap.found(size)
            self._note()

    def _record(self, journal: Journal) -> None:
        gap = self._take()
        if gap is None:
            return
        try:
            entry: Entry = journal.stage(self._body(gap.fields()))
            journal.commit([entry])
        except BaseException:
            self._put_back()
            raise
        self._written()

    def _take(self) -> Gap | None:
        with self._lock:
            self._writing, self._gap = self._gap, None
            return self._writing

    def _put_back(self) -> None:
        with self._lock:
            self._gap, self._writing = both(self._writing, self._gap), None

    def _written(self) -> None:
        with self._lock:
            self._writing = None
            self._note()
