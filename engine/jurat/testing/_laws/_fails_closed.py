"""Law: what fails lets nothing through."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from typing import Any, Unpack

from jurat.bundle import Rule
from jurat.engine import Engine
from jurat.model import make
from jurat.plan import FactSet, Outcome
from jurat.plugin import Check, Detections, FactSource, Finding

from ._bench import Bench, Subject, benches, outcomes, violates
from ._broken import Breach
from ._case import Trial
from ._impure import noting_missing
from ._options import How
from ._search import Law, hold

LAW = Law(
    "fails-closed",
    "A check that raises, a fact that can't be had, a detector that could not finish, a source "
    "or a counter that fails never lets anything through.",
)
_Failing = Callable[[], Any]


def assert_fails_closed(subject: Subject, **how: Unpack[How]) -> None:
    """Hold a bundle to the law that what fails lets nothing through.

    Every check is made to raise, or to return nonsense: its rule then errs, and an enforced one
    denies. Every check is run with nothing known of what it judges, and with detectors that could
    not finish: it does not pass after it read what is missing. Counters that can't be read, and
    fact sources that raise, stall or tell what nobody asked, leave their facts unknown.

    Raises LawBroken.
    """
    for bench in benches(subject, how.get("registry")):
        hold(LAW, bench, partial(_breach, bench), how, share=0.2)
        _hold_sources(bench, how)


def _breach(bench: Bench, trial: Trial) -> Breach | None:
    return (
        _swallowed(bench, trial)
        or _unfinished(bench, trial)
        or _uncounted(bench, trial)
        or _raised(bench, trial)
    )


# -- a check that raises


def _raises(error: type[BaseException]) -> _Failing:
    def failing() -> Any:
        raise error

    return failing


_FAULTS: Mapping[str, _Failing] = {
    "raises RuntimeError": _raises(RuntimeError),
    "raises SystemExit": _raises(SystemExit),
    "returns None": lambda: None,
    "returns a list": lambda: [Finding("x", "no tuple")],
}


def _raised(bench: Bench, trial: Trial) -> Breach | None:
    """A rule that does not err, or an error that allows, where checks fail."""
    before = outcomes(bench.decide(trial))
    applying = {
        rule
        for (rule, _), did in before.items()
        if did.entry.check and did.status != "not_applicable"
    }
    for what, failing in _FAULTS.items():
        for rule in sorted(applying):

            def hook(
                id_: str,
                check: Check,
                target: Any,
                facts: Any,
                now: datetime,
                rule: str = rule,
                failing: _Failing = failing,
            ) -> Any:
                return failing() if id_ == rule else check(target, facts, now)

            with bench.watch.through(hook):
                decision = bench.decide(trial)
            for (id_, _), did in outcomes(decision).items():
                if id_ == rule and decision.allowed and _denies(did):
                    return Breach(f"{did.status} and allowed where its check {what}", trial, rule)
    return None


def _denies(outcome: Outcome) -> bool:
    """Whether a rule that errs so must deny."""
    entry = outcome.entry
    if outcome.status != "error" or entry.mode != "enforce":
        return False
    if entry.effect == "deny":
        return entry.rule.on_error != "ignore"
    return entry.effect in ("redact", "require")


# -- nothing is known


def _swallowed(bench: Bench, trial: Trial) -> Breach | None:
    """A check that finds a violation, and passes after a fact was missing where nothing is known:
    it made nothing of what it was told."""
    swallowed: list[tuple[str, str]] = []

    def hook(rule: str, check: Check, target: Any, facts: Any, now: datetime) -> Any:
        missing: list[str] = []
        found: Any = None
        with suppress(Exception), noting_missing(missing):  # what it raises does not pass
            found = check(make(type(target).whole, {}), _nothing_known(facts), now)
        actual = check(target, facts, now)
        if missing and found == () and violates(actual):
            swallowed.append((rule, missing[0]))
        return actual

    with bench.watch.through(hook):
        bench.decide(trial)
    for rule, pointer in swallowed:
        where = f" ({pointer})" if pointer else ""
        what = (
            "its check finds a violation here, and passes with nothing known, though a fact that "
            f"it reads is missing then{where}"
        )
        return Breach(what, trial, rule, {"fired": [rule]})
    return None


def _nothing_known(facts: FactSet) -> FactSet:
    """The same facts with nothing in them but the bundle's own tables."""
    made = facts.of_resource(make(type(facts.project).whole, {}))
    made.sent = make(type(facts.sent).whole, {})
    made.request = make(type(facts.request).whole, {})
    made.response = facts.response and make(type(facts.response).whole, {})
    made.org = facts.org and make(type(facts.org).whole, {})
    made.state, made.detections = None, Detections()
    made.fresh, made.used, made.made, made.notes = {}, {}, {}, []
    return made


# -- detectors that could not finish


class _Noted(Detections):
    """Detections of detectors that could not finish, which remember whether they were asked."""

    def __getattribute__(self, name: str) -> Any:
        if name in ("hits", "undecided"):
            _ASKED.set(True)
        return super().__getattribute__(name)


_ASKED: ContextVar[bool] = ContextVar("_ASKED", default=False)


def _unfinished(bench: Bench, trial: Trial) -> Breach | None:
    """A check that asks for detections, and passes where none of its detectors could finish."""
    if bench.plan.entities(trial.kind) is None:
        return None
    detectors = {rule.id: _detectors(bench, rule) for rule in bench.bundle.rules}
    passed: list[str] = []

    def hook(rule: str, check: Check, target: Any, facts: Any, now: datetime) -> Any:
        if ids := detectors[rule]:
            made = facts.of_resource(facts.project)
            made.detections = _Noted((), max(1, facts.detections.scanned), ids)
            made.made = {}
            _ASKED.set(False)
            with suppress(Exception):  # then it did not pass
                if check(target, made, now) == () and _ASKED.get():
                    passed.append(rule)
        return check(target, facts, now)

    with bench.watch.through(hook):
        bench.decide(trial)
    if not passed:
        return None
    return Breach("its check passes though its detectors could not finish", trial, passed[0])


def _detectors(bench: Bench, rule: Rule) -> tuple[str, ...]:
    """The ids of the detectors whose outcome the rule reads."""
    entities = None if rule.implementation is None else rule.implementation.entities(rule.params)
    if entities is None:
        return ()
    every = bench.plan.scanner().detectors
    return tuple(sorted(d.id for d in every if not entities or d.entity in entities))


# -- counters that can't be read


def _uncounted(bench: Bench, trial: Trial) -> Breach | None:
    if trial.kind != "request" or not bench.plan.counts or not bench.uses(trial):
        return None
    lost = trial.counting(None)
    decision = bench.decide(lost)
    if not decision.allowed:
        return None
    for (rule, _), did in outcomes(decision).items():
        uses = did.entry.uses
        if uses is None or did.status != "passed" or did.entry.mode != "enforce":
            continue
        if any(use.key.startswith(f"{bench.bundle.name}/{rule}") for use in bench.uses(trial)):
            what = "its check passes though the counters that it uses can't be read"
            return Breach(what, lost, rule, {"unknown": [rule]})
    return None


# -- fact sources that fail


class _Source:
    """A fact source that does the same with whatever it is asked."""

    def __init__(self, name: str, provides: tuple[str, ...], answer: _Failing) -> None:
        self.name = name
        self.provides = provides
        self.deadline = timedelta(milliseconds=2)
        self._answer = answer

    def collect(self, request: Any, now: datetime) -> Mapping[str, Any]:
        made: Mapping[str, Any] = self._answer()
        return made


def _hold_sources(bench: Bench, how: How) -> None:
    """Hold the engine to it, by the trials that it decides on without any source."""
    if "request" not in bench.kinds:
        return
    provides = tuple(sorted(bench.mentions.read["request"])) or ("/actor/groups",)
    never = Event()
    sources: tuple[FactSource, ...] = (
        _Source("law-raises", provides, _raises(OSError)),
        _Source("law-exits", provides, _raises(SystemExit)),
        _Source("law-stalls", provides, lambda: never.wait(0.05)),
        _Source("law-tells-more", provides, lambda: {"/no/such/fact": 1}),
    )
    with bench.engine() as plain, bench.engine(sources=sources) as failing:
        hold(LAW, bench, partial(_differs, plain, failing), how, share=0.05, kinds=("request",))


def _differs(plain: Engine, failing: Engine, trial: Trial) -> Breach | None:
    given = dict(trial.given)
    one, two = (
        engine.evaluate(given, now=trial.now, supports=trial.supports)
        for engine in (plain, failing)
    )
    if one.canonical() == two.canonical():
        return None
    what = f"{one.effect}; {two.effect} where sources that provide its facts fail"
    return Breach(what, trial)
