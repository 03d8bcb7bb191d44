"""A third party's rule kind, as a package of its own."""

from datetime import datetime
from typing import Any

from jurat import Request
from jurat.plugin import (
    Check,
    CompileContext,
    Facts,
    Finding,
    RuleKind,
    RuleParams,
    RuleSpec,
    hookimpl,
)


class CallWindow(RuleKind):
    """Calls are made in office hours only.

    ## What it does
    Reports a call that is decided outside the hours `from_hour` to `to_hour`, UTC.
    """

    name = "acme.call_window"
    judges = Request
    effects = {"deny", "advise"}

    class Params(RuleParams):
        from_hour: int
        """The first hour of the window, 0 to 23, UTC."""
        to_hour: int
        """The hour at which it ends, 1 to 24, UTC."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        first, last = rule.params.from_hour, rule.params.to_hour

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            if first <= now.hour < last:
                return ()
            return (Finding("outside-window", f"decided at {now:%H:%M} UTC", at=""),)

        return check


@hookimpl
def jurat_rule_kinds() -> list[type[RuleKind]]:
    return [CallWindow]
