"""A rule that says when it surely passes is not asked again: the decision is that of asking it."""

from functools import cache, partial
from typing import Any

from harness import engine
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat import Decision
from jurat.engine._limits import Limits
from jurat.limits import MemoryLimits
from jurat.plan import FactSet, Plan

NOW = "2026-05-25T12:00:00Z"
HEAD = "{name: b, version: 1.0.0, revision: 1}"
RULES = """\
- {id: in, title: T, kind: expression, effect: permit, severity: info, when: "true"}
- {id: rate, title: T, kind: limits.rate, effect: deny, severity: high,
   params: {by: [actor, project], rpm: 10, tpm: 1000}}
- {id: own, title: T, kind: limits.rate, effect: advise, severity: low, params: {by: [project]}}
- {id: budget, title: T, kind: limits.spend, effect: deny, severity: high,
   when: request.action != "embeddings", params: {budget: 1000, period: day, advise_at: 50}}
- {id: plain, title: T, kind: limits.spend, effect: deny, severity: high,
   params: {budgets: {p: 900}, budget: 5000, period: day, advise_at: null}}
"""
PROJECTS = """\
p: {limits: {rpm: 10}}
q: {limits: {rpm: 3, tpm: 500}}
none: {}
"""
FILES = {"bundle.yaml": HEAD, "rules/r.yaml": RULES, "data/projects.yaml": PROJECTS}

near = st.sampled_from
costs = near([0, 1, 99, 100, 101, 400, 499, 500, 501, 900, 901, 1000, None])
tokens = near([0, 1, 400, 500, 501, 1000, 1001, None])
requests = st.fixed_dictionaries(
    {
        "model": st.just("m"),
        "project": near([{"id": "p"}, {"id": "q"}, {"id": "none"}, {"id": None}]),
        "actor": near([{"id": "ann"}] * 4 + [{"id": None}, {}]),
        "action": near(["chat.completions", "embeddings"]),
        "estimated_cost": near([0, 1]) | costs,
    },
    optional={"estimated_tokens": tokens},
)
counters = st.dictionaries(
    near(
        [
            "rate/rpm/actor/ann",
            "rate/tpm/actor/ann",
            "rate/rpm/project/p",
            "rate/tpm/project/q",
            "own/rpm/project/p",
            "own/rpm/project/q",
            "own/tpm/project/q",
            "budget/spend/project/2026-05-25/p",
            "budget/spend/project/2026-05-25/q",
            "plain/spend/project/2026-05-25/p",
        ]
    ),
    near([0, 1, 2, 3, 8, 9, 10, 99, 100, 399, 400, 499, 500, 501, 599, 600, 800, 899, 900, 999]),
)


ENGINE = cache(partial(engine, FILES))


def evaluated(request: dict[str, Any], held: dict[str, int]) -> tuple[Plan, Decision, FactSet]:
    loaded = ENGINE()
    loaded._limits = Limits(MemoryLimits(held=held))
    decision = loaded.evaluate(request, now=NOW)
    assert decision._facts is not None
    return loaded.plans[0], decision, decision._facts


@given(requests, counters)
@settings(max_examples=200)
def test_the_decision_is_that_of_asking_every_rule(request: dict[str, Any], held: Any) -> None:
    plan, decision, facts = evaluated(request, held)
    again = plan.decide(facts.request, facts, decision.now)
    assert decision.canonical() == again.canonical()


def spared(held: int) -> bool:
    request = {"actor": {"id": "ann"}, "project": {"id": "q"}, "estimated_tokens": 10}
    more = {"model": "m", "action": "chat.completions", "estimated_cost": 100}
    key = "budget/spend/project/2026-05-25/q"
    plan, decision, facts = evaluated(request | more, {key: held})
    assert decision.allowed
    return plan.asked(facts, decision.now).passed_over_by(facts.counters) is not None


def test_a_rule_is_asked_where_it_may_have_something_to_say() -> None:
    assert spared(399)
    assert not spared(400)  # the advice of half the budget
