"""Decorators like hypothesis's `given`, for inputs of a bundle with the decisions on them."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import update_wrapper
from inspect import Signature, signature
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ._guided import Source, org_states_for, requests_for, responses_for
from ._guided_tally import MustFire, Tally
from ._judged import EVERYTHING

Decorator = Callable[[Callable[..., Any]], Callable[..., None]]


def given_requests(bundle: Source, **options: Any) -> Decorator:
    """Run a test with many requests that the rules of `bundle` have something to say on.

    The test takes `request`, and as it likes `decision` (the bundle's, made at `request.time`)
    and `tally` (a `Tally`). A run that passes says which rules never fired in it, and prints how
    often each did what. Options are those of `Tally` (`supports`, `state`, `must_fire`, `exempt`)
    and of `requests_for` (`now`, and fields by name). Hypothesis's own decorators, like
    `@settings(profile("ci"))`, stand below this one. Raises TypeError for a test that does not
    take `request`.
    """
    return _given("request", bundle, requests_for, **options)


def given_responses(bundle: Source, **options: Any) -> Decorator:
    """As `given_requests`, for responses: the test takes `response`."""
    return _given("response", bundle, responses_for, **options)


def given_org_states(bundle: Source, **options: Any) -> Decorator:
    """As `given_requests`, for snapshots: the test takes `org_state`. Decisions are made at
    `now`, or at `clock_of(bundle)`."""
    return _given("org_state", bundle, org_states_for, **options)


def _given(
    name: str,
    bundle: Source,
    strategy: Callable[..., st.SearchStrategy[Any]],
    *,
    now: datetime | None = None,
    supports: Collection[str] = EVERYTHING,
    state: Any = None,
    must_fire: MustFire = "warn",
    exempt: Iterable[str] = (),
    **fields: Any,
) -> Decorator:
    inputs = strategy(bundle, now=now, **fields)
    required = must_fire if isinstance(must_fire, str) else tuple(must_fire)
    known = tuple(exempt)

    def decorate(test: Callable[..., Any]) -> Callable[..., None]:
        wanted = signature(test)
        if name not in wanted.parameters:
            raise TypeError(f"the test must take `{name}`, which is what is drawn")
        drawn = _without(wanted, "decision", "tally")
        tallies: list[Tally] = []

        def examined(*args: Any, **named: Any) -> None:
            taken = drawn.bind(*args, **named).arguments
            more = {"tally": tallies[-1], "decision": tallies[-1].evaluate(taken[name], now=now)}
            for each in more.keys() & wanted.parameters.keys():
                taken[each] = more[each]
            test(**taken)

        update_wrapper(examined, test)
        examined.__signature__ = drawn  # type: ignore[attr-defined]  # read by inspect
        searched = given(**{name: inputs})(examined)

        def run(*args: Any, **named: Any) -> None:
            with Tally(
                bundle, supports=supports, state=state, must_fire=required, exempt=known
            ) as tally:
                tallies.append(tally)
                try:
                    searched(*args, **named)
                finally:
                    tallies.pop()
                print("\n".join(tally.summary()))  # which pytest keeps, and shows with -rP

        # No attribute of hypothesis is handed on: one that is put on this function would be lost.
        run.__name__, run.__qualname__ = test.__name__, test.__qualname__
        run.__doc__, run.__module__ = test.__doc__, test.__module__
        run.__dict__.update({k: v for k, v in vars(test).items() if "hypothesis" not in k})
        run.__signature__ = _without(drawn, name)  # type: ignore[attr-defined]  # read by pytest
        return run

    return decorate


def _without(wanted: Signature, *names: str) -> Signature:
    kept = [each for each in wanted.parameters.values() if each.name not in names]
    return wanted.replace(parameters=kept)
