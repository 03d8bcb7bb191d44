"""What a decision costs, beside a hand-written function and comparable engines, in one run.

    python benchmarks/bench_engine.py [--quick]

All are first checked to decide alike on every variant of the request. Then rounds: in each one,
everything is timed once, so that a busy moment of the machine hits all alike; a line shows the
median of its rounds, and of its ratios to the floor of the same round. Absolute figures depend
on the machine, ratios hardly.
"""

import argparse
import gc
import platform
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, perf_counter_ns
from typing import Any

import enterprise
import gateway
import orjson
from gateway import BODY, MISSING, NOW, REQUEST, VARIANTS, Told
from peers import OWN, Peer, installed
from peers_python import Casbin, Custodian, Opa

from jurat import Decision, Engine

DENIED = VARIANTS["other model"]
UNKNOWN = MISSING["address unknown"]
SIZES = (10, 100, 1_000, 10_000)


@dataclass
class Line:
    """One thing to time: `calls` per round of a function without arguments."""

    name: str
    run: Callable[[], object]
    calls: int
    budget: str = ""
    nanoseconds: list[float] = field(default_factory=list)

    def time(self) -> None:
        run = self.run
        calls = range(self.calls)
        started = perf_counter_ns()
        for _ in calls:
            run()
        self.nanoseconds.append((perf_counter_ns() - started) / self.calls)

    @property
    def microseconds(self) -> float:
        return median(self.nanoseconds) / 1000

    def over(self, floor: "Line") -> float:
        pairs = zip(self.nanoseconds, floor.nanoseconds, strict=True)
        return median(mine / its for mine, its in pairs)


def told_by(decision: Decision) -> Told:
    blamed: set[str] = set()
    for reason in decision.reasons:
        if reason.code != "no-rule":
            blamed.update(reason.rules or (reason.rule,))
    return Told(decision.effect, frozenset(blamed))


def check(engines: dict[str, Engine], peers: Sequence[Peer]) -> None:
    """Everyone decides as the plain reading does; raises AssertionError where one does not."""
    for name, request in VARIANTS.items():
        expected = gateway.told_by_reference(request)
        assert gateway.told_by_floor(request) == expected, f"the floor on {name}"
        for peer in peers:
            told = peer.judge(request)
            wanted = expected if peer.names_rules else Told(expected.effect, frozenset())
            assert told == wanted, f"{peer.name} on {name}: {told}, not {wanted}"
    for name, request in gateway.FINER.items():
        assert gateway.told_by_floor(request) == gateway.told_by_reference(request), name
    for who, engine in engines.items():
        # tables answer for what they list, so only what they leave alone can vary
        for name, request in (
            {**VARIANTS, **gateway.FINER, **MISSING}.items() if who == "plain" else ()
        ):
            effect, value, _ = gateway.expected(request)
            decision = engine.evaluate(orjson.dumps(request), now=NOW)
            assert (decision.effect, decision.value) == (effect, value), f"{who} on {name}"
            assert told_by(decision) == gateway.told_by_reference(request), f"{who} on {name}"
        assert engine.evaluate(BODY, now=NOW).value == "Permit", who


def decide(engine: Engine, request: dict[str, Any]) -> Callable[[], Decision]:
    """`Plan.decide` on facts that are at hand."""
    from jurat.engine._input import prepare

    plan = engine.plans[0]
    sent = prepare(request, max_bytes=2**20, reads_text=lambda kind: False).sent
    facts = plan.facts("request", sent, NOW)
    subject, run, now = facts.request, plan.decide, NOW
    return lambda: run(subject, facts, now)


def by_hand(request: dict[str, Any]) -> Callable[[], object]:
    flat, floor, now = gateway.flat(request), gateway.floor, NOW
    return lambda: floor(flat, now)


def from_bytes_by_hand() -> object:
    return gateway.floor(gateway.flat(orjson.loads(BODY)), NOW)


def rounds(lines: list[Line], count: int) -> None:
    gc.collect()
    gc.disable()
    try:
        for line in lines:
            line.time()
            line.nanoseconds.clear()  # the first round warms caches
        for _ in range(count):
            for line in lines:
                line.time()
    finally:
        gc.enable()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a smoke test")
    quick: bool = parser.parse_args().quick
    count, calls = (7, 300) if quick else (41, 2000)

    plain = Engine.load(gateway.bundle())
    joined = Engine.load(gateway.bundle(joins=True))
    peers = installed([*OWN, Opa, Casbin, Custodian])
    check({"plain": plain, "joined": joined}, peers)
    print(
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"{platform.machine()}; request of {len(BODY)} bytes, ten rules; "
        f"all agree on {len(VARIANTS)} requests"
    )

    denied, unknown = decide(plain, DENIED), decide(plain, UNKNOWN)
    few = max(20, calls // 20)
    floor = Line("hand-written function, allow", by_hand(REQUEST), calls)
    lines = [
        floor,
        Line("hand-written function, one deny", by_hand(DENIED), calls),
        Line("hand-written, from JSON bytes (orjson)", from_bytes_by_hand, calls // 2),
        Line("decide, allow", decide(plain, REQUEST), calls, "3 x"),
        Line("decide, one deny", denied, calls),
        Line("decide, one deny, reasons read", lambda: denied().reasons, calls // 2),
        Line("decide, one fact missing", unknown, calls // 2),
        Line("decide, one fact missing, reasons read", lambda: unknown().reasons, calls // 2),
        Line("evaluate a dict", lambda: plain.evaluate(REQUEST, now=NOW), few * 4),
        Line("evaluate JSON bytes", lambda: plain.evaluate(BODY, now=NOW), few * 4, "12 µs"),
        Line("evaluate a dict, joins", lambda: joined.evaluate(REQUEST, now=NOW), few * 4),
        Line(
            "evaluate JSON bytes, joins", lambda: joined.evaluate(BODY, now=NOW), few * 4, "16 µs"
        ),
    ]
    lines += [Line(peer.name, peer.prepare(REQUEST), few) for peer in peers]
    rounds(lines, count)
    table(["", "µs", "x floor", "budget"], [
        [line.name, f"{line.microseconds:.2f}", f"{line.over(floor):.2f}", line.budget]
        for line in lines
    ])  # fmt: skip

    shipped(floor, count, few)
    audits(quick)
    growth(count, calls)
    memory(quick)


BUDGETS = {
    "enterprise, decide": "15 µs",
    "enterprise, evaluate a Request": "40 µs",
    "enterprise, evaluate JSON bytes": "60 µs",
}


def shipped(floor: Line, count: int, calls: int) -> None:
    """The bundle of a whole company, with limits counted, beside the floor of the ten rules."""
    floor = Line(floor.name, floor.run, floor.calls)
    lines = [Line(name, run, calls, BUDGETS[name]) for name, run in enterprise.calls().items()]
    rounds([floor, *lines], count)
    table(["", "µs", "x floor", "budget"], [
        [line.name, f"{line.microseconds:.2f}", f"{line.over(floor):.1f}", line.budget]
        for line in lines
    ])  # fmt: skip


def audits(quick: bool) -> None:
    """A snapshot judged by every rule about state: growth is linear."""
    sizes = {"10,000 keys, 2,000 people": (10_000, 2_000)}
    if not quick:
        sizes["100,000 keys, 20,000 people (5 s)"] = (100_000, 20_000)
    table(["snapshot", "rules", "s", "µs per key"], enterprise.audits(sizes))


def growth(count: int, calls: int) -> None:
    """The same ten rules apply in bundles of more and more rules."""
    floor = Line("floor", by_hand(REQUEST), calls)
    lines, loads = [], []
    for size in SIZES:
        files = gateway.bundle(more=size - 10)
        started = perf_counter()
        engine = Engine.load(files)
        loads.append(perf_counter() - started)
        lines.append(
            Line(f"{size:,}", decide(engine, REQUEST), calls, "" if size == 10 else "1.5")
        )
    rounds([floor, *lines], count)
    first = lines[0].over(floor)
    table(["rules in the bundle", "decide µs", "x floor", "growth", "budget", "load s"], [
        [line.name, f"{line.microseconds:.2f}", f"{line.over(floor):.2f}",
         f"{line.over(floor) / first:.2f}", line.budget, f"{load:.2f}"]
        for line, load in zip(lines, loads, strict=True)
    ])  # fmt: skip


def memory(quick: bool) -> None:
    """What 1,000 more rules keep in memory, measured as Python's own allocations."""
    more = 500 if quick else 2_000
    Engine.load(gateway.bundle(more=10))  # what is loaded once is not counted
    gc.collect()
    tracemalloc.start()
    kept = Engine.load(gateway.bundle())
    gc.collect()
    small = tracemalloc.get_traced_memory()[0]
    also = Engine.load(gateway.bundle(more=more))
    gc.collect()
    large = tracemalloc.get_traced_memory()[0] - small
    tracemalloc.stop()
    print(f"\nmemory: {(large - small) / more * 1000 / 2**20:.1f} MB per 1,000 rules")
    assert kept.plans
    assert also.plans


def table(head: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    print()
    for row in [head, *rows]:
        first, *rest = (
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *rest]).rstrip())


class _AsWritten(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the module's docstring."""


if __name__ == "__main__":
    main()
