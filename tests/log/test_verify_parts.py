"""Verifying in several processes, and only part of a log: never another verdict than in order."""

import json
import random
import shutil
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from log_kit import BODY, make_log

from jurat.cli._log import command
from jurat.log import (
    KeyStore,
    Log,
    LogBroken,
    LogError,
    Verified,
    checkpoint,
    read_log,
    retire_key,
    rotate_key,
    verify,
    verify_range,
    verify_set,
)
from jurat.log import _layout as layout
from jurat.log import _verify_jobs as in_jobs


@pytest.fixture(autouse=True)
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SEGMENT_ENTRIES", 8)


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Threads instead of processes, which would not know of short segments; what was asked for."""
    asked: list[int] = []

    def pool(jobs: int) -> Executor:
        asked.append(jobs)
        return ThreadPoolExecutor(jobs)

    monkeypatch.setattr(in_jobs, "_processes", pool)
    return asked


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Five segments, of which two are compressed, with a change of keys and packs among them."""
    keys = KeyStore(tmp_path / "keys", notify=lambda text: None)
    made = make_log(tmp_path, [3, 1, 9])
    rotate_key(made, keys=keys)
    with Log.open(made, keys=keys) as log:
        log.append("decision", BODY | {"facts": log.seal("ada", bytes(20_000))}).wait()
    retire_key(made, keys=keys)
    with Log.open(made, keys=keys) as log:
        for number in range(20):
            log.append("decision", BODY | {"n": number}).wait()
    return made


def both(place: Path, **options: Any) -> tuple[object, object]:
    found: list[object] = []
    for jobs in (1, 3):
        try:
            found.append(verify(place, jobs=jobs, **options))
        except LogBroken as error:
            found.append((error.reason, error.seq, error.line, error.file))
    return found[0], found[1]


@pytest.mark.usefixtures("threads")
def test_verdict_is_the_same(place: Path, threads: list[int]) -> None:
    note = checkpoint(place).encode()
    vkeys = json.loads((place / "log.json").read_bytes())["vkeys"]
    for options in ({}, {"checkpoint": note}, {"vkey": vkeys[0]}, {"vkey": vkeys[1]}):
        serial, parallel = both(place, **options)
        assert isinstance(serial, Verified)
        assert serial == parallel
    assert threads == [3] * 4
    told: list[int] = []
    verify(place, jobs=2, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 37
    assert verify_set(place, jobs=2)[0].size == 37


@pytest.mark.usefixtures("threads")
def test_older_checkpoints_of_every_size_hold(place: Path) -> None:
    notes = [
        json.loads(line)["checkpoint"].encode()
        for path in sorted((place / "seg").iterdir())
        if path.suffix == ".jsonl"
        for line in path.read_bytes().splitlines()
        if line.startswith(b'{"checkpoint"')
    ]
    assert len(notes) > 5
    for note in notes:
        serial, parallel = both(place, checkpoint=note)
        assert isinstance(serial, Verified)
        assert serial == parallel


@pytest.mark.usefixtures("threads")
def test_every_damage_is_named_as_in_order(place: Path) -> None:
    chance = random.Random(4)
    files = sorted([*(place / "seg").iterdir(), *(place / "packs").iterdir()])
    for path in files:
        whole = path.read_bytes()
        for _ in range(6):
            damaged = bytearray(whole)
            damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
            path.write_bytes(damaged)
            serial, parallel = both(place)
            assert serial == parallel
            assert isinstance(serial, tuple)
        path.write_bytes(whole[: len(whole) // 2])
        serial, parallel = both(place)
        assert serial == parallel
        assert isinstance(serial, tuple)
        path.write_bytes(whole)
    assert isinstance(both(place)[1], Verified)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize(
    "damage",
    [
        lambda place: shutil.rmtree(place / "hashes"),
        lambda place: (place / "hashes" / "2").write_bytes(bytes(32 * 4)),
        lambda place: (place / "hashes" / "2").write_bytes(b"x"),
    ],
    ids=["none", "wrong", "short"],
)
def test_derived_hashes_are_not_believed(place: Path, damage: Callable[[Path], object]) -> None:
    whole = verify(place)
    damage(place)
    assert verify(place, jobs=3) == whole
    path = next(path for path in (place / "seg").iterdir() if path.name.endswith("16.jsonl"))
    path.write_bytes(path.read_bytes().replace(b'"n":2,', b'"n":1,'))
    serial, parallel = both(place)
    assert serial == parallel
    assert isinstance(serial, tuple)


@pytest.mark.usefixtures("threads")
def test_consistent_rewrite_with_the_roots_rewritten_shows(place: Path) -> None:
    """Two segments exchanged, and the derived roots with them."""
    seg = place / "seg"
    one, two = sorted(seg.iterdir())[2:4]
    a, b = one.read_bytes(), two.read_bytes()
    one.write_bytes(b)
    two.write_bytes(a)
    roots = bytearray((place / "hashes" / "2").read_bytes())
    roots[64:96], roots[96:128] = roots[96:128], roots[64:96]
    (place / "hashes" / "2").write_bytes(roots)
    serial, parallel = both(place)
    assert serial == parallel
    assert isinstance(serial, tuple)


def test_real_processes_give_the_verdict_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They know of long segments only: so they doubt, and all is verified in order."""
    place = make_log(tmp_path, [20])
    assert verify(place, jobs=2) == verify(place)


@pytest.mark.parametrize("trusted", [True, False])
def test_part_of_a_log_is_proven(place: Path, trusted: bool) -> None:
    if not trusted:
        shutil.rmtree(place / "hashes")
    for start, stop in ((0, 1), (0, 37), (7, 9), (8, 16), (36, 37), (13, 30)):
        found = verify_range(place, start, stop)
        assert (found.size, found.below) == (37, start)
        assert f"records {start} to {stop - 1} are" in found.proven[0]
    note = checkpoint(place).encode()
    vkey = json.loads((place / "log.json").read_bytes())["vkeys"][1]
    sure = verify_range(place, 3, 5, checkpoint=note, vkey=vkey)
    assert len(sure.not_proven) == 2
    for start, stop in ((0, 38), (5, 5), (-1, 2), (9, 3)):
        with pytest.raises(LogError, match="covers 37 records"):
            verify_range(place, start, stop)


def test_part_that_was_edited_is_not(place: Path) -> None:
    path = next(path for path in (place / "seg").iterdir() if path.name.endswith("24.jsonl"))
    whole = path.read_bytes()
    seqs = [r.seq for r in read_log(place) if r.body.get("n") == 12 and r.seq >= 24]
    path.write_bytes(whole.replace(b'"n":12,', b'"n":13,'))
    assert len(seqs) == 1
    (seq,) = seqs
    for start, stop in ((seq, seq + 1), (seq - 1, seq + 3), (0, 37)):
        with pytest.raises(LogBroken):
            verify_range(place, start, stop)
    assert verify_range(place, seq + 1, 37).size == 37  # that is all it says
    (place / "hashes" / "0").write_bytes(bytes(32 * 37))
    with pytest.raises(LogBroken):
        verify_range(place, seq + 1, 37)
    path.write_bytes(whole)
    assert verify_range(place, seq, 37).size == 37


def test_command_line(place: Path) -> None:
    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(command, ["verify", *words])
        assert done.exit_code == code or done.exception, done.output
        return done.output

    assert "records 5 to 9 are" in run(str(place), "--from", "5", "--to", "9")
    assert "records 30 to 36 are" in run(str(place), "--from", "30")
    told = json.loads(run(str(place), "--to", "3", "--format", "json"))
    assert told["verified"]
    assert "records 0 to 3" in told["proven"][0]
    done = CliRunner().invoke(command, ["verify", str(place), "--to", "99"], standalone_mode=False)
    assert isinstance(done.exception, LogError)
