"""The store that an engine makes for itself: counters in this process's memory."""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from jurat.plugin import Counted, CounterUse

from ._tables import MOST, SECOND, Cells, Periods, Sliding, Table

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400 * SECOND
_JUMP = 3600 * SECOND  # a call this far from the one before drops nothing
_LONG = 200  # characters of a key; a longer one is kept as its digest
_HARD = 256  # counters looked at where there is no room
_INSPECTED = 4  # counters looked at per call, so that no call pays for all,
_TURNS = 8  # by every eighth call for the seven before it

_new = tuple.__new__  # of a named tuple: half of the time that its own takes


class LimitsFull(Exception):
    """There are as many counters as the store may keep, and none of them is idle."""


class Reservation:
    """What one decision reserved. `counted` is what each counter held before, by key."""

    __slots__ = ("_places", "counted")

    def __init__(self, counted: dict[str, Counted]) -> None:
        self.counted: Mapping[str, Counted] = counted
        # key -> table, the counter, the place in it, the amount that stands there
        self._places: dict[str, tuple[Table, Cells, int, int]] = {}


class MemoryLimits:
    """Counters in the memory of this process, safe for threads and tasks.

    A sliding window is divided into `buckets`. A use counts for at least the window and at most
    one bucket longer: the error is over-counting, by what was used in one bucket (a sixtieth of
    the window by default). A fixed period is exact to the microsecond.

    A counter's time does not go back. A `now` before its latest bucket counts as that bucket; one
    before it by more than a whole window means that the clock was set back, and then all that the
    counter holds counts as used at that `now`. A period is another counter than the next, so time
    may go back and forth over its end.

    Memory is bounded: counters that are over are dropped as calls go by, a few per call, and
    beyond `most` counters a new one is refused with LimitsFull, so that the rules which need it
    are unknown and deny. A call whose `now` is more than an hour off the call before drops
    nothing: a question about another day does not empty the store.

    `held` are amounts by key (without the bundle's name) that counters hold when they are made.
    """

    name = "memory"
    deadline: timedelta | None = None

    def __init__(
        self, *, buckets: int = 60, most: int = 1_000_000, held: Mapping[str, int] | None = None
    ) -> None:
        if buckets < 1 or most < 1:
            raise ValueError("buckets and most are at least 1")
        self._buckets = buckets
        self._most = most
        self._held = dict(held or {})
        self._lock = threading.Lock()
        self._periods = Periods()
        self._sliding: dict[timedelta, Sliding] = {}
        self._tables: tuple[Table, ...] = (self._periods,)
        self._last = 0
        self._turn = 0

    def __len__(self) -> int:
        """How many counters there are."""
        return sum(len(table.counters) for table in self._tables)

    def reserve(self, uses: Sequence[CounterUse], now: datetime) -> Reservation:
        """Add every use and say what each counter held before, in one step.

        Raises LimitsFull, and ValueError for an amount below zero, a sum beyond 64 bits or a
        window of no length; then nothing is added.
        """
        moment = _microseconds(now)
        counted: dict[str, Counted] = {}
        reservation = Reservation(counted)
        places = reservation._places
        made: list[tuple[str, str, Table]] = []
        last: object = None
        with self._lock:
            try:
                self._turn += 1
                before, self._last = self._last, moment
                if self._turn % _TURNS == 0 and abs(moment - before) <= _JUMP:
                    self._sweep(moment, _TURNS * _INSPECTED)
                for key, amount, limit, window, _, _ in uses:
                    if window is not last:
                        table, ends = self._table(window)
                        counters, add, at = table.counters, table.add, table.at(moment)
                        last = window
                    name = key if len(key) <= _LONG else _short(key)
                    cells = counters.get(name)
                    if cells is None:
                        if len(self) >= self._most:
                            self._make_room(moment)
                        cells = counters[name] = table.new(ends, moment, self._seed(key))
                        made.append((key, name, table))
                    cells, used, place = add(name, cells, at, amount)
                    places[key] = (table, cells, place, amount)
                    if used + amount <= limit:
                        counted[key] = _new(Counted, (used, 0))
                    else:
                        counted[key] = _crowded(table, cells, moment, used, amount, limit)
            except BaseException:
                self._take_out(reservation)
                for _, name, table in made:
                    table.counters.pop(name, None)
                raise
            for key, _, _ in made:
                self._held.pop(key.partition("/")[2], None)
        return reservation

    def give_back(self, reserved: Reservation) -> None:
        """Take out what the reservation added. A second time does nothing."""
        with self._lock:
            self._take_out(reserved)

    def correct(self, reserved: Reservation, actual: Mapping[str, int]) -> None:
        """Let the counters named hold `actual` instead, in the bucket where it was reserved."""
        if any(amount < 0 for amount in actual.values()):
            raise ValueError("an amount is below zero")
        with self._lock:
            for key, amount in actual.items():
                if key in reserved._places:
                    table, cells, place, before = reserved._places[key]
                    by = min(amount - before, MOST - table.held(cells))
                    table.change(cells, place, by)
                    reserved._places[key] = (table, cells, place, before + by)

    # -- inside, with the lock held

    def _take_out(self, reserved: Reservation) -> None:
        for table, cells, place, amount in reserved._places.values():
            table.change(cells, place, -amount)
        reserved._places.clear()

    def _table(self, window: timedelta | datetime) -> tuple[Table, int]:
        """The table of a window; and of a period, when it ends."""
        if isinstance(window, datetime):
            return self._periods, _microseconds(window)
        table = self._sliding.get(window)
        if table is None:
            span = window // timedelta(microseconds=1)
            if span <= 0:
                raise ValueError("a window has no length")
            table = self._sliding[window] = Sliding(span, self._buckets)
            self._tables = (*self._tables, table)
        return table, 0

    def _seed(self, key: str) -> int:
        return self._held.get(key.partition("/")[2], 0) if self._held else 0

    def _sweep(self, moment: int, count: int) -> None:
        for table in self._tables:
            table.sweep(moment, count)

    def _make_room(self, moment: int) -> None:
        """Room for one more counter."""
        self._sweep(moment, _HARD)
        if len(self) >= self._most:
            raise LimitsFull(f"the store keeps {self._most:,} counters, and all are in use")


def _crowded(
    table: Table, cells: Cells, moment: int, used: int, amount: int, limit: int
) -> Counted:
    """What a counter held that had no room for `amount`, which is in it now."""
    if amount > limit:
        return Counted(used, None)
    return Counted(used, -(-table.wait(cells, moment, used + amount - limit) // SECOND))


def _microseconds(moment: datetime) -> int:
    since = moment - _EPOCH
    return since.days * _DAY + since.seconds * SECOND + since.microseconds


def _short(key: str) -> str:
    """A long key as its digest: a caller chooses how long its id is."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
