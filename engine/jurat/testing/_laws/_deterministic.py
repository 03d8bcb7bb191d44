"""Law: the same input gets the same decision."""

from functools import partial
from typing import Unpack

from jurat.plan import Decision

from ._bench import Bench, Subject, benches, which_differs
from ._broken import Breach
from ._case import Trial
from ._options import How
from ._search import Law, hold_of_several

LAW = Law(
    "deterministic",
    "The same input gets the same decision: again, after other inputs, and from the bundle "
    "loaded anew.",
)
_SEVERAL = 3


def assert_deterministic(subject: Subject, **how: Unpack[How]) -> None:
    """Hold a bundle to the law that equal inputs get equal decisions, byte for byte, whatever
    was decided before: nothing is kept from one decision to the next.

    Raises LawBroken.
    """
    for bench in benches(subject, how.get("registry")):
        check = partial(_breach, bench)
        hold_of_several(LAW, bench, check, how, several=_SEVERAL, share=0.4)


def _breach(bench: Bench, trials: tuple[Trial, ...]) -> Breach | None:
    first = [bench.decide(trial) for trial in trials]
    again = [bench.decide(trial) for trial in reversed(trials)][::-1]
    anew_plan = bench.compiled()
    anew = [bench.decide(trial, anew_plan) for trial in reversed(trials)][::-1]
    for what, others in (
        ("decided again, after other inputs", again),
        ("decided by the bundle loaded anew", anew),
    ):
        for trial, one, other in zip(trials, first, others, strict=True):
            if one.canonical() != other.canonical():
                told = f"first {_said(one)}; {what}, "
                told += _said(other) if _said(other) != _said(one) else "for other reasons"
                return Breach(told, trial, which_differs(one, other))
    return None


def _said(decision: Decision) -> str:
    return f"{decision.effect} ({decision.value})"
