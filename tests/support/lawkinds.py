"""Rule kinds whose behaviour a test writes out: what they do for which value of one field."""

from datetime import datetime, timedelta
from typing import Any, Literal

from jurat.model import Request
from jurat.plugin import (
    Check,
    CompileContext,
    CounterUse,
    Facts,
    Finding,
    Header,
    Obligation,
    Redact,
    Route,
    RuleKind,
    RuleParams,
    RuleSpec,
    Uses,
    hookimpl,
)

SPANS = ((0, 4, "US_SSN"), (5, 9, "IBAN_CODE"))


class Script(RuleKind):
    """Does what its params say for the value of one field of the request."""

    name = "law.script"
    judges = Request
    effects = {"deny", "redact", "require", "advise"}

    class Params(RuleParams):
        field: str
        """Dotted path in the request."""
        fires: tuple[str, ...] = ()
        """Values for which it finds a violation."""
        advises: tuple[str, ...] = ()
        """Values for which it gives advice and nothing else."""
        denies: tuple[str, ...] = ()
        """Values for which it finds a violation that no obligation can mend."""
        raises: tuple[str, ...] = ()
        """Values for which it breaks."""
        span: int | None = None
        """Which of the two spans to redact."""
        operator: str = "label"
        """How to redact."""
        header: str | None = None
        """Value of the header x-law that it asks for."""
        endpoints: tuple[str, ...] | None = None
        """The endpoints that it routes to."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        path = params.field.split(".")
        duty: Obligation | None = None
        if rule.effect == "redact":
            duty = Redact("/messages/0/content", (SPANS[params.span],), params.operator)
        elif rule.effect == "require" and params.header is not None:
            duty = Header("x-law", params.header)
        elif rule.effect == "require":
            duty = Route(params.endpoints)
        effect: Literal["deny"] | None = "deny" if rule.effect != "advise" else None

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            value = request
            for name in path:
                value = getattr(value, name)
            at = "/" + "/".join(path)
            if value in params.raises:
                raise RuntimeError(f"broken by {value}")
            if value in params.denies:
                return (Finding("script-denied", "no obligation helps", at, effect=effect),)
            if value in params.fires:
                return (Finding("script-fired", "as told", at, obligation=duty),)
            if value in params.advises:
                return (Finding("script-advice", "as told", at, advice=True),)
            return ()

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        return ("/" + params.field.replace(".", "/"),)


class Count(RuleKind):
    """Counts requests by one field, in an hour."""

    name = "law.count"
    judges = Request
    effects = {"deny", "advise"}

    class Params(RuleParams):
        field: str
        """Dotted path in the request."""
        limit: int
        """How many are let through for each value."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        uses = self.counters(rule, context)
        limit = rule.params.limit

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            for use in uses(request, facts, now):
                if facts.counters[use.key].used >= limit:
                    return (Finding("law-full", "as told"),)
            return ()

        return check

    def counters(self, rule: RuleSpec, context: CompileContext) -> Uses:
        path = rule.params.field.split(".")

        def uses(request: Any, facts: Facts, now: datetime) -> tuple[CounterUse, ...]:
            value = request
            for name in path:
                value = getattr(value, name)
            key = f"{rule.counter}/{value}"
            return (CounterUse(key, 1, rule.params.limit, timedelta(hours=1)),)

        return uses


@hookimpl
def jurat_rule_kinds() -> list[type[RuleKind]]:
    return [Script, Count]
