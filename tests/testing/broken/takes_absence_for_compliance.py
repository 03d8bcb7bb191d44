"""Reads the dict behind the view, where a field that was not sent is just not there."""

from datetime import datetime
from typing import Any

from jurat.model import Credential
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "missing-never-widens"


class Broken(RuleKind):
    """Keys expire."""

    name = "broken.takes_absence_for_compliance"
    judges = Credential
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(credential: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            expires = credential.__dict__.get("expires_at")
            if expires is None or expires > now:
                return ()
            return (Finding("expired", "the key has expired"),)

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        return ("/expires_at",)
