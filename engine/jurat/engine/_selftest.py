"""A bundle's own tests, run before it is armed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jurat.bundle import BundleError, Case, Expect
from jurat.limits import MemoryLimits
from jurat.model import InvalidInput
from jurat.plan import Counters, Decision, FactSet, Plan, State

from ._again import with_redactions
from ._detect import detect
from ._input import invalid, prepare
from ._limits import Limits
from ._sources import supplied

_LISTS = ("fired", "passed", "unknown", "error", "not_applicable", "waived")
_MAX = 2**30
COUNTERS = "/counters"  # among a case's facts: what counters hold, by key


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case, what it decided, and in words each expectation that was not met."""

    case: Case
    decision: Decision | None
    failures: tuple[str, ...]


def run_cases(plan: Plan) -> list[CaseResult]:
    """Every test case of the bundle, in order."""
    return [run_case(plan, case) for case in plan.bundle.tests]


def self_test(plans: Iterable[Plan]) -> None:
    """Raises BundleError with a diagnostic for each case of any bundle that fails."""
    problems = [
        result.case.diagnostic("JB092", f"test {result.case.name!r} fails: {failure}")
        for plan in plans
        for result in run_cases(plan)
        for failure in result.failures
    ]
    if problems:
        raise BundleError(problems)


def run_case(plan: Plan, case: Case) -> CaseResult:
    """Decide one case and hold the decision against what it expects.

    A case is of what the rules do: a bundle that only watches is judged as if it were enforced,
    so that the same tests arm it before its trial and after.
    """
    decision, unheard = decide_case(plan.in_force, case)
    return CaseResult(case, decision, (*unheard, *_failures(case.expect, decision)))


def decide_case(plan: Plan, case: Case, *, stops: bool = True) -> tuple[Decision, list[str]]:
    """The decision on what a case gives, and what is wrong with the counters that it names.

    Without `stops` the bundle's own stops hold in it, in place of the case's.
    """
    now = case.now
    given: Any = case.given
    if isinstance(given, Mapping):
        given = {"type": case.type, **given}
    try:
        prepared = prepare(given, max_bytes=_MAX, reads_text=lambda kind: True)
        sent = prepared.sent
        if case.facts and prepared.kind == "request":
            given_facts = {at: value for at, value in case.facts.items() if at != COUNTERS}
            sent = supplied(sent, given_facts)
        state = joins = None
        if case.state is not None:
            snapshot = prepare(
                {"type": "org_state", **case.state}, max_bytes=_MAX, reads_text=lambda kind: False
            )
            state = State(snapshot.sent, plan.bundle.max_staleness)
            joins = plan.joins.with_state(state)
    except InvalidInput as error:
        return invalid(error, now), []
    facts = plan.facts(
        prepared.kind,
        sent,
        now,
        joins=joins,
        state=state,
        supports=frozenset(case.supports),
    )
    if stops:  # so that a stop of today fails no test, and a case can have a stop of its own
        facts.data = facts.data.with_table("stops", case.stops)
    entities = plan.entities(prepared.kind)
    if entities is not None:
        facts.detections = detect(prepared.texts, entities, plan.scanner())
    subject = facts.response if prepared.kind == "response" else facts.request
    decision = plan.decide(subject, facts, now)
    unheard: list[str] = []
    if plan.counts and prepared.kind == "request" and decision.allowed:
        facts.counters, unheard = _counters(plan, facts, case, now)
        decision = plan.decide(subject, facts, now)
    if decision.obligations:  # what is found when others go is a fact, too
        with_redactions(decision, (plan,), (facts,), prepared.texts, now, bytes(32))
        decision = plan.decide(subject, facts, now)
    return decision, unheard


def _counters(plan: Plan, facts: FactSet, case: Case, now: datetime) -> tuple[Counters, list[str]]:
    """What the counters hold in a case: what it says by key, else nothing; null: unknown. And
    what is wrong with the keys that it names."""
    held = case.facts.get(COUNTERS, {})
    if held is None:
        return Counters(why="the case says so"), []
    if not isinstance(held, Mapping) or not all(type(v) is int and v >= 0 for v in held.values()):
        return Counters(), [f"{COUNTERS} is a mapping of keys of counters to whole amounts"]
    uses = plan.uses(facts, now)
    keys = sorted({use.key.partition("/")[2] for use in uses})
    wrong = [f"no rule counts {key}; counted are {_list(keys)}" for key in held if key not in keys]
    return Limits(MemoryLimits(held=held)).reserve(uses, now)[1], wrong


def _failures(expect: Expect, decision: Decision) -> list[str]:
    failures = []
    for name in ("effect", "value"):
        wanted = getattr(expect, name)
        if wanted is not None and wanted != getattr(decision, name):
            failures.append(f"{name} is {getattr(decision, name)}, not {wanted}")
    asked = any(getattr(expect, name) for name in _LISTS)
    outcomes = outcomes_by_rule(decision) if asked else {}  # judges again what was passed over
    for name in _LISTS:
        for rule in getattr(expect, name) or ():
            if name not in outcomes.get(rule, ()):
                was = " and ".join(sorted(outcomes.get(rule, ()))) or "no rule of this input"
                failures.append(f"{rule} is {was}, not {name}")
    if expect.reasons is not None:
        codes = sorted({reason.code for reason in decision.reasons})
        if sorted(set(expect.reasons)) != codes:
            failures.append(f"the reasons are {_list(codes)}, not {_list(expect.reasons)}")
    if expect.obligations is not None:
        failures += _obligation_failures(expect.obligations, decision)
    return failures


def _obligation_failures(wanted: Sequence[Any], decision: Decision) -> list[str]:
    """Each expectation takes one obligation: by its type, or by fields that it must have."""
    left = [obligation.to_dict() for obligation in decision.obligations]
    failures = []
    for one in wanted:
        fields = {"type": one} if isinstance(one, str) else dict(one)
        found = next((had for had in left if fields.items() <= had.items()), None)
        if found is None:
            failures.append(f"there is no obligation with {fields}")
        else:
            left.remove(found)
    if left:
        failures.append(f"there are obligations not expected: {_list([o['type'] for o in left])}")
    return failures


def outcomes_by_rule(decision: Decision) -> dict[str, set[str]]:
    """The outcomes of every rule; of a snapshot, of its resources."""
    found: dict[str, set[str]] = {}
    if decision.rules is not None:
        for rule, counts in decision.rules.items():
            told = {name for name, count in counts.items() if count and name != "evaluated"}
            found[rule] = told or {"not_applicable"}
        return found
    for rule, outcome in decision.every_outcome():
        found.setdefault(rule, set()).add(outcome)
    return found


def _list(words: Sequence[str]) -> str:
    return ", ".join(sorted(words)) or "none"
