"""One input, decided by both bundles."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
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
    def verdict(self) -> tuple[Class | None, str, str]:
        """How the verdicts compare, and what they are."""
        return self.compared, self.was, self.now

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
    again = True
    while again:
        again = False
        for candidate in _without(trial):
            while (less := candidate(trial)) is not None:
                made = tried(less, plans)
                if made.verdict != outcome.verdict or not set(made.rules) <= set(outcome.rules):
                    break
                trial, outcome, again = less, made, True
    return trial, outcome


_Less = Callable[[Trial], Trial | None]
"""Leaves one thing out of a trial; None where it is not there any more."""


def _without(trial: Trial) -> Iterator[_Less]:
    """What may be left out, the largest first."""
    yield lambda one: None if one.state is None else replace(one, state=None)
    yield lambda one: replace(one, facts={}) if one.facts else None
    yield lambda one: replace(one, stops={}) if one.stops else None
    for path in _paths(trial.given):
        yield partial(_given_without, path)
    for path in _paths(trial.state or {}):
        yield partial(_state_without, path)


def _given_without(path: Sequence[Any], trial: Trial) -> Trial | None:
    less = _cut(trial.given, path)
    return None if less is None else replace(trial, given=less)


def _state_without(path: Sequence[Any], trial: Trial) -> Trial | None:
    less = _cut(trial.state, path)
    return None if less is None else replace(trial, state=less)


def _paths(value: Any) -> Iterator[tuple[Any, ...]]:
    """The paths of all that is in a value: what contains before what is contained, and later items
    of a list before earlier ones, for to cut those moves none of these."""
    if isinstance(value, Mapping):
        keys: Sequence[Any] = list(value)
    elif isinstance(value, list | tuple):
        keys = range(len(value))[::-1]
    else:
        return
    yield from ((key,) for key in keys)
    for key in keys:
        yield from ((key, *rest) for rest in _paths(value[key]))


def _cut(value: Any, path: Sequence[Any]) -> Any:
    """A copy of `value` without what stands at `path`; None where nothing does."""
    key, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        if key not in value:
            return None
        if not rest:
            return {name: inner for name, inner in value.items() if name != key}
        less = _cut(value[key], rest)
        return None if less is None else {**value, key: less}
    if isinstance(value, list | tuple) and isinstance(key, int) and key < len(value):
        if not rest:
            return [*value[:key], *value[key + 1 :]]
        less = _cut(value[key], rest)
        return None if less is None else [*value[:key], less, *value[key + 1 :]]
    return None
