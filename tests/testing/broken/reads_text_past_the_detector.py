"""Finds its way to the text, which no rule is given, by the frames of those who called it."""

import sys
from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "replays"


class Broken(RuleKind):
    """No social security numbers."""

    name = "broken.reads_text_past_the_detector"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            frame = sys._getframe()
            while frame is not None:
                prepared = frame.f_locals.get("prepared")
                if any("SSN" in text.text for text in getattr(prepared, "texts", ())):
                    return (Finding("ssn", "it speaks of one"),)
                frame = frame.f_back  # type: ignore[assignment]  # the loop ends there
            return ()

        return check

    def entities(self, params: Any) -> frozenset[str]:
        return frozenset({"US_PASSPORT"})  # so that texts are read at all
