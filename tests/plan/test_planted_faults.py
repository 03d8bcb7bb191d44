"""The laws can fail: each of these faults, planted in the evaluator, is seen at once.

Each stands with the least policy and request in which it shows; the laws search for such cases.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from harness import disagreement, evaluate
from reference import decide
from worlds import (
    Compare,
    Divide,
    Has,
    Order,
    Script,
    Waiver,
    World,
    WorldRule,
    policy,
)

from jurat.model import _presence
from jurat.plan import _assumed, _index, _join, _plan, _settle, _several
from jurat.plan._obligations import settle as _settle_obligations

Patch = Callable[[pytest.MonkeyPatch], None]
Case = tuple[tuple[World, ...], dict[str, Any], frozenset[str]]
FAULTS: dict[str, tuple[Patch, Case]] = {}
EVERYTHING = frozenset(("redact", "route", "header"))
REQUEST: dict[str, Any] = {
    "model": "gpt-4.1",
    "action": "embeddings",
    "actor": {"id": "u-1", "kind": "user", "team": None},
    "project": {"id": "p1", "environment": "staging"},
    "estimated_tokens": 0,
    "messages": [{"role": "user", "content": "0123456789"}],
}
LET_IN = WorldRule("let-in", "permit")
FIRES = Script("model", fires=("gpt-4.1",))
UNKNOWN = Order("params.max_tokens", ">", 0)


def rule(effect: str, script: Script | None = None, **more: Any) -> WorldRule:
    return WorldRule(f"{effect}-1", effect, script=script, **more)


def fault(
    *worlds: World | WorldRule, supports: frozenset[str] = EVERYTHING
) -> Callable[[Patch], Patch]:
    """A fault, and where it shows: worlds, or rules of one beside a permit."""
    rules = tuple(one for one in worlds if isinstance(one, WorldRule))
    given = tuple(one for one in worlds if isinstance(one, World))
    case = ((World((LET_IN, *rules)),) if rules else given, REQUEST, supports)

    def plant(patch: Patch) -> Patch:
        FAULTS[patch.__name__] = (patch, case)
        return patch

    return plant


@fault(rule("deny", when=Divide("estimated_tokens")))
def errors_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    was = _settle.undecided
    patch.setattr(_settle, "undecided", lambda o: o.status != "error" and was(o))


@fault(rule("deny", when=UNKNOWN))
def unknowns_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_settle, "undecided", lambda o: False)


@fault(rule("redact", replace(FIRES, span=0), when=UNKNOWN))
def an_unknown_redaction_is_harmless(patch: pytest.MonkeyPatch) -> None:
    was = _settle.undecided
    patch.setattr(_settle, "undecided", lambda o: o.entry.effect == "deny" and was(o))


@fault(rule("deny", when=UNKNOWN, on_error="ignore"))
def on_error_is_not_read(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        _settle,
        "undecided",
        lambda o: (
            o.status in ("unknown", "error")
            and o.entry.mode == "enforce"
            and o.entry.effect in ("deny", "redact", "require")
        ),
    )


@fault(rule("require", Script("model", denies=("gpt-4.1",), header="a")))
def a_finding_that_denies_is_overlooked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        _settle,
        "denies",
        lambda o: o.status == "fired" and o.entry.mode == "enforce" and o.entry.effect == "deny",
    )


@fault(rule("deny", FIRES, mode="warn"))
def warnings_deny(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_settle, "denies", lambda o: o.status == "fired" and o.entry.effect == "deny")


@fault(rule("deny", FIRES), WorldRule("deny-2", "deny", script=FIRES))
def denies_cancel_out(patch: pytest.MonkeyPatch) -> None:
    was = _settle.combine

    def combine(found: Any, *, permitted: bool = False) -> Any:
        found = list(found)
        fired = [o for o in found if _settle.denies(o)]
        return was([] if len(fired) == 2 else found, permitted=permitted)

    patch.setattr(_plan, "combine", combine)


@fault(World((LET_IN, rule("deny", FIRES)), waivers=(Waiver("deny-1", expired=True),)))
def waivers_never_expire(patch: pytest.MonkeyPatch) -> None:
    was = _settle.waive

    def waive(outcome: Any, target: Any, facts: Any, now: Any) -> Any:
        return was(outcome, target, facts, now - timedelta(days=1))

    patch.setattr(_settle, "waive", waive)


@fault(World((LET_IN, rule("deny", FIRES)), waivers=(Waiver("deny-1", UNKNOWN),)))
def a_waiver_holds_where_its_scope_is_unknown(patch: pytest.MonkeyPatch) -> None:
    was = _settle.waive

    def waive(outcome: Any, target: Any, facts: Any, now: Any) -> Any:
        for waiver, scope in outcome.entry.waivers:
            if outcome.status not in ("fired", "unknown", "error") or now >= waiver.expires:
                continue
            if scope is not None:
                every = range(len(scope.conjuncts))
                if scope.judge(every, target, facts, now).value is not False:
                    return replace(outcome, status="waived", waiver=waiver)
        return was(outcome, target, facts, now)

    patch.setattr(_settle, "waive", waive)


@fault(rule("deny", when=Compare("provider", "!=", ("openai",))))
def what_was_not_sent_is_null(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_presence._Unset, "__get__", lambda self, instance, owner: None)


@fault(World((LET_IN, rule("deny", when=Has("actor.team"))), assume={"actor.team": "red"}))
def assumptions_replace_nulls(patch: pytest.MonkeyPatch) -> None:
    was = _assumed.fill

    def fill(cls: Any, data: dict[str, Any], path: list[str], value: Any) -> bool:
        parent = data.get(path[0])
        if len(path) == 2 and parent and parent.__dict__.get(path[1], ...) is None:
            data[path[0]] = _presence.make(
                cls.children[path[0]], {**parent.__dict__, path[1]: value}
            )
            return True
        return was(cls, data, path, value)

    patch.setattr(_assumed, "fill", fill)


@fault(
    World(
        (WorldRule("permit-1", "permit", when=Has("project.environment")),),
        tables={"projects": {"p1": {}}},
    )
)
def the_caller_beats_the_table(patch: pytest.MonkeyPatch) -> None:
    def simple(self: Any, name: str, data: dict[str, Any], source: Any, facts: Any) -> Any:
        return data.get(name, _presence.nothing(_assumed.REQUEST.children[name]))

    patch.setattr(_join.Joins, "_simple", simple)


@fault(
    World((LET_IN,), name="org"), World((WorldRule("no", "permit", when=UNKNOWN),), name="team")
)
def one_allow_is_enough(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_several, "all", any, raising=False)


@fault(
    World((LET_IN,), name="org"),
    World((rule("deny", when=Order("estimated_tokens", ">", 1)),), name="team"),
)
def no_bundle_abstains(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_several, "_real", lambda part: "")


@fault(
    rule("require", replace(FIRES, endpoints=("e1", "e2"))),
    WorldRule("require-2", "require", script=replace(FIRES, endpoints=("e2", "e3"))),
)
def routes_unite(patch: pytest.MonkeyPatch) -> None:
    was = _settle_obligations

    def settle(wanted: Any, supports: Any) -> Any:
        from jurat.plugin import Route

        every = {e for _, w, _ in wanted if isinstance(w, Route) for e in w.endpoints}
        wider = [
            (rule, Route(tuple(sorted(every))) if isinstance(w, Route) else w, severity)
            for rule, w, severity in wanted
        ]
        return was(wider, supports)

    patch.setattr(_plan, "settle", settle)


@fault(rule("require", replace(FIRES, header="a")), supports=frozenset())
def nobody_need_support_anything(patch: pytest.MonkeyPatch) -> None:
    was = _settle_obligations
    everything = frozenset(("redact", "route", "header"))
    patch.setattr(_plan, "settle", lambda wanted, supports: was(wanted, everything))


@fault(
    *(
        WorldRule(f"deny-{n}", "deny", when=Compare("model", "!=", ("gpt-4.1-mini",)))
        for n in range(9)
    )
)
def the_index_takes_unequal_for_equal(patch: pytest.MonkeyPatch) -> None:
    def indexable(entry: Any) -> Any:
        terms = [(n, entry.condition.conjuncts[n].scope) for n in entry.scope]
        found = [(_index._field(entry.resource, term.path), n, term) for n, term in terms]
        return [(field, (n, term.values)) for field, n, term in found if field in _index._READERS]

    patch.setattr(_index, "_indexable", indexable)


@fault(rule("deny", FIRES), WorldRule("deny-2", "deny", script=FIRES))
def the_first_deny_is_reason_enough(patch: pytest.MonkeyPatch) -> None:
    was = _settle.outcomes

    def outcomes(*arguments: Any) -> Any:
        found, more = was(*arguments)
        return found[:1], more

    patch.setattr(_plan, "outcomes", outcomes)


def told(case: Case) -> str:
    """What the engine says otherwise than the reference."""
    worlds, given, supports = case
    several = len(worlds) > 1
    decision = evaluate(worlds, given, supports)
    expected = decide(
        tuple(policy(w, given, prefix=f"{w.name}/" if several else "") for w in worlds),
        supports=supports,
    )
    return disagreement(decision, expected)


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    patch, case = FAULTS[name]
    assert not told(case)
    patch(monkeypatch)
    assert told(case), f"nobody noticed that {name.replace('_', ' ')}"
