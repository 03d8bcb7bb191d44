"""Replay in several processes: the same verdicts in the same order, and the same errors."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from jurat import Engine
from jurat.engine import _replay_jobs as replay_jobs
from jurat.engine import replay
from jurat.log import KeyStore, Log, LogError, LogReader
from jurat.log import _layout as layout

NOW = "2026-05-25T12:00:00Z"
FILES = {
    "bundle.yaml": "{name: many, version: 1.0.0, revision: 1}",
    "rules/r.yaml": """
- {id: let-in, title: T, kind: expression, effect: permit, severity: info, when: "true"}
- {id: models, title: T, kind: model.allowlist, effect: deny, severity: high,
   params: {models: [gpt-4.1]}}
""",
}
OTHER = FILES | {"rules/r.yaml": FILES["rules/r.yaml"].replace("[gpt-4.1]", "[o3]")}
MANY = replay_jobs.RUN + 100


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyStore:
    return KeyStore(tmp_path_factory.mktemp("keys"), notify=lambda told: None)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, keys: KeyStore) -> Path:
    place = tmp_path_factory.mktemp("many") / "log"
    with Log.open(place, keys=keys, durability="buffered") as log:
        with Engine.load(FILES, log=log) as engine:
            for number in range(MANY):
                model = "o3" if number % 7 == 0 else "gpt-4.1"
                engine.evaluate({"model": model, "actor": {"id": f"u{number % 5}"}}, now=NOW)
        log.erase("u3")
    return place


def test_jobs_tell_the_same_in_the_same_order(place: Path, keys: KeyStore) -> None:
    alone = list(replay(place, keys=keys, bundle=OTHER))
    assert len(alone) == MANY
    assert {one.verdict for one in alone} == {"changed", "erased"}
    assert list(replay(place, keys=keys, bundle=OTHER, jobs=2)) == alone


def test_what_goes_wrong_in_a_job_is_raised(place: Path, tmp_path: Path) -> None:
    with pytest.raises(LogError, match="not here"):
        list(replay(place, keys=KeyStore(tmp_path / "none"), jobs=2))


def test_a_caller_that_stops_leaves_no_process(place: Path, keys: KeyStore) -> None:
    from multiprocessing import active_children

    before = set(active_children())
    told = replay(place, keys=keys, jobs=2)
    assert next(told).seq == 2
    told.close()  # type: ignore[attr-defined]  # it is a generator
    assert set(active_children()) <= before


def test_a_pruned_log_is_replayed_once(
    tmp_path: Path, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process: another one would not know of segments so short."""
    from multiprocessing import Pipe

    monkeypatch.setattr(layout, "SEGMENT_ENTRIES", 8)
    place = tmp_path / "log"
    with Log.open(place, keys=keys) as log:
        with Engine.load(FILES, log=log) as engine:
            for _ in range(30):
                engine.evaluate({"model": "o3"}, now=NOW)
        plan = log.prune(datetime(2200, 1, 1, tzinfo=UTC))
        assert plan is not None
        below = plan.below
    monkeypatch.setattr(replay_jobs, "RUN", 4)
    seqs: list[int] = []
    for number in range(2):
        here, there = Pipe(duplex=False)
        make = partial(replay_jobs.replaying, FILES)
        replay_jobs._work(there, place, make, keys.directory, below, number, 2)
        last = False
        while not last:
            told, last = replay_jobs._receive(here)
            seqs += [seq for seq, *_ in told]
    assert sorted(seqs) == list(range(below, 32))


def test_what_lies_beyond_a_size_is_left_out(place: Path, keys: KeyStore) -> None:
    """As much as was verified: a writer may be at work."""
    make = partial(replay_jobs.replaying, None)
    for size in (2, 3, replay_jobs.RUN - 1, replay_jobs.RUN, replay_jobs.RUN + 1, MANY):
        with LogReader(place, keys=keys) as log:
            told = [one.seq for batch in replay_jobs.in_one(log, make, size) for one in batch]
        assert told == list(range(2, size))
    batches = replay_jobs.in_processes(place, make, keys.directory, 2, 50)
    assert [one.seq for batch in batches for one in batch] == list(range(2, 50))
