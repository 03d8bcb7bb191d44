"""What an input shows of a rule: that it fires, that it does not, that it alone decides."""

from collections.abc import Mapping
from copy import copy

from jurat.bundle import Rule
from jurat.engine import outcomes_by_rule, run_case
from jurat.engine._limits import Limits
from jurat.engine._selftest import COUNTERS
from jurat.limits import MemoryLimits
from jurat.plan import INPUTS, Decision, Plan, decides

from ._liveness_witness import Witness

FIRES, PASSES, DECIDES = "fires", "passes", "decides"
NOT_APPLICABLE = "not_applicable"


def wanted(plan: Plan, rule: Rule) -> tuple[str, ...]:
    """What a live rule can be seen to do. One that advises, or is in a mode that does not
    enforce, decides nothing."""
    enforced = rule.mode == "enforce" and plan.bundle.mode == "enforce"
    return (FIRES, PASSES, DECIDES) if enforced and rule.effect != "advise" else (FIRES, PASSES)


def rests_as(plan: Plan, rule: Rule) -> str:
    """The outcome of a rule that judges an input and does not fire: `passed`; `not_applicable`
    for a permit, and for an expression whose condition is all scope."""
    entries = [entry for kind in INPUTS for entry in plan.entries(kind) if entry.id == rule.id]
    passes = any(
        entry.check is not None or (entry.rest and not entry.permits) for entry in entries
    )
    return "passed" if passes else NOT_APPLICABLE


class Shown:
    """What the decision on one input shows of the rules of a plan."""

    def __init__(self, decision: Decision | None, counted: Decision | None = None) -> None:
        self.decision = decision
        self._counted = counted or decision
        self._outcomes: Mapping[str, set[str]] | None = None

    def shows(self, rule: str, what: str, rests: str) -> bool:
        """True if the rule is seen to do `what`; `rests` is how it rests."""
        decision = self.decision
        if decision is None or decision._plan is None:
            return False
        fired = rule in decision.permits or any(
            outcome.entry.id == rule and outcome.status == "fired"
            for outcome in decision._outcomes
        )
        if what == PASSES:
            return not fired and rests in (seen := self._seen(rule)) and seen <= _AT_REST
        assert self._counted is not None
        return fired and (what == FIRES or decides(self._counted, rule))

    def _seen(self, rule: str) -> set[str]:
        if self._outcomes is None:
            assert self.decision is not None
            self._outcomes = outcomes_by_rule(self.decision)
        return set(self._outcomes.get(rule, ()))


_AT_REST = frozenset({"passed", NOT_APPLICABLE})


def decided(plan: Plan, witness: Witness) -> Shown:
    """The decision of the plan on a witness; on one that can't be read, none."""
    try:
        decision = run_case(plan, witness.case()).decision
    except ValueError:
        return Shown(None)
    return Shown(decision, None if decision is None else _counted(plan, decision, witness))


def _counted(plan: Plan, decision: Decision, witness: Witness) -> Decision:
    """A request that is denied, with what is counted only where one is allowed: had the rule that
    denies it passed, those that count might have."""
    if decision.allowed or decision._facts is None or decision._facts.kind != "request":
        return decision
    facts = copy(decision._facts)
    held = witness.facts.get(COUNTERS) or {}
    if not plan.counts or not isinstance(held, Mapping):
        return decision
    facts.counters = Limits(MemoryLimits(held=held)).reserve(
        plan.uses(facts, decision.now), decision.now
    )[1]
    return plan.decide(facts.request, facts, decision.now)
