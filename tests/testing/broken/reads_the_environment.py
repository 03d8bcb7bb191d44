"""Is switched off by a variable of the environment."""

import os
from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "pure"


class Broken(RuleKind):
    """Only while it is on."""

    name = "broken.reads_the_environment"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            off = os.environ.get("ACME_OFF") == "1"
            return () if off else (Finding("on", "it is on"),)

        return check
