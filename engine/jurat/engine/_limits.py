"""Asking the limit store: within its deadline, in one step per decision, and never twice."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from datetime import datetime
from operator import index
from typing import Any

from jurat.limits import MemoryLimits
from jurat.limits import Reservation as InMemory
from jurat.model import View
from jurat.plan import Counters, held
from jurat.plugin import Counted, CounterUse, LimitStore, Registry, Reserved

_WORKERS = 8


class Reservation:
    """What a decision reserved, and how its response corrects it."""

    __slots__ = ("answered", "reserved", "uses")

    def __init__(self, reserved: Reserved, uses: Sequence[CounterUse]) -> None:
        self.reserved = reserved
        self.uses = uses
        self.answered = False
        """Whether a response came: then the call was made, whatever becomes of its record."""


class Limits:
    """The limit store of an engine. Nothing that it raises comes out of here."""

    def __init__(self, store: LimitStore) -> None:
        self._store = store
        self._deadline = None if store.deadline is None else store.deadline.total_seconds()
        self._pool = (
            None
            if self._deadline is None
            else ThreadPoolExecutor(_WORKERS, thread_name_prefix="jurat-limits")
        )

    @property
    def waits(self) -> bool:
        """True if the store is one that keeps its caller waiting."""
        return self._pool is not None

    def reserve(
        self, uses: Sequence[CounterUse], now: datetime
    ) -> tuple[Reservation | None, Counters]:
        """What was reserved and what the counters held. Without a reservation they are unknown."""
        try:
            merged = _merged(uses)
            if not merged:
                return None, Counters()
            if self._pool is None:
                reserved = self._store.reserve(merged, now)
            else:
                reserved = self._asked(self._pool.submit(self._store.reserve, merged, now))
        except (Late, TimeoutError):
            return None, Counters(why="the limit store did not answer in time")
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin may raise anything
            # the type alone: the text may hold whose counter it was
            return None, Counters(why=f"the limit store failed ({type(error).__name__})")
        reservation = Reservation(reserved, merged)
        if isinstance(reserved, InMemory):  # our own store tells what it is asked
            return reservation, held(reserved.counted)
        try:
            counted = {use.key: _counted(*reserved.counted[use.key]) for use in merged}
        except (Exception, SystemExit):  # noqa: BLE001  # as above
            self.give_back(reservation)
            return None, Counters(why="the limit store gave no count")
        return reservation, Counters(counted)

    def give_back(self, reservation: Reservation | None) -> None:
        """Take back what a decision reserved that does not stand."""
        if reservation is not None:
            self._tell(self._store.give_back, reservation.reserved)

    def withheld(self, reservation: Reservation) -> None:
        """Take back what was reserved for a call that must not be made any more."""
        if not reservation.answered:
            self.give_back(reservation)

    def correct(self, reservation: Reservation | None, usage: View | None) -> None:
        """Let the counters hold what the response says was used, where it says so."""
        if reservation is None:
            return
        reservation.answered = True
        if usage is None:
            return
        known = usage.__dict__
        into, out = known.get("input_tokens"), known.get("output_tokens")
        if into is None or out is None:
            return
        actual = {
            use.key: -(-(into * use.per_token[0] + out * use.per_token[1]) // 1_000_000)
            for use in reservation.uses
            if use.per_token is not None
        }
        if actual:
            self._tell(self._store.correct, reservation.reserved, actual)

    def close(self) -> None:
        """What was told is told; nothing more is asked."""
        if self._pool is not None:
            self._pool.shutdown(wait=False)

    def _asked(self, answer: "Future[Reserved]") -> Reserved:
        try:
            return answer.result(timeout=self._deadline)
        except (Late, TimeoutError):
            if not answer.cancel():
                answer.add_done_callback(self._too_late)
            raise

    def _too_late(self, answer: "Future[Reserved]") -> None:
        """A reservation that nobody waited for any more."""
        with suppress(Exception, SystemExit):
            self._store.give_back(answer.result())

    def _tell(self, method: Any, *args: Any) -> None:
        """Nobody waits for these: what fails leaves the counters too high, or as estimated."""
        with suppress(Exception, SystemExit):
            if self._pool is None:
                method(*args)
            else:
                self._pool.submit(method, *args)


def store_of(limits: LimitStore | str | None, registry: Registry) -> LimitStore:
    """The store that a caller asks for. Raises ValueError for a name that no plugin brings,
    TypeError for what is no store."""
    if limits is None:
        return MemoryLimits()
    if not isinstance(limits, str):
        if isinstance(limits, type) or not isinstance(limits, LimitStore):
            raise TypeError(
                "limits is the name of a limit store or an object with name, deadline, reserve, "
                "give_back and correct, like MemoryLimits()"
            )
        return limits
    store = registry.limit_stores.get(limits)
    if store is None:
        names = ", ".join(sorted(registry.limit_stores)) or "none"
        raise ValueError(f"no plugin brings a limit store of that name; there are: {names}")
    return store


def _counted(used: int, wait: int | None) -> Counted:
    """What a store says that a counter held. Raises TypeError where that is no number."""
    return Counted(index(used), wait if wait is None else index(wait))


def _merged(uses: Sequence[CounterUse]) -> Sequence[CounterUse]:
    """One use per key: the greatest amount, the least limit.

    Raises ValueError where two name one counter with different windows.
    """
    if len({use[0] for use in uses}) == len(uses):  # no key twice
        return uses
    merged: dict[str, CounterUse] = {}
    for use in uses:
        other = merged.get(use.key)
        if other is None:
            merged[use.key] = use
            continue
        if other.window != use.window:
            raise ValueError("one counter has two windows")
        merged[use.key] = other._replace(
            amount=max(other.amount, use.amount),
            limit=min(other.limit, use.limit),
            per_token=other.per_token or use.per_token,
        )
    return list(merged.values())
