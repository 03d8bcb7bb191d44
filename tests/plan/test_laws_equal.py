"""The engine decides as the reference does, on generated policies and requests."""

from dataclasses import replace

import pytest
from harness import disagreement, engine, evaluate
from hypothesis import given
from hypothesis import strategies as st
from reference import decide
from strategies import inputs, supports, worlds
from worlds import NOW, World, policy

SEVERITIES = ("info", "low", "medium", "high", "critical")


@given(worlds(), st.lists(inputs(), min_size=1, max_size=3), supports())
def test_one_bundle_decides_as_the_reference(
    world: World, given: list[dict[str, object]], supports: frozenset[str]
) -> None:
    loaded = engine(world)
    for one in given:
        decision = loaded.evaluate(one, supports=supports, now=NOW)
        expected = decide((policy(world, one),), supports=supports)
        assert not disagreement(decision, expected)


@given(worlds(most=3, name="org"), worlds(most=3, name="team"), inputs(), supports())
def test_two_bundles_decide_as_the_reference(
    org: World, team: World, given: dict[str, object], supports: frozenset[str]
) -> None:
    decision = evaluate([org, team], given, supports)
    policies = tuple(policy(world, given, prefix=f"{world.name}/") for world in (org, team))
    assert not disagreement(decision, decide(policies, supports=supports))


@given(worlds(least=8, most=14), inputs(), supports())
def test_many_rules_decide_as_the_reference(
    world: World, given: dict[str, object], supports: frozenset[str]
) -> None:
    """Enough rules for the index to take part."""
    decision = evaluate(world, given, supports)
    assert not disagreement(decision, decide((policy(world, given),), supports=supports))


@given(worlds(), inputs(), supports())
def test_reasons_are_in_order_and_a_deny_has_one(
    world: World, given: dict[str, object], supports: frozenset[str]
) -> None:
    decision = evaluate(world, given, supports)
    keys = [
        (-SEVERITIES.index(r.severity), r.rule or (r.rules[0] if r.rules else ""), r.at)
        for r in decision.reasons
    ]
    assert keys == sorted(keys)
    if not decision.allowed:
        assert decision.reasons
        assert not decision.obligations
    missing = [reason.at for reason in decision.reasons if reason.code == "missing-fact"]
    assert len(missing) == len(set(missing)), "a missing fact is told once"
    assert all(len(reason.rules) <= 10 for reason in decision.reasons)


@given(worlds(modes=False), worlds(modes=False, name="team"), inputs())
def test_every_deny_of_several_bundles_has_a_reason(
    org: World, team: World, given: dict[str, object]
) -> None:
    decision = evaluate([org, team], given)
    assert decision.allowed or decision.reasons


@given(worlds(modes=False), inputs())
def test_explain_tells_what_was_decided(world: World, given: dict[str, object]) -> None:
    decision = evaluate(world, given, ("redact", "route", "header"))
    expected = decide((policy(world, given),), supports=frozenset(("redact", "route", "header")))
    explanation = decision.explain()
    assert {trace.id: trace.outcome for trace in explanation.rules} == expected.outcomes
    assert str(explanation)


@pytest.mark.parametrize("mode", ["warn", "shadow"])
@given(world=worlds(modes=False), given=inputs())
def test_a_bundle_that_only_watches_allows_and_says_what_it_would(
    mode: str, world: World, given: dict[str, object]
) -> None:
    real = evaluate(world, given)
    watching = evaluate(replace(world, mode=mode), given)
    assert watching.allowed
    assert not watching.obligations
    if not any(reason.code.startswith("obligation-") for reason in real.reasons):
        assert watching.would == {"effect": real.effect, "value": real.value}
