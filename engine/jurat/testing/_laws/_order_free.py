"""Law: order never matters."""

from dataclasses import replace
from functools import partial
from typing import Any, Unpack

from jurat.plan import Plan

from ._bench import Bench, Subject, benches, which_differs
from ._broken import Breach
from ._case import Trial
from ._options import How
from ._rewritten import reordered
from ._search import Law, hold, seed_of, seeded

LAW = Law(
    "order-free",
    "The order of rules, waivers, tables, of the keys in them, and of the keys in an input, "
    "changes no byte of a decision.",
)


def assert_order_free(subject: Subject, **how: Unpack[How]) -> None:
    """Hold a bundle to the law that order never matters: its files are written anew with rules
    and waivers shuffled and all mappings turned round, its rules are judged in another order, and
    so are the keys of each input.

    Raises LawBroken.
    """
    once = seeded(how)
    for bench in benches(subject, how.get("registry")):
        other = bench.of_files(reordered(bench.bundle, seed_of(once)))
        # the loader sorts rules by id: turned round again, they are judged in another order
        plan = bench.compiled(replace(other, rules=other.rules[::-1]))
        hold(LAW, bench, partial(_breach, bench, plan), once)


def _breach(bench: Bench, other: Plan, trial: Trial) -> Breach | None:
    one = bench.decide(trial)
    two = bench.decide(trial.sending(_turned(trial.given)), other)
    if one.canonical() == two.canonical():
        return None
    what = f"{one.effect} ({one.value}); in another order " + (
        f"{two.effect} ({two.value})" if two.value != one.value else "for other reasons"
    )
    return Breach(what, trial, which_differs(one, two))


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _turned(inner) for key, inner in reversed(list(value.items()))}
    if isinstance(value, list):
        return [_turned(item) for item in value]
    return value
