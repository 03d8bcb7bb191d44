"""Decisions, made as the engine makes them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from jurat.bundle import Bundle
from jurat.model import OrgState, Request, Response
from jurat.plan import Decision, Plan

from .._guided import Source, plans_of, requests_for
from .._judged import EVERYTHING, KINDS, judged, plan_for
from .._options import plain, strategy_of
from ._bundles import bundles
from ._objects import requests
from ._pools import NOW


def decisions(
    *,
    bundle: Source | st.SearchStrategy[Bundle] | None = None,
    inputs: Any = None,
    supports: Any = EVERYTHING,
    now: datetime | None = None,
) -> st.SearchStrategy[Decision]:
    """Decisions of `bundle` (one bundle, or a strategy of some; by default `bundles()`) on
    `inputs` (a strategy of requests, responses or snapshots; by default such as the bundle's rules
    have something to say on).

    `supports` is what the caller can do, `now` the clock: by default an input's own `time`.
    """
    supported = st.just(supports) if isinstance(supports, frozenset) else strategy_of(supports)
    if bundle is None or isinstance(bundle, st.SearchStrategy):
        given = requests() if inputs is None else strategy_of(inputs)
        drawn = bundles() if bundle is None else bundle
        return st.builds(_decided, drawn.map(plan_for), given, supported, st.just(now))
    guided = requests_for(bundle, now=now) if inputs is None else strategy_of(inputs)

    def build() -> st.SearchStrategy[Decision]:
        (plan,) = plans_of(bundle)
        return st.builds(_decided, st.just(plan), guided, supported, st.just(now))

    return st.deferred(build)


def _decided(
    plan: Plan,
    input: Request | Response | OrgState,
    supports: Collection[str],
    now: datetime | None,
) -> Decision:
    moment = now or getattr(input, "time", None) or NOW
    made = judged(plan, KINDS[type(input)], plain(input), moment, frozenset(supports))
    assert made is not None
    return made
