"""A guided search for inputs on which two bundles' verdicts differ."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from random import Random
from typing import Any

from jurat.bundle import Registry
from jurat.plan import Decision, Plan
from jurat.testing import Mentions, mentions
from jurat.testing._mentions_mend import Obstacles, mendings, obstacles

from ._near import certified, crossed, drawn, focused_on, near_bases, trial_of
from ._trial import Outcome, Trial, smaller, tried
from ._verdict import Class, asked_otherwise, did

INPUTS = ("request", "response", "org_state")
_KINDS = 16  # of differences that are told apart, of each class
_NEAR = 4  # inputs kept of a rule that does something else in them, to no effect
_BASES = 40  # inputs that both allow, into which such an input's fields are put
_MENDINGS = 400  # how often it is tried to take something out of such an input's way
_SHOWN = 3  # reasons


@dataclass(frozen=True, slots=True)
class Difference:
    """One sort of difference, with the least input that was found to show it."""

    compared: Class
    was: str
    now: str
    rules: tuple[str, ...]
    """Those that do something else under the other bundle."""
    trial: Trial
    why: tuple[str, ...]
    """What the side that denies, or asks for more, says."""
    hits: int
    """How many of the inputs tried showed it."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found, and how long it looked."""

    differences: tuple[Difference, ...]
    tries: int
    seed: int
    unseen: tuple[str, ...] = ()
    """Rules that were changed, and did the same in all inputs tried."""


def search(
    plans: tuple[Plan, Plan],
    registry: Registry,
    changed: Collection[str],
    *,
    tries: int,
    seed: int,
    everything: bool,
) -> Searched:
    """Look for inputs whose verdict differs, `tries` of them, drawn from what both bundles
    mention. Half of them vary only what the rules `changed` read. With `everything`, something
    else than rules was changed, and inputs that no changed rule judges are tried, too."""
    looking = _Looking(plans)
    kinds = _judged(plans, None if everything else changed)
    said = tuple(mentions(plan.bundle, registry) for plan in plans) if kinds else ()
    for number, kind in enumerate(kinds):
        share = tries // len(kinds) + (number < tries % len(kinds))
        focused = [
            focused_on(plan, one, registry, changed, kind)
            for plan, one in zip(plans, said, strict=True)
        ]
        done = 0
        shown = chain.from_iterable(certified(plan, changed, kind) for plan in plans)
        near = near_bases(plans, said, focused, kind, Random(f"{seed} {kind}"))
        for trial in islice(chain(shown, near), share * 2 // 3):
            looking.look(trial)
            done += 1
        source = drawn(said, focused, kind, seed)
        for _ in range(share - done):
            looking.look(trial_of(kind, next(source)))
    looking.transplant(changed, tries)
    if kinds:
        looking.mend(changed, said)
    seen = looking.acting
    unseen = tuple(sorted(set(changed) - seen)) if kinds else ()
    return Searched(looking.told(), looking.tries, seed, unseen)


class _Looking:
    """What was found so far."""

    def __init__(self, plans: tuple[Plan, Plan]) -> None:
        self._plans = plans
        self._found: dict[Any, tuple[Trial, Outcome]] = {}
        self._sorts: dict[Any, Any] = {}  # of what was found as it came, what became of it
        self._hits: dict[Any, int] = {}
        self._near: dict[tuple[str, str], list[Trial]] = {}
        self._allowed: dict[str, list[Trial]] = {}
        self.tries = 0
        self.acting: set[str] = set()
        """Rules that did something else under the other bundle, to whatever effect."""

    def look(self, trial: Trial) -> Outcome:
        """Try one input, and keep what it shows."""
        self.tries += 1
        outcome = tried(trial, self._plans)
        rules = [rule for rule in outcome.rules if not rule.startswith("(")]
        if outcome.compared is None:
            if outcome.was == "allow":
                allowed = self._allowed.setdefault(trial.kind, [])
                if len(allowed) < _BASES:
                    allowed.append(trial)
            if _same_deeds(outcome, self._plans):
                return outcome
            self.acting.update(rules)
            for rule in rules:
                near = self._near.setdefault((trial.kind, rule), [])
                if len(near) < _NEAR:
                    near.append(trial)
            return outcome
        self.acting.update(rules)
        sort = trial.kind, outcome.key
        if sort not in self._sorts:
            alike = sum(compared == outcome.compared for _, (compared, *_) in self._found)
            if alike >= _KINDS:
                return outcome
            small, least = smaller(trial, outcome, self._plans)
            key = self._sorts[sort] = trial.kind, least.key
            known = self._found.get(key)
            if known is None or _size(small.given) < _size(known[0].given):
                self._found[key] = small, least
        key = self._sorts[sort]
        self._hits[key] = self._hits.get(key, 0) + 1
        return outcome

    def transplant(self, changed: Collection[str], most: int) -> None:
        """Of rules that did something else, but to no effect, put what they read into inputs
        that nothing else stands against."""
        end = self.tries + most
        for _, near in self._to_no_effect(changed):
            for base in self._allowed.get(near.kind, ()):
                for given in crossed(base.given, near.given):
                    if self.tries >= end:
                        return
                    self.look(replace(base, given=given))

    def mend(self, changed: Collection[str], said: Sequence[Mentions]) -> None:
        """Of rules that did something else, but to no effect, take what else stands against such
        inputs out of the way, bit by bit."""
        for rule, trial in self._to_no_effect(changed):
            values = {**said[1].by_input[trial.kind], **said[0].by_input[trial.kind]}
            tries = iter(range(_MENDINGS))
            against = _against(tried(trial, self._plans), changed)
            while against:
                for _, given in zip(tries, mendings(trial.given, against, values), strict=False):
                    less = replace(trial, given=given)
                    outcome = self.look(less)
                    left = _against(outcome, changed)
                    if rule in outcome.rules and len(left) < len(against):
                        trial, against = less, left
                        break
                else:
                    break  # nothing helps, or it was tried often enough

    def _to_no_effect(self, changed: Collection[str]) -> list[tuple[str, Trial]]:
        """The rules `changed` that were seen to do something else, and never to any effect, with
        inputs in which they did."""
        effective = {(kind, rule) for kind, (_, _, _, rules) in self._found for rule in rules}
        return [
            (rule, near)
            for kind, rule in sorted(self._near.keys() - effective)
            if rule in changed
            for near in self._near[kind, rule]
        ]

    def told(self) -> tuple[Difference, ...]:
        """The differences: what is let in first, then what is not."""
        order = {"looser": 0, "stricter": 1, "incomparable": 2}
        found = [
            Difference(
                outcome.compared,
                outcome.was,
                outcome.now,
                outcome.rules,
                trial,
                tuple(_why(outcome)),
                self._hits.get(key, 0),
            )
            for key, (trial, outcome) in self._found.items()
            if outcome.compared is not None
        ]
        return tuple(
            sorted(
                found,
                key=lambda one: (
                    one.was == one.now,
                    order[one.compared],
                    INPUTS.index(one.trial.kind),
                    -one.hits,
                    one.rules,
                ),
            )
        )


def _against(outcome: Outcome, changed: Collection[str]) -> Obstacles:
    """What makes either bundle deny, by rules that were not changed."""
    old, new = outcome.decisions
    return obstacles(old, changed) | obstacles(new, changed)


def _same_deeds(outcome: Outcome, plans: tuple[Plan, Plan]) -> bool:
    old, new = outcome.decisions
    return did(old, plans[0]) == did(new, plans[1])


def _why(outcome: Outcome) -> Iterator[str]:
    old, new = outcome.decisions
    told: Decision = old if outcome.was == "deny" and outcome.now == "allow" else new
    if told.effect == "deny":
        reasons = [(reason.rules or (reason.rule,), reason.message) for reason in told.reasons]
        own = [one for one in reasons if not set(outcome.rules).isdisjoint(one[0])]
        for rules, message in (own or reasons)[:_SHOWN]:
            who = ", ".join(rules)
            yield f"{who}: {message}" if who else message
    else:
        for how, demand in asked_otherwise(old, new):
            yield f"{how}: {demand.words} ({', '.join(demand.rules)})"


def _judged(plans: tuple[Plan, Plan], changed: Collection[str] | None) -> list[str]:
    """The inputs that rules judge: those of `changed`, or any."""
    return [
        kind
        for kind in INPUTS
        if any(
            changed is None or entry.id in changed
            for plan in plans
            for entry in plan.entries(kind)
        )
    ]


def _size(value: Any) -> int:
    if isinstance(value, Mapping):
        return 1 + sum(_size(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return 1 + sum(map(_size, value))
    return 1
