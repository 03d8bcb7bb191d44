"""Writes what it made of the input into the input."""

from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "pure"


class Broken(RuleKind):
    """No model of a preview."""

    name = "broken.mutates_its_input"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            model = request.__dict__["model"] = (request.model or "").lower()
            return (Finding("preview", "a preview"),) if model.endswith("preview") else ()

        return check
