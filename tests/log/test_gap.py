"""A log that goes on without its disk: what it misses is counted, kept and recorded."""

import asyncio
import dataclasses
import errno
import os
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from log_kit import BODY, Crash, FaultySystem

from jurat.log import KeyStore, Log, LogError, LogUnavailable, Pending, System, read_log, verify
from jurat.log import _gap as gap_module
from jurat.log._layout import Layout


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gap_module, "_RETRY", 0.002)
    monkeypatch.setattr(gap_module, "RESERVE", 64 << 10)


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "log"


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def recorded(place: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """The ids of the decisions in the log, and its gaps."""
    records = list(read_log(place))
    ids = [record.body["id"] for record in records if record.body["type"] == "decision"]
    return ids, [record.body for record in records if record.body["type"] == "gap"]


class Flaky(FaultySystem):
    """Writes and syncs fail while `broken` is an error number."""

    def __init__(self) -> None:
        super().__init__(self._decide)
        self.broken = 0

    def _decide(self, name: str, number: int) -> BaseException | None:
        if self.broken and name in ("write", "sync"):
            return OSError(self.broken, os.strerror(self.broken))
        return None

    def allocate(self, descriptor: int, size: int) -> None:
        self._at("write")
        super().allocate(descriptor, size)


@pytest.mark.parametrize("durability", ["sync", "release", "buffered"])
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_decisions_go_on_and_the_gap_is_recorded(
    place: Path, keys: KeyStore, code: int, durability: Any
) -> None:
    system = Flaky()
    sent: list[str] = []

    def send(count: int) -> list[Any]:
        made = []
        for _ in range(count):
            sent.append(f"id-{len(sent)}")
            made.append(log.append("decision", BODY | {"id": sent[-1]}))
        return made

    with Log.open(place, keys=keys, system=system, on_failure="gap", durability=durability) as log:
        assert log.on_failure == "gap"
        for one in send(3):
            assert one.wait().gap is None
        log.flush()
        system.broken = code
        missed = send(5)
        told = [one.wait() for one in missed]
        until(lambda: log.missed == 5)
        more = [one.wait() for one in send(4)]
        if durability != "buffered":  # there the first are acknowledged before they are written
            assert {receipt.gap for receipt in told} == {os.strerror(code)}
        assert {(one.gap, one.seq) for one in more} == {(os.strerror(code), -1)}
        assert log.failure is not None
        system.broken = 0
        until(lambda: log.failure is None and not log.missed)
        after = send(2)
        assert [one.wait().gap for one in after] == [None, None]
        assert log.lost == 0
    ids, gaps = recorded(place)
    assert verify(place).size
    assert sum(gap["count"] for gap in gaps) + len(ids) == len(sent)
    assert ids[:3] == sent[:3]
    assert ids[-2:] == sent[-2:]
    assert gaps[0]["first"] in sent
    assert gaps[-1]["last"] == "id-11"
    assert all(gap["exact"] and gap["since"] <= gap["until"] for gap in gaps)
    assert gaps[0]["reason"] == os.strerror(code)


class Quota(System):
    """A disk of `room` bytes for the files under `root`."""

    def __init__(self, root: Path, room: int) -> None:
        self.root, self.room = root, room

    def _left(self) -> int:
        used = 0
        for path in self.root.rglob("*"):
            if path.is_file() and path.parent.name != "hashes":
                used += path.stat().st_size
        return max(0, self.room - used)

    def write(self, descriptor: int, data: bytes) -> int:
        end = os.lseek(descriptor, 0, os.SEEK_CUR) + len(data)
        if end <= os.fstat(descriptor).st_size:
            return super().write(descriptor, data)  # in place
        left = self._left()
        if not left:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(descriptor, data[:left])

    def allocate(self, descriptor: int, size: int) -> None:
        if size - os.fstat(descriptor).st_size > self._left():
            raise OSError(errno.ENOSPC, "No space left on device")
        super().allocate(descriptor, size)


def test_full_disk_records_its_gap_in_the_log_and_goes_on_when_there_is_room(
    place: Path, keys: KeyStore
) -> None:
    system = Quota(place, 64_000 + 20_000)
    sent = 0
    with Log.open(place, keys=keys, system=system, on_failure="gap") as log:
        while log.append("decision", BODY | {"id": f"id-{sent}"}).wait().gap is None:
            sent += 1
        sent += 1
        for _ in range(300):
            log.append("decision", BODY | {"id": f"id-{sent}"}).wait()
            sent += 1
        until(lambda: bool(recorded(place)[1]))  # on the disk that is still full
        assert verify(place).size
        before = sent
        for _ in range(100):
            assert log.append("decision", BODY | {"id": f"id-{sent}"}).wait().gap is not None
            sent += 1
        assert sent == before + 100
        system.room += 200_000
        until(lambda: log.failure is None and not log.missed)
        assert log.append("decision", BODY | {"id": f"id-{sent}"}).wait().gap is None
        sent += 1
    ids, gaps = recorded(place)
    assert len(gaps) >= 2
    assert len(ids) + sum(gap["count"] for gap in gaps) == sent
    assert ids[-1] == f"id-{sent - 1}"
    assert (place / "reserve").stat().st_size == 64 << 10
    assert verify(place).size == len(list(read_log(place)))


def test_gap_survives_the_process(place: Path, keys: KeyStore) -> None:
    system = Flaky()
    log = Log.open(place, keys=keys, system=system, on_failure="gap")
    log.append("decision", BODY | {"id": "a"}).wait()
    real = FaultySystem.write

    def only_in_place(self: FaultySystem, descriptor: int, data: bytes) -> int:
        if os.lseek(descriptor, 0, os.SEEK_CUR) + len(data) <= os.fstat(descriptor).st_size:
            return System.write(self, descriptor, data)
        return real(self, descriptor, data)

    Flaky.write = only_in_place  # type: ignore[method-assign]  # a disk that is full writes in place
    try:
        full = OSError(errno.ENOSPC, "No space left on device")
        system._fault = lambda name, number: full if name == "write" else None
        for name in "bcd":
            assert log.append("decision", BODY | {"id": name}).wait().gap
        until(lambda: log.missed == 3)
        kept = (place / "reserve").read_bytes()
        log.close()
    finally:
        del Flaky.write
    (place / "reserve").write_bytes(kept)  # as a kill would have left it
    Log.open(place, keys=keys).close()  # whoever opens next, in whatever mode
    ids, gaps = recorded(place)
    assert (ids, len(gaps)) == (["a"], 1)
    assert (gaps[0]["count"], gaps[0]["first"], gaps[0]["last"]) == (3, "b", "d")
    assert not gaps[0]["exact"]
    Log.open(place, keys=keys).close()
    assert len(recorded(place)[1]) == 1
    assert verify(place).size


def run_through(root: Path, system: System, sent: list[str]) -> None:
    with Log.open(
        root / "log", keys=KeyStore(root / "keys"), system=system, on_failure="gap"
    ) as log:
        for count in (1, 3, 2, 1):
            made = []
            for _ in range(count):
                sent.append(f"id-{len(sent)}")
                made.append(log.append("decision", BODY | {"id": sent[-1]}))
            for one in made:
                one.wait()


@pytest.mark.parametrize(("code", "length"), [(errno.EIO, 1), (errno.ENOSPC, 2), (errno.EIO, 7)])
def test_faults_at_any_calls_miss_nothing_silently(tmp_path: Path, code: int, length: int) -> None:
    counter = FaultySystem(lambda name, number: None)
    run_through(tmp_path / "whole", counter, [])
    for at in range(1, len(counter.calls) + 1):
        root = tmp_path / str(at)
        error = OSError(code, os.strerror(code))
        system = FaultySystem(
            lambda name, number, at=at, error=error: error if at <= number < at + length else None  # type: ignore[misc]  # mypy infers no types for a lambda's defaults
        )
        sent: list[str] = []
        try:
            run_through(root, system, sent)
        except LogUnavailable:
            continue  # closing said it: neither the log nor its reserve can be written
        except LogError:
            if not sent:
                continue  # not even opened
        Log.open(root / "log", keys=KeyStore(root / "keys")).close()
        ids, gaps = recorded(root / "log")
        counts = sum({gap["id"]: gap["count"] for gap in gaps}.values())
        assert set(ids) <= set(sent)
        assert len(ids) == len(set(ids))
        if all(gap["exact"] for gap in gaps):
            assert len(ids) + counts == len(sent), (at, gaps)
        else:  # counted in a reserve, before it was known what had reached the disk
            assert len(ids) + counts >= len(sent), (at, gaps)
        assert verify(root / "log").size


def test_crash_while_a_gap_is_written_loses_neither_gap_nor_log(tmp_path: Path) -> None:
    """Killed at every call after the fault: the next opening has the whole of it."""
    for at in range(1, 60):
        root = tmp_path / str(at)
        system = Flaky()
        log = Log.open(root / "log", keys=KeyStore(root / "keys"), system=system, on_failure="gap")
        log.append("decision", BODY | {"id": "a"}).wait()
        calls = len(system.calls)
        fired: list[int] = []

        def fault(
            name: str, number: int, first: int = calls + 1, at: int = at + calls,
            fired: list[int] = fired,
        ) -> BaseException | None:  # fmt: skip
            if number == first:
                return OSError(errno.EIO, "I/O error")
            if number >= at and number > first:  # the process is dead: nothing is done any more
                fired.append(number)
                return Crash()
            return None

        system._fault = fault
        gaps = log._gaps
        assert gaps is not None
        gaps._run = lambda: None  # type: ignore[method-assign]  # what the thread does is done here
        try:
            assert log.append("decision", BODY | {"id": "b"}).wait().gap
            assert gaps._attempt()
        except Crash:
            pass
        os.close(log._lock or -1)  # as its death does
        log._lock = None
        gaps._reserve.close()
        log._group.journal.close()
        log._sealer.close()
        Log.open(root / "log", keys=KeyStore(root / "keys")).close()
        ids, found = recorded(root / "log")
        assert ids[0] == "a"
        if fired and fired[0] <= calls + 2:
            continue  # it died before the reserve was written: the caller was told nothing
        assert "b" in ids or {gap["count"] for gap in found} == {1}, at
        assert len({gap["id"] for gap in found}) <= 1
        assert verify(root / "log").size
        if not fired:
            return
    pytest.fail("the run never ended")


def test_torn_note_leaves_the_one_before(place: Path, keys: KeyStore) -> None:
    layout = Layout(place)
    Log.open(place, keys=keys).close()
    reserve = gap_module.Reserve(layout, System())
    reserve.make()
    made = gap_module.Gap("g", 1, "a", "a", "why", 1, 1)
    reserve.note(made)
    reserve.note(dataclasses.replace(made, count=2, last="b"))
    reserve.close()
    whole = (place / "reserve").read_bytes()
    for slot, count in ((0, 1), (1, 2)):
        at = slot * 4096
        (place / "reserve").write_bytes(whole[: at + 90] + bytes(20) + whole[at + 110 :])
        found = gap_module.Reserve(layout, System()).read()
        assert found is not None
        assert found.count == count
    (place / "reserve").write_bytes(b"")
    assert gap_module.Reserve(layout, System()).read() is None


def test_reserve_that_cannot_be_made_is_said(place: Path, keys: KeyStore) -> None:
    with pytest.raises(LogError, match="disk is full"):
        Log.open(place, keys=keys, system=Quota(place, 50_000), on_failure="gap")
    Log.open(place, keys=keys, system=Quota(place, 50_000)).close()
    with pytest.raises(LogError, match="one of deny, gap"):
        Log.open(place, keys=keys, on_failure="drop")  # type: ignore[arg-type]  # that is what is tested


async def test_tasks_go_on(place: Path, keys: KeyStore) -> None:
    system = Flaky()
    with Log.open(place, keys=keys, system=system, on_failure="gap") as log:
        system.broken = errno.EIO
        assert (await log.append("decision", BODY)).gap == os.strerror(errno.EIO)
        system.broken = 0
        until(lambda: log.failure is None and not log.missed)
        assert (await log.append("decision", BODY)).gap is None
    ids, gaps = recorded(place)
    assert len(ids) + sum(gap["count"] for gap in gaps) == 2


def test_closed_log_misses_nothing(place: Path, keys: KeyStore) -> None:
    log = Log.open(place, keys=keys, on_failure="gap")
    assert log.miss("x", "the key store was locked")
    log.close()
    assert not log.miss("y", "later")
    with pytest.raises(LogUnavailable, match="closed"):
        log.append("decision", BODY).wait()
    assert [gap["first"] for gap in recorded(place)[1]] == ["x"]


@pytest.mark.parametrize("durability", ["sync", "release", "buffered"])
def test_threads_and_tasks_over_a_disk_that_comes_and_goes_are_counted_to_the_last(
    place: Path, keys: KeyStore, durability: Any
) -> None:
    chance = random.Random(7)
    broken = False
    faults = ("write", "sync", "open", "truncate")
    system = FaultySystem(
        lambda name, number: (
            OSError(errno.ENOSPC, "No space left on device")
            if broken and name in faults and chance.random() < 0.7
            else None
        )
    )
    log = Log.open(place, keys=keys, system=system, on_failure="gap", durability=durability)
    end = time.monotonic() + 1.2
    sent = [0] * 6

    def send(index: int) -> Pending:
        sent[index] += 1
        return log.append("decision", BODY | {"id": f"{index}-{sent[index]}"})

    def in_thread(index: int) -> None:
        while time.monotonic() < end:
            if send(index).wait(30).gap is not None:
                time.sleep(0.0005)

    async def in_task(index: int) -> None:
        while time.monotonic() < end:
            if (await send(index)).gap is not None:
                await asyncio.sleep(0.0005)

    async def tasks() -> None:
        await asyncio.gather(in_task(4), in_task(5))

    workers = [threading.Thread(target=in_thread, args=(index,)) for index in range(4)]
    workers.append(threading.Thread(target=lambda: asyncio.run(tasks())))
    for worker in workers:
        worker.start()
    while time.monotonic() < end:
        time.sleep(chance.random() * 0.05)
        broken = not broken
    broken = False
    for worker in workers:
        worker.join(30)
        assert not worker.is_alive()
    log.close()
    ids, gaps = recorded(place)
    assert len(ids) == len(set(ids))
    counts = {gap["id"]: gap["count"] for gap in gaps}
    assert all(gap["exact"] for gap in gaps)
    assert len(ids) + sum(counts.values()) == sum(sent)
    assert verify(place).size
