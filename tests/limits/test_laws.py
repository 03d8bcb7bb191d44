"""The store beside a plain model: every use kept in a list, everything counted anew each time."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from jurat.limits import MemoryLimits, Reservation
from jurat.plugin import Counted, CounterUse

START = datetime(2026, 5, 25, 12, tzinfo=UTC)
KEYS = ("a", "b", "c")
SPAN = timedelta(seconds=12)
BUCKETS = 4  # of three seconds
MINUTE = timedelta(minutes=1)


@dataclass(eq=False)
class Event:
    """One use, in the bucket where it counts; `alive` until it is given back."""

    bucket: int
    amount: int


class Model:
    """One sliding window, by the text of the store's documentation."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, second: int, amount: int) -> tuple[int, Event]:
        bucket = second // 3
        counted = [event for event in self.events if event.bucket >= bucket - BUCKETS]
        latest = max((event.bucket for event in counted), default=bucket)
        if latest > bucket + BUCKETS:  # the clock was set back: all of it counts as used now
            counted = [Event(bucket, sum(event.amount for event in counted))]
            latest = bucket
        self.events = counted
        held = sum(event.amount for event in counted)
        event = Event(max(bucket, latest), amount)
        self.events.append(event)
        return held, event


class StoreAsModel(RuleBasedStateMachine):
    """Reservations over several counters at once, given back and corrected in any order, with
    time that goes back and forth."""

    reservations = Bundle("reservations")

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryLimits(buckets=BUCKETS)
        self.models = {key: Model() for key in KEYS}
        self.second = 0

    @rule(by=st.sampled_from((0, 0, 1, 2, 3, 7, 12, 15, 16, 40, -1, -4, -14, -20, -100)))
    def time_goes(self, by: int) -> None:
        self.second += by

    @rule(
        target=reservations,
        amounts=st.dictionaries(st.sampled_from(KEYS), st.integers(0, 9), min_size=1),
        limit=st.integers(0, 30),
    )
    def reserve(self, amounts: dict[str, int], limit: int) -> tuple[Reservation, dict[str, Event]]:
        uses = [CounterUse(key, amount, limit, SPAN) for key, amount in amounts.items()]
        reserved = self.store.reserve(uses, self.now)
        events = {}
        for key, amount in amounts.items():
            held, events[key] = self.models[key].add(self.second, amount)
            counted = reserved.counted[key]
            assert counted.used == held
            assert (counted.wait == 0) == (held + amount <= limit)
            assert (counted.wait is None) == (amount > limit)
        return reserved, events

    @rule(one=consumes(reservations))
    def give_back(self, one: tuple[Reservation, dict[str, Event]]) -> None:
        self.store.give_back(one[0])
        self.store.give_back(one[0])
        for event in one[1].values():
            event.amount = 0

    @rule(one=reservations, key=st.sampled_from(KEYS), actual=st.integers(0, 20))
    def correct(self, one: tuple[Reservation, dict[str, Event]], key: str, actual: int) -> None:
        self.store.correct(one[0], {key: actual})
        if key in one[1]:
            one[1][key].amount = actual

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        for key, model in self.models.items():
            probe = self.store.reserve([CounterUse(key, 0, 0, SPAN)], self.now)
            held, _ = model.add(self.second, 0)
            assert probe.counted[key].used == held >= 0

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.second)


TestStoreAsModel = StoreAsModel.TestCase
TestStoreAsModel.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 50)), min_size=1, max_size=40),
    st.integers(1, 60),
    st.integers(1, 100),
)
def test_never_less_than_the_window_nor_more_than_a_bucket_beyond(
    steps: list[tuple[int, int]], buckets: int, span: int
) -> None:
    store = MemoryLimits(buckets=buckets)
    seconds: list[tuple[int, int]] = []
    second = 0
    for step, amount in steps:
        second += step
        use = CounterUse("k", amount, 0, timedelta(seconds=span))
        counted = store.reserve([use], START + timedelta(seconds=second)).counted["k"].used
        bucket = span / buckets
        least = sum(a for s, a in seconds if s > second - span)
        most = sum(a for s, a in seconds if s > second - span - bucket - 1e-5)
        assert least <= counted <= most
        seconds.append((second, amount))


@given(st.lists(st.tuples(st.integers(-30, 30), st.integers(0, 9)), min_size=1, max_size=40))
def test_time_that_goes_back_never_counts_less(steps: list[tuple[int, int]]) -> None:
    """By the latest time that was told, the window holds at least what it should."""
    store = MemoryLimits()
    told: list[tuple[int, int]] = []
    latest = 0
    for second, amount in steps:
        use = CounterUse("k", amount, 0, timedelta(minutes=1))
        counted = store.reserve([use], START + timedelta(seconds=second)).counted["k"].used
        latest = max(latest, second)
        assert counted >= sum(a for s, a in told if s > latest - 60)
        told.append((second, amount))


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=1, max_size=20),
    st.integers(1, 60),
    st.integers(1, 30),
)
def test_after_the_wait_it_fits_and_a_bucket_before_it_does_not(
    steps: list[tuple[int, int]], buckets: int, limit: int
) -> None:
    def store_at(extra: int) -> tuple[MemoryLimits, datetime]:
        store, now = MemoryLimits(buckets=buckets), START
        for step, amount in steps:
            now += timedelta(seconds=step)
            store.reserve([CounterUse("k", amount, 0, MINUTE)], now)
        return store, now + timedelta(seconds=extra)

    def asked(extra: int) -> Counted:
        store, now = store_at(extra)
        return store.reserve([CounterUse("k", 3, limit, MINUTE)], now).counted["k"]

    wait = asked(0).wait
    if wait is None:
        assert limit < 3
    elif wait:
        assert asked(wait).wait == 0
        assert asked(max(0, wait - 1)).wait


# -- threads and tasks


@contextmanager
def hasty() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def worker(store: MemoryLimits, seed: int, kept: dict[str, int], rounds: int) -> None:
    random = Random(seed)
    for _ in range(rounds):
        keys = random.sample(KEYS, random.randint(1, 3))
        amount = random.randint(1, 5)
        reserved = store.reserve([CounterUse(key, amount, 0, MINUTE) for key in keys], START)
        match random.randrange(3):
            case 0:
                store.give_back(reserved)
                continue
            case 1:
                amount += 2
                store.correct(reserved, dict.fromkeys(keys, amount))
        for key in keys:
            kept[key] = kept.get(key, 0) + amount


def held(store: MemoryLimits, key: str) -> int:
    return store.reserve([CounterUse(key, 0, 0, MINUTE)], START).counted[key].used


def test_threads_lose_and_double_nothing() -> None:
    store = MemoryLimits()
    each: list[dict[str, int]] = [{} for _ in range(8)]
    with hasty():
        threads = [
            threading.Thread(target=worker, args=(store, number, kept, 400))
            for number, kept in enumerate(each)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for key in KEYS:
        assert held(store, key) == sum(kept.get(key, 0) for kept in each)


def test_threads_let_no_more_through_than_the_limit() -> None:
    store = MemoryLimits()
    let = []

    def run() -> None:
        for _ in range(200):
            reserved = store.reserve([CounterUse("k", 1, 50, MINUTE)], START)
            if reserved.counted["k"].used < 50:
                let.append(1)
            else:
                store.give_back(reserved)

    with hasty():
        threads = [threading.Thread(target=run) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(let) == held(store, "k") <= 50


async def test_tasks_lose_and_double_nothing() -> None:
    store = MemoryLimits()
    each: list[dict[str, int]] = [{} for _ in range(20)]

    async def run(number: int) -> None:
        for turn in range(20):
            worker(store, number * 100 + turn, each[number], 1)
            await asyncio.sleep(0)

    await asyncio.gather(*[run(number) for number in range(20)])
    for key in KEYS:
        assert held(store, key) == sum(kept.get(key, 0) for kept in each)
