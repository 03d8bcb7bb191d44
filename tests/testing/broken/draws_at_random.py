"""Lets one in a hundred through unlooked at."""

import random
from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "pure"


class Broken(RuleKind):
    """Samples what it judges."""

    name = "broken.draws_at_random"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            if random.random() < 0.01 or request.model is None:
                return ()
            return (Finding("model", "it names a model"),)

        return check
