"""Retention: whole segments go, everything kept still verifies, is proven, read and asked."""

import inspect
import json
import shutil
import sys
import tempfile
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_kit import BODY, Crash, FaultySystem, segment
from plain_log_verifier import mth

from jurat.log import (
    Index,
    KeyStore,
    Log,
    LogBroken,
    LogError,
    LogHeld,
    Query,
    _payloads,
    _verify,
    _verify_jobs,
    check_proof,
    checkpoint,
    export_tiles,
    prove,
    query,
    read_log,
    retire_key,
    rotate_key,
    summarise,
    verify,
    verify_range,
)
from jurat.log import _layout as layout
from jurat.log._pruned import Pruned, read_pruned

PER = 8
DAY = 86_400_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def orjson_or_nothing(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # beyond 64 bits, or a lone surrogate
        return b""


def day(number: float) -> datetime:
    return EPOCH + timedelta(days=number)


@pytest.fixture(autouse=True)
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SEGMENT_ENTRIES", PER)


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys", notify=lambda told: None)


@pytest.fixture
def place(tmp_path: Path, keys: KeyStore) -> Path:
    """Records 0 to 39, a segment a day from day 0 on; packs in segments 0 and 3."""
    place = tmp_path / "log"
    now = 0
    with Log.open(place, keys=keys, clock=lambda: now) as log:
        for seq in range(1, 5 * PER):
            now = seq // PER * DAY
            subject = "ada" if seq < PER else "bob"
            plain = bytes(17_000 if seq in (3, 3 * PER + 1) else 10)
            facts = log.seal(subject, plain)
            body = BODY | {"n": seq, "facts": facts, "actor": {"ref": log.ref(subject)}}
            log.append("decision", body).wait()
    return place


def numbers(place: Path, start: int = 0) -> list[int]:
    return [record.seq for record in read_log(place, start)]


def pruned(place: Path, keys: KeyStore, before: float = 2.5) -> int:
    with Log.open(place, keys=keys) as log:
        plan = log.prune(day(before), by="retention")
        assert plan is not None
        return plan.below


def test_segments_and_packs_go_and_the_rest_verifies(place: Path, keys: KeyStore) -> None:
    hashes = [record.leaf_hash for record in read_log(place)]
    assert pruned(place, keys) == 3 * PER
    assert sorted(path.name[:20] for path in (place / "seg").iterdir()) == [
        f"{first:020d}" for first in (24, 32, 40)
    ]
    assert [path.name for path in (place / "packs").iterdir()] == [f"{24:020d}"]
    assert numbers(place) == list(range(24, 41))
    assert numbers(place, 30) == list(range(30, 41))
    (record,) = [record.body for record in read_log(place) if record.body["type"] == "prune"]
    assert (record["below"], record["records"], record["by"]) == (
        24, 24, {"approver": "retention"},
    )  # fmt: skip
    result = verify(place)
    all_hashes = hashes[:24] + [record.leaf_hash for record in read_log(place)]
    assert (result.size, result.below, result.root) == (41, 24, mth(all_hashes))
    assert result.proven[0].startswith("records 24 to 40 are")
    assert any("records 0 to 23 were pruned" in text for text in result.proven)
    assert "what the pruned records said" in result.not_proven


def test_a_pruned_log_goes_on(place: Path, keys: KeyStore) -> None:
    pruned(place, keys)
    with Log.open(place, keys=keys) as log:
        for number in range(30):
            log.append("decision", BODY | {"n": 100 + number}).wait()
    assert verify(place).size == 71
    assert pruned(place, keys, 4.5) == 5 * PER  # the segment of today stays
    assert verify(place).below == 40
    assert numbers(place) == list(range(40, 72))


def test_nothing_old_enough_and_the_newest_full_one(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        assert log.prune(day(0)) is None
        assert log.size == 40
        plan = log.prune(day(1000), dry=True)
        assert plan is not None
        assert (plan.first, plan.below, plan.records) == (0, 32, 32)
        assert log.size == 40
        assert log.prune(day(1000)) is not None
        assert log.prune(day(1000)) is None
    assert numbers(place) == list(range(32, 41))


def test_proofs_of_the_rest_and_none_of_what_went(place: Path, keys: KeyStore) -> None:
    key = str(next(read_log(place)).body["vkey"])
    pruned(place, keys)
    kept = {record.seq: record.leaf for record in read_log(place)}
    for seq, leaf in kept.items():
        assert check_proof(prove(place, seq), vkey=key).leaf == leaf
    for seq in (0, 23):
        with pytest.raises(LogError, match="was pruned; 24 is the first"):
            prove(place, seq)
    for name in ("0", "1", "2"):
        (place / "hashes" / name).unlink(missing_ok=True)
    for seq, leaf in kept.items():  # from what stands for the segments
        assert check_proof(prove(place, seq), vkey=key).leaf == leaf


def test_older_checkpoints_stay_comparable(place: Path, keys: KeyStore, tmp_path: Path) -> None:
    notes = []
    for path in sorted((place / "seg").glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            if line.startswith(b'{"checkpoint"'):
                notes.append(json.loads(line)["checkpoint"].encode())
    with Log.open(tmp_path / "early", keys=keys, origin="early") as early:
        early.append("decision", BODY).wait()
    pruned(place, keys)
    for note in notes:
        assert verify(place, checkpoint=note).size == 41


def old_note(root: Path, keys: KeyStore, count: int) -> tuple[Path, bytes]:
    """A log of 40 and more records, and its checkpoint after `count`."""
    place = root / "old"
    with Log.open(place, keys=keys, clock=lambda: 0) as log:
        for _ in range(count - 1):
            log.append("decision", BODY).wait()
    note = checkpoint(place).encode()
    with Log.open(place, keys=keys, clock=lambda: 0) as log:
        for _ in range(40 - count):
            log.append("decision", BODY).wait()
    return place, note


@pytest.mark.parametrize("count", [1, 7, 8, 9, 23, 24, 25, 40])
def test_a_checkpoint_of_any_size_is_compared(tmp_path: Path, keys: KeyStore, count: int) -> None:
    place, note = old_note(tmp_path, keys, count)
    assert pruned(place, keys) == 32
    result = verify(place, checkpoint=note)
    assert any("goes on from the checkpoint given" in text for text in result.proven)
    hashes = place / "hashes" / "0"
    data = bytearray(hashes.read_bytes())
    data[32 * (count - 1)] ^= 1
    hashes.write_bytes(data)
    if 1 < count < 32 and count % PER:  # else the segments' roots say it
        with pytest.raises(LogBroken, match="now pruned"):
            verify(place, checkpoint=note)


def test_index_query_and_summary(place: Path, keys: KeyStore, tmp_path: Path) -> None:
    with Index(place) as index:
        assert index.size == 40
    pruned(place, keys)
    for path in (None, tmp_path / "fresh.sqlite"):
        with Index(place, path=path) as index:
            assert index.size == 41
            assert [r.seq for r in query(place, Query(), newest=False, index=index)] == list(
                range(24, 41)
            )
            assert list(index.rows("SELECT count(*) FROM records")) == [(17,)]
    assert summarise(place).records == 17


def test_holds_refuse(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        hold = log.hold("ada", reason="suit 12", by="legal")
        with pytest.raises(LogHeld, match="suit 12"):
            log.prune(day(2.5))
        log.release("ada", by="legal")
        everybody = log.hold(None, reason="audit", by="legal")
        with pytest.raises(LogHeld, match="audit"):
            log.prune(day(2.5))
        log.release(None, by="legal", id=everybody.id)
        log.hold("carol", reason="suit 13", by="legal")  # of whom nothing is there
        assert log.prune(day(2.5)) is not None
    assert hold.id in str([record.body for record in read_log(place)])


def test_a_hold_record_that_stands_is_not_pruned(tmp_path: Path, keys: KeyStore) -> None:
    place = tmp_path / "log"
    with Log.open(place, keys=keys, clock=lambda: 0) as log:
        log.hold("ada", reason="suit 12", by="legal")
        for _ in range(40):
            log.append("decision", BODY).wait()
    with Log.open(place, keys=keys) as log, pytest.raises(LogHeld):
        log.prune(day(1))


def test_records_that_were_changed_are_not_pruned(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        path = place / "seg" / f"{8:020d}.jsonl"
        from jurat.log._packed import open_segment

        data = open_segment(path).read()
        (place / "seg" / f"{8:020d}.jsonl.zst").unlink(missing_ok=True)
        path.write_bytes(data.replace(b'"allow"', b'"allox"', 1))
        with pytest.raises(LogBroken, match="not pruned"):
            log.prune(day(2.5))
    assert len(list((place / "seg").iterdir())) >= 5


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda d: d | {"below": 32, "roots": d["roots"] + d["roots"][:1]},
            "too|missing|edited|covers|place",
        ),
        (lambda d: d | {"below": 16, "roots": d["roots"][:2]}, "is missing"),
        (lambda d: d | {"below": 17}, "fit together"),
        (lambda d: d | {"roots": d["roots"][::-1]}, "it was edited"),
        (lambda d: d | {"previous": d["roots"][0]}, "edited"),
        (lambda d: {}, "missing"),
    ],
)
def test_what_stands_for_the_pruned_is_checked(
    place: Path, keys: KeyStore, change: Any, told: str
) -> None:
    pruned(place, keys)
    path = place / "pruned"
    path.write_text(json.dumps(change(json.loads(path.read_bytes()))))
    with pytest.raises(LogBroken, match=told):
        verify(place)


def test_a_log_whose_beginning_was_removed_by_hand(place: Path, keys: KeyStore) -> None:
    """The right hashes alone do not do: the log must say that it was pruned."""
    copy = place.with_name("copy")
    shutil.copytree(place, copy)
    pruned(copy, keys)
    shutil.copy(copy / "pruned", place / "pruned")
    with pytest.raises(LogBroken, match="no record says"):
        verify(place)
    (place / "pruned").unlink()
    for first in (0, 8, 16):
        for path in (place / "seg").glob(f"{first:020d}*"):
            path.unlink()
    with pytest.raises(LogBroken, match="starts with record 0 is missing"):
        verify(place)
    assert segment(place, 24).exists() or segment(place, 24).with_suffix(".jsonl.zst").exists()


def test_a_pruned_log_verifies_in_jobs_and_in_part(
    place: Path, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Log.open(place, keys=keys) as log:
        for number in range(30):
            log.append("decision", BODY | {"n": 100 + number}).wait()
    pruned(place, keys)
    alone = verify(place)
    monkeypatch.setattr(_verify_jobs, "_processes", ThreadPoolExecutor)
    assert verify(place, jobs=2) == alone
    assert verify_range(place, 24, 50).root == alone.root
    with pytest.raises(LogError, match="24 is the first that is kept"):
        verify_range(place, 23, 30)


def test_keys_that_were_changed_before_what_is_kept(place: Path, keys: KeyStore) -> None:
    new = rotate_key(place, keys=keys)
    retire_key(place, keys=keys)
    with Log.open(place, keys=keys) as log:
        for number in range(30):
            log.append("decision", BODY | {"n": 100 + number}).wait()
    with Log.open(place, keys=keys) as log:
        plan = log.prune(datetime(2999, 1, 1, tzinfo=UTC))
        assert plan is not None
        assert plan.below == 64
    result = verify(place, vkey=new)
    assert (result.size, result.below) == (73, 64)
    assert check_proof(prove(place, 70), vkey=new).index == 70


def test_a_prune_record_of_other_hashes(place: Path, keys: KeyStore) -> None:
    """Whoever holds the key can't record one root and leave the hashes of another."""
    with Log.open(place, keys=keys) as log:
        plan = log.prune(day(2.5), dry=True)
        assert plan is not None
        genesis = log._genesis(log._description.vkeys[0])
        fields = plan.fields(genesis, 0, "", "")
        log.append("prune", fields | {"root": fields["root"][::-1]}).wait()
    (place / "pruned").write_bytes(plan.pruned.encode())
    with pytest.raises(LogBroken, match="not the recorded ones"):
        verify(place)
    with Log.open(place, keys=keys) as log:
        log.append("prune", fields | {"genesis": genesis | {"set": "other"}}).wait()
    with pytest.raises(LogBroken):
        verify(place)


def without_a_record(place: Path, keys: KeyStore) -> None:
    """Remove the beginning by hand, with the right hashes in its place."""
    copy = Path(shutil.copytree(place, place.with_name("copy")))
    pruned(copy, keys)
    shutil.copy(copy / "pruned", place / "pruned")


def with_another_root(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        plan = log.prune(day(2.5), dry=True)
        assert plan is not None
        fields = plan.fields(log._genesis(log._description.vkeys[0]), 0, "", "")
        log.append("prune", fields | {"root": fields["root"][::-1]}).wait()
    (place / "pruned").write_bytes(plan.pruned.encode())


def with_other_erasures(place: Path, keys: KeyStore) -> None:
    pruned(place, keys)
    told = json.loads((place / "pruned").read_bytes())
    (place / "pruned").write_text(json.dumps(told | {"erased": [1]}))


def as_another_set(place: Path, keys: KeyStore) -> None:
    pruned(place, keys)
    described = json.loads((place / "log.json").read_bytes())
    (place / "log.json").write_text(json.dumps(described | {"set": "other"}))


@pytest.mark.parametrize(
    ("attack", "check"),
    [
        (without_a_record, "if self.pruned.below and not self.prunes:"),
        (
            with_another_root,
            'if body.get("root") != b64encode(tree_over(self.pruned.roots).root()).decode():',
        ),
        (as_another_set, "if body.get(name) != value:"),
        (with_other_erasures, 'if body.get("erased") != self.pruned.told().get("erased"):'),
    ],
)
def test_no_check_of_what_was_pruned_is_idle(
    place: Path, keys: KeyStore, monkeypatch: pytest.MonkeyPatch, attack: Any, check: str
) -> None:
    attack(place, keys)
    with pytest.raises(LogBroken):
        verify(place)
    sources = {one.__name__: inspect.getsource(one) for one in (_payloads, _verify)}
    found = [name for name, source in sources.items() if check in source]
    assert len(found) == 1, f"the check reads differently now: {check}"
    for name, source in sources.items():
        mutant = ModuleType(name)
        mutant.__package__ = "jurat.log"
        monkeypatch.setitem(sys.modules, name, mutant)
        exec(source.replace(check, "if 0:"), mutant.__dict__)  # noqa: S102  # our own source
    mutant.verify(place)


def test_a_crash_at_any_step_leaves_a_log_that_verifies(
    place: Path, keys: KeyStore, tmp_path: Path
) -> None:
    """And is pruned wholly or not at all once it was opened again."""
    with Log.open(place, keys=keys):
        pass
    seen = set()
    for crash_at in range(1, 200):
        copy = Path(shutil.copytree(place, tmp_path / f"c{crash_at}"))
        armed: list[int] = []

        def fault(name: str, number: int, at: int = crash_at, on: list[int] = armed) -> Any:
            if on:
                on[0] += 1
                return Crash() if on[0] == at + 1 else None
            return None

        log = Log.open(copy, keys=keys, system=FaultySystem(fault))
        armed.append(1)
        try:
            log.prune(day(2.5))
        except Crash:
            pass
        else:
            armed.clear()
            log.close()
            break
        import weakref

        from jurat.log._log import _abandon

        _abandon(weakref.ref(log))
        verify_or_torn(copy)
        with Log.open(copy, keys=keys) as log:
            log.append("decision", BODY | {"n": 999}).wait()
        result = verify(copy)
        assert result.below in (0, 24)
        assert numbers(copy)[0] == result.below
        assert not (copy / "pruned.next").exists()
        assert (result.below == 24) == (not (copy / "packs" / f"{0:020d}").exists())
        seen.add(result.below)
    else:
        pytest.fail("the run never ended")
    assert seen == {0, 24}


def verify_or_torn(place: Path) -> None:
    told = ""
    try:
        verify(place)
    except LogBroken as error:
        told = str(error)
    assert not told or "no commit covers" in told  # a torn write: opening cuts it


def test_tiles_of_a_pruned_log(
    tmp_path: Path, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "SEGMENT_ENTRIES", 256)
    place = tmp_path / "tall"
    with Log.open(place, keys=keys, clock=lambda: 0) as log:
        for _ in range(800):
            log.append("decision", BODY)
    export_tiles(place, tmp_path / "whole")
    with Log.open(place, keys=keys) as log:
        plan = log.prune(day(1))
        assert plan is not None
        assert plan.below == 512
    assert export_tiles(place, tmp_path / "rest") == 802
    for name in ("0/000", "0/001", "0/002"):
        tile = Path("tile") / name
        assert (tmp_path / "rest" / tile).read_bytes() == (tmp_path / "whole" / tile).read_bytes()
    kept = [path.name for path in (tmp_path / "rest" / "tile" / "entries").iterdir()]
    assert sorted(kept) == ["002", "003.p"]
    (place / "hashes" / "0").unlink()
    with pytest.raises(LogBroken, match="were pruned"):
        export_tiles(place, tmp_path / "none")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
HASH = st.binary(min_size=31, max_size=33).map(lambda data: b64encode(data).decode())


@given(
    st.binary(max_size=80)
    | JSON.map(orjson_or_nothing)
    | st.fixed_dictionaries(
        {"below": st.integers(-1, 20), "previous": HASH, "roots": st.lists(HASH, max_size=3)}
    ).map(orjson_or_nothing)
)
@settings(max_examples=150)
def test_whatever_stands_in_the_file_is_read_or_refused(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "pruned"
        path.write_bytes(data)
        try:
            found = read_pruned(path, PER)
        except LogBroken:
            return
    assert found.below == PER * len(found.roots) > 0
    assert read_again(found) == found


def read_again(pruned: Pruned) -> Pruned:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "pruned"
        path.write_bytes(pruned.encode())
        return read_pruned(path, PER)
