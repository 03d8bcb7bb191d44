"""The laws can fail: each of these faults, planted in the evaluator, breaks one of them."""

from collections.abc import Callable
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, Verbosity, given, settings

from jurat.model import _presence
from jurat.plan import _index, _join, _plan, _reasons, _settle, _several


def laws(name: str) -> Any:
    """The module of laws beside this one."""
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


equal, order, safety = map(laws, ("test_laws_equal", "test_laws_order", "test_laws_safety"))

Patch = Callable[[pytest.MonkeyPatch], None]
FAULTS: dict[str, tuple[Patch, Any]] = {}


def fault(law: Any) -> Callable[[Patch], Patch]:
    def plant(patch: Patch) -> Patch:
        FAULTS[patch.__name__] = (patch, law)
        return patch

    return plant


ONE = equal.test_one_bundle_decides_as_the_reference
TWO = equal.test_two_bundles_decide_as_the_reference
MANY = equal.test_many_rules_decide_as_the_reference


@fault(ONE)
def errors_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    was = _settle.undecided
    patch.setattr(_settle, "undecided", lambda o: o.status != "error" and was(o))


@fault(safety.test_making_a_fact_unknown_never_allows)
def unknowns_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_settle, "undecided", lambda o: False)


@fault(ONE)
def an_unknown_redaction_is_harmless(patch: pytest.MonkeyPatch) -> None:
    was = _settle.undecided
    patch.setattr(_settle, "undecided", lambda o: o.entry.effect == "deny" and was(o))


@fault(ONE)
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


@fault(ONE)
def a_finding_that_denies_is_overlooked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        _settle,
        "denies",
        lambda o: o.status == "fired" and o.entry.mode == "enforce" and o.entry.effect == "deny",
    )


@fault(ONE)
def warnings_deny(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_settle, "denies", lambda o: o.status == "fired" and o.entry.effect == "deny")


@fault(safety.test_adding_a_deny_never_allows)
def denies_cancel_out(patch: pytest.MonkeyPatch) -> None:
    was = _settle.combine

    def combine(found: Any, *, permitted: bool = False) -> Any:
        found = list(found)
        fired = [o for o in found if _settle.denies(o)]
        return was([] if len(fired) == 2 else found, permitted=permitted)

    patch.setattr(_plan, "combine", combine)


@fault(ONE)
def waivers_never_expire(patch: pytest.MonkeyPatch) -> None:
    was = _settle.waive

    def waive(outcome: Any, target: Any, facts: Any, now: Any) -> Any:
        for waiver, scope in outcome.entry.waivers:
            if scope is None and outcome.status in ("fired", "unknown", "error"):
                return replace(outcome, status="waived", waiver=waiver)
        return was(outcome, target, facts, now)

    patch.setattr(_settle, "waive", waive)


@fault(ONE)
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


@fault(ONE)
def what_was_not_sent_is_null(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_presence._Unset, "__get__", lambda self, instance, owner: None)


@fault(ONE)
def assumptions_replace_nulls(patch: pytest.MonkeyPatch) -> None:
    was = _join.fill

    def fill(cls: Any, data: dict[str, Any], path: list[str], value: Any) -> bool:
        if len(path) == 1 and data.get(path[0], ...) is None:
            data[path[0]] = value
            return True
        return was(cls, data, path, value)

    patch.setattr(_join, "fill", fill)


@fault(ONE)
def the_caller_beats_the_table(patch: pytest.MonkeyPatch) -> None:
    def simple(self: Any, name: str, data: dict[str, Any], source: Any, facts: Any) -> Any:
        return data.get(name, _presence.nothing(_join.REQUEST.children[name]))

    patch.setattr(_join.Joins, "_simple", simple)


@fault(TWO)
def one_allow_is_enough(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_several, "all", any, raising=False)


@fault(TWO)
def no_bundle_abstains(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_several, "_counts", lambda *arguments: True)


@fault(ONE)
def routes_unite(patch: pytest.MonkeyPatch) -> None:
    was = _plan.settle

    def settle(wanted: Any, supports: Any) -> Any:
        from jurat.plugin import Route

        every = {e for _, w, _ in wanted if isinstance(w, Route) for e in w.endpoints}
        wider = [
            (rule, Route(tuple(sorted(every))) if isinstance(w, Route) else w, severity)
            for rule, w, severity in wanted
        ]
        return was(wider, supports)

    patch.setattr(_plan, "settle", settle)


@fault(ONE)
def nobody_need_support_anything(patch: pytest.MonkeyPatch) -> None:
    was = _plan.settle
    everything = frozenset(("redact", "route", "header"))
    patch.setattr(_plan, "settle", lambda wanted, supports: was(wanted, everything))


@fault(MANY)
def the_index_takes_unequal_for_equal(patch: pytest.MonkeyPatch) -> None:
    def indexable(entry: Any) -> Any:
        terms = [(n, entry.condition.conjuncts[n].scope) for n in entry.scope]
        found = [(_index._field(entry.resource, term.path), n, term) for n, term in terms]
        return [(field, (n, term.values)) for field, n, term in found if field in _index._READERS]

    patch.setattr(_index, "_indexable", indexable)


@fault(equal.test_reasons_are_in_order_and_a_deny_has_one)
def reasons_stand_in_the_order_of_rules(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_reasons, "sort_key", lambda reason: reason.rule)


@fault(order.test_order_never_matters)
def the_first_deny_is_reason_enough(patch: pytest.MonkeyPatch) -> None:
    was = _plan.outcomes

    def outcomes(*arguments: Any) -> Any:
        found, more = was(*arguments)
        return found[:1], more

    patch.setattr(_plan, "outcomes", outcomes)


def broken(law: Any) -> bool:
    """Whether the law fails within a few hundred examples."""
    inner = law.hypothesis
    tried = settings(
        max_examples=1500,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
    )(given(**inner._given_kwargs)(inner.inner_test))
    try:
        tried()
    except Exception:  # noqa: BLE001  # however it shows, it shows
        return True
    return False


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    patch, law = FAULTS[name]
    patch(monkeypatch)
    assert broken(law), f"no law noticed that {name.replace('_', ' ')}"
