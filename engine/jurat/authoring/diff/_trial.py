"""One input, decided by both bundles."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from jurat.bundle import Case, Expect
from jurat.engine import decide_case
from jurat.plan import Decision, Plan

from ._verdict import Class, blamed, compared

EVERYTHING = frozenset({"redact", "route", "header", "hold_stream", "approval"})
"""The caller performs whatever is asked: else a new obligation would look like a deny."""


@dataclass(frozen=True, slots=True)
class Trial:
    """An input with its clock, the armed state, the facts that sources supply, and the stops that
    are in force in place of a bundle's own, if there are any."""

    kind: str
    given: Mapping[str, Any]
    now: datetime
    state: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    stops: Mapping[str, Any] = field(default_factory=dict)

    def decide(self, plan: Plan) -> Decision:
        """The decision of one plan."""
        case = Case(
            file="",
            line=1,
            column=1,
            _origin=None,  # type: ignore[arg-type]  # it is asked for diagnostics alone
            name="",
            now=self.now,
            given=self.given,
            expect=Expect(),
            type=self.kind,  # type: ignore[arg-type]  # one of the inputs
            supports=EVERYTHING,
            state=self.state,
            facts=self.facts,
            stops=self.stops,
        )
        return decide_case(plan, case, stops=bool(self.stops))[0]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial under both: how the verdicts compare, and the rules behind it."""

    compared: Class | None
    was: str
    now: str
    rules: tuple[str, ...]
    decisions: tuple[Decision, Decision] = field(repr=False, compare=False)

    @property
    def key(self) -> tuple[Class | None, str, str, tuple[str, ...]]:
        """What two differences of one sort have in common."""
        return self.compared, self.was, self.now, self.rules


def tried(trial: Trial, plans: tuple[Plan, Plan]) -> Outcome:
    """The trial under both plans."""
    old, new = trial.decide(plans[0]), trial.decide(plans[1])
    difference = compared(old, new)
    # where the verdict is the same, what the rules did is still of use to a search
    rules = blamed(old, new, plans)
    return Outcome(difference, old.effect, new.effect, rules, (old, new))


def smaller(trial: Trial, outcome: Outcome, plans: tuple[Plan, Plan]) -> tuple[Trial, Outcome]:
    """The trial with everything left out without which it makes the same difference, by the same
    rules or fewer of them."""
    found = trial, outcome
    again = True
    while again:
        again = False
        for candidate in _without(found[0]):
            made = tried(candidate, plans)
            same = (made.compared, made.was, made.now) == (
                outcome.compared,
                outcome.was,
                outcome.now,
            )
            if same and set(made.rules) <= set(found[1].rules):
                found, again = (candidate, made), True
                break
    return found


def _without(trial: Trial) -> Iterator[Trial]:
    """The trial with one thing less each time, the largest first."""
    if trial.state is not None:
        yield replace(trial, state=None)
    if trial.facts:
        yield replace(trial, facts={})
    if trial.stops:
        yield replace(trial, stops={})
    for given in _less(trial.given):
        yield replace(trial, given=given)
    if trial.state is not None:
        for state in _less(trial.state):
            yield replace(trial, state=state)


def _less(value: Any) -> Iterator[Any]:
    """A value with one key or item less, however deep."""
    if isinstance(value, Mapping):
        for key in value:
            yield {name: inner for name, inner in value.items() if name != key}
        for key, inner in value.items():
            for less in _less(inner):
                yield {**value, key: less}
    elif isinstance(value, list | tuple):
        for index in range(len(value)):
            yield [*value[:index], *value[index + 1 :]]
        for index, inner in enumerate(value):
            for less in _less(inner):
                yield [*value[:index], less, *value[index + 1 :]]
