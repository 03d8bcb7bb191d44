"""Counting what each rule did in a run, so that one that never fired is told."""

import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any, Literal, Self

from hypothesis import currently_in_test_context, event

from jurat.engine import Engine, outcomes_by_rule
from jurat.model import OrgState, Request, Response
from jurat.plan import Decision
from jurat.plugin import Counted, CounterUse

from ._guided import Source, plans_of
from ._judged import EVERYTHING, KINDS
from ._mentions_collect import clock

OUTCOMES = ("fired", "passed", "not_applicable", "unknown", "error", "waived")
_FULL = 2**62  # more than any limit

MustFire = Literal["warn", "all"] | Iterable[str]


class NeverFired(UserWarning):
    """Rules that never fired in a run: what it shows of them is nothing."""


class Tally:
    """Judges inputs by a bundle, and counts what its rules did.

    `bundle` is what `requests_for` takes, `state` a snapshot to arm, `supports` what the caller
    can do (everything, if it is not given). Each input is judged by itself: counters of rate and
    spend hold nothing before it. What such a rule did with counters that are used up is counted,
    too.

    As a context manager it says at the end which rules never fired: as the warning `NeverFired`
    with `must_fire="warn"`, as an AssertionError with "all" or the ids of those that must;
    `exempt` are ids of rules of which that is known. Raises BundleError when it first judges.
    """

    def __init__(
        self,
        bundle: Source,
        *,
        supports: Collection[str] = EVERYTHING,
        state: Any = None,
        must_fire: MustFire = "warn",
        exempt: Iterable[str] = (),
    ) -> None:
        self.inputs: Counter[str] = Counter()
        """How many inputs were judged: `request`, `response`, `org_state`."""
        self.effects: Counter[str] = Counter()
        """How many were decided `allow` and `deny`."""
        self.rules: dict[str, Counter[str]] = {}
        """By rule that judges such inputs, how often it did what."""
        self._supports = frozenset(supports)
        self._must_fire = must_fire if isinstance(must_fire, str) else frozenset(must_fire)
        self.exempt = set(exempt)
        """Ids of rules that need not fire."""
        self._store = _Counters()
        bundles = [plan.bundle for plan in plans_of(bundle)]
        self.engine = Engine.load(bundles, limits=self._store, state=state)
        self._now = clock(bundles[0])
        self._known(self.exempt, "exempt")
        if not isinstance(self._must_fire, str):
            self._known(self._must_fire, "must_fire")

    def evaluate(
        self, input: Request | Response | OrgState, *, now: datetime | str | None = None
    ) -> Decision:
        """The decision on `input`, counted. `now` is the input's own `time` where it has one,
        else the time that most of the bundle's tests are made for. Raises TypeError for what is
        none of the three."""
        if type(input) not in KINDS:
            raise TypeError("a tally judges a Request, a Response or an OrgState")
        moment = now or getattr(input, "time", None) or self._now
        decision = self._judged(input, moment, full=False)
        outcomes = outcomes_by_rule(decision)
        if self._store.asked and decision.allowed:
            full = outcomes_by_rule(self._judged(input, moment, full=True))
            outcomes = {rule: did | full.get(rule, did) for rule, did in outcomes.items()}
        self._count(KINDS[type(input)], decision, outcomes)
        return decision

    @property
    def never_fired(self) -> tuple[str, ...]:
        """The rules that judge such inputs and have not fired, sorted."""
        return tuple(sorted(rule for rule, did in self.rules.items() if not did["fired"]))

    def summary(self) -> Sequence[str]:
        """What was counted, as lines of text."""
        return tuple(self._lines())

    def check(self) -> None:
        """Raises AssertionError, or warns, if rules never fired: as was asked for."""
        silent = [rule for rule in self.never_fired if rule not in self.exempt]
        if not isinstance(self._must_fire, str):
            silent = sorted(self._must_fire - {r for r, did in self.rules.items() if did["fired"]})
        if not silent or not self.inputs:
            return
        said = (
            f"{_listed(silent)} never fired in {_number(self.inputs)}, so nothing was shown of "
            f'{"it" if len(silent) == 1 else "them"}; draw more (profile("ci")), give the '
            "bundle a test in which each fires, or name in `exempt` what can't fire here"
        )
        if self._must_fire != "warn":
            raise AssertionError(f"{said}\n" + "\n".join(self._lines()))
        warnings.warn(said, NeverFired, stacklevel=3)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            self.check()

    def _judged(self, input: Any, now: datetime | str, *, full: bool) -> Decision:
        self._store.held, self._store.asked = _FULL if full else 0, False
        return self.engine.evaluate(input, now=now, supports=self._supports)

    def _count(self, kind: str, decision: Decision, outcomes: Mapping[str, set[str]]) -> None:
        if not self.inputs[kind]:
            for rule in self._ids(kind):
                self.rules.setdefault(rule, Counter())
        self.inputs[kind] += 1
        self.effects[decision.effect] += 1
        told = currently_in_test_context()
        for rule, did in outcomes.items():
            self.rules.setdefault(rule, Counter()).update(did)
            if told and "fired" in did:
                event(f"rule {rule} fired")

    def _ids(self, kind: str) -> Iterator[str]:
        plans = self.engine.plans
        for plan in plans:
            for entry in plan.entries(kind):
                yield entry.id if len(plans) == 1 else f"{plan.bundle.name}/{entry.id}"

    def _known(self, ids: Collection[str], option: str) -> None:
        rules = {rule for kind in KINDS.values() for rule in self._ids(kind)}
        for id in sorted(set(ids) - rules):
            near = get_close_matches(id, rules, 1)
            hint = f"did you mean {near[0]}?" if near else "the bundle has none of that id"
            raise ValueError(f"{option}: there is no rule {id!r}; {hint}")

    def _lines(self) -> Iterator[str]:
        allowed = self.effects["allow"]
        yield f"{_number(self.inputs)}, {allowed} allowed, {self.inputs.total() - allowed} denied"
        width = max((len(rule) for rule in self.rules), default=0)
        for rule, did in sorted(self.rules.items()):
            counts = ", ".join(f"{name} {did[name]}" for name in OUTCOMES if did[name])
            silent = "" if did["fired"] else "  (never fired)"
            yield f"  {rule:{width}}  {counts or 'not judged'}{silent}"


class _Counters:
    """A limit store in which every counter holds the same, whatever was reserved before."""

    name = "jurat.testing"
    deadline: timedelta | None = None

    def __init__(self) -> None:
        self.held = 0
        self.asked = False

    def reserve(self, uses: Sequence[CounterUse], now: datetime) -> "_Reserved":
        self.asked = True
        wait = None if self.held else 0
        return _Reserved({use.key: Counted(self.held, wait) for use in uses})

    def give_back(self, reserved: Any) -> None:
        """Nothing was kept."""

    def correct(self, reserved: Any, actual: Mapping[str, int]) -> None:
        """Nothing was kept."""


class _Reserved:
    def __init__(self, counted: Mapping[str, Counted]) -> None:
        self.counted = counted


def _number(inputs: Counter[str]) -> str:
    said = [
        f"{count} {kind.replace('org_state', 'snapshot')}{'s' if count != 1 else ''}"
        for kind, count in inputs.items()
    ]
    return " and ".join(said) or "no input"


def _listed(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:10])
    more = f" and {len(ids) - 10} more" if len(ids) > 10 else ""
    return f"rule{'s' if len(ids) > 1 else ''} {shown}{more}"
