"""A bundle's own tests, run before it is armed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jurat.bundle import BundleError, Case, Diagnostic
from jurat.canon import parse_time
from jurat.model import InvalidInput
from jurat.plan import Decision, Plan, State
from jurat.wire import InputError

from ._detect import detect
from ._input import prepare

_LISTS = ("fired", "passed", "unknown", "error", "not_applicable", "waived")
_MAX = 2**30


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case, what it decided, and in words each expectation that was not met."""

    case: Case
    decision: Decision | None
    failures: tuple[str, ...]


def run_cases(plan: Plan) -> list[CaseResult]:
    """Every test case of the bundle, in order."""
    return [run_case(plan, case) for case in plan.bundle.tests]


def self_test(plan: Plan) -> None:
    """Raises BundleError with a diagnostic for each case that fails."""
    problems: list[Diagnostic] = []
    for result in run_cases(plan):
        problems += [
            result.case.diagnostic(f"test {result.case.name!r} fails: {failure}")
            for failure in result.failures
        ]
    if problems:
        raise BundleError(problems)


def run_case(plan: Plan, case: Case) -> CaseResult:
    """Decide one case and hold the decision against what it expects."""
    now = parse_time(case.now)
    given: Any = {"type": case.type, **case.given}
    try:
        prepared = prepare(given, max_bytes=_MAX, reads_text=lambda kind: True)
        state = joins = None
        if case.state is not None:
            snapshot = prepare(
                {"type": "org_state", **case.state}, max_bytes=_MAX, reads_text=lambda kind: False
            )
            state = State(snapshot.sent, plan.bundle.max_age)
            joins = plan.joins.with_state(state)
    except (InvalidInput, InputError) as error:
        return CaseResult(case, None, (f"its input can't be read: {error}",))
    facts = plan.facts(
        prepared.kind,
        prepared.sent,
        now,
        joins=joins,
        state=state,
        supports=frozenset(case.supports),
    )
    entities = plan.entities(prepared.kind)
    if entities is not None:
        facts.detections = detect(prepared.texts, entities, plan.scanner())
    subject = facts.response if prepared.kind == "response" else facts.request
    decision = plan.decide(subject, facts, now)
    return CaseResult(case, decision, tuple(_failures(case.expect, decision)))


def _failures(expect: Mapping[str, Any], decision: Decision) -> list[str]:
    failures = []
    for name in ("effect", "value"):
        if name in expect and expect[name] != getattr(decision, name):
            failures.append(f"{name} is {getattr(decision, name)}, not {expect[name]}")
    outcomes = _by_rule(decision)
    for name in _LISTS:
        for rule in expect.get(name) or ():
            if name not in outcomes.get(rule, ()):
                was = " and ".join(sorted(outcomes.get(rule, ()))) or "no rule of this input"
                failures.append(f"{rule} is {was}, not {name}")
    if "reasons" in expect:
        codes = sorted({reason.code for reason in decision.reasons})
        if sorted(set(expect["reasons"])) != codes:
            failures.append(f"the reasons are {_list(codes)}, not {_list(expect['reasons'])}")
    if "obligations" in expect:
        types = sorted(obligation.type for obligation in decision.obligations)
        if sorted(expect["obligations"]) != types:
            failures.append(
                f"the obligations are {_list(types)}, not {_list(expect['obligations'])}"
            )
    return failures


def _by_rule(decision: Decision) -> dict[str, set[str]]:
    """The outcomes of every rule; of a snapshot, of its resources."""
    found: dict[str, set[str]] = {}
    if decision.rules is not None:
        for rule, counts in decision.rules.items():
            told = {name for name, count in counts.items() if count and name != "evaluated"}
            found[rule] = told or {"not_applicable"}
        return found
    for trace in decision.explain().rules:
        found.setdefault(trace.id, set()).add(trace.outcome)
    return found


def _list(words: Sequence[str]) -> str:
    return ", ".join(sorted(words)) or "none"
