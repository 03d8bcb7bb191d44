"""Searching with a strategy of the user's: hypothesis draws, and shrinks what it drew."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from ._broken import Breach
from ._case import Trial

Check = Callable[[tuple[Trial, ...]], Breach | None]


class _Found(Exception):
    """The law does not hold."""


def first_breach(
    inputs: Any,
    check: Check,
    trial_of: Callable[[Any], Trial],
    several: int,
    max_examples: int,
    number: int,
) -> tuple[tuple[Trial, ...], Breach] | None:
    """The least inputs of the strategy for which the law does not hold; None where none was found.

    A law that holds and then does not for the same inputs counts as broken: something was kept.
    """
    found: list[tuple[tuple[Trial, ...], Breach]] = []

    @seed(number)
    @settings(
        max_examples=max_examples,
        deadline=None,  # laws that time a decision do so themselves
        database=None,  # the seed finds it again
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=[HealthCheck.too_slow],  # a busy machine is no fault of the rules
    )
    @given(st.lists(inputs, min_size=several, max_size=several))
    def tried(drawn: list[Any]) -> None:
        trials = tuple(map(trial_of, drawn))
        breach = check(trials)
        if breach is not None:
            found.append((trials, breach))
            raise _Found

    try:
        tried()
    except (_Found, Flaky):
        return found[-1]
    return None
