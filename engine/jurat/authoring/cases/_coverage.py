"""What a bundle's tests exercise of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from jurat.bundle import Rule
from jurat.engine import CaseResult, outcomes_by_rule
from jurat.plan import Decision, Plan, branches, denying

OUTCOMES = ("fired", "rests", "unknown", "alone")
"""What a rule should be seen to do: fire, pass or not apply, lack a fact, decide alone."""


@dataclass(slots=True)
class Branch:
    """One conjunct of a rule's condition, and whether it was seen to hold and not to."""

    text: str
    line: int
    holds: bool = False
    fails: bool = False


@dataclass(slots=True)
class RuleCoverage:
    """What the tests show of one rule."""

    rule: str
    cases: int = 0
    seen: set[str] = field(default_factory=set)
    """Of OUTCOMES, and `error` and `waived`."""
    branches: list[Branch] = field(default_factory=list)
    wanted: tuple[str, ...] = OUTCOMES

    @property
    def missing(self) -> tuple[str, ...]:
        """What was not seen, in words."""
        outcomes = [_TOLD[name] for name in self.wanted if name not in self.seen]
        branches = [
            f"`{branch.text}` {told}"
            for branch in self.branches
            for told, seen in (("true", branch.holds), ("false", branch.fails))
            if not seen
        ]
        return (*outcomes, *branches)

    @property
    def total(self) -> int:
        return len(self.wanted) + 2 * len(self.branches)


_TOLD = {
    "fired": "fires",
    "rests": "passes or does not apply",
    "unknown": "lacks a fact",
    "alone": "decides alone",
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the tests of a bundle show of its rules, by rule."""

    rules: tuple[RuleCoverage, ...]

    @property
    def percent(self) -> float:
        """How much of what should be seen was seen, of 100."""
        total = sum(rule.total for rule in self.rules)
        missing = sum(len(rule.missing) for rule in self.rules)
        return 100.0 * (total - missing) / total if total else 100.0


def cover(plan: Plan, results: Iterable[CaseResult]) -> Coverage:
    """What the tests that passed show. A test that fails shows nothing."""
    made = {rule.id: RuleCoverage(rule.id) for rule in plan.bundle.rules}
    for rule in plan.bundle.rules:
        made[rule.id].wanted = tuple(_wanted(rule))
        conditions = [judged.condition for judged in rule.judges if judged.condition is not None]
        if conditions:
            made[rule.id].branches = [
                Branch(conjunct.text, conjunct.line) for conjunct in conditions[0].conjuncts
            ]
    for result in results:
        if result.decision is None or result.failures:
            continue
        _take(made, result.decision)
    return Coverage(tuple(made[id_] for id_ in sorted(made)))


def never_fired(plan: Plan, results: Iterable[CaseResult]) -> tuple[str, ...]:
    """The rules that no test lets fire: of `cover` what costs little."""
    fired: set[str] = set()
    for result in results:
        if result.decision is not None and not result.failures:
            fired |= _fired(result.decision)
    return tuple(sorted(rule.id for rule in plan.bundle.rules if rule.id not in fired))


def _fired(decision: Decision) -> set[str]:
    if decision.rules is not None:
        return {rule for rule, counts in decision.rules.items() if counts["fired"]}
    return {rule for rule, outcome, _ in decision.outcomes if outcome == "fired"}


def _wanted(rule: Rule) -> Iterator[str]:
    """Of OUTCOMES, what can be seen of a rule at all."""
    kind = rule.implementation
    lacks = kind is None or rule.when or kind.reads(rule.params)  # else text or the clock alone
    decides = rule.effect in ("permit", "deny")  # others neither let in nor keep out by themselves
    for name in OUTCOMES:
        if (name != "unknown" or lacks) and (name != "alone" or decides):
            yield name


def _take(made: dict[str, RuleCoverage], decision: Decision) -> None:
    by_rule = outcomes_by_rule(decision)
    for rule, outcomes in by_rule.items():
        one = made[rule]
        one.cases += 1
        if outcomes <= {"passed", "not_applicable"}:
            one.seen.add("rests")
        one.seen |= outcomes & {"fired", "unknown", "error", "waived"}
    for rule in _alone(decision):
        made[rule].seen.add("alone")
    for rule, number, held in branches(decision):
        if number < len(made[rule].branches):
            branch = made[rule].branches[number]
            branch.holds = branch.holds or held
            branch.fails = branch.fails or not held


def _alone(decision: Decision) -> Sequence[str]:
    """The one rule without which the effect would be another."""
    deciding = decision.permits if decision.effect == "allow" else tuple(denying(decision))
    return deciding if len(deciding) == 1 else ()
