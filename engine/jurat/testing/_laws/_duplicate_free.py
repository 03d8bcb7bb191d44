"""Law: a rule written twice changes nothing."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Unpack

from jurat.plan import Decision, Plan

from ._bench import Bench, Subject, benches
from ._broken import Breach
from ._case import Trial
from ._options import How
from ._rewritten import COPY, doubled
from ._search import Law, hold

LAW = Law(
    "duplicate-free",
    "Copies of rules under other ids change neither effect, value nor obligations.",
)

_ASKING = ("redact", "require")


def assert_duplicate_free(subject: Subject, **how: Unpack[How]) -> None:
    """Hold a bundle to the law that copies of its rules change nothing.

    An approval in an input that names a rule is given to the rule's copy, too. Raises LawBroken.
    """
    for bench in benches(subject, how.get("registry")):
        plan = bench.compiled(bench.of_files(doubled(bench.bundle)))
        hold(LAW, bench, partial(_breach, bench, plan), how)


def _breach(bench: Bench, twice: Plan, trial: Trial) -> Breach | None:
    one = bench.decide(trial)
    two = bench.decide(trial.sending(_approved_twice(trial.given)), twice)
    if (one.effect, one.value) == (two.effect, two.value) and _duties(one) == _duties(two):
        return None
    what = f"{one.effect} ({one.value}); with every rule twice " + (
        f"{two.effect} ({two.value})" if two.value != one.value else "with other obligations"
    )
    return Breach(what, trial, _changed(one, two))


def _duties(decision: Decision) -> list[str]:
    """The obligations, whoever asks for them."""
    told = []
    for obligation in decision.obligations:
        fields = obligation.to_dict()
        told.append(repr([(k, v) for k, v in fields.items() if k not in ("id", "rule", "rules")]))
    return sorted(told)


def _changed(one: Decision, two: Decision) -> str:
    """A rule that does something else than before, or than its copy."""
    before = {rule: outcome for rule, outcome, _ in one.outcomes}
    after = {rule: outcome for rule, outcome, _ in two.outcomes}
    for rule in sorted(set(before) | {rule.removeprefix(COPY) for rule in after}):
        if not before.get(rule) == after.get(rule) == after.get(COPY + rule):
            return rule
    asking = [outcome.entry.id for outcome in one._outcomes if outcome.entry.effect in _ASKING]
    return asking[0] if len(set(asking)) == 1 else ""


def _approved_twice(given: Mapping[str, Any]) -> Mapping[str, Any]:
    approvals = given.get("approvals")
    if not isinstance(approvals, list):
        return given
    copies = [
        {**approval, "rule": COPY + approval["rule"]}
        for approval in approvals
        if isinstance(approval, Mapping) and isinstance(approval.get("rule"), str)
    ]
    return {**given, "approvals": [*approvals, *copies]}
