"""Law: the same input gets the same decision."""

import json
from functools import partial
from itertools import islice
from random import Random
from typing import Any, Unpack

from jurat.model import InvalidInput
from jurat.plan import Decision

from ._bench import Bench, Subject, benches, which_differs
from ._broken import Breach
from ._case import Trial
from ._options import How
from ._search import Law, drawn_for, hold_of_several, seed_of, seeded, told_as, tries
from ._twin import elsewhere

LAW = Law(
    "deterministic",
    "The same input gets the same decision: again, after other inputs, from the bundle loaded "
    "anew, and in another process.",
)
_SEVERAL = 3
_MOST_ELSEWHERE = 200


def assert_deterministic(subject: Subject, **how: Unpack[How]) -> None:
    """Hold a bundle to the law that equal inputs get equal decisions, byte for byte, whatever
    was decided before: nothing is kept from one decision to the next. A bundle that is given by
    its path or name decides some of them in another process, too, whose sets have another order.

    Raises LawBroken.
    """
    again = seeded(how)
    for bench in benches(subject, how.get("registry")):
        check = partial(_breach, bench)
        hold_of_several(LAW, bench, check, again, several=_SEVERAL, share=0.4)
        if bench.source is not None and how.get("inputs") is None:
            _hold_elsewhere(bench, again)


def _hold_elsewhere(bench: Bench, how: How) -> None:
    seed, only = seed_of(how), how.get("rule")
    count = min(_MOST_ELSEWHERE, tries(how, 0.4))
    decided = elsewhere(bench, seed, count)
    trials = islice(drawn_for(bench, Random(seed), bench.kinds), count)
    for trial, told in zip(trials, decided, strict=False):
        try:
            here = bench.decide(trial)
        except InvalidInput:
            continue
        if here.canonical().decode() != told:
            rule = _rule_that_differs(json.loads(here.canonical()), json.loads(told or "{}"))
            if only in (None, rule) or not rule:
                what = f"{_said(here)}; in another process, for other reasons or not at all so"
                raise told_as(LAW, bench, Breach(what, trial, rule), seed)


def _rule_that_differs(one: dict[str, Any], other: dict[str, Any]) -> str:
    """The first rule of which the two decisions tell something else."""
    for part in ("reasons", "advice", "obligations"):
        here, there = (
            {json.dumps(told, sort_keys=True): told for told in decision.get(part, ())}
            for decision in (one, other)
        )
        for key in sorted(set(here) ^ set(there)):
            told = here.get(key) or there[key]
            if rule := told.get("rule") or next(iter(told.get("rules", ())), ""):
                return str(rule)
    return ""


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
