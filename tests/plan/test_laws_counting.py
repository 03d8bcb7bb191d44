"""Rules that count decide as the reference does, request after request."""

from collections.abc import Mapping
from typing import Any

from harness import disagreement, engine
from hypothesis import given
from hypothesis import strategies as st
from reference import decide
from strategies import counting_rules, inputs, supports, worlds
from worlds import NOW, Held, World, WorldRule, let_through, policy

from jurat import Decision
from jurat.limits import MemoryLimits


@st.composite
def counting_worlds(draw: st.DrawFn, *, name: str = "law", most: int = 4) -> World:
    world = draw(worlds(most=most, name=name))
    count = draw(st.integers(1, 3))
    counting = tuple(draw(counting_rules(f"c{number}")) for number in range(count))
    let_in = (WorldRule("let-in", "permit"),) if draw(st.booleans()) else ()
    return world.with_rules(*world.rules, *counting, *let_in)


def sequences() -> st.SearchStrategy[list[Mapping[str, Any]]]:
    """Requests of which some come again."""
    few = st.lists(inputs(), min_size=1, max_size=3)
    return few.flatmap(lambda some: st.lists(st.sampled_from(some), min_size=1, max_size=6))


@given(counting_worlds(), sequences(), supports())
def test_one_bundle_counts_as_the_reference(
    world: World, given: list[Mapping[str, Any]], supports: frozenset[str]
) -> None:
    loaded, held = engine(world), Held()
    for one in given:
        decision = loaded.evaluate(one, supports=supports, now=NOW)
        expected = decide((policy(world, one, held=held),), supports=supports)
        assert not disagreement(decision, expected)
        assert_explained(decision, expected.outcomes)
        if decision.allowed:
            let_through(world, one, held)


@given(
    counting_worlds(most=2, name="org"),
    counting_worlds(most=2, name="team"),
    sequences(),
    supports(),
)
def test_two_bundles_count_as_the_reference(
    org: World, team: World, given: list[Mapping[str, Any]], supports: frozenset[str]
) -> None:
    loaded, held = engine(org, team), Held()
    for one in given:
        decision = loaded.evaluate(one, supports=supports, now=NOW)
        policies = tuple(
            policy(world, one, prefix=f"{world.name}/", held=held) for world in (org, team)
        )
        assert not disagreement(decision, decide(policies, supports=supports))
        if decision.allowed:
            let_through(org, one, held)
            let_through(team, one, held)


@given(counting_worlds(most=12), inputs(), supports())
def test_counters_that_are_unknown_never_allow_more(
    world: World, given: Mapping[str, Any], supports: frozenset[str]
) -> None:
    """Except where a rule says that what is unknown is ignored."""
    strict = world.with_rules(
        *(
            rule
            if rule.count is None
            else WorldRule(rule.id, rule.effect, when=rule.when, count=rule.count)
            for rule in world.rules
        )
    )
    known = engine(strict).evaluate(given, supports=supports, now=NOW)
    unknown = engine(strict, limits=Broken()).evaluate(given, supports=supports, now=NOW)
    assert known.allowed or not unknown.allowed


class Broken(MemoryLimits):
    def reserve(self, uses: Any, now: Any) -> Any:
        raise OSError("no route")


def assert_explained(decision: Decision, outcomes: dict[str, str]) -> None:
    assert {trace.id: trace.outcome for trace in decision.explain().rules} == outcomes
