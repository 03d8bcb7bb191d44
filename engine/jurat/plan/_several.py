"""Several bundles over one input: a later one can only narrow what an earlier one allows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ._decision import Decision, refused
from ._facts import FactSet
from ._obligations import asked, settle
from ._plan import Plan
from ._settle import VALUES


def decide(
    plans: Sequence[Plan], subjects: Sequence[tuple[Any, FactSet]], now: datetime
) -> Decision:
    """Each plan decides alone, on its own facts; allow only if all allow.

    A plan without a say on this kind of input (no permit for a request, no rule for the others)
    abstains where another has one: it can still deny, but does not have to allow.
    """
    parts = [
        (plan.bundle.name, plan.verdict(subject, facts, now))
        for plan, (subject, facts) in zip(plans, subjects, strict=True)
    ]
    kind = subjects[0][1].kind
    voting = [plan.judges(kind) for plan in plans]
    enforced = [plan.bundle.mode == "enforce" for plan in plans]
    heard = []
    for (_, part), votes, enforces in zip(parts, voting, enforced, strict=True):
        part._heard = _counts(part, votes, enforces, any(voting), any(enforced))
        if part._heard:
            heard.append(part)
    allowed = all(part.allowed for part in heard)
    value = min((part.value for part in heard if part.value), key=VALUES.index, default=None)
    decision = Decision("allow" if allowed else "deny", value, None, None, now, (), 0)
    decision.parts = tuple(sorted(parts, key=lambda part: part[0]))
    decision._subject = kind
    decision.would_allow = not allowed and all(part.allowed or part.would_allow for part in heard)
    if not any(enforced):
        real = [part.would for _, part in parts if part.would is not None]
        decision.would = min(real, key=lambda would: VALUES.index(would["value"]))
    wanted = [ask for name, part in decision.parts for ask in asked(part._outcomes, f"{name}/")]
    if allowed and wanted:
        decision.obligations, failures = settle(wanted, subjects[0][1].supports)
        if failures:
            return refused(decision, failures)
    return decision


def _counts(
    part: Decision, votes: bool, enforces: bool, any_votes: bool, any_enforced: bool
) -> bool:
    """True if the part has a say in the whole."""
    if any_enforced and not enforces:
        return False
    abstains = not votes and any_votes and part.value in ("NotApplicable", "Permit")
    return not abstains
