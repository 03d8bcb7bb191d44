"""Crashes, faults and damage: what was acknowledged survives, what is not a crash is refused."""

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from log_kit import BODY, SECTOR, Crash, Disk, FaultySystem, lines, make_log, segment

from jurat.log import (
    KeyStore,
    Log,
    LogBroken,
    LogError,
    LogUnavailable,
    System,
    read_log,
    verify,
)
from jurat.log import _layout as layout
from jurat.log._packed import open_segment


@pytest.fixture
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SEGMENT_ENTRIES", 4)


def numbers(place: Path) -> list[Any]:
    return [record.body["n"] for record in read_log(place) if record.body["type"] == "decision"]


def torn(whole: bytes, start: int) -> Iterator[bytes]:
    """States of a file whose bytes from `start` on were being written when the power went."""
    yield from (whole[:cut] for cut in range(start, len(whole), 3))
    yield whole[:-1]
    tail = len(whole) - start
    for lost in range(0, tail, SECTOR):
        stop = min(lost + SECTOR, tail)
        for filling in (b"\x00", b"\xa5"):
            yield whole[: start + lost] + filling * (stop - lost) + whole[start + stop :]


def test_every_torn_tail_is_cut_and_kept(tmp_path: Path) -> None:
    place = make_log(tmp_path, [2, 1])
    keys = KeyStore(tmp_path / "keys")
    path = segment(place)
    older = path.read_bytes()
    published = (place / "checkpoint").read_bytes()
    with Log.open(place, keys=keys) as log:
        for number in (4, 5):
            pending = log.append("decision", BODY | {"n": number})
        pending.wait()
    states = list(torn(path.read_bytes(), len(older)))
    assert len(states) > 200
    for state in states:
        path.write_bytes(state)
        (place / "checkpoint").write_bytes(published)
        shutil.rmtree(place / "quarantine", ignore_errors=True)
        with Log.open(place, keys=keys) as log:
            receipt = log.append("decision", BODY | {"n": "after"}).wait()
        assert numbers(place) == [1, 2, 3, "after"]
        *_, record, _ = read_log(place)
        if state == older:
            assert receipt.seq == 4
            continue
        assert receipt.seq == 5
        assert record.body["type"] == "recovered"
        kept = (place / "quarantine" / record.body["file"]).read_bytes()
        assert kept == state[len(older) :]
        assert record.body["bytes"] == len(kept)
        assert verify(place).size == 6


def scripted_run(root: Path, system: System, acknowledged: list[int]) -> None:
    """Three commits over a rotation, a pack among them; what was acknowledged is listed."""
    with Log.open(root / "log", keys=KeyStore(root / "keys"), system=system) as log:
        number = len(acknowledged)
        for count in (1, 3, 2):
            pending = []
            for _ in range(count):
                number += 1
                body = BODY | {"n": number}
                if number == 3:
                    body["facts"] = log.seal("ada", b"x" * 17_000)
                pending.append((number, log.append("decision", body)))
            for mine, item in pending:
                item.wait()
                acknowledged.append(mine)


@pytest.mark.usefixtures("short_segments")
def test_all_crash_states_of_a_run_keep_what_was_acknowledged(tmp_path: Path) -> None:
    calls = Disk(0)
    scripted_run(tmp_path / "whole", calls, [])
    assert calls.calls > 20
    seen = 0
    for crash_at in range(1, calls.calls + 1):
        root = tmp_path / str(crash_at)
        root.mkdir()
        disk, acknowledged = Disk(crash_at), list[int]()
        with contextlib.suppress(Crash, LogUnavailable, LogError):
            scripted_run(root, disk, acknowledged)
        for number, state in enumerate(list(disk.states())):
            copy = root / f"state-{number}"
            shutil.copytree(root / "log", copy / "log") if (root / "log").exists() else None
            shutil.copytree(root / "keys", copy / "keys") if (root / "keys").exists() else None
            for path, data in state.items():
                target = copy / path.relative_to(root)
                if data is None:
                    target.unlink(missing_ok=True)
                else:
                    target.write_bytes(data)
            more = list(acknowledged)
            scripted_run(copy, System(), more)
            found = numbers(copy / "log")
            kept = found[: len(found) - 6]
            assert kept[: len(acknowledged)] == acknowledged, (crash_at, state.keys())
            assert verify(copy / "log").size == sum(1 for _ in read_log(copy / "log"))
            seen += 1
            shutil.rmtree(copy)
        shutil.rmtree(root)
    assert seen > 80


@pytest.mark.usefixtures("short_segments")
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_a_fault_at_any_call_fails_closed(tmp_path: Path, code: int) -> None:
    counter = FaultySystem(lambda name, number: None)
    scripted_run(tmp_path / "whole", counter, [])
    for fault_at in range(1, len(counter.calls) + 1):
        root = tmp_path / str(fault_at)
        root.mkdir()
        error = OSError(code, os.strerror(code))
        system = FaultySystem(
            lambda name, number, at=fault_at, error=error: error if number == at else None  # type: ignore[misc]  # mypy infers no types for a lambda's defaults
        )
        acknowledged: list[int] = []
        with contextlib.suppress(LogError):
            scripted_run(root, system, acknowledged)
        more = list(acknowledged)
        scripted_run(root, System(), more)
        assert numbers(root / "log")[: len(acknowledged)] == acknowledged
        assert verify(root / "log").size
        shutil.rmtree(root)


@pytest.mark.parametrize("call", ["write", "sync"])
def test_poisoned_log_refuses_until_it_is_reopened(tmp_path: Path, call: str) -> None:
    keys = KeyStore(tmp_path / "keys")
    broken = False
    system = FaultySystem(
        lambda name, number: OSError(errno.EIO, "I/O error") if broken and name == call else None
    )
    log = Log.open(tmp_path / "log", keys=keys, system=system)
    log.append("decision", BODY | {"n": 1}).wait()
    broken = True
    with pytest.raises(LogUnavailable, match=r"could not be written \(I/O error\)"):
        log.append("decision", BODY | {"n": 2}).wait()
    broken = False
    calls = len(system.calls)
    with pytest.raises(LogUnavailable, match="opened again"):
        log.append("decision", BODY | {"n": 3}).wait()
    assert log.failure is not None
    assert len(system.calls) == calls  # no sync is ever tried again
    with pytest.raises(LogUnavailable):
        log.flush()
    assert log.lost == 0  # each was told
    log.close()
    with Log.open(tmp_path / "log", keys=keys) as again:
        again.append("decision", BODY | {"n": 4}).wait()
    assert numbers(tmp_path / "log") in ([1, 4], [1, 2, 4])
    assert verify(tmp_path / "log").size


@pytest.mark.parametrize("durability", ["sync", "buffered"])
def test_close_tells_of_records_that_nobody_waited_for(tmp_path: Path, durability: Any) -> None:
    broken = False
    system = FaultySystem(lambda name, number: OSError(errno.EIO, "I/O error") if broken else None)
    keys = KeyStore(tmp_path / "keys")
    log = Log.open(tmp_path / "log", keys=keys, system=system, durability=durability)
    broken = True
    lost = [log.append("decision", BODY) for _ in range(3)]
    with pytest.raises(LogUnavailable):
        log.flush()
    lost.append(log.append("decision", BODY))  # refused at once
    assert log.lost == 4
    with pytest.raises(LogUnavailable):
        lost[0].wait()
    with pytest.raises(LogUnavailable, match="3 records are not in the log"):
        log.close()
    Log.open(tmp_path / "log", keys=keys).close()
    assert verify(tmp_path / "log").size >= 1


async def test_poison_reaches_tasks(tmp_path: Path) -> None:
    broken = False
    system = FaultySystem(
        lambda name, number: OSError(errno.ENOSPC, "No space") if broken else None
    )
    with Log.open(tmp_path / "log", keys=KeyStore(tmp_path / "keys"), system=system) as log:
        broken = True
        pending = [log.append("decision", BODY) for _ in range(3)]
        for item in pending:
            with pytest.raises(LogUnavailable, match="No space"):
                await item


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "Read-only"),
        (errno.EACCES, "cannot be written"),
        (errno.EIO, "Input/output"),
    ],
)
def test_opening_says_what_the_disk_says(tmp_path: Path, code: int, text: str) -> None:
    for number in range(1, 12):
        error = OSError(code, os.strerror(code))
        system = FaultySystem(
            lambda name, count, at=number, error=error: error if count >= at else None  # type: ignore[misc]  # mypy infers no types for a lambda's defaults
        )
        with pytest.raises(LogError, match=f"{text}|{os.strerror(code)}") as caught:
            Log.open(tmp_path / str(number), keys=KeyStore(tmp_path / "keys"), system=system)
        assert "Error" not in str(caught.value)
        Log.open(tmp_path / str(number), keys=KeyStore(tmp_path / "keys")).close()
        assert 1 <= verify(tmp_path / str(number)).size <= 2


def commit_ends(place: Path) -> list[int]:
    ends, offset = [], 0
    for line in lines(place):
        offset += len(line)
        if line.startswith(b'{"checkpoint"'):
            ends.append(offset)
    return ends


def test_damage_before_a_later_commit_is_refused_and_nothing_is_touched(tmp_path: Path) -> None:
    place = make_log(tmp_path, [2, 2, 2])
    path, keys = segment(place), KeyStore(tmp_path / "keys")
    whole = path.read_bytes()
    ends = commit_ends(place)
    (place / "checkpoint").unlink()
    for at in range(0, ends[-2], 7):
        state = bytearray(whole)
        state[at] ^= 0xFF
        path.write_bytes(state)
        try:
            Log.open(place, keys=keys).close()
            opened = True
        except LogBroken:
            opened = False
        assert path.read_bytes() == bytes(state)
        if opened:  # an old commit's signature alone: harmless here, and verification names it
            with pytest.raises(LogBroken):
                verify(place)
            (place / "checkpoint").unlink()
    for start, stop in ((ends[0], ends[1]), (ends[1] - 5, ends[1])):
        path.write_bytes(whole[:start] + whole[stop:])
        with pytest.raises(LogBroken, match="damaged"):
            Log.open(place, keys=keys)


def test_log_behind_its_published_checkpoint_is_not_signed_on(tmp_path: Path) -> None:
    place = make_log(tmp_path, [2, 2])
    path, keys = segment(place), KeyStore(tmp_path / "keys")
    whole = path.read_bytes()
    for cut in (*commit_ends(place)[:-1], len(whole) - 3, 0):
        path.write_bytes(whole[:cut])
        with pytest.raises(LogError, match="second history"):
            Log.open(place, keys=keys)
        assert path.read_bytes() == whole[:cut]
        assert not (place / "quarantine").exists()
    path.unlink()
    with pytest.raises(LogError, match="second history"):
        Log.open(place, keys=keys)


def test_log_that_differs_from_its_published_checkpoint_is_refused(tmp_path: Path) -> None:
    place = make_log(tmp_path, [2, 2])
    keys = KeyStore(tmp_path / "keys")
    other = tmp_path / "forged"
    described = json.loads((place / "log.json").read_bytes())
    with Log.open(other, keys=keys, origin=described["origin"]) as log:
        for number in range(4):
            log.append("decision", BODY | {"n": number}).wait()
    shutil.copy(segment(other), segment(place))
    with pytest.raises(LogBroken, match="published checkpoint signed"):
        Log.open(place, keys=keys)


def test_crash_between_cut_and_record_still_records(tmp_path: Path) -> None:
    place = make_log(tmp_path, [2])
    with segment(place).open("ab") as file:
        file.write(b"torn")
    syncs_of_the_cut = 8
    for fault_at in range(1, 40):
        copy = tmp_path / f"copy-{fault_at}"
        shutil.copytree(place, copy)
        system = FaultySystem(lambda name, number, at=fault_at: Crash() if number == at else None)  # type: ignore[misc]  # mypy infers no types for a lambda's defaults
        try:
            Log.open(copy, keys=KeyStore(tmp_path / "keys"), system=system).close()
            finished = True
        except (Crash, LogError):
            finished = False
        Log.open(copy, keys=KeyStore(tmp_path / "keys")).close()
        recovered = [record for record in read_log(copy) if record.body["type"] == "recovered"]
        kept = sorted(path.name for path in (copy / "quarantine").iterdir())
        # At least once, and a record that was itself torn leaves bytes of its own.
        assert kept == sorted({record.body["file"] for record in recovered})
        assert b"torn" in [(copy / "quarantine" / name).read_bytes() for name in kept]
        assert verify(copy).size == 3 + len(recovered)
        if finished:
            assert fault_at > syncs_of_the_cut
            return
    pytest.fail("the run never ended")


@pytest.mark.usefixtures("short_segments")
def test_rotation_goes_on_over_segments(tmp_path: Path) -> None:
    place = make_log(tmp_path, [2, 7, 1, 12])
    assert sorted(path.name for path in (place / "seg").iterdir()) == [
        f"{first:020d}.jsonl" for first in range(0, 23, 4)
    ]
    assert numbers(place) == list(range(1, 23))
    assert verify(place).size == 23
    assert len((place / "hashes" / "2").read_bytes()) == 5 * 32
    with Log.open(place, keys=KeyStore(tmp_path / "keys")) as log:
        assert log.append("decision", BODY | {"n": 23}).wait().seq == 23
    for record in read_log(place, start=9):
        assert record.seq >= 9
    assert [record.seq for record in read_log(place, start=9)] == list(range(9, 24))
    old = (place / "checkpoint").read_bytes()
    with Log.open(place, keys=KeyStore(tmp_path / "keys")) as log:
        log.append("decision", BODY | {"n": 24}).wait()
    assert verify(place, checkpoint=old).size == 25


def commits_of(place: Path, first: int) -> int:
    with open_segment(layout.Layout(place).segment(first)) as file:
        return file.read().count(b'{"checkpoint"')


@pytest.mark.usefixtures("short_segments")
def test_opening_drops_the_commits_between_from_full_segments(tmp_path: Path) -> None:
    place = make_log(tmp_path, [1] * 18)
    assert [commits_of(place, first) for first in range(0, 20, 4)] == [4, 4, 4, 4, 3]
    before = verify(place)
    with Log.open(place, keys=KeyStore(tmp_path / "keys")) as log:
        assert [commits_of(place, first) for first in range(0, 20, 4)] == [1, 1, 1, 1, 3]
        assert verify(place).root == before.root
        assert log.append("decision", BODY | {"n": 19}).wait().seq == 19
    (place / "hashes" / "2").unlink()
    with Log.open(place, keys=KeyStore(tmp_path / "keys")) as log:
        assert log.append("decision", BODY | {"n": 20}).wait().seq == 20
    assert numbers(place) == list(range(1, 21))
    assert verify(place).size == 21
    assert not list(place.glob(".*"))


@pytest.mark.usefixtures("short_segments")
def test_damaged_full_segment_is_left_as_it_is(tmp_path: Path) -> None:
    place = make_log(tmp_path, [1] * 18)
    path = segment(place, 4)
    damaged = path.read_bytes().replace(b'"n":5,', b'"n":6,')
    path.write_bytes(damaged)
    with Log.open(place, keys=KeyStore(tmp_path / "keys")):
        assert [commits_of(place, first) for first in range(0, 20, 4)] == [1, 4, 1, 1, 3]
        assert path.read_bytes() == damaged
    with pytest.raises(LogBroken) as caught:
        verify(place)
    assert caught.value.seq == 5


@pytest.mark.usefixtures("short_segments")
def test_crash_while_compacting_loses_nothing(tmp_path: Path) -> None:
    place = make_log(tmp_path, [1] * 18)
    root = verify(place).root
    for crash_at in range(1, 100):
        copy = tmp_path / str(crash_at)
        shutil.copytree(place, copy)
        system = FaultySystem(lambda name, number, at=crash_at: Crash() if number == at else None)  # type: ignore[misc]  # mypy infers no types for a lambda's defaults
        try:
            Log.open(copy, keys=KeyStore(tmp_path / "keys"), system=system).close()
            break
        except Crash:
            assert verify(copy).root == root
            Log.open(copy, keys=KeyStore(tmp_path / "keys")).close()
            assert verify(copy).root == root
            assert not (copy / ".segment.new").exists()
            assert [commits_of(copy, first) for first in range(0, 20, 4)] == [1, 1, 1, 1, 3]
    else:
        pytest.fail("the run never ended")


@pytest.mark.usefixtures("short_segments")
@pytest.mark.parametrize("kept", [b"", b"x" * 31, b"y" * 160, None])
def test_derived_hashes_are_made_anew(tmp_path: Path, kept: bytes | None) -> None:
    place = make_log(tmp_path, [21])
    right = (place / "hashes" / "2").read_bytes()
    if kept is None:
        (place / "hashes" / "2").unlink()
    else:
        (place / "hashes" / "2").write_bytes(kept)
    with Log.open(place, keys=KeyStore(tmp_path / "keys")) as log:
        assert log.append("decision", BODY | {"n": 22}).wait().seq == 22
    assert (place / "hashes" / "2").read_bytes() == right
    assert verify(place).size == 23


@pytest.mark.usefixtures("short_segments")
def test_missing_or_exchanged_segments_are_refused(tmp_path: Path) -> None:
    place = make_log(tmp_path, [21])
    keys = KeyStore(tmp_path / "keys")
    second = segment(place, 4)
    whole = second.read_bytes()
    second.unlink()
    for reader in (
        lambda: verify(place),
        lambda: Log.open(place, keys=keys),
        lambda: list(read_log(place)),
    ):
        with pytest.raises(LogBroken, match="is missing"):
            reader()
    second.write_bytes(segment(place, 8).read_bytes())
    with pytest.raises(LogBroken):
        verify(place)
    second.write_bytes(whole[:-40])
    with pytest.raises(LogBroken):
        verify(place)
    second.write_bytes(whole)
    assert verify(place).size == 22
    segment(place, 16).write_bytes(b"")
    with pytest.raises(LogBroken):
        verify(place)
    with pytest.raises(LogBroken, match="does not end in a signed commit"):
        Log.open(place, keys=keys)


@pytest.mark.usefixtures("short_segments")
def test_damage_in_a_sealed_segment_does_not_hide(tmp_path: Path) -> None:
    place = make_log(tmp_path, [21])
    path = segment(place, 4)
    path.write_bytes(path.read_bytes().replace(b'"n":5,', b'"n":6,'))
    with pytest.raises(LogBroken) as caught:
        verify(place)
    assert caught.value.seq == 5
    assert caught.value.file == str(path)
    (place / "hashes" / "2").unlink()
    with pytest.raises(LogBroken, match="names the first one"):
        Log.open(place, keys=KeyStore(tmp_path / "keys"))


def test_torn_pack_is_cut_and_kept(tmp_path: Path) -> None:
    place = make_log(tmp_path, [1])
    keys = KeyStore(tmp_path / "keys")
    with Log.open(place, keys=keys) as log:
        log.append("decision", BODY | {"facts": log.seal(None, b"x" * 20_000), "n": 2}).wait()
    pack = place / "packs" / f"{0:020d}"
    whole = pack.read_bytes()
    pack.write_bytes(whole + b"half of the next")
    with Log.open(place, keys=keys) as log:
        log.append("decision", BODY | {"facts": log.seal(None, b"y" * 20_000), "n": 3}).wait()
    assert pack.read_bytes()[: len(whole)] == whole
    assert verify(place).size == 5
    pack.write_bytes(whole[:-1])
    with pytest.raises(LogBroken, match="the records need"):
        Log.open(place, keys=keys)


class LogAgainstList(RuleBasedStateMachine):
    """A log against the list of what it acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self._segments = layout.SEGMENT_ENTRIES
        layout.SEGMENT_ENTRIES = 8
        self.root = Path(tempfile.mkdtemp())
        self.keys = KeyStore(self.root / "keys")
        self.place = self.root / "log"
        self.model: list[int] = []
        self.count = 0
        self.old: list[bytes] = []
        self.log: Log | None = Log.open(self.place, keys=self.keys)

    def teardown(self) -> None:
        if self.log is not None:
            self.log.close()
        layout.SEGMENT_ENTRIES = self._segments
        shutil.rmtree(self.root)

    @precondition(lambda self: self.log is not None)
    @rule(count=st.integers(1, 12), packed=st.booleans())
    def append(self, count: int, packed: bool) -> None:
        assert self.log is not None
        pending = []
        for _ in range(count):
            self.count += 1
            body = BODY | {"n": self.count}
            if packed:
                body["facts"] = self.log.seal("ada", bytes(17_000))
            pending.append((self.count, self.log.append("decision", body)))
        for number, item in pending:
            item.wait()
            self.model.append(number)

    @precondition(lambda self: self.log is not None)
    @rule()
    def second_opener(self) -> None:
        with pytest.raises(LogError, match="another writer"):
            Log.open(self.place, keys=self.keys)

    @precondition(lambda self: self.log is not None)
    @rule()
    def close(self) -> None:
        assert self.log is not None
        self.log.close()
        self.old.append((self.place / "checkpoint").read_bytes())
        self.log = None

    @precondition(lambda self: self.log is None)
    @rule(garbage=st.binary(max_size=300), share=st.floats(0, 1))
    def crash_and_open(self, garbage: bytes, share: float) -> None:
        last = max((self.place / "seg").iterdir())
        with last.open("ab") as file:
            tail = layout.make_leaf(b'{"type":"x"}', bytes(32), 0) + garbage
            file.write(tail[: int(len(tail) * share)])
        self.log = Log.open(self.place, keys=self.keys)

    @precondition(lambda self: self.log is None)
    @rule()
    def open(self) -> None:
        self.log = Log.open(self.place, keys=self.keys)

    @invariant()
    def agrees(self) -> None:
        assert numbers(self.place) == self.model
        size = verify(self.place).size
        assert size >= len(self.model)
        for old in self.old[-2:]:
            assert verify(self.place, checkpoint=old).size == size


TestLogAgainstList = LogAgainstList.TestCase
TestLogAgainstList.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
