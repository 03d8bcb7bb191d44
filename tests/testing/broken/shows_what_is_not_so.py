"""Gives an example that fires, and does not."""

from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    Facts,
    Finding,
    RuleKind,
    RuleSpec,
)

CAUGHT_BY = "examples-hold"


class Broken(RuleKind):
    """Only one model."""

    name = "broken.shows_what_is_not_so"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            return () if request.model == "gpt-4.1" else (Finding("model", "another"),)

        return check

    def examples(self, params: Any) -> Examples:
        return Examples(
            fires=(Example({"model": "gpt-4.1"}),), passes=(Example({"model": "gpt-4.1"}),)
        )
