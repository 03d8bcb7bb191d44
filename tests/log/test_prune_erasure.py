"""What was erased stays told, and destroyed, after the records that said so were pruned."""

import contextlib
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_kit import BODY, Crash, FaultySystem

from jurat.log import (
    KeyStore,
    Log,
    LogBroken,
    LogUnavailable,
    Secret,
    back_up,
    read_log,
    restore,
    unexplained,
    verify,
)
from jurat.log import _layout as layout
from jurat.log._pruned import Pruned, read_pruned

PER = 8
DAY = 86_400_000_000
SECRET = Secret(key=bytes(range(32)))


@pytest.fixture(autouse=True)
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SEGMENT_ENTRIES", PER)


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys", notify=lambda told: None)


def opened(tmp_path: Path, keys: KeyStore, worker: int, day: int) -> Log:
    return Log.open(
        tmp_path / f"w{worker}", keys=keys, set_name="acme/set", clock=lambda: day * DAY
    )


def fill(log: Log, segments: int) -> None:
    for _ in range(segments * PER):
        log.append("decision", BODY).wait()


@pytest.fixture
def logs(tmp_path: Path, keys: KeyStore) -> list[Path]:
    """Ada's and Bob's facts lie in w1; that they were erased is told in the first segment of w0."""
    with opened(tmp_path, keys, 1, 1) as other:
        for subject in ("ada", "bob", "eve"):
            other.append("decision", BODY | {"facts": other.seal(subject, b"x")}).wait()
    with opened(tmp_path, keys, 0, 1) as log:
        log.erase("ada", by="dpo")
        log.erase("bob", by="dpo")
        fill(log, 1)
    with opened(tmp_path, keys, 0, 2) as log:
        fill(log, 2)
    return [tmp_path / "w0", tmp_path / "w1"]


def prune(logs: list[Path], keys: KeyStore, day: float) -> None:
    with Log.open(logs[0], keys=keys, clock=lambda: 2 * DAY) as log:
        assert log.prune(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)) is not None
    assert not any(record.body["type"] == "erasure" for record in read_log(logs[0]))


def test_no_alarm_for_what_was_erased_and_told(logs: list[Path], keys: KeyStore) -> None:
    assert unexplained(logs, keys=keys) == []
    prune(logs, keys, 1.5)
    assert unexplained(logs, keys=keys) == []
    assert verify(logs[0]).below == PER


def test_it_is_told_after_the_record_of_the_pruning_was_pruned_too(
    logs: list[Path], keys: KeyStore
) -> None:
    prune(logs, keys, 1.5)
    with Log.open(logs[0], keys=keys, clock=lambda: 3 * DAY) as log:
        log.erase("eve", by="dpo")
        fill(log, 4)
    with Log.open(logs[0], keys=keys, clock=lambda: 9 * DAY) as log:
        assert log.prune(datetime(1970, 1, 8, tzinfo=UTC)) is not None
    told = [record.body for record in read_log(logs[0])]
    assert [body.get("below") for body in told if body["type"] == "prune"] == [
        layout.Layout(logs[0]).pruned().below
    ]
    assert unexplained(logs, keys=keys) == []
    verify(logs[0])


def test_a_key_that_somebody_deleted_is_still_named(
    logs: list[Path], keys: KeyStore, tmp_path: Path
) -> None:
    prune(logs, keys, 1.5)
    subjects = keys.subject_keys("acme/set")
    subjects._db.execute("DELETE FROM subject WHERE ref IN (SELECT max(ref) FROM subject)")
    subjects._db.commit()
    subjects.close()
    assert len(unexplained(logs, keys=keys)) == 1


def test_an_old_copy_brings_back_nobody(tmp_path: Path, keys: KeyStore) -> None:
    with opened(tmp_path, keys, 1, 1) as other:
        for subject in ("ada", "eve"):
            other.append("decision", BODY | {"facts": other.seal(subject, b"x")}).wait()
    copy = back_up(tmp_path / "w1", SECRET, keys=keys)
    with opened(tmp_path, keys, 0, 1) as log:
        log.erase("ada", by="dpo")
        fill(log, 1)
    with opened(tmp_path, keys, 0, 2) as log:
        fill(log, 2)
    logs = [tmp_path / "w0", tmp_path / "w1"]
    prune(logs, keys, 1.5)
    fresh = KeyStore(tmp_path / "fresh", notify=lambda told: None)
    restored = restore(logs, copy, SECRET, keys=fresh)
    assert (restored.taken, restored.destroyed) == (1, 1)
    assert unexplained(logs, keys=fresh) == []


def test_what_stands_for_the_erasures_is_covered_by_the_record(
    logs: list[Path], keys: KeyStore, tmp_path: Path
) -> None:
    prune(logs, keys, 1.5)
    path = logs[0] / "pruned"
    whole = orjson.loads(path.read_bytes())
    assert whole["erased"] == [1, 2]
    for erased in ([1], [1, 2, 3], []):
        path.write_bytes(orjson.dumps(whole | {"erased": erased}))
        with pytest.raises(LogBroken):
            verify(logs[0])
    del whole["erased"]
    path.write_bytes(orjson.dumps(whole))
    with pytest.raises(LogBroken, match="told of erasures"):
        verify(logs[0])


def test_pruning_that_was_interrupted_forgets_no_erasure(
    logs: list[Path], keys: KeyStore, tmp_path: Path
) -> None:
    done, number = False, 0
    while not done:
        number += 1
        place = Path(shutil.copytree(logs[0], tmp_path / "again" / str(number)))

        def fault(name: str, at: int, last: int = number) -> Crash | None:
            return Crash() if at == last else None

        with contextlib.suppress(Crash, LogUnavailable):
            system = FaultySystem(fault)
            with Log.open(place, keys=keys, system=system, clock=lambda: 2 * DAY) as log:
                log.prune(datetime(1970, 1, 2, 12, tzinfo=UTC))
            done = True
        with Log.open(place, keys=keys) as log:
            log.append("decision", BODY).wait()
        verify(place)
        assert unexplained([place, logs[1]], keys=keys) == []
    assert number > 10
    assert verify(place).below == PER


@given(
    st.one_of(
        st.lists(st.one_of(st.integers(-2, 9), st.booleans(), st.text(max_size=2)), max_size=4),
        st.none(),
        st.integers(),
    )
)
@settings(max_examples=100)
def test_erasures_have_one_form(tmp_path_factory: pytest.TempPathFactory, erased: object) -> None:
    path = tmp_path_factory.getbasetemp() / "pruned-erasures"
    whole = orjson.loads(Pruned(PER, bytes(32), (bytes(32),), (1,)).encode())
    try:
        path.write_bytes(orjson.dumps(whole | {"erased": erased}, option=orjson.OPT_SORT_KEYS))
    except TypeError:  # beyond 64 bits
        return
    try:
        found = read_pruned(path, PER)
    except LogBroken:
        return
    assert found.erased == tuple(sorted({number for number in found.erased if number > 0}))
    assert found.encode().strip() == path.read_bytes()
