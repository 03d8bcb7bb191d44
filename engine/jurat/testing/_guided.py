"""Strategies guided by a bundle: they draw what its rules are about, and what is next to it."""

from collections.abc import Mapping
from datetime import datetime
from os import PathLike
from typing import Any, TypeVar

from hypothesis import strategies as st

from jurat.bundle import Bundle
from jurat.canon import format_time
from jurat.engine import Engine, compile_bundles, versions_of
from jurat.model import Model, OrgState, Request, Response
from jurat.plan import Plan

from ._guided_document import LENGTH, Guide
from ._judged import installed, plan_for
from ._mentions import mentions
from ._mentions_collect import clock
from ._options import fields_checked, fields_set
from ._validated import validated

M = TypeVar("M", bound=Model)

Source = str | PathLike[str] | Mapping[str, str] | Bundle | Engine

_BYTES = st.binary(min_size=LENGTH, max_size=LENGTH)


def requests_for(
    bundle: Source, *, now: datetime | None = None, **fields: Any
) -> st.SearchStrategy[Request]:
    """Requests that the rules of `bundle` have something to say on.

    `bundle` is a directory, an archive, the name of a shipped bundle, its files by name, a
    `Bundle`, or an `Engine` with one bundle. Its tests and its kinds' examples are the models of
    what is drawn, with a few fields changed: to values that the bundle mentions, to their
    neighbours, to null, or not sent at all.

    Each request's `time` is the clock that its ages are measured from: judge it with
    `now=request.time`, as `Tally` does. `now` gives one clock for all. A field given by name is
    drawn from the strategy given, is that value, or is not sent if it is `UNSENT`. What is wrong
    with the bundle is raised as BundleError when the test begins.
    """
    return _guided(bundle, Request, "request", now, fields)


def responses_for(
    bundle: Source, *, now: datetime | None = None, **fields: Any
) -> st.SearchStrategy[Response]:
    """Responses that the rules of `bundle` have something to say on, as `requests_for`."""
    return _guided(bundle, Response, "response", now, fields)


def org_states_for(
    bundle: Source, *, now: datetime | None = None, **fields: Any
) -> st.SearchStrategy[OrgState]:
    """Snapshots that the rules of `bundle` have something to say on, as `requests_for`.

    A snapshot has no time of its own: all are made for `now`, or for `clock_of(bundle)`.
    """
    return _guided(bundle, OrgState, "org_state", now, fields)


def clock_of(bundle: Source) -> datetime:
    """The time that most of a bundle's tests are made for, 2026-05-25T12:00:00Z if it has none.
    Raises BundleError."""
    return clock(plans_of(bundle)[0].bundle)


def plans_of(bundle: Source) -> tuple[Plan, ...]:
    """The plans of what names a bundle, or of an engine. Raises BundleError."""
    if isinstance(bundle, Engine):
        return bundle.plans
    if isinstance(bundle, Bundle):
        return (plan_for(bundle),)
    registry = installed()
    return compile_bundles(bundle, registry, versions_of(registry))[1]


def _guided(
    source: Source, model: type[M], input: str, now: datetime | None, fields: Mapping[str, Any]
) -> st.SearchStrategy[M]:
    given = fields_checked(model, fields, f"{input}s_for")
    timed = "time" in model.model_fields and "time" not in fields

    def build() -> st.SearchStrategy[M]:
        plans = plans_of(source)
        if len(plans) != 1:
            raise ValueError(f"one bundle guides a strategy, and these are {len(plans)}")
        guide = Guide(plans[0], mentions(plans[0].bundle, installed()), input)
        fixed = now if timed or now is not None else clock(plans[0].bundle)

        @st.composite
        def documents(draw: st.DrawFn) -> dict[str, Any]:
            document, moment = guide.document(draw(_BYTES), fixed)
            if timed:
                document["time"] = format_time(moment)
            return fields_set(document, draw(given))

        return validated(model, documents())

    return st.deferred(build)  # once, before anything is drawn and timed
