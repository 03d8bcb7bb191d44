"""A record on its way to the disk, and the proof that it got there."""

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._errors import LogUnavailable

if TYPE_CHECKING:  # asyncio is imported by those who use it
    import asyncio

    from ._group import Group
    from ._journal import Entry


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a record is in the log `origin`.

    `seq` is its sequence number, `leaf_hash` (32 bytes) its leaf's hash, `size` the number of
    records that the signed checkpoint which covers it covers. Of a `buffered` log it says that
    the record has this place in the queue; `size` is then `seq + 1`.

    Of a log that goes on when it cannot be written (`on_failure="gap"`), `gap` says why the record
    is not in it (else None): a `gap` record will count it. `seq` is then -1.
    """

    origin: str
    seq: int
    leaf_hash: bytes
    size: int
    gap: str | None = None


# One chain costs least. But beside a thread that never waits, each of its links may cost the
# interpreter's switch interval (5 ms).
_CHAINS = 4


class Waiter:
    """A thread that waits for a record; it may be woken to lead the next commit instead.

    `next` is the one that it has to wake when it goes on.
    """

    __slots__ = ("_gate", "lead", "next")

    def __init__(self) -> None:
        self.lead = False
        self.next: Waiter | None = None
        self._gate = threading.Lock()
        self._gate.acquire()

    def wait(self, timeout: float | None) -> bool:
        return self._gate.acquire(timeout=-1 if timeout is None else max(0.0, timeout))

    def wake(self) -> None:
        if self._gate.locked():  # not: already woken, by a leader that was interrupted
            self._gate.release()

    def pass_on(self) -> None:
        """Wake the next one."""
        following, self.next = self.next, None
        if following is not None:
            following.wake()


def chained(waiters: list[Waiter]) -> list[Waiter]:
    """Those who are to be woken first; each wakes another, who wakes the next.

    A thread that is woken while others run waits a second time, for the interpreter's lock. Woken
    by one that has just got it, and will soon be done, it mostly finds the lock free.
    """
    for waiter, following in zip(waiters, waiters[_CHAINS:], strict=False):
        waiter.next = following
    return waiters[:_CHAINS]


class Pending:
    """A record that was handed to the log. `wait()` for it, or `await` it.

    Until then its decision must not be acted on. `seq` is the place that the record will have,
    None where the log had refused it already.
    """

    __slots__ = (
        "_failure",
        "_gap",
        "_group",
        "_receipt",
        "_settled",
        "_size",
        "_told",
        "asked",
        "entry",
        "futures",
        "waiters",
    )

    def __init__(self, group: "Group", entry: "Entry | None") -> None:
        self._group = group
        self._receipt: Receipt | None = None
        self._size: int | None = None
        self._gap: Receipt | None = None
        self.asked = False
        self._failure: str | None = None
        self._settled = False
        self._told = False
        self.entry = entry
        self.waiters: list[Waiter] | None = None
        self.futures: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] | None = None

    @property
    def seq(self) -> int | None:
        return None if self.entry is None else self.entry.seq

    @property
    def settled(self) -> bool:
        """Whether it is on the disk, or never will be."""
        return self._settled

    @property
    def stands(self) -> bool:
        """Whether it is on the disk, or a gap is to tell of it: nothing can take that back."""
        return self._settled and self._failure is None

    def wait(self, timeout: float | None = None) -> Receipt:
        """Block until the record is durable, `timeout` seconds at most.

        Raises LogUnavailable where it is not: the answer must then be withheld.
        """
        if self._settled or self._size is not None:
            self._ask()
        else:
            self._group.settle(self, timeout, asked=True)
        return self._result()

    def __await__(self) -> Generator[Any, None, Receipt]:
        if self._settled or self._size is not None:
            self._ask()
        else:
            import asyncio  # nothing heavier than a look-up where a loop is running

            loop = asyncio.get_running_loop()
            future: asyncio.Future[None] = loop.create_future()
            if self._group.call_when_settled(self, loop, future):
                yield from future
        return self._result()

    def acknowledge(self, size: int) -> None:
        """Let callers go on before the record is on the disk (`buffered`)."""
        self._size = size

    def succeed(self, size: int) -> None:
        """It is on the disk, in a log of `size` records."""
        self._size = size
        self._settled = True

    def pass_over(self, gap: Receipt) -> None:
        """The log goes on without it."""
        self._gap = gap
        self._settled = True

    def fail(self, reason: str) -> None:
        self._failure = reason
        self._settled = True

    def _ask(self) -> None:
        if not self.asked:
            self._group.count_asked(self)

    def _result(self) -> Receipt:
        if self._failure is None:
            if self._gap is not None:
                return self._gap
            if self._size is not None and self.entry is not None:
                entry, receipt = self.entry, self._receipt
                if receipt is None or receipt.size != self._size:
                    receipt = Receipt(self._group.origin, entry.seq, entry.digest, self._size)
                    self._receipt = receipt
                return receipt
        if self._failure is not None and not self._told:
            self._told = True
            self._group.count_told()
        raise LogUnavailable(self._failure or "the record is not yet known to be on the disk")


def resolve(
    futures: "list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]]",
) -> None:
    """Wake what awaits: one call into each event loop for all of its tasks."""
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for loop, future in futures:
        loops.setdefault(loop, []).append(future)
    for loop, waiting in loops.items():
        try:
            loop.call_soon_threadsafe(_release(waiting))
        except RuntimeError:
            continue  # that loop is closed: nobody awaits any more


def _release(futures: "list[asyncio.Future[None]]") -> Callable[[], None]:
    def release() -> None:
        for future in futures:
            if not future.done():
                future.set_result(None)

    return release
