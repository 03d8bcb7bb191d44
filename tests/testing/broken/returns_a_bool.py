"""Says true or false, in place of findings."""

from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, RuleKind, RuleSpec

CAUGHT_BY = "total"


class Broken(RuleKind):
    """Only one model."""

    name = "broken.returns_a_bool"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> Any:
            return request.model == "gpt-4.1"

        return check
