"""Ends the program where it does not like what it sees."""

import sys
from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "total"


class Broken(RuleKind):
    """No calls without a model."""

    name = "broken.calls_sys_exit"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            if request.model is None:
                sys.exit("no model")
            return ()

        return check
