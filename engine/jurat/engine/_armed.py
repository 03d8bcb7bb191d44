"""What is armed, made as one and swapped as one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jurat.model import View
from jurat.plan import Joins, Plan, State
from jurat.wire import InputError, parse_json

from ._input import prepare

_MAX_STATE = 2**40  # bytes: a snapshot to arm comes from whoever runs the engine


@dataclass(frozen=True, slots=True)
class Armed:
    """What is armed: readers take it once per decision."""

    plans: tuple[Plan, ...]
    each: tuple[tuple[Plan, Joins, State | None], ...]
    """Every plan with its joins and the armed state, as it sees it."""
    reads_text: Mapping[str, bool]
    counts: bool
    """True if any of the plans has rules that count."""


def arm(plans: tuple[Plan, ...], state: Any) -> Armed:
    """The plans with a snapshot (None for none) that answers for what requests name.

    Raises InvalidInput if it is no snapshot.
    """
    joins = tuple(plan.joins for plan in plans)
    states: tuple[State | None, ...] = (None,) * len(plans)
    if state is not None:
        view = _snapshot(state)
        states = tuple(State(view, plan.bundle.max_staleness) for plan in plans)
        joins = tuple(
            plan.joins.with_state(made)
            for plan, made in zip(plans, states, strict=True)
            if made is not None
        )
    reads = {
        kind: any(plan.reads_text(kind) for plan in plans)
        for kind in ("request", "response", "org_state")
    }
    counts = any(plan.counts for plan in plans)
    return Armed(plans, tuple(zip(plans, joins, states, strict=True)), reads, counts)


def _snapshot(state: Any) -> View:
    if isinstance(state, bytes):
        state = parse_json(state, max_bytes=_MAX_STATE)
    if isinstance(state, Mapping):
        state = {"type": "org_state", **state}
    prepared = prepare(state, max_bytes=_MAX_STATE, reads_text=lambda kind: False)
    if prepared.kind != "org_state":
        raise InputError("/type", "the state is no snapshot", "its type must be org_state")
    return prepared.sent
