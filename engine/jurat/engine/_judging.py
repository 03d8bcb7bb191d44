"""From collected facts to a decision: in one step, or in two where rules count."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jurat.plan import Decision, FactSet, Plan, decide_several

from ._limits import Limits, Reservation


def subject_of(facts: FactSet) -> Any:
    """What the rules judge: the joined request, the response, or the snapshot."""
    return facts.response if facts.kind == "response" else facts.request


def decide_on(plans: Sequence[Plan], collected: Sequence[FactSet], now: datetime) -> Decision:
    """The decision of the plans, each on its own facts."""
    if len(collected) == 1:
        facts = collected[0]
        return plans[0].decide(subject_of(facts), facts, now)
    return decide_several(plans, [(subject_of(facts), facts) for facts in collected], now)


def decide_counting(
    limits: Limits, plans: Sequence[Plan], collected: Sequence[FactSet], now: datetime
) -> tuple[Decision, Reservation | None]:
    """The decision on a request where rules count, and what is reserved for it: decide with
    these taken as passed; if that allows, reserve in one step, and decide again with what the
    counters held."""
    if len(plans) == 1:
        return _counting_alone(limits, plans[0], collected[0], now)
    decision = decide_on(plans, collected, now)
    if not decision.allowed:
        return decision, None
    uses = [
        use for plan, facts in zip(plans, collected, strict=True) for use in plan.uses(facts, now)
    ]
    reserved, counters = limits.reserve(uses, now)
    try:
        for facts in collected:
            facts.counters = counters
        return decide_on(plans, collected, now), reserved
    except BaseException:
        limits.give_back(reserved)
        raise


def _counting_alone(
    limits: Limits, plan: Plan, facts: FactSet, now: datetime
) -> tuple[Decision, Reservation | None]:
    """`decide_counting` where there is one plan, which need not judge everything twice."""
    decision, seen = plan.begin(facts, now)
    if not decision.allowed:
        return decision, None
    asked = plan.asked(facts, now)
    reserved, facts.counters = limits.reserve(asked.uses, now)
    try:
        return plan.resume(decision, seen, asked, facts, now), reserved
    except BaseException:
        limits.give_back(reserved)
        raise
