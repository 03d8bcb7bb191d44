"""Fires on what it has not seen before, and remembers."""

from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "deterministic"


class Broken(RuleKind):
    """A model that is new is looked at."""

    name = "broken.keeps_state"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        seen: set[str | None] = set()

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            if request.model in seen:
                return ()
            seen.add(request.model)
            return (Finding("new", "nobody called it before"),)

        return check
