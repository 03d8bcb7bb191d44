"""Puts what the caller sent straight into its message."""

from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "no-secret-in-evidence"


class Broken(RuleKind):
    """Only one model."""

    name = "broken.leaks_the_value"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            if request.model == "gpt-4.1":
                return ()
            return (Finding("model", f"{request.model} is not gpt-4.1", at="/model"),)

        return check
