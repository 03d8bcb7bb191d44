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
    # a bundle that only watches changes nothing while another is enforced
    listened = [mode or not any(enforced) for mode in enforced]
    any_votes = any(votes and asks for votes, asks in zip(voting, listened, strict=True))
    heard = []
    for (_, part), votes, asks in zip(parts, voting, listened, strict=True):
        part._heard = asks and not (any_votes and not votes and _real(part) == "NotApplicable")
        if part._heard:
            heard.append(part)
    allowed = all(part.allowed for part in heard)
    value = min((part.value for part in heard if part.value), key=VALUES.index, default=None)
    decision = Decision("allow" if allowed else "deny", value, None, None, now, (), 0)
    decision.parts = tuple(sorted(parts, key=lambda part: part[0]))
    decision._subject = kind
    decision.would_allow = not allowed and all(part.allowed or part.would_allow for part in heard)
    if not any(enforced):
        real = [part.would for part in heard if part.would is not None]
        decision.would = min(real, key=lambda would: VALUES.index(would["value"]))
    wanted = [ask for name, part in decision.parts for ask in asked(part._outcomes, f"{name}/")]
    if allowed and wanted:
        decision.obligations, failures = settle(wanted, subjects[0][1].supports)
        if failures:
            return refused(decision, failures)
    return decision


def _real(part: Decision) -> str | None:
    """The table's value, also of a bundle that only watches."""
    return part.value if part.would is None else part.would["value"]
