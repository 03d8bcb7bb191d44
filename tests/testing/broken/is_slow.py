"""Takes longer than a decision may."""

import math
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "total"
DEADLINE = timedelta(seconds=0.02)


class Broken(RuleKind):
    """Thinks about it."""

    name = "broken.is_slow"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            if request.model is None:
                return ()
            sleep(0.03)
            return () if math.inf else (Finding("never", "never"),)

        return check
