"""Asks the machine what time it is, in place of `now`."""

import time
from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "pure"


class Broken(RuleKind):
    """No calls at night."""

    name = "broken.reads_the_clock"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            return (Finding("night", "it is night"),) if time.gmtime().tm_hour > 25 else ()

        return check
