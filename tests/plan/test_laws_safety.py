"""What may never open the gate."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from harness import duties, engine, evaluate
from hypothesis import given
from hypothesis import strategies as st
from strategies import inputs, rules, worlds
from worlds import FIELDS, World, WorldRule

from jurat.canon import format_time

ALL = ("redact", "route", "header")


@given(worlds(least=1), inputs(), rules("added", effects=("deny",)))
def test_adding_a_deny_never_allows(world: World, given: dict[str, Any], added: WorldRule) -> None:
    before = evaluate(world, given, ALL)
    after = evaluate(world.with_rules(*world.rules, added), given, ALL)
    assert before.allowed or not after.allowed


@given(worlds(least=1, modes=False), inputs(), st.sampled_from(sorted(FIELDS)))
def test_making_a_fact_unknown_never_allows(
    world: World, given: dict[str, Any], path: str
) -> None:
    strict = replace(
        world,
        rules=tuple(replace(rule, on_error="deny") for rule in world.rules),
        assume={},
    )
    less = without(given, path)
    loaded = engine(strict)
    before = loaded.evaluate(given, supports=ALL)
    after = loaded.evaluate(less, supports=ALL)
    assert before.allowed or not after.allowed


def without(given: dict[str, Any], path: str) -> dict[str, Any]:
    """`given` with the fact at `path` not sent."""
    made = deepcopy(given)
    *parent, name = path.split(".")
    inner = made.get(parent[0]) if parent else made
    if isinstance(inner, dict):
        inner.pop(name, None)
    return made


@given(worlds(least=1, modes=False), inputs(), st.sampled_from(("actor", "project", "params")))
def test_making_a_parent_unknown_never_allows(
    world: World, given: dict[str, Any], parent: str
) -> None:
    strict = replace(
        world, rules=tuple(replace(rule, on_error="deny") for rule in world.rules), assume={}
    )
    less = {name: value for name, value in given.items() if name != parent}
    loaded = engine(strict)
    before = loaded.evaluate(given, supports=ALL)
    after = loaded.evaluate(less, supports=ALL)
    assert before.allowed or not after.allowed


@given(worlds(least=1, modes=False, most=4), worlds(modes=False, most=4, name="team"), inputs())
def test_a_team_can_only_narrow(org: World, team: World, given: dict[str, Any]) -> None:
    org = org.with_rules(*org.rules, WorldRule("let-in", "permit"))
    alone = evaluate(org, given, ALL)
    both = evaluate([org, team], given, ALL)
    assert alone.allowed or not both.allowed
    if both.allowed:
        spans = {duty.key for duty in duties(alone) if duty.type == "redact"}
        assert spans <= {duty.key for duty in duties(both) if duty.type == "redact"}


MODELS = ("gpt-4.1", "gpt-4.1-mini", "gpt-3.5-turbo", "gpt-4.1-2025-04-14")
LET_IN = (
    '- {id: let-in, title: All, kind: expression, effect: permit, severity: info, when: "true"}\n'
)
MANIFEST = "{name: law, version: 1.0.0, revision: 1}"


@given(
    st.lists(st.sampled_from(MODELS), unique=True, min_size=1),
    st.data(),
    st.sampled_from((*MODELS, "unreviewed-1", None)),
)
def test_shrinking_an_allowlist_never_widens(
    listed: list[str], data: st.DataObject, model: str | None
) -> None:
    kept = data.draw(st.lists(st.sampled_from(listed), unique=True, min_size=1))

    def decide(models: list[str]) -> bool:
        rule = (
            "- {id: models, title: Models, kind: model.allowlist, effect: deny, severity: high, "
            f"params: {{models: [{', '.join(models)}]}}}}\n"
        )
        loaded = engine({"bundle.yaml": MANIFEST, "rules/r.yaml": LET_IN + rule})
        return loaded.evaluate({"model": model}).allowed

    assert decide(listed) or not decide(kept)


_MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
_KEYS = {
    "bundle.yaml": MANIFEST,
    "rules/r.yaml": LET_IN
    + "- {id: age, title: Age, kind: credential.age, effect: deny, severity: high, "
    "params: {max_age: 60d}}\n"
    "- {id: expiry, title: Expiry, kind: credential.expiry, effect: deny, severity: high}\n",
}


@given(_MOMENTS, _MOMENTS, _MOMENTS, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_credentials_only_get_older(
    created: datetime, expires: datetime, now: datetime, later: timedelta
) -> None:
    key = {"created_at": format_time(created), "expires_at": format_time(expires)}
    request = {"actor": {"id": "a", "credential": {"id": "k", **key}}}
    loaded = engine(_KEYS)
    before = loaded.evaluate(request, now=max(now, created))
    after = loaded.evaluate(request, now=max(now, created) + later)
    assert before.allowed or not after.allowed
