"""Takes a fact that nobody sent for a good one."""

from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, MissingFact, RuleKind, RuleSpec

CAUGHT_BY = "missing-never-widens"


class Broken(RuleKind):
    """Contractors don't call."""

    name = "broken.widens_on_a_missing_fact"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            try:
                team = request.actor.team
            except MissingFact:
                return ()
            return () if team == "a" else (Finding("team", "not of the team"),)

        return check
