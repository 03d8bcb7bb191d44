"""Law: what makes a policy stricter never lets more through."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Unpack

from jurat.bundle import Rule
from jurat.engine._judging import subject_of
from jurat.plan import FactSet, Plan
from jurat.plugin import Check

from ._bench import OPEN, Bench, Subject, benches, outcomes, violates
from ._broken import Breach
from ._case import Trial
from ._options import How
from ._rewritten import with_rules
from ._search import Law, hold

LAW = Law(
    "monotone",
    "A deny more never allows; an allowlist with an entry less, a counter that holds more, and, "
    "for what ages, a later time never let more through.",
)
_LATER = tuple(map(timedelta, (0, 1, 40, 4000), (1, 0, 0, 0)))
_MOST_SHORTER = 6  # lists tried for one list of a rule
_ADDED: Mapping[str, str] = {
    "fires": "true",
    "passes": "false",
    "is unknown": "request.params.background",
}
_ADDED_ELSEWHERE: Mapping[str, str] = {"fires": "true", "passes": "false"}


def assert_monotone(subject: Subject, **how: Unpack[How]) -> None:
    """Hold a bundle to the law that what makes it stricter never lets more through.

    Of every rule whose kind declares `allowlists`, lists with an entry less are tried; of every
    kind that declares `ages`, later times; of every rule that counts, counters that are full.
    And rules are added that deny. Raises LawBroken.
    """
    for bench in benches(subject, how.get("registry")):
        lists = [_Shortened(bench, rule) for rule in bench.bundle.rules if _listed(rule)]
        added = dict(_with_denies(bench))
        hold(LAW, bench, partial(_breach, bench, lists, added), how, share=0.5)


def _breach(
    bench: Bench, lists: "list[_Shortened]", added: Mapping[str, Plan], trial: Trial
) -> Breach | None:
    facts = bench.facts(trial)
    return (
        next((found for one in lists if (found := one.breach(trial, facts))), None)
        or _younger(bench, trial)
        or _fuller(bench, trial)
        or _allowing(bench, added, trial)
    )


# -- a deny more


def _with_denies(bench: Bench) -> Iterator[tuple[str, Plan]]:
    """The bundle with a deny on each input that it judges: one that fires, one that passes, one
    that is unknown where a fact is."""
    for does in _ADDED:
        rules = []
        for kind in bench.kinds:
            when = (_ADDED if kind == "request" else _ADDED_ELSEWHERE).get(does)
            if when is not None:
                over = {"over": "credential"} if kind == "org_state" else {}
                rules.append(
                    {
                        "id": f"added-by-a-law-{kind.replace('_', '-')}",
                        "title": "A deny that a law added",
                        "kind": "expression",
                        "on": [kind],
                        **over,
                        "effect": "deny",
                        "severity": "low",
                        "when": when,
                    }
                )
        yield does, bench.compiled(bench.of_files(with_rules(bench.bundle, *rules)))


def _allowing(bench: Bench, added: Mapping[str, Plan], trial: Trial) -> Breach | None:
    before = bench.decide(trial)
    if before.allowed:
        return None
    for does, plan in added.items():
        if bench.decide(trial, plan).allowed:
            return Breach(f"denied; allowed with one deny more, which {does}", trial)
    return None


# -- an entry less


def _listed(rule: Rule) -> bool:
    return rule.implementation is not None and bool(rule.implementation.allowlists)


class _Shortened:
    """A rule by itself, and with each of its lists an entry shorter."""

    def __init__(self, bench: Bench, rule: Rule) -> None:
        self._rule = rule.id
        self._whole = self._alone(bench, rule)
        self._shorter = [
            (what, self._alone(bench, replace(rule, params=params)))
            for what, params in _shorter(rule)
        ]

    @staticmethod
    def _alone(bench: Bench, rule: Rule) -> Plan:
        return bench.compiled(replace(bench.bundle, rules=(rule,), tests=(), waivers=()))

    def breach(self, trial: Trial, facts: FactSet) -> Breach | None:
        before = _statuses(self._whole, facts, trial.now)
        if not any(status in OPEN for status in before.values()):
            return None
        for what, plan in self._shorter:
            after = _statuses(plan, facts, trial.now)
            for where, status in before.items():
                if status in OPEN and after.get(where, "passed") not in OPEN:
                    told = f"{status}, and {after.get(where, 'passed')} without {what}"
                    return Breach(told, trial, self._rule, {"fired": [self._rule]})
        return None


def _statuses(plan: Plan, facts: FactSet, now: datetime) -> dict[tuple[str, str], str]:
    decision = plan.decide(subject_of(facts), facts, now)
    return {where: outcome.status for where, outcome in outcomes(decision).items()}


def _shorter(rule: Rule) -> Iterator[tuple[str, Any]]:
    """The params of a rule with an entry less in one of its lists, and which: never an empty
    list, which may mean something else."""
    assert rule.implementation is not None  # it declares lists
    for name in rule.implementation.allowlists:
        value = getattr(rule.params, name)
        if isinstance(value, Mapping):
            for key, inner in value.items():
                for number, less in _less(inner):
                    changed = {**value, key: less}
                    at = f"entry {number} of params.{name}.{key}"
                    yield at, rule.params.model_copy(update={name: changed})
        else:
            for number, less in _less(value):
                at = f"entry {number} of params.{name}"
                yield at, rule.params.model_copy(update={name: less})


def _less(value: Any) -> Iterator[tuple[int, Any]]:
    """A list without each of its entries, counted from 1, a few of many."""
    if not isinstance(value, list | tuple | set | frozenset) or len(value) < 2:
        return
    items = list(value)
    for number in range(0, len(items), max(1, len(items) // _MOST_SHORTER)):
        yield number + 1, type(value)(items[:number] + items[number + 1 :])


# -- a later time


def _younger(bench: Bench, trial: Trial) -> Breach | None:
    """A check of a kind that ages, which finds something now and nothing later."""
    ageing = {
        rule.id
        for rule in bench.bundle.rules
        if rule.implementation is not None and rule.implementation.ages
    }
    if not ageing:
        return None
    passed: list[tuple[str, timedelta]] = []

    def hook(rule: str, check: Check, target: Any, facts: Any, now: datetime) -> Any:
        found = check(target, facts, now)
        if rule in ageing and violates(found):
            later = next((by for by in _LATER if _passes(check, target, facts, now + by)), None)
            if later is not None:
                passed.append((rule, later))
        return found

    with bench.watch.through(hook):
        bench.decide(trial)
    if not passed:
        return None
    rule, later = passed[0]
    what = f"its check finds a violation now, and none {later} later"
    return Breach(what, replace(trial, now=trial.now + later), rule, {"fired": [rule]})


def _passes(check: Check, target: Any, facts: Any, now: datetime) -> bool:
    try:
        return not violates(check(target, facts, now))
    except Exception:  # noqa: BLE001  # unknown, or an error: that lets nothing through
        return False


# -- counters that hold more


def _fuller(bench: Bench, trial: Trial) -> Breach | None:
    """A rule that counts, open with counters that hold nothing and not with full ones."""
    if not bench.plan.counts or trial.kind != "request":
        return None
    held = {use.key.partition("/")[2]: max(use.limit, 1) for use in bench.uses(trial)}
    if not held:
        return None
    before = outcomes(bench.decide(trial.counting({})))
    full = trial.counting(held)
    after = outcomes(bench.decide(full))
    for where, outcome in before.items():
        if (
            outcome.entry.uses is not None
            and outcome.status in OPEN
            and where in after
            and after[where].status not in OPEN
        ):
            what = f"{outcome.status} with empty counters, {after[where].status} with full ones"
            return Breach(what, full, where[0], {"fired": [where[0]]})
    return None
