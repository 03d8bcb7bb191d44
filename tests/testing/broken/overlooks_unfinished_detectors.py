"""Takes a text that could not be searched for a clean one."""

from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "fails-closed"


class Broken(RuleKind):
    """No social security numbers."""

    name = "broken.overlooks_unfinished_detectors"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            return (Finding("ssn", "a number"),) if facts.detections.hits else ()

        return check

    def entities(self, params: Any) -> frozenset[str]:
        return frozenset({"US_SSN"})
