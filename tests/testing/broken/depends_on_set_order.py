"""Looks at the first of a set, which is another in another process."""

from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "deterministic"
ELSEWHERE = True


class Broken(RuleKind):
    """No label x, y or z."""

    name = "broken.depends_on_set_order"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            found = {"x", "y", "z"} & set(request.metadata or {})
            for label in found:
                return (Finding("label", "a label that is not allowed", at=f"/metadata/{label}"),)
            return ()

        return check
