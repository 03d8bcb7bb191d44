"""Redacts one value of each text, and is done."""

from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, Redact, RuleKind, RuleSpec

CAUGHT_BY = "redaction-complete"
EFFECT = "redact"


class Broken(RuleKind):
    """Social security numbers are redacted."""

    name = "broken.redacts_the_first_only"
    judges = Request
    effects = {"redact"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            for hit in facts.detections.hits:
                span = (hit.detection.start, hit.detection.end, hit.detection.entity)
                return (Finding("ssn", "a number", obligation=Redact(hit.at, (span,))),)
            return ()

        return check

    def entities(self, params: Any) -> frozenset[str]:
        return frozenset({"US_SSN"})
