"""What a condition costs: checked at load, compiled from a known shape, and run beside plain Python.

Run: python benchmarks/bench_expr.py
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from jurat.expr import Schema, compile_condition
from jurat.model import Principal, Request, build, view_class

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
TEXT = (
    "request.actor.id in data.service_accounts && request.actor.project == request.project.id "
    "&& request.action in request.actor.permissions "
    '&& request.project.environment in ["production", "staging"] '
    '&& age(request.actor.credential.created_at) < duration("60d")'
)
ENVIRONMENTS = frozenset({"production", "staging"})
LIMIT = timedelta(days=60)


def by_hand(target: Any, facts: Any, now: Any) -> bool:
    actor = target.actor
    return bool(
        actor.id in facts.data.service_accounts
        and actor.project == target.project.id
        and target.action in actor.permissions
        and target.project.environment in ENVIRONMENTS
        and now - actor.credential.created_at < LIMIT
    )


def micros(run: Callable[[], Any], times: int) -> float:
    """Microseconds a call, the median of seven rounds."""
    rounds = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(times):
            run()
        rounds.append((time.perf_counter() - start) / times * 1e6)
    return statistics.median(rounds)


def main() -> None:
    schema = Schema({"request": Request}, tables={"service_accounts": Principal})
    where = {"request": "target", "data": "facts.data"}

    def make(text: str) -> Any:
        return compile_condition(text, schema, where=where)

    actor = {"id": "svc", "project": "p", "permissions": ("chat.completions",),
             "credential": {"created_at": NOW - timedelta(days=5)}}  # fmt: skip
    fields = {"actor": actor, "action": "chat.completions",
              "project": {"id": "p", "environment": "production"}}  # fmt: skip
    target = build(view_class(Request), fields)
    facts = SimpleNamespace(data=SimpleNamespace(service_accounts={"svc": actor}))
    condition = make(TEXT)
    which = range(len(condition.conjuncts))
    fast = condition.function(which)
    assert fast(target, facts, NOW) is by_hand(target, facts, NOW) is True
    floor = micros(lambda: by_hand(target, facts, NOW), 20_000)
    ours = micros(lambda: fast(target, facts, NOW), 20_000)
    judge = micros(lambda: condition.judge(which, target, facts, NOW), 500)
    print(f"by hand            {floor:8.2f} µs")
    print(f"compiled           {ours:8.2f} µs   {ours / floor:.2f} times by hand")
    print(f"judge              {judge:8.2f} µs")
    texts = iter(f'request.project.id == "p{n}" && request.model == "m"' for n in range(10**6))
    print(f"check, new text    {micros(lambda: make(next(texts)), 200):8.2f} µs")
    print(f"function, known shape {micros(lambda: condition.function(which), 500):5.2f} µs")


if __name__ == "__main__":
    main()
