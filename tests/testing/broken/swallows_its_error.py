"""Catches everything, so that nothing goes wrong."""

from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "fails-closed"


class Broken(RuleKind):
    """Only our own people."""

    name = "broken.swallows_its_error"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            try:
                known = request.actor.email.endswith("@acme.example")
            except Exception:  # noqa: BLE001  # the fault
                return ()
            return () if known else (Finding("stranger", "not one of us"),)

        return check
