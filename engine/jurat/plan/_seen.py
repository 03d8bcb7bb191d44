"""What a decision shows of its rules, for those who measure what tests exercise."""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jurat.model import MissingFact

from ._entry import RAISED, Entry
from ._facts import FactSet
from ._index import target_in
from ._settle import combine, denies

if TYPE_CHECKING:
    from ._decision import Decision


def denying(decision: "Decision") -> frozenset[str]:
    """The ids of the rules that fired, are enforced, and deny."""
    return frozenset(
        outcome.entry.id
        for outcome in decision._outcomes
        if outcome.entry.mode == "enforce" and denies(outcome)
    )


def decides(decision: "Decision", rule: str) -> bool:
    """True if the decision would be another had the rule not fired: its effect would be the other,
    or nobody would ask for an obligation of the allow."""
    plan, facts = decision._plan, decision._facts
    if plan is None or facts is None:
        return False
    if decision.allowed:
        asked = any(obligation.rules == (rule,) for obligation in decision.obligations)
        return asked or decision.permits == (rule,)
    if rule not in denying(decision):
        return False
    others = [outcome for outcome in decision._outcomes if outcome.entry.id != rule]
    permitted = bool(decision.permits) or (facts.kind != "request" and plan.judges(facts.kind))
    return combine(others, permitted=permitted).effect == "allow"


def missing(decision: "Decision") -> frozenset[str]:
    """The pointers of the facts that rules lacked: each an unknown outcome, whatever was decided."""
    parts = [part for _, part in decision.parts] or [decision]
    return frozenset(
        fact.pointer for part in parts for outcome in part._outcomes for fact in outcome.missing
    )


def state_read(decision: "Decision") -> dict[str, frozenset[str] | None]:
    """What of the armed state was read for a decision: ids by collection, None for all of it."""
    facts = decision._facts
    if facts is None or facts.state is None:
        return {}
    return {name: None if ids is None else frozenset(ids) for name, ids in facts.used.items()}


def branches(decision: "Decision") -> Iterator[tuple[str, int, bool]]:
    """(rule, number of the conjunct, whether it holds) for every conjunct of the conditions of
    the rules, on a snapshot for every resource; what is unknown or errs is neither."""
    plan, facts = decision._plan, decision._facts
    if plan is None or facts is None:
        return
    for entry in plan.entries(facts.kind):
        if entry.condition is None:
            continue
        for target, of_it in _targets(entry, facts, decision):
            for number in range(len(entry.condition.conjuncts)):
                try:
                    truth = entry.condition.judge([number], target, of_it, decision.now)
                except RAISED:
                    continue
                if truth.value is not None:
                    yield entry.id, number, truth.value


def _targets(entry: Entry, facts: FactSet, decision: "Decision") -> Iterator[tuple[Any, FactSet]]:
    """What a rule judges in an input, with the facts of it."""
    assert decision._plan is not None  # the caller looked
    if facts.kind == "org_state":
        with suppress(MissingFact):
            for _, target, of_it in decision._plan.audit.targets(
                entry.resource, facts, decision.now
            ):
                yield target, of_it
        return
    subject = facts.request if facts.kind == "request" else facts.response
    yield target_in(entry, subject)[0], facts
