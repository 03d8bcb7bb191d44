"""Full segments, compressed: read, proven, recovered; every damage to one shows."""

import contextlib
import io
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from log_kit import BODY, Crash, Disk, FaultySystem, make_log
from zstandard import ZstdDecompressor

from jurat.log import (
    Index,
    KeyStore,
    Log,
    LogBroken,
    LogError,
    check_proof,
    checkpoint,
    export_jsonl,
    prove,
    read_log,
    verify,
)
from jurat.log import _compact as compacting
from jurat.log import _layout as layout
from jurat.log import _packed as packed
from jurat.log._packed import Packed, Trailer, compressor, open_segment


@pytest.fixture(autouse=True)
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SEGMENT_ENTRIES", 8)
    monkeypatch.setattr(packed, "FRAME", 2)


def plain(place: Path, first: int) -> Path:
    return place / "seg" / f"{first:020d}.jsonl"


def zst(place: Path, first: int) -> Path:
    return place / "seg" / f"{first:020d}.jsonl.zst"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A log of 30 records: three compressed segments and one that grows."""
    made = make_log(tmp_path, [3, 1, 4, 5, 1, 1, 1, 13])
    before = [record.leaf for record in read_log(made)]
    Log.open(made, keys=KeyStore(tmp_path / "keys")).close()
    assert [record.leaf for record in read_log(made)] == before
    return made


def test_full_segments_are_compressed_and_read_as_before(place: Path, tmp_path: Path) -> None:
    names = sorted(path.name for path in (place / "seg").iterdir())
    assert names == [
        *[f"{first:020d}.jsonl.zst" for first in (0, 8, 16)],
        f"{24:020d}.jsonl",
    ]
    assert verify(place).size == 30
    for start in range(31):
        assert [record.seq for record in read_log(place, start)] == list(range(start, 30))
    with Packed(zst(place, 8)) as whole:
        assert whole.count == 4
        assert whole.frame(3).count(b"\n") == 3  # two leaves and the commit
    with Index(place) as index:
        assert index.size == 30
    for trusted in (True, False):
        if not trusted:
            shutil.rmtree(place / "hashes")
        for seq in (0, 7, 8, 21, 29):
            proof = prove(place, seq)
            vkey = next(read_log(place)).body["vkey"]
            assert check_proof(proof, vkey=vkey).index == seq
    out = io.StringIO()
    assert export_jsonl(place, out) == 30
    with Log.open(place, keys=KeyStore(tmp_path / "keys")) as log:
        assert log.append("decision", BODY | {"n": 30}).wait().seq == 30
    assert verify(place).size == 31


def test_any_tool_unpacks_them(place: Path) -> None:
    with zst(place, 0).open("rb") as file:
        stream = ZstdDecompressor().stream_reader(file, read_across_frames=True)
        text = stream.read()
    lines = text.split(b"\n")
    assert [line[:9] for line in lines] == [b'{"body":{'] * 8 + [b'{"checkpo', b""]
    with open_segment(zst(place, 0)) as again:
        assert again.read() == text


def test_no_flipped_bit_is_silent(place: Path) -> None:
    path = zst(place, 8)
    whole = path.read_bytes()
    chance = random.Random(8)
    for bit in chance.sample(range(len(whole) * 8), min(500, len(whole) * 8)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with pytest.raises(LogBroken) as caught:
            verify(place)
        assert caught.value.file is not None
        with contextlib.suppress(LogError):  # reads something or says that it can't: never worse
            list(read_log(place))


def test_length_that_a_frame_claims_is_not_allocated(place: Path) -> None:
    path = zst(place, 8)
    whole = path.read_bytes()
    for at in range(4, 18):  # the head of the first frame: flags, sizes
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[at] ^= 1 << bit
            path.write_bytes(damaged)
            with contextlib.suppress(LogError):
                list(read_log(place))
            with pytest.raises(LogBroken):
                verify(place)


def pack(lines: list[bytes]) -> bytes:
    """A well-made compressed segment of these lines."""
    trailer, made = Trailer(), b""
    for start in range(0, len(lines), 2):
        raw = b"".join(lines[start : start + 2])
        frame = compressor().compress(raw)
        trailer.add(frame, len(raw))
        made += frame
    return made + trailer.encode()


def lines_of(place: Path, first: int) -> list[bytes]:
    with open_segment(layout.Layout(place).segment(first)) as file:
        return file.readlines()


def change(place: Path, edit: Callable[[list[bytes]], list[bytes]]) -> None:
    zst(place, 8).write_bytes(pack(edit(lines_of(place, 8))))


def cut(count: int) -> Callable[[Path], Any]:
    return lambda place: zst(place, 8).write_bytes(zst(place, 8).read_bytes()[:-count])


def twin(place: Path) -> None:
    edited = [line.replace(b'"n":9', b'"n":8') for line in lines_of(place, 8)]
    plain(place, 8).write_bytes(b"".join(lines_of(place, 8)))
    zst(place, 8).write_bytes(pack(edited))


ATTACKS: dict[str, Callable[[Path], Any]] = {
    "empty": lambda place: zst(place, 8).write_bytes(b""),
    "one byte cut": cut(1),
    "trailer cut": cut(84),
    "half cut": lambda place: cut(zst(place, 8).stat().st_size // 2)(place),
    "appended": lambda place: zst(place, 8).write_bytes(zst(place, 8).read_bytes() + b"x"),
    "put before": lambda place: zst(place, 8).write_bytes(b"x" + zst(place, 8).read_bytes()),
    "no segment at all": lambda place: zst(place, 8).write_bytes(b"x" * 500),
    "missing": lambda place: zst(place, 8).unlink(),
    "another segment": lambda place: shutil.copy(zst(place, 0), zst(place, 8)),
    "record edited": lambda place: change(
        place, lambda lines: [line.replace(b'"n":9', b'"n":8') for line in lines]
    ),
    "record removed": lambda place: change(place, lambda lines: lines[:3] + lines[4:]),
    "records swapped": lambda place: change(
        place, lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]]
    ),
    "record repeated": lambda place: change(place, lambda lines: [*lines[:3], *lines[2:]]),
    "line inserted": lambda place: change(place, lambda lines: [*lines[:3], b"x\n", *lines[3:]]),
    "commit removed": lambda place: change(place, lambda lines: lines[:-1]),
    "no last LF": lambda place: change(place, lambda lines: [*lines[:-1], lines[-1][:-1]]),
    "more after the commit": lambda place: change(place, lambda lines: [*lines, lines[0]]),
    "a twin that differs": twin,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_damage_and_attacks_show(place: Path, tmp_path: Path, name: str) -> None:
    ATTACKS[name](place)
    with pytest.raises(LogBroken) as caught:
        verify(place)
    assert caught.value.reason
    if name in ("record edited", "record removed", "records swapped", "missing"):
        assert caught.value.seq in (8, 9, 10, 11)
    if name == "missing":
        with pytest.raises(LogError):
            Log.open(place, keys=KeyStore(tmp_path / "keys"))


def test_both_files_of_a_segment_are_a_crash_and_no_damage(place: Path, tmp_path: Path) -> None:
    plain(place, 8).write_bytes(b"".join(lines_of(place, 8)))
    assert verify(place).size == 30
    assert [record.seq for record in read_log(place)] == list(range(30))
    Log.open(place, keys=KeyStore(tmp_path / "keys")).close()
    assert not plain(place, 8).exists()
    assert verify(place).size == 30


def test_damage_before_compressing_stays_to_be_seen(tmp_path: Path) -> None:
    place = make_log(tmp_path, [29])
    path = plain(place, 8)
    path.write_bytes(path.read_bytes().replace(b'"n":9,', b'"n":8,'))
    Log.open(place, keys=KeyStore(tmp_path / "keys")).close()
    assert path.exists()
    assert zst(place, 16).exists()
    with pytest.raises(LogBroken) as caught:
        verify(place)
    assert caught.value.seq == 9


def test_all_crash_states_of_compressing_keep_the_log(tmp_path: Path) -> None:
    place = make_log(tmp_path, [3, 1, 13])
    (place / "checkpoint").unlink()
    size, root = verify(place).size, verify(place).root
    keys, seen = KeyStore(tmp_path / "keys"), 0
    for crash_at in range(1, 200):
        copy = tmp_path / "run" / "log"
        shutil.rmtree(copy.parent, ignore_errors=True)
        shutil.copytree(place, copy)
        disk = Disk(crash_at)
        try:
            Log.open(copy, keys=keys, system=disk).close()
            assert seen > 30
            return
        except Crash:
            pass
        for state in list(disk.states()):
            other = tmp_path / "state"
            shutil.rmtree(other, ignore_errors=True)
            shutil.copytree(copy, other)
            for path, data in state.items():
                target = other / path.relative_to(copy)
                if data is None:
                    target.unlink(missing_ok=True)
                elif target.name != "lock":
                    target.write_bytes(data)
            Log.open(other, keys=keys).close()
            found = verify(other)
            assert (found.size, found.root) == (size, root)
            assert zst(other, 0).exists()
            assert not plain(other, 0).exists()
            seen += 1
    pytest.fail("the run never ended")


def test_writer_that_cannot_read_back_keeps_the_original(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_log(tmp_path, [13])
    monkeypatch.setattr(compacting, "_reads", lambda path, digest: False)
    Log.open(place, keys=KeyStore(tmp_path / "keys")).close()
    assert plain(place, 0).exists()
    assert not zst(place, 0).exists()


def test_segments_are_compressed_while_the_log_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "SEAL_AFTER", 0.0)
    with Log.open(tmp_path / "log", keys=KeyStore(tmp_path / "keys")) as log:
        place = log.directory
        for number in range(60):
            log.append("decision", BODY | {"n": number}).wait()
            assert [record.seq for record in read_log(place)] == list(range(number + 2))
        deadline = time.monotonic() + 20
        while plain(place, 40).exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert zst(place, 40).exists()
        assert verify(place, checkpoint=checkpoint(place).encode()).size == 61


def test_fault_while_compressing_leaves_the_log_usable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "SEAL_AFTER", 0.0)
    import errno

    system = FaultySystem(lambda name, number: None)
    real = Trailer.encode

    def full(self: Trailer) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Trailer, "encode", full)
    with Log.open(tmp_path / "log", keys=KeyStore(tmp_path / "keys"), system=system) as log:
        for number in range(20):
            log.append("decision", BODY | {"n": number}).wait()
        time.sleep(0.05)
        assert log.append("decision", BODY).wait().seq == 21
    monkeypatch.setattr(Trailer, "encode", real)
    assert verify(tmp_path / "log").size == 22
    Log.open(tmp_path / "log", keys=KeyStore(tmp_path / "keys")).close()
    assert zst(tmp_path / "log", 8).exists()


def test_log_whose_growing_segment_is_gone(place: Path, tmp_path: Path) -> None:
    plain(place, 24).unlink()
    with pytest.raises(LogBroken, match="the end was cut"):
        verify(place)
    with pytest.raises(LogError, match="second history"):
        Log.open(place, keys=KeyStore(tmp_path / "keys"))
    (place / "checkpoint").unlink()  # with the disk's help: nothing of it was ever published
    assert verify(place).size == 24
    with Log.open(place, keys=KeyStore(tmp_path / "keys")) as log:
        assert log.append("decision", BODY).wait().seq == 24
    assert verify(place).size == 25
