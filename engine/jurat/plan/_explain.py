"""Explaining a decision: the outcome of every rule, with the facts that mattered."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._entry import Entry, Outcome, judge
from ._index import target_in
from ._reasons import Teller, pointer_of

if TYPE_CHECKING:
    from ._decision import Decision


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """What one rule did, and why. `facts` are (path, shown value) that its condition read."""

    id: str
    title: str
    kind: str
    effect: str
    mode: str
    outcome: str
    why: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    at: str = ""

    def to_dict(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("id", "title", "kind", "effect", "mode", "outcome", "why", "at")
            if getattr(self, name)
        }
        if self.facts:
            made["facts"] = dict(self.facts)
        return made


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision's outcome and the trace of every rule, by id."""

    effect: str
    value: str | None
    rules: tuple[RuleTrace, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "effect": self.effect,
            "value": self.value,
            "rules": [rule.to_dict() for rule in self.rules],
        }

    def __str__(self) -> str:
        lines = [f"{self.effect} ({self.value})" if self.value else self.effect]
        for rule in self.rules:
            mode = "" if rule.mode == "enforce" else f" [{rule.mode}]"
            where = f" at {rule.at}" if rule.at else ""
            lines.append(f"  {rule.outcome:<14} {rule.id} ({rule.effect}){mode}{where}")
            if rule.why:
                lines.append(f"  {'':<14}   {rule.why}")
            lines += [f"  {'':<14}   {path} is {value}" for path, value in rule.facts]
        return "\n".join(lines)


def explain(decision: "Decision") -> Explanation:
    """The trace of every rule of every bundle that took part."""
    traces: list[RuleTrace] = []
    for name, part in decision.parts or (("", decision),):
        traces += _traces(part, f"{name}/" if name else "")
    return Explanation(
        decision.effect, decision.value, tuple(sorted(traces, key=lambda t: (t.id, t.at)))
    )


def every_outcome(decision: "Decision") -> Iterator[tuple[str, str]]:
    """The id and the outcome of every rule of every bundle that took part, without the reasons
    for it, which cost the most."""
    for name, part in decision.parts or (("", decision),):
        for outcome, _ in outcomes_of(part):
            yield f"{name}/{outcome.entry.id}" if name else outcome.entry.id, outcome.status


def _traces(decision: "Decision", prefix: str) -> Iterator[RuleTrace]:
    plan, facts = decision._plan, decision._facts
    if plan is None or facts is None:
        return
    teller = Teller(plan.speech, facts, decision.now, prefix)
    for outcome, target in outcomes_of(decision):
        values = () if target is None else tuple(_values(outcome.entry, target, decision, plan))
        yield _trace(outcome, teller, prefix, values)


def outcomes_of(decision: "Decision") -> Iterator[tuple[Outcome, Any]]:
    """What each rule did, with what it judged; None for the resources of a snapshot."""
    plan, facts = decision._plan, decision._facts
    if plan is None or facts is None:
        return
    if facts.kind == "org_state":
        for outcome in decision._outcomes:
            yield outcome, None
        told = {outcome.entry.id for outcome in decision._outcomes}
        for entry in plan.entries("org_state"):
            if entry.id not in told:
                passed = bool((decision.rules or {}).get(entry.id, {}).get("passed"))
                yield Outcome(entry, "passed" if passed else "not_applicable"), None
        return
    subject = facts.request if facts.kind == "request" else facts.response
    settled = {outcome.entry: outcome for outcome in decision._outcomes}
    for entry in plan.entries(facts.kind):
        target, at = target_in(entry, subject)
        yield settled.get(entry) or judge(entry, target, facts, decision.now, at), target


def _values(
    entry: Entry, target: Any, decision: "Decision", plan: Any
) -> Iterator[tuple[str, str]]:
    if entry.condition is None:
        return
    seen = set()
    for conjunct in entry.condition.conjuncts:
        for path, value in conjunct.values(target, decision._facts, decision.now):
            if path not in seen and not path.startswith("data."):
                seen.add(path)
                yield path, plan.speech.show(value, pointer_of(path))


def _trace(
    outcome: Outcome, teller: Teller, prefix: str, values: tuple[tuple[str, str], ...]
) -> RuleTrace:
    entry = outcome.entry
    return RuleTrace(
        prefix + entry.id,
        entry.rule.title,
        entry.rule.kind,
        entry.effect,
        entry.mode,
        outcome.status,
        teller.why(outcome),
        values,
        outcome.at,
    )
