"""What a check reads beside its target, and what detectors found."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from jurat.model import Request, view_of
from jurat.plan import FactSet
from jurat.plugin import (
    CONFIDENCES,
    Counted,
    Detection,
    Detections,
    Facts,
    LocatedDetection,
)

from .._guided import Source, plans_of
from .._options import strategy_of
from ._objects import requests
from ._pools import NOW
from ._probe import files_of

_ENTITIES = ("US_SSN", "CREDIT_CARD", "EMAIL_ADDRESS", "SECRET")
_PLACES = ("/messages/0/content", "/messages/1/content", "/tool/arguments")
_WHERE = ("message", "tool_call", "tool_result", "tool_schema", "metadata", "other")


def detections(
    *, entities: st.SearchStrategy[str] | None = None, max_size: int = 3
) -> st.SearchStrategy[Detections]:
    """What the detectors found in an input: hits of any `entities`, sometimes with detectors that
    could not finish."""
    entity = st.sampled_from(_ENTITIES) if entities is None else entities
    hit = st.builds(
        _hit,
        entity,
        st.sampled_from(_PLACES),
        st.integers(0, 100),
        st.integers(1, 40),
        st.sampled_from(CONFIDENCES),
        st.booleans(),
        st.sampled_from(_WHERE),
    )
    undecided = st.sampled_from(((), (), (), ("iban",)))
    return st.builds(
        lambda hits, undecided: Detections(tuple(hits), len(hits) + 1, undecided),
        st.lists(hit, max_size=max_size),
        undecided,
    )


def _hit(
    entity: str, at: str, start: int, length: int, confidence: Any, example: bool, where: str
) -> LocatedDetection:
    detection = Detection(
        entity, entity.lower(), start, start + length, confidence, example=example
    )
    return LocatedDetection(at, detection, where, "user" if where == "message" else "")


def facts(
    *,
    bundle: Source | None = None,
    request: Any = None,
    found: st.SearchStrategy[Detections] | None = None,
    counters: st.SearchStrategy[Mapping[str, Counted]] | Mapping[str, Counted] | None = None,
    now: datetime = NOW,
) -> st.SearchStrategy[Facts]:
    """What the check of a rule kind takes as `facts`, to try it by itself: `check(target, facts,
    now)`.

    `.request` is a drawn request (from the strategy `request`, or that one) with the joins of
    `bundle`, `.data` its tables: without it, those of `bundles()`. `.detections` are drawn from
    `found`, `.counters` are those given. What was not sent raises MissingFact when it is read.
    """
    asked = requests() if request is None else strategy_of(request)
    outcome = detections() if found is None else found
    counted = st.just({}) if counters is None else strategy_of(counters)

    def build() -> st.SearchStrategy[Facts]:
        source = files_of([_RULE]) if bundle is None else bundle
        (plan,) = plans_of(source)

        def made(request: Request, found: Detections, held: Mapping[str, Counted]) -> FactSet:
            known = plan.facts("request", view_of(request), now, detections=found)
            if held:
                known.counters = held
            return known

        return st.builds(made, asked, outcome, counted)

    return st.deferred(build)


_RULE = {
    "id": "anyone",
    "title": "Anyone may call.",
    "kind": "expression",
    "effect": "permit",
    "severity": "info",
    "when": "true",
}
