"""Nothing that is not policy changes a decision: order, copies, the index, the caller's objects."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

from harness import MOMENT, duties, engine, evaluate
from hypothesis import given
from hypothesis import strategies as st
from strategies import inputs, supports, worlds
from worlds import NOW, World, files

from jurat.canon import canonical
from jurat.plan import Plan

ALL = ("redact", "route", "header")


@given(worlds(most=8), inputs(), supports())
def test_total_and_deterministic(
    world: World, given: dict[str, Any], supports: frozenset[str]
) -> None:
    loaded = engine(world)
    first = loaded.evaluate(given, supports=supports, now=NOW)
    again = loaded.evaluate(given, supports=supports, now=NOW)
    anew = evaluate(world, given, supports)
    assert first.effect in ("allow", "deny")
    assert first.canonical() == again.canonical() == anew.canonical()


@given(worlds(most=8), inputs(), supports(), st.randoms(use_true_random=False))
def test_order_never_matters(
    world: World, given: dict[str, Any], supports: frozenset[str], random: Any
) -> None:
    rules = list(world.rules)
    random.shuffle(rules)
    waivers = list(world.waivers)
    random.shuffle(waivers)
    moved = replace(
        world,
        rules=tuple(rules),
        waivers=tuple(waivers),
        tables={
            name: dict(sorted(rows.items(), reverse=True)) for name, rows in world.tables.items()
        },
        assume=dict(reversed(list(world.assume.items()))),
    )
    split = files(moved)
    if lines := split.pop("rules/law.yaml", "").splitlines():
        split = {f"rules/{number}.yaml": line for number, line in enumerate(lines)} | split
    decision = evaluate(world, given, supports)
    shuffled = engine(split).evaluate(_reversed(given), supports=supports, now=NOW)
    assert decision.canonical() == shuffled.canonical()


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(inner) for key, inner in reversed(list(value.items()))}
    return value


@given(worlds(), inputs(), supports())
def test_copies_of_rules_change_nothing(
    world: World, given: dict[str, Any], supports: frozenset[str]
) -> None:
    copies = tuple(replace(rule, id=f"copy-{rule.id}") for rule in world.rules)
    waivers = tuple(replace(waiver, rule=f"copy-{waiver.rule}") for waiver in world.waivers)
    doubled = replace(world, rules=(*world.rules, *copies), waivers=(*world.waivers, *waivers))
    one, two = evaluate(world, given, supports), evaluate(doubled, given, supports)
    assert (one.effect, one.value) == (two.effect, two.value)
    assert duties(one) == duties(two)


@given(worlds(), inputs(), supports())
def test_pure(world: World, given: dict[str, Any], supports: frozenset[str]) -> None:
    before = deepcopy(given)
    loaded = engine(world)
    loaded.evaluate(given, supports=supports, now=NOW)
    assert canonical(given) == canonical(before)
    assert given == before


@given(worlds(least=8, most=16), inputs(), supports())
def test_the_index_changes_nothing(
    world: World, given: dict[str, Any], supports: frozenset[str]
) -> None:
    plan = engine(world).plans[0]
    plain = Plan(plan.bundle, versions={}, scanner=plan.scanner, indexed=False)
    quick = Plan(plan.bundle, versions={}, scanner=plan.scanner)
    decided = []
    for one in (plain, quick):
        facts = one.facts("request", view_of(given), MOMENT, supports=supports)
        decided.append(one.decide(facts.request, facts, MOMENT).canonical())
    assert decided[0] == decided[1]


def view_of(given: dict[str, Any]) -> Any:
    """The request as the engine reads it."""
    from jurat.engine._input import prepare

    return prepare(given, max_bytes=2**20, reads_text=lambda kind: False).sent
