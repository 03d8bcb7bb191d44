"""Asks for a header that names the rule, so that two rules of its kind can't be obeyed."""

from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, Header, RuleKind, RuleSpec

CAUGHT_BY = "duplicate-free"
EFFECT = "require"


class Broken(RuleKind):
    """Calls say which rule they went by."""

    name = "broken.asks_for_its_own_name"
    judges = Request
    effects = {"require"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        name = Header("x-rule", rule.id)

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            return (Finding("named", "it must be named", obligation=name),)

        return check
