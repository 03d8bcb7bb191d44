"""Spending per period stays within its budget."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from jurat.canon import format_duration, parse_duration
from jurat.model import Request
from jurat.plugin import (
    Check,
    CompileContext,
    CounterUse,
    Example,
    Examples,
    Facts,
    Finding,
    ParamError,
    RuleKind,
    RuleParams,
    RuleSpec,
    Uses,
)

from ._counting import SUBJECTS, CounterName, Limit, prefix
from ._zones import start_of, zone_named

_PERIODS = ("day", "week", "month")
_MILLION = 1_000_000

# Where a use counts: what its key has for the period, and the window of its counter.
_Window = tuple[str, timedelta | datetime]
# What a request costs: the amount in micro-units, and what a token of input and of output costs
# in millionths of one; None where nobody knows.


def _period(value: Any) -> str | timedelta:
    if value in _PERIODS:
        return str(value)
    try:
        length = value if isinstance(value, timedelta) else parse_duration(value)
    except (TypeError, ValueError):
        raise ParamError(
            "there is no such period", help="write day, week, month, or a duration like 24h or 30d"
        ) from None
    if length <= timedelta():
        raise ParamError("the period has no length", help="write it with its unit, like 30d")
    return length


Period = Annotated[
    Literal["day", "week", "month"] | timedelta,
    BeforeValidator(_period),
    WithJsonSchema({"type": "string", "pattern": r"^(day|week|month|(\d+(ms|w|d|h|m|s))+)$"}),
]


def _share(value: Any) -> int | None:
    if value is None or (type(value) is int and 1 <= value <= 99):
        return value
    raise ParamError(
        "the share is a whole number from 1 to 99", help="in per cent of the budget; null for none"
    )


Share = Annotated[
    int | None,
    BeforeValidator(_share),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 99}, {"type": "null"}]}
    ),
]


class LimitsSpend(RuleKind):
    """Spending per period stays within its budget.

    ## What it does
    Adds up what requests cost in a `period`, by project, by the actor's team, or by a tag that the
    enforcement point sets; fires where this request would go over the budget, and advises from
    `advise_at` per cent of it on. The cost is `estimated_cost` where it was sent. Else it is the
    estimated tokens at the dearest price of the model's row. Where the row has a price, the tokens
    of an answer that is evaluated with `parent` give the real cost, which takes the place of the
    estimate. A request that is denied, by this rule or another, costs nothing.

    ## Why
    The bill comes weeks after the loop that caused it. A budget that holds before the call is the
    only one that holds.

    ## Example
    ```yaml
    - id: budget
      title: Teams stay within their month's budget
      kind: limits.spend
      effect: deny
      severity: high
      params:
        by: team
        period: month
        time_zone: Europe/Berlin
        budgets: {customer-care: 2000000000, research: 500000000}
    ```

    ## Options
    - `by`: `project`, `team` or `tag`: whose spending is added up.
    - `tag`: with `by: tag`, the name of the tag, like cost-center.
    - `budgets`: the budget of each, in micro-units of the bundle's currency (1000000 is one).
    - `budget`: the budget of each that `budgets` does not name. Without both, with `by: project`,
      it is `limits.spend` of the project's row.
    - `period`: `day`, `week` (from Monday) or `month` of the calendar, or a duration like `30d`
      for a window that slides.
    - `time_zone`: where days begin, by its name in the IANA database (default: UTC).
    - `advise_at`: from which share of the budget on an advice appears, in per cent; null: never.
    - `counter`: the name of a counter that several rules share. Without it each rule counts for
      itself what it applies to.

    ## Limits
    A window that slides has sixty buckets: spending counts for up to a sixtieth longer than the
    period. Without a price and with a sent cost, the estimate stands. Whoever has no budget can't
    spend: the rule fires. Counters are where the engine's limit store has them; those in memory
    begin anew with the process. What can't be counted is unknown, which denies.

    The counter is `RULE/spend/project/2026-05-01/ID` (the day that the period begins; left out
    for a sliding one): a case of the bundle's tests gives what it holds in
    `facts: {/counters: {budget/spend/project/2026-05-01/proj-a: 900000}}`.

    ## Codes
    | code | meaning |
    |---|---|
    | `budget-exceeded` | the request would go over the budget; `retry_after`: seconds until it fits |
    | `budget-nearly-spent` | advice: at least `advise_at` per cent are spent with this request |
    | `budget-absent` | there is no budget for this project, team or tag |
    | `budget-subject-absent` | the project, team or tag is known to be absent |
    | `cost-absent` | neither a cost, nor tokens and a price to work it out, are there |
    """

    name = "limits.spend"
    judges = Request
    effects = {"deny", "advise"}

    class Params(RuleParams):
        by: Literal["project", "team", "tag"] = "project"
        """Whose spending is added up."""
        tag: str | None = None
        """With `by: tag`, the name of the tag."""
        budget: Limit | None = None
        """Micro-units of the bundle's currency per period, for each that `budgets` lacks."""
        budgets: dict[str, Limit] = Field(default_factory=dict)
        """Budgets by project, team or value of the tag."""
        period: Period
        """day, week or month of the calendar, or the length of a window that slides."""
        time_zone: str | None = None
        """Where days begin, like Europe/Berlin; UTC unless said."""
        advise_at: Share = 80
        """From which share of the budget on an advice appears, in per cent."""
        counter: CounterName | None = None
        """The name of a counter that several rules share."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        if params.by == "tag" and not params.tag:
            raise ParamError("`by: tag` names no tag", at=("tag",), help="like tag: cost-center")
        if params.by != "tag" and params.tag is not None:
            raise ParamError("`tag` is for `by: tag`", at=("tag",), help="add by: tag")
        if params.by != "project" and params.budget is None and not params.budgets:
            raise ParamError(
                "there is no budget", help="give budget, or budgets by team or value of the tag"
            )
        subject, at = _subject(params)
        window = _windows(params)
        budget_of = _budgets(params)
        begin = f"{prefix(rule, params.counter)}spend/{params.by}/"
        share = params.advise_at

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            id_ = subject(request)
            if id_ is None:
                return (Finding("budget-subject-absent", "nobody to charge is named", at=at),)
            budget = budget_of(request, id_)
            if budget is None:
                return (Finding("budget-absent", "{who} has no budget", at, quote={"who": id_}),)
            cost = _cost(request)
            if cost is None:
                return _NO_COST
            label, _ = window(now)
            used, wait = facts.counters[f"{begin}{label}{id_}"]
            if share is None or (used + cost) * 100 < budget * share:
                if used + cost <= budget:
                    return ()
            elif used + cost <= budget:
                return (_nearly(used, cost, budget, at),)
            return (_exceeded(used, cost, budget, at, wait),)

        return check

    def counters(self, rule: RuleSpec, context: CompileContext) -> Uses:
        params = rule.params
        subject, _ = _subject(params)
        window = _windows(params)
        budget_of = _budgets(params)
        begin = f"{prefix(rule, params.counter)}spend/{params.by}/"
        share = params.advise_at

        def silent(budget: int) -> int:
            return budget if share is None else min(budget, (budget * share - 1) // 100)

        def uses(request: Any, facts: Facts, now: datetime) -> tuple[CounterUse, ...]:
            id_ = subject(request)
            if id_ is None:
                return ()
            budget = budget_of(request, id_)
            per_token = _per_token(_price(request))
            cost = _cost(request, per_token)
            if budget is None or cost is None:
                return ()
            label, length = window(now)
            return (
                CounterUse(
                    f"{begin}{label}{id_}", cost, budget, length, per_token, silent(budget)
                ),
            )

        return uses

    def reads(self, params: Any) -> tuple[str, ...]:
        read = ["/tags" if params.by == "tag" else SUBJECTS[params.by][1]]
        if params.budget is None and not params.budgets:
            read.append("/project/limits/spend")
        return (*read, "/estimated_cost", "/estimated_tokens", "/model_info/price")

    def examples(self, params: Any) -> Examples:
        id_, budget = next(iter(params.budgets.items()), ("a", params.budget))
        own = budget is None
        budget = 1_000_000 if budget is None else budget
        limits = {"limits": {"spend": budget}} if own else {}

        def made(cost: int, note: str) -> Example:
            given = {
                "project": {"id": id_, **limits},
                "actor": {"id": "svc-1", "team": id_},
                "tags": {params.tag or "cost-center": id_},
                "estimated_cost": cost,
            }
            return Example(given, note=note)

        return Examples(
            fires=(made(budget + 1, "it costs more than the whole budget"),),
            passes=(made(budget // 2, "it costs half of the budget"),),
        )


def _subject(params: Any) -> tuple[Callable[[Any], str | None], str]:
    """Whom a request is charged to, and the pointer of it."""
    if params.by != "tag":
        return SUBJECTS[params.by]
    tag = params.tag

    def tagged(request: Any) -> str | None:
        return (request.tags or {}).get(tag)

    return tagged, "/tags"


def _budgets(params: Any) -> Callable[[Any, str], int | None]:
    """The budget of whoever is charged."""
    budgets, budget = dict(params.budgets), params.budget
    if budget is None and not budgets:
        return lambda request, id_: request.project.limits.spend
    return lambda request, id_: budgets.get(id_, budget)


def _cost(request: Any, each: tuple[int, int] | None = None) -> int | None:
    """What the request may cost at the most, in micro-units; `each` as `_per_token` has it."""
    sent: int | None = request.__dict__.get("estimated_cost")
    if sent is not None:
        return sent
    each = each or _per_token(request.model_info.price)
    tokens: int | None = request.estimated_tokens
    if each is None or tokens is None:
        return None
    return -(-tokens * max(each) // _MILLION)


def _price(request: Any) -> Any:
    """The price of the model's tokens, where it is known."""
    info = request.__dict__.get("model_info")
    return None if info is None else info.__dict__.get("price")


def _per_token(price: Any) -> tuple[int, int] | None:
    """The price of a token of input and of output, in millionths of a micro-unit: what the row
    says per million of them."""
    if not price:
        return None
    into, out = price.get("input"), price.get("output")
    if into is not None and out is not None:
        return into, out
    most = max(price.values())
    return price.get("input", most), price.get("output", most if "input" not in price else 0)


def _windows(params: Any) -> Callable[[datetime], _Window]:
    """The period of a time, by its label in keys and its window."""
    period = params.period
    if isinstance(period, timedelta):
        if params.time_zone is not None:
            raise ParamError(
                "a window that slides has no time zone",
                at=("time_zone",),
                help=f"leave it out, or write a period of the calendar for "
                f"{format_duration(period)}",
            )
        return lambda now: ("", period)
    zone = UTC if params.time_zone is None else zone_named(params.time_zone, ("time_zone",))
    return _Calendar(period, zone)


class _Calendar:
    """Periods of the calendar. The last one is kept: the next question is mostly about it."""

    def __init__(self, period: str, zone: tzinfo) -> None:
        self._period = period
        self._zone = zone
        never = datetime.min.replace(tzinfo=UTC)
        self._last: tuple[datetime, datetime, str] = (never, never, "")

    def __call__(self, now: datetime) -> _Window:
        begin, end, label = self._last
        if not begin <= now < end:
            first = self._first(now.astimezone(self._zone).date())
            begin, end = start_of(first, self._zone), start_of(self._next(first), self._zone)
            label = f"{first.isoformat()}/"
            self._last = (begin, end, label)
        return label, end

    def _first(self, day: date) -> date:
        if self._period == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self._period == "month" else day

    def _next(self, first: date) -> date:
        if self._period == "month":
            return (first + timedelta(days=31)).replace(day=1)
        return first + timedelta(days=7 if self._period == "week" else 1)


def _money(micros: int) -> str:
    """Micro-units as people read them, to the cent above."""
    return f"{-(-micros // 10_000) / 100:,.2f}"


def _evidence(used: int, cost: int, budget: int) -> dict[str, Any]:
    share = (used + cost) * 100 // budget if budget else 0
    return {"used": used, "asked": cost, "budget": budget, "share": share}


def _exceeded(used: int, cost: int, budget: int, at: str, wait: int | None) -> Finding:
    evidence = _evidence(used, cost, budget)
    if wait is not None:
        evidence["retry_after"] = wait
    return Finding(
        "budget-exceeded",
        f"{_money(used + cost)} with this request, the budget is {_money(budget)}",
        at=at,
        evidence=evidence,
        remediation="Wait for the next period, or have the budget raised.",
    )


def _nearly(used: int, cost: int, budget: int, at: str) -> Finding:
    evidence = _evidence(used, cost, budget)
    return Finding(
        "budget-nearly-spent",
        f"{evidence['share']} % of the budget are spent: {_money(used + cost)} of {_money(budget)}",
        at=at,
        evidence=evidence,
        remediation="Look at what is spending, or have the budget raised in time.",
        advice=True,
    )


_NO_COST = (
    Finding(
        "cost-absent",
        "nobody knows what the request costs",
        at="/estimated_cost",
        remediation="Send estimated_cost, or estimated_tokens with a price in the model's row.",
    ),
)
