"""How fast the test kit is: inputs drawn by strategies and by search, and laws, on the largest
shipped bundle.

Strategies are measured where they are drawn in bulk, within one example: an example of hypothesis
has a cost of its own, which the row of one integer shows, and which is subtracted nowhere else.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from itertools import islice
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from jurat import Engine
from jurat.plugin import load_plugins
from jurat.testing import (
    documents,
    mentions,
    org_states_for,
    requests,
    requests_for,
    responses,
    responses_for,
    run_laws,
)

BUNDLE = "openai-enterprise"  # the largest that ships
BUDGET = 2000  # requests a second
IN_ONE = 16  # drawn in one example
Row = tuple[str, float, str]


def per_second(strategy: st.SearchStrategy[Any], rounds: int) -> float:
    """How many a strategy draws in a second: the best of some rounds."""
    strategy.validate()
    best = 0.0

    @settings(
        max_examples=rounds,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),  # it is the figure that tells whether it is slow
    )
    @given(st.data())
    def drawn(data: st.DataObject) -> None:
        nonlocal best
        start = time.perf_counter()
        for _ in range(IN_ONE):
            data.draw(strategy)
        best = max(best, IN_ONE / (time.perf_counter() - start))

    drawn()
    return best


def examples_per_second(strategy: st.SearchStrategy[Any], count: int) -> float:
    """How many examples of one value hypothesis runs in a second."""
    strategy.validate()

    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate])
    @given(strategy)
    def run(value: Any) -> None: ...

    start = time.perf_counter()
    run()
    return count / (time.perf_counter() - start)


def strategy_rows(rounds: int) -> Iterator[Row]:
    engine = Engine.load(BUNDLE)
    strategies: list[tuple[str, st.SearchStrategy[Any]]] = [
        ("requests()", requests()),
        ("responses()", responses()),
        (f"requests_for({BUNDLE})", requests_for(engine)),
        (f"responses_for({BUNDLE})", responses_for(engine)),
        (f"org_states_for({BUNDLE})", org_states_for(engine)),
    ]
    for name, strategy in strategies:
        yield name, per_second(strategy, rounds), f"{BUDGET:,}"
    yield "examples: one integer", examples_per_second(st.integers(), 400), ""
    yield f"examples: requests_for({BUNDLE})", examples_per_second(strategies[2][1], 400), ""
    known = mentions(engine.plans[0].bundle, load_plugins())
    for input in known.by_input:
        took = _timed(lambda input=input: list(islice(documents(known, Random(1), input), 5000)))  # type: ignore[misc]  # a default binds the name
        yield f"documents of a search, {input}", 5000 / took, "20,000"


def _timed(function: Callable[[], object]) -> float:
    """The least of three runs, in seconds."""
    took = []
    for _ in range(3):
        start = time.perf_counter()
        function()
        took.append(time.perf_counter() - start)
    return min(took)


def law_seconds() -> Iterator[Row]:
    """How long each law takes on the largest bundle, and all of them, in the quick profile."""
    took = {one.law: one.seconds for one in run_laws(BUNDLE, profile="quick", seed=1)}
    for law, seconds in took.items():
        yield f"law {law}", seconds, ""
    yield f"all laws over {BUNDLE}", sum(took.values()), "60"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="of each strategy")
    given = parser.parse_args()
    print(f"{'':46} {'per second':>11}  budget")
    for name, rate, budget in strategy_rows(given.rounds):
        print(f"{name:46} {rate:11,.0f}  {budget}")
    print(f"\n{'':46} {'seconds':>11}  budget")
    for name, seconds, budget in law_seconds():
        print(f"{name:46} {seconds:11.2f}  {budget}")


if __name__ == "__main__":
    main()
