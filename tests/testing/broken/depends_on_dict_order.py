"""Looks at the first of what has no order."""

from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "order-free"


class Broken(RuleKind):
    """The first label is the cost centre."""

    name = "broken.depends_on_dict_order"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            first = next(iter(request.metadata or {}), "x")
            return () if first == "x" else (Finding("centre", "the first label is another"),)

        return check
