"""Tells of a key that is too old, until it has been so for a while."""

from datetime import datetime, timedelta
from typing import Any

from jurat.model import Credential
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "monotone"


class Broken(RuleKind):
    """Keys are rotated."""

    name = "broken.forgives_with_time"
    judges = Credential
    effects = {"deny"}
    ages = True

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(credential: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            created = credential.created_at
            if created is None:
                return (Finding("unknown-age", "nobody knows its age"),)
            if timedelta(days=60) < now - created < timedelta(days=120):
                return (Finding("too-old", "too old"),)
            return ()

        return check
