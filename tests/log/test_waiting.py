"""Whoever waits for a record goes on, whatever becomes of those who wait beside."""

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import pytest
from log_kit import BODY, Crash

from jurat.log import KeyStore, Log, LogError, LogUnavailable, Pending, Receipt, System, verify
from jurat.log import _pending as pending_module
from jurat.log._pending import Waiter, chained

PATIENCE = 30.0  # seconds after which a thread counts as forgotten
THREADS = 23


class Gate(System):
    """A disk whose syncs wait while it is shut, and may then fail."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()
        self.waiting = threading.Semaphore(0)
        self.error: BaseException | None = None

    def sync(self, descriptor: int) -> None:
        if not self._open.is_set():
            self.waiting.release()
            assert self._open.wait(PATIENCE)
            if self.error is not None:
                raise self.error
        super().sync(descriptor)

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def log(tmp_path: Path, gate: Gate) -> Iterator[Log]:
    log = Log.open(tmp_path / "log", keys=KeyStore(tmp_path / "keys"), system=gate)
    yield log
    gate.open()
    gate.error = None
    with contextlib.suppress(LogError):
        log.close()


def append(log: Log) -> Pending:
    return log.append("decision", BODY)


def in_thread(work: Callable[[], Receipt]) -> "Future[Receipt]":
    """What `work` gives, in a thread that keeps nobody from ending where it is forgotten."""
    future: Future[Receipt] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  # an interrupt is an outcome, too
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def all_wait(
    log: Log, gate: Gate, wait: Callable[[int, Pending], Receipt], count: int = THREADS
) -> list["Future[Receipt]"]:
    """`count` threads wait for a record each, behind a sync that stands still."""
    gate.shut()
    first = in_thread(lambda: append(log).wait())
    assert gate.waiting.acquire(timeout=PATIENCE)
    pendings = [append(log) for _ in range(count)]
    futures = [in_thread(partial(wait, number, one)) for number, one in enumerate(pendings)]
    end = time.monotonic() + PATIENCE
    while any(one.waiters is None for one in pendings) and time.monotonic() < end:
        time.sleep(0.001)
    return [first, *futures]


def outcome(future: "Future[Receipt]") -> str:
    error = future.exception(timeout=PATIENCE)
    return "written" if error is None else type(error).__name__


def test_each_waiter_is_in_one_chain() -> None:
    for count in (0, 1, 3, 4, 5, 64):
        waiters = [Waiter() for _ in range(count)]
        heads = chained(waiters)
        assert len(heads) <= 4
        found = []
        for head in heads:
            following: Waiter | None = head
            while following is not None:
                found.append(following)
                following = following.next
        assert sorted(map(id, found)) == sorted(map(id, waiters))


def test_all_are_woken(log: Log, gate: Gate) -> None:
    futures = all_wait(log, gate, lambda number, one: one.wait())
    gate.open()
    receipts = [future.result(PATIENCE) for future in futures]
    assert sorted(receipt.seq for receipt in receipts) == list(range(1, THREADS + 2))
    assert log.unawaited == 0


def test_who_gives_up_wakes_the_next(
    log: Log, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = Waiter.wait

    def too_late(self: Waiter, timeout: float | None) -> bool:
        return wait(self, None) and timeout is None  # woken at the very end of its time

    monkeypatch.setattr(Waiter, "wait", too_late)
    futures = all_wait(log, gate, lambda number, one: one.wait(5.0 if number % 2 else None))
    gate.open()
    assert {outcome(future) for future in futures} == {"written"}


def test_who_is_interrupted_wakes_the_next(
    log: Log, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = Waiter.wait

    def interrupted(self: Waiter, timeout: float | None) -> bool:
        if wait(self, None) and timeout is not None:
            raise Crash
        return True

    monkeypatch.setattr(Waiter, "wait", interrupted)
    futures = all_wait(log, gate, lambda number, one: one.wait(5.0 if number % 3 == 0 else None))
    gate.open()
    told = [outcome(future) for future in futures]
    assert told.count("Crash") == len(range(0, THREADS, 3))
    assert set(told) == {"Crash", "written"}
    assert append(log).wait().seq == THREADS + 2


def test_who_gave_up_before_is_no_link(log: Log, gate: Gate) -> None:
    futures = all_wait(log, gate, lambda number, one: one.wait(0.01 if number % 2 else None))
    late = [outcome(future) for future in futures[2::2]]
    assert set(late) == {"LogUnavailable"}
    gate.open()
    assert {outcome(future) for future in [futures[0], *futures[1::2]]} == {"written"}
    assert append(log).wait().seq == THREADS + 2  # all of them were written


@pytest.mark.parametrize("on_failure", ["deny", "gap"])
@pytest.mark.parametrize("error", [OSError(5, "I/O error"), Crash(), RuntimeError("odd")])
def test_a_leader_that_dies_tells_all(
    tmp_path: Path, gate: Gate, error: BaseException, on_failure: str
) -> None:
    keys = KeyStore(tmp_path / "keys")
    log = Log.open(tmp_path / "log", keys=keys, system=gate, on_failure=on_failure)  # type: ignore[arg-type]  # a parameter of the test
    futures = all_wait(log, gate, lambda number, one: one.wait())
    gate.error = error
    gate.open()
    told = [outcome(future) for future in futures]
    mine = "written" if on_failure == "gap" else "LogUnavailable"
    assert set(told[1:]) == {mine}
    assert told[0] == ("Crash" if isinstance(error, Crash) else mine)
    gate.error = None
    with contextlib.suppress(LogUnavailable):
        log.close()
    with Log.open(tmp_path / "log", keys=keys) as again:
        append(again).wait()
    verify(tmp_path / "log")


def test_a_leader_that_is_interrupted_while_it_wakes_forgets_nobody(
    log: Log, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    wake = Waiter.wake
    calls: list[int] = []

    def interrupted(self: Waiter) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise Crash
        wake(self)
        if len(calls) == 5:
            raise Crash

    futures = all_wait(log, gate, lambda number, one: one.wait())
    monkeypatch.setattr(Waiter, "wake", interrupted)
    monkeypatch.setattr(pending_module, "_CHAINS", THREADS)  # so that the leader wakes them all
    gate.open()
    told = [outcome(future) for future in futures]
    assert told.count("written") >= THREADS
    assert set(told) <= {"written", "Crash", "LogUnavailable"}


def test_threads_and_tasks_share_a_log(tmp_path: Path) -> None:
    receipts: list[Receipt] = []
    each = 40
    with Log.open(tmp_path / "log", keys=KeyStore(tmp_path / "keys")) as log:

        def work() -> None:
            for _ in range(each):
                receipts.append(append(log).wait())

        async def in_task(number: int) -> None:
            for index in range(each):
                pending = append(log)
                if (index + number) % 7 == 0:  # a task may be cancelled at any time
                    task = asyncio.ensure_future(_awaited(pending))
                    await asyncio.sleep(0)
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task
                receipts.append(await pending)

        async def tasks() -> None:
            await asyncio.gather(*[in_task(number) for number in range(16)])

        def loop() -> None:
            asyncio.run(tasks())

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        try:
            workers = [threading.Thread(target=work, daemon=True) for _ in range(16)]
            workers += [threading.Thread(target=loop, daemon=True) for _ in range(2)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join(PATIENCE)
        finally:
            sys.setswitchinterval(interval)
        assert not any(worker.is_alive() for worker in workers)
        assert log.unawaited == 0
    assert sorted(receipt.seq for receipt in receipts) == list(range(1, 48 * each + 1))
    assert all(receipt.size > receipt.seq for receipt in receipts)
    assert verify(tmp_path / "log").size == 48 * each + 1


async def _awaited(pending: Pending) -> Receipt:
    return await pending


def test_several_wait_for_one_record(log: Log, gate: Gate) -> None:
    gate.shut()
    leader = in_thread(lambda: append(log).wait())
    assert gate.waiting.acquire(timeout=PATIENCE)
    one = append(log)
    futures = [in_thread(one.wait) for _ in range(10)]
    while len(one.waiters or ()) < 10:
        time.sleep(0.001)
    gate.open()
    receipts = {future.result(PATIENCE) for future in futures}
    leader.result(PATIENCE)
    assert len(receipts) == 1
    assert log.unawaited == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_while_all_wait_touches_nobody(log: Log, gate: Gate) -> None:
    futures = all_wait(log, gate, lambda number, one: one.wait())
    child = os.fork()
    if child == 0:
        status = 1
        with contextlib.suppress(BaseException):
            try:
                append(log).wait(5.0)
            except LogUnavailable:
                status = 0
        os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    gate.open()
    assert {outcome(future) for future in futures} == {"written"}
