"""What replaying a log costs, beside `decide` itself, in one run.

    python benchmarks/bench_replay.py [--quick]

The gateway's ten rules, without text to scan: requests that differ in who, from where, how much,
when and about what, one in twenty of them denied and one in fifty lacking a fact, recorded and
replayed. Each round times everything once, and the least of the rounds is told: the machine has
other users. `decide` is on facts at hand, of the same requests.
"""

import argparse
import gc
import random
import tempfile
from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from time import process_time
from typing import Any

import gateway

from jurat import Engine
from jurat.engine import Replayer
from jurat.log import KeyStore, Log, LogReader
from jurat.plan import Plan

TARGET = 100_000  # decisions a second and core


def request(number: int, draw: random.Random, *, joins: bool) -> dict[str, Any]:
    made = deepcopy(gateway.REQUEST)
    made |= {"id": f"r-{number}", "estimated_tokens": draw.randrange(10, 8000)}
    made["params"]["max_tokens"] = draw.randrange(64, 4096)
    made["source"]["ip"] = f"10.0.1.{draw.randrange(256)}"
    if not joins:
        made["actor"]["id"] = f"svc-{number % 200}"
    chance = draw.random()
    if chance < 0.05:
        made["model"] = "gpt-3.5-turbo"
    elif chance < 0.07:
        del made["source"]["ip"]
    return made


def record(place: Path, keys: KeyStore, count: int, *, joins: bool) -> None:
    draw = random.Random(1)
    with (
        Log.open(place, keys=keys, durability="buffered") as log,
        Engine.load(gateway.bundle(joins=joins), log=log) as engine,
    ):
        for number in range(count):
            now = gateway.NOW + timedelta(seconds=number, microseconds=number)
            engine.evaluate(request(number, draw, joins=joins), now=now)


def decisions(plan: Plan, count: int, *, joins: bool) -> Callable[[], int]:
    """`decide` on the facts of as many requests."""
    from jurat.engine._input import prepare

    draw = random.Random(1)
    collected = []
    for number in range(count):
        sent = prepare(
            request(number, draw, joins=joins), max_bytes=2**20, reads_text=lambda kind: False
        ).sent
        now = gateway.NOW + timedelta(seconds=number, microseconds=number)
        collected.append(plan.facts("request", sent, now))

    def run() -> int:
        for facts in collected:
            plan.decide(facts.request, facts, facts.now)
        return len(collected)

    return run


def drained(told: Callable[[], Iterable[Any]]) -> Callable[[], int]:
    return lambda: sum(1 for _ in told())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a smoke test")
    quick: bool = parser.parse_args().quick
    count, rounds = (2_000, 3) if quick else (20_000, 9)
    with tempfile.TemporaryDirectory() as root:
        keys = KeyStore(Path(root) / "keys", notify=lambda told: None)
        for joins in (False, True):
            place = Path(root) / f"log-{joins}"
            record(place, keys, count, joins=joins)
            measure(place, keys, count, rounds, joins=joins)


def measure(place: Path, keys: KeyStore, count: int, rounds: int, *, joins: bool) -> None:
    files = gateway.bundle(joins=joins)
    other = files | {
        "rules/gateway.yaml": gateway.RULES.replace("gpt-4.1-mini]", "gpt-3.5-turbo]")
    }
    with LogReader(place, keys=keys) as log, Engine.load(files) as engine:
        itself, by_other = Replayer(log), Replayer(log, bundle=other)
        verdicts = {one.verdict for one in itself.leaves(log.leaves())}
        assert verdicts == {"agrees"}, verdicts
        lines: dict[str, Callable[[], int]] = {
            "decide": decisions(engine.plans[0], count, joins=joins),
            "replay, same bundle": drained(lambda: itself.leaves(log.leaves())),
            "replay, another bundle": drained(lambda: by_other.leaves(log.leaves())),
        }
        least = dict.fromkeys(lines, float("inf"))
        gc.collect()
        for _ in range(rounds):
            for name, run in lines.items():
                started = process_time()
                done = run()
                least[name] = min(least[name], (process_time() - started) / done)
    print(f"\nten rules, {'tables joined' if joins else 'no tables'}, {count:,} records, one core")
    for name, seconds in least.items():
        ratio = seconds / least["decide"]
        target = f"  target {TARGET:,}/s" if name != "decide" and not joins else ""
        print(
            f"  {name:<24}{seconds * 1e6:8.2f} µs {1 / seconds:10,.0f}/s"
            f"  {ratio:5.1f} x decide{target}"
        )


class _AsWritten(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the module's docstring."""


if __name__ == "__main__":
    main()
