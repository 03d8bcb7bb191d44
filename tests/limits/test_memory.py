"""The store in memory: what it says a counter held, what it drops, and what it refuses."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jurat.limits import LimitsFull, MemoryLimits
from jurat.plugin import Counted, CounterUse, LimitStore

NOW = datetime(2026, 5, 25, 12, 0, 0, 500_000, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def use(key: str = "k", amount: int = 1, limit: int = 10, window: Any = MINUTE) -> CounterUse:
    return CounterUse(key, amount, limit, window)


def take(store: MemoryLimits, *uses: CounterUse, at: datetime = NOW) -> dict[str, Counted]:
    return dict(store.reserve(uses or (use(),), at).counted)


def used(store: MemoryLimits, key: str = "k", at: datetime = NOW, window: Any = MINUTE) -> int:
    """What a counter holds, asked without a trace."""
    reserved = store.reserve([use(key, 0, window=window)], at)
    store.give_back(reserved)
    return reserved.counted[key].used


def test_it_is_a_limit_store() -> None:
    assert isinstance(MemoryLimits(), LimitStore)


def test_each_reservation_sees_what_was_there_before() -> None:
    store = MemoryLimits()
    assert [take(store)["k"].used for _ in range(3)] == [0, 1, 2]
    assert take(store, use("other"))["other"].used == 0


@pytest.mark.parametrize(
    ("later", "held"),
    [
        (timedelta(), 1),
        (timedelta(seconds=59), 1),
        (MINUTE, 1),  # the window's end lies in the bucket of the use
        (MINUTE + timedelta(milliseconds=499), 1),
        (MINUTE + timedelta(milliseconds=500), 0),
        (2 * MINUTE, 0),
    ],
)
def test_a_use_counts_for_the_window_and_less_than_a_bucket_more(
    later: timedelta, held: int
) -> None:
    store = MemoryLimits()
    take(store)
    assert used(store, at=NOW + later) == held


def test_many_counters_are_one_step() -> None:
    store = MemoryLimits(most=2)
    take(store, use("a"))
    with pytest.raises(LimitsFull):
        take(store, use("a"), use("b"), use("c"))
    assert used(store, "a") == 1


@pytest.mark.parametrize(
    "wrong",
    [use("b", -1), use("b", 2**63), use("b", window=timedelta())],
    ids=["below zero", "beyond 64 bits", "no window"],
)
def test_what_can_not_be_counted_adds_nothing(wrong: CounterUse) -> None:
    store = MemoryLimits()
    with pytest.raises(ValueError, match=r"window|amount"):
        store.reserve([use("a"), wrong], NOW)
    assert len(store) == 0


def test_the_sum_stays_within_64_bits() -> None:
    store = MemoryLimits()
    take(store, use(amount=2**63 - 1))
    with pytest.raises(ValueError, match="64 bits"):
        take(store)
    assert used(store) == 2**63 - 1


def test_given_back_once_is_given_back() -> None:
    store = MemoryLimits()
    take(store)
    reserved = store.reserve([use(amount=5)], NOW)
    store.give_back(reserved)
    store.give_back(reserved)
    store.correct(reserved, {"k": 7})
    assert used(store) == 1


def test_corrected_by_what_was_really_used() -> None:
    store = MemoryLimits()
    take(store, use(amount=3))
    reserved = store.reserve([use(amount=100), use("other")], NOW)
    for actual in (40, 250, 0, 60):
        store.correct(reserved, {"k": actual, "unheard of": 9})
        assert used(store) == 3 + actual
    assert used(store, "other") == 1
    store.give_back(reserved)
    assert used(store) == 3
    with pytest.raises(ValueError, match="below zero"):
        store.correct(reserved, {"k": -1})


def test_a_correction_counts_where_the_reservation_was() -> None:
    store = MemoryLimits()
    reserved = store.reserve([use(amount=10)], NOW)
    take(store, at=NOW + 30 * SECOND)
    store.correct(reserved, {"k": 30})
    assert used(store, at=NOW + 59 * SECOND) == 31
    assert used(store, at=NOW + 62 * SECOND) == 1
    store.correct(reserved, {"k": 500})  # long after the window has passed
    store.give_back(reserved)
    assert used(store, at=NOW + 62 * SECOND) == 1


def test_the_wait_is_until_it_fits() -> None:
    store = MemoryLimits()
    take(store, use(amount=4))
    take(store, use(amount=6), at=NOW + 10 * SECOND)
    at = NOW + 20 * SECOND
    for amount, wait in ((4, 41), (5, 51), (10, 51), (11, None)):
        reserved = store.reserve([use(amount=amount)], at)
        assert reserved.counted["k"] == Counted(10, wait)
        store.give_back(reserved)
        if wait is not None:
            before, then = at + timedelta(seconds=wait - 1), at + timedelta(seconds=wait)
            assert used(store, at=before) + amount > 10
            assert used(store, at=then) + amount <= 10
            store = MemoryLimits()
            take(store, use(amount=4))
            take(store, use(amount=6), at=NOW + 10 * SECOND)


def test_a_period_is_a_counter_until_it_ends() -> None:
    store = MemoryLimits()
    end = NOW + timedelta(hours=3)
    assert take(store, use(window=end, limit=1)) == {"k": Counted(0)}
    assert take(store, use(window=end, limit=1)) == {"k": Counted(1, 3 * 3600)}
    assert take(store, use("next", window=end + timedelta(days=1)))["next"].used == 0
    assert used(store, window=end, at=end - SECOND) == 2


# -- time going backwards


def test_a_little_earlier_counts_as_the_latest() -> None:
    store = MemoryLimits()
    take(store)
    take(store, at=NOW - 20 * SECOND)
    assert used(store, at=NOW - 20 * SECOND) == 2
    assert used(store, at=NOW + 59 * SECOND) == 2


def test_a_clock_set_back_keeps_the_count_for_a_window_and_no_longer() -> None:
    store = MemoryLimits()
    future = store.reserve([use(amount=3)], NOW + timedelta(days=400))
    assert used(store) == 3
    store.give_back(future)  # its bucket is no more: over-counted, never under-counted
    assert used(store) == 3
    assert used(store, at=NOW + 62 * SECOND) == 0


# -- memory


def test_idle_counters_are_dropped() -> None:
    store = MemoryLimits()
    for number in range(1000):
        take(store, use(f"k{number}"))
        take(store, use(f"p{number}", window=NOW + MINUTE))
    assert len(store) == 2000
    later = NOW + timedelta(minutes=5)
    for number in range(600):
        take(store, use("busy"), at=later + number * timedelta(milliseconds=1))
    assert len(store) == 1


def test_an_odd_question_about_the_future_empties_nothing() -> None:
    store = MemoryLimits()
    for number in range(50):
        take(store, use(f"k{number}", window=timedelta(hours=2)))
    for _ in range(100):
        take(store, use("odd"), at=NOW + timedelta(days=60))
        take(store, use("odd"), at=NOW)
    assert [used(store, f"k{n}", window=timedelta(hours=2)) for n in range(50)] == [1] * 50


def test_no_room_is_said_and_idle_ones_make_room() -> None:
    store = MemoryLimits(most=10)
    for number in range(10):
        take(store, use(f"k{number}"))
    with pytest.raises(LimitsFull, match="10 counters"):
        take(store, use("new"))
    take(store, use("k3"))  # those that are there go on
    take(store, use("new"), at=NOW + timedelta(minutes=10))
    assert len(store) <= 10


def test_a_long_key_takes_no_room() -> None:
    store = MemoryLimits()
    long = "x" * 1_000_000
    assert take(store, use(long)) == {long: Counted(0)}
    assert used(store, long) == 1
    assert used(store, long + "y") == 0
    assert max(map(len, store._tables[1].counters)) < 100


def test_held_is_where_a_counter_begins() -> None:
    store = MemoryLimits(held={"rate/rpm/actor/a": 9})
    key = "bundle/rate/rpm/actor/a"
    assert take(store, use(key)) == {key: Counted(9)}
    assert take(store, use(key)) == {key: Counted(10, 61)}
    assert take(store, use("bundle/other"))["bundle/other"].used == 0
    assert MemoryLimits(held={"k": 9}).reserve([use("b/k", 2)], NOW).counted == {
        "b/k": Counted(9, 61)
    }


def test_no_buckets_is_no_store() -> None:
    for buckets, most in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="at least 1"):
            MemoryLimits(buckets=buckets, most=most)
