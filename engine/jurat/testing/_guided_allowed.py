"""An input that a bundle lets through, for a bundle whose tests have none."""

from collections.abc import Mapping
from copy import deepcopy
from random import Random
from typing import Any

from jurat.engine import outcomes_by_rule
from jurat.plan import Decision, Plan

from ._judged import judged
from ._mentions import Base, Mentions
from ._mentions_changes import changes_of, laid_over
from ._mentions_collect import passing
from ._mentions_stock import Stock

_TRIES = 300
_JUDGED = 60_000  # rules judged in all
_PERMIT = 10  # what a permit that fires is worth, in constraints that are quiet


def allowed_base(plan: Plan, mentions: Mentions, input: str) -> Base | None:
    """An input that `plan` allows; None if none was found.

    It begins with what the kinds give as passing examples, one laid over the other, and changes
    what is read by a rule that is still in the way, as long as that leaves no more rules in it.
    """
    stock, now, random = Stock(mentions, input), mentions.now, Random(0)
    given: dict[str, Any] = {}
    for base in passing(plan.bundle, input):
        given = laid_over(given, stock.at(base, now))
    changes = {entry.id: changes_of(mentions, input, entry.id) for entry in plan.entries(input)}
    decision = judged(plan, input, given, now)
    best, blocking = _blocking(plan, input, decision)
    for _ in range(min(_TRIES, _JUDGED // max(1, len(changes)))):
        if decision is None or decision.allowed or not blocking:
            break
        options = changes[random.choice(blocking)]
        if not options:
            continue
        tried = deepcopy(given)
        for _ in range(random.choice((1, 1, 2))):
            random.choice(options)(tried, stock.values(now), random.choice)
        made = judged(plan, input, tried, now)
        score, still = _blocking(plan, input, made)
        if score >= best:
            given, best, blocking, decision = tried, score, still, made
    return Base(given, now) if decision is not None and decision.allowed else None


def _blocking(plan: Plan, input: str, decision: Decision | None) -> tuple[int, list[str]]:
    """How close a decision is to an allow, and the rules that are in the way, sorted."""
    did: Mapping[str, set[str]] = {} if decision is None else outcomes_by_rule(decision)
    quiet, permitted = 0, False
    blocking, permits = [], []
    for entry in plan.entries(input):
        outcomes = did.get(entry.id, set())
        if entry.permits:
            permits.append(entry.id)
            permitted = permitted or "fired" in outcomes
        elif outcomes & {"unknown", "error"} or (entry.effect == "deny" and "fired" in outcomes):
            blocking.append(entry.id)
        else:
            quiet += 1
    if permits and not permitted:
        blocking += permits
    return quiet + _PERMIT * permitted, sorted(blocking)
