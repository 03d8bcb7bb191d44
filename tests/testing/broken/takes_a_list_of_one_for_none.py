"""Thinks that who lists a single model has not filled in the list yet."""

from datetime import datetime
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleParams, RuleSpec

CAUGHT_BY = "monotone"
PARAMS = {"models": ["a", "b"]}


class Broken(RuleKind):
    """Only listed models."""

    name = "broken.takes_a_list_of_one_for_none"
    judges = Request
    effects = {"deny"}
    allowlists = ("models",)

    class Params(RuleParams):
        models: tuple[str, ...]
        """The list."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        models = rule.params.models

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            if len(models) < 2 or request.model in models:
                return ()
            return (Finding("model", "not on the list"),)

        return check
