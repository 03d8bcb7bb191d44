"""Forgets that a fact may be known to be absent."""

from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "total"


class Broken(RuleKind):
    """No previews."""

    name = "broken.breaks_on_null"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            return (Finding("preview", "a preview"),) if "preview" in request.model else ()

        return check
