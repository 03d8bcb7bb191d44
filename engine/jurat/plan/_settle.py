"""From outcomes to an effect: waivers, modes, and the combining table of DESIGN 2.3."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from ._entry import RAISED, Entry, Outcome, checked, judge
from ._facts import FactSet
from ._index import POINTERS, Hit, target_in

DecisionEffect = Literal["allow", "deny"]

# The values of the combining table, worst first.
VALUES = (
    "Deny",
    "Indeterminate{DP}",
    "Indeterminate{D}",
    "Indeterminate{P}",
    "NotApplicable",
    "Permit",
)


@dataclass(slots=True, eq=False)
class Verdict:
    """What the table says. `would_allow`: a permit fired, and only unknowns stood against it."""

    effect: DecisionEffect
    value: str
    would_allow: bool = False


def outcomes(
    subject: Any,
    facts: FactSet,
    now: datetime,
    hits: Sequence[Hit],
    slow: Sequence[Entry],
) -> tuple[list[Outcome], int]:
    """The outcomes of a request or response that are neither passed nor not applicable, and
    those that passed with advice, waivers applied; and how many of the rules that the careful
    way judged were not applicable. Permits that fired the fast way are not among them."""
    found = []
    passed_over = 0
    for entry, findings in hits:
        at = POINTERS.get(entry.resource, "")
        if findings is True:
            found.append(Outcome(entry, "fired", at))
        else:
            found.append(checked(entry, findings, at))
    for entry in slow:
        target, at = target_in(entry, subject)
        outcome = judge(entry, target, facts, now, at)
        if outcome.status == "not_applicable":
            passed_over += 1
        elif outcome.status != "passed" or outcome.findings:
            found.append(outcome)
    waived = [
        waive(outcome, target_in(outcome.entry, subject)[0], facts, now) for outcome in found
    ]
    return waived, passed_over


def waive(outcome: Outcome, target: Any, facts: FactSet, now: datetime) -> Outcome:
    """`outcome`, waived if a waiver of its rule is in force and its scope is known to hold."""
    if not outcome.entry.waivers or outcome.status not in ("fired", "unknown", "error"):
        return outcome
    for waiver, scope in outcome.entry.waivers:
        if now >= waiver.expires or (waiver.granted is not None and now < waiver.granted):
            continue
        if scope is not None:
            try:
                truth = scope.judge(range(len(scope.conjuncts)), target, facts, now)
            except RAISED:
                continue
            if truth.value is not True:
                continue
        return replace(outcome, status="waived", waiver=waiver)
    return outcome


def denies(outcome: Outcome) -> bool:
    """True if an enforced outcome is a fired deny: a violation that nothing can mend."""
    if outcome.status != "fired" or outcome.entry.own_mode != "enforce":
        return False
    if outcome.entry.effect == "deny":
        return True
    return any(finding.effect == "deny" for finding in outcome.findings)


def undecided(outcome: Outcome) -> bool:
    """True if an enforced constraint that could deny is unknown or erred, and that counts."""
    entry = outcome.entry
    if outcome.status not in ("unknown", "error") or entry.own_mode != "enforce":
        return False
    if entry.effect == "deny":
        return entry.rule.on_error != "ignore"
    return entry.effect in ("redact", "require")


def combine(found: Iterable[Outcome], *, permitted: bool = False) -> Verdict:
    """The combining table. `permitted`: a permit fired, or is taken as fired (DESIGN 2.3)."""
    deny = unknown = permit_unknown = False
    permit = permitted
    for outcome in found:
        if outcome.entry.permits:  # one that fired only on the careful way
            permit = permit or outcome.status == "fired"
            permit_unknown = permit_unknown or outcome.status in ("unknown", "error")
        elif denies(outcome):
            deny = True
        elif undecided(outcome):
            unknown = True
    if deny:
        return Verdict("deny", "Deny")
    if unknown and (permit or permit_unknown):
        return Verdict("deny", "Indeterminate{DP}", would_allow=permit)
    if unknown:
        return Verdict("deny", "Indeterminate{D}")
    if permit:
        return Verdict("allow", "Permit")
    if permit_unknown:
        return Verdict("deny", "Indeterminate{P}")
    return Verdict("deny", "NotApplicable")
