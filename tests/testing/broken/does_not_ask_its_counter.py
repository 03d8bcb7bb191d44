"""Counts, and lets through whatever the counter says, unless it is exactly full."""

from datetime import datetime, timedelta
from typing import Any

from jurat.model import Request
from jurat.plugin import (
    Check,
    CompileContext,
    Counted,
    CounterUse,
    Facts,
    Finding,
    RuleKind,
    RuleSpec,
    Uses,
)

CAUGHT_BY = "fails-closed"
_LIMIT = 10
_NOTHING = Counted(0)


class Broken(RuleKind):
    """Ten calls an hour."""

    name = "broken.does_not_ask_its_counter"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        key = f"{rule.counter}/all"

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            try:
                held = facts.counters[key]
            except LookupError:  # the fault: a counter that can't be read is not an empty one
                held = _NOTHING
            return (Finding("full", "ten calls"),) if held.used >= _LIMIT else ()

        return check

    def counters(self, rule: RuleSpec, context: CompileContext) -> Uses:
        use = CounterUse(f"{rule.counter}/all", 1, _LIMIT, timedelta(hours=1))
        return lambda request, facts, now: (use,)
