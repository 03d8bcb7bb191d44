"""What counting costs: a reservation, a million counters, and a decision with limits beside one
without.

    python benchmarks/bench_limits.py [--counters N]

Every figure is CPU time, the median of rounds of one run; the decision is also told as a multiple of the
same decision without the rules that count.
"""

import argparse
import gc
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter, process_time_ns
from typing import Any

from jurat import Engine, Request
from jurat.limits import MemoryLimits
from jurat.plugin import CounterUse

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STEP = timedelta(milliseconds=1)
LIMITS = """\
- {id: bench-rate, title: Rate, kind: limits.rate, effect: deny, severity: medium,
   params: {by: [actor, project], rpm: 1000000000, tpm: 1000000000000}}
- {id: bench-budget, title: Budget, kind: limits.spend, effect: deny, severity: high,
   params: {by: project, period: month, budget: 1000000000000000}}
"""
PLAIN = {
    "bundle.yaml": "{name: bench, version: 1.0.0, revision: 1}",
    "rules/a.yaml": "- {id: let-in, title: T, kind: expression, effect: permit, severity: info, "
    "when: 'request.actor.id != \"\"'}\n",
}
REQUEST: dict[str, Any] = {
    "action": "chat.completions",
    "model": "gpt-4.1",
    "actor": {"id": "svc-chatbot-prod", "kind": "service_account"},
    "project": {"id": "proj-prod"},
    "estimated_tokens": 800,
    "estimated_cost": 4000,
    "messages": [{"role": "user", "content": "word " * 200}],
}


def timed(run: Callable[[], object], calls: int = 2000, rounds: int = 15) -> float:
    """Microseconds per call: the median of the rounds."""
    each = []
    for _ in range(rounds):
        started = process_time_ns()
        for _ in range(calls):
            run()
        each.append((process_time_ns() - started) / calls / 1000)
    return median(each)


def uses(count: int) -> list[CounterUse]:
    return [CounterUse(f"bench/rate/rpm/actor/svc-{n:06}", 1, 10**9, MINUTE) for n in range(count)]


def reserving(count: int) -> float:
    """One reservation of `count` counters, the clock going on by a millisecond each time."""
    store, wanted, moment = MemoryLimits(), uses(count), [NOW]

    def run() -> None:
        moment[0] += STEP
        store.reserve(wanted, moment[0])

    return timed(run)


def memory(counters: int) -> tuple[float, float, float]:
    """Bytes and microseconds per counter of a store that holds so many, each used in three
    buckets; and the longest reservation, in microseconds."""
    store = MemoryLimits(most=counters)
    gc.collect()
    tracemalloc.start()
    worst, started = 0.0, perf_counter()
    for turn in range(3):
        moment = NOW + turn * timedelta(seconds=2)
        for number in range(counters):
            use = CounterUse(f"bench/rate/rpm/actor/svc-{number:06}", 1, 10**9, MINUTE)
            begun = perf_counter()
            store.reserve((use,), moment)
            worst = max(worst, perf_counter() - begun)
    spent = perf_counter() - started
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(store) == counters
    return size / counters, spent / counters / 3 * 1e6, worst * 1e6


def deciding() -> tuple[float, float]:
    """`evaluate` of a built request without and with limits, in microseconds."""
    request = Request.model_validate(REQUEST)
    plain = Engine.load(PLAIN)
    counting = Engine.load(PLAIN | {"rules/z.yaml": LIMITS})
    for engine in (plain, counting):
        assert engine.evaluate(request, now=NOW).allowed
    without = timed(lambda: plain.evaluate(request, now=NOW), 500)
    limited = timed(lambda: counting.evaluate(request, now=NOW), 500)
    return without, limited


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counters", type=int, default=1_000_000, help="counters to keep")
    counters: int = parser.parse_args().counters
    for count in (1, 2, 5):
        print(f"reserve {count} in one step                {reserving(count):8.2f} µs")
    without, limited = deciding()
    print(f"evaluate a built request, no limits    {without:8.2f} µs")
    print(
        f"evaluate a built request, five counters {limited:7.2f} µs  "
        f"+{limited - without:.2f} µs, {limited / without:.2f} x"
    )
    size, each, worst = memory(counters)
    print(
        f"{counters:,} counters of three buckets: {size * counters / 1e6:.0f} MB, "
        f"{size:.0f} bytes each (budget: 400 MB a million)"
    )
    print(f"  {each:.1f} µs per reservation while memory is traced, {worst:,.0f} µs the longest")


if __name__ == "__main__":
    main()
