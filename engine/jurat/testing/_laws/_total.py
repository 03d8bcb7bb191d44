"""Law: every input gets a decision."""

import sys
import traceback
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, Unpack

from jurat.plan import Decision, outcomes_of
from jurat.plugin import Check, MissingFact

from ._bench import Bench, Subject, benches
from ._broken import Breach
from ._case import Trial
from ._options import How
from ._search import Law, hold

LAW = Law(
    "total",
    "Every input gets a decision, in time, and no check breaks on one. A check that can't "
    "decide says so: it raises MissingFact, or ValueError with the reason.",
)
DEADLINE = timedelta(seconds=0.25)
_AGAIN = 2  # times that a slow decision is made again: the machine may have been busy
# what nobody raises to say that a check can't decide
_MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    LookupError,
    MemoryError,
    NameError,
    NotImplementedError,
    OSError,
    RecursionError,
    StopIteration,
    SystemExit,
    TypeError,
    UnicodeError,
)


def assert_total(subject: Subject, **how: Unpack[How]) -> None:
    """Hold a bundle to the law that every input gets a decision within `deadline` (0.25 s), and
    that no check breaks on one: raises TypeError, KeyError, SystemExit and the like, or returns
    what are no findings.

    Raises LawBroken.
    """
    deadline = how.get("deadline", DEADLINE).total_seconds()
    for bench in benches(subject, how.get("registry")):
        hold(LAW, bench, partial(_breach, bench, deadline), how)


def _breach(bench: Bench, deadline: float, trial: Trial) -> Breach | None:
    facts = bench.facts(trial)
    started = perf_counter()
    try:
        decision = bench.decide(trial, facts=facts)
    except Exception as error:  # noqa: BLE001  # that is what the law is about
        what = f"deciding raised {type(error).__name__}"
        return Breach(what, trial, bench.watch.running, where=place_of(error.__traceback__))
    took = perf_counter() - started
    if broken := _broken_check(bench, trial, decision):
        return broken
    if took > deadline and (slow := _slow(bench, trial, deadline)):
        return slow
    return None


def _broken_check(bench: Bench, trial: Trial, decision: Decision) -> Breach | None:
    for outcome, _ in outcomes_of(decision):
        if outcome.status != "error" or outcome.entry.check is None:
            continue
        rule = outcome.entry.id
        raised = _raised(bench, trial, rule)
        if raised is None and outcome.error.startswith("its check "):
            return Breach(outcome.error, trial, rule)
        if isinstance(raised, _MISTAKES):
            what = f"its check raised {type(raised).__name__}"
            if isinstance(raised, SystemExit):
                what = "its check called sys.exit"
            elif isinstance(raised, MemoryError):
                what = "its check ran out of memory"
            return Breach(what, trial, rule, where=place_of(raised.__traceback__))
    return None


def _raised(bench: Bench, trial: Trial, rule: str) -> BaseException | None:
    """What the check of `rule` raises for this input."""
    caught: list[BaseException] = []

    def hook(id_: str, check: Check, target: Any, facts: Any, now: datetime) -> Any:
        try:
            return check(target, facts, now)
        except MissingFact:
            raise
        except (Exception, SystemExit) as error:
            if id_ == rule:
                caught.append(error)
            raise

    with bench.watch.through(hook):
        bench.decide(trial)
    return caught[0] if caught else None


def _slow(bench: Bench, trial: Trial, deadline: float) -> Breach | None:
    """A breach if the decision takes too long each time; by the rule that takes longest."""
    least: dict[str, float] = {}
    whole = float("inf")
    for _ in range(_AGAIN):
        took: dict[str, float] = {}

        def hook(
            id_: str,
            check: Check,
            target: Any,
            facts: Any,
            now: datetime,
            took: dict[str, float] = took,
        ) -> Any:
            started = perf_counter()
            try:
                return check(target, facts, now)
            finally:
                took[id_] = took.get(id_, 0.0) + perf_counter() - started

        started = perf_counter()
        with bench.watch.through(hook):
            bench.decide(trial)
        whole = min(whole, perf_counter() - started)
        least = {rule: min(took[rule], least.get(rule, took[rule])) for rule in took}
    if whole <= deadline:
        return None
    rule = max(least, key=least.__getitem__, default="")
    what = f"the decision takes longer than {deadline:g} s"
    if rule:
        what += f", nearly all of it this rule's check ({least[rule]:.2f} s)"
    return Breach(what, trial, rule)


def place_of(trace: TracebackType | None) -> str:
    """`file:line` of the last frame in somebody's code, the file without its directory."""
    if trace is None:
        return ""
    frames = traceback.extract_tb(trace)
    own = str(Path(sys.modules["jurat"].__file__ or "").parent)
    theirs = [frame for frame in frames if not frame.filename.startswith(own)]
    if not theirs:
        return ""
    return f"{Path(theirs[-1].filename).name}:{theirs[-1].lineno}"
