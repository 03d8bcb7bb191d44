"""Deciding again what was decided before, from the facts that were sealed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jurat.model import Pieces, View, build, validate, view_class
from jurat.plan import Counters, Decision, FactSet, Joins, Plan, Repeated, Said, State, missing
from jurat.plugin import Counted, Detections

from ._input import MODELS
from ._judging import decide_on
from ._record import detections_of
from ._selftest import COUNTERS

if TYPE_CHECKING:
    from ._replay_forms import Around, Stored

KINDS = {"decision": "request", "response": "response"}
"""By the type of a record, the kind of its input, where inputs are alike."""
_MOST_STATES = 64
_NOTHING: frozenset[str] = frozenset()

Seen = dict[tuple[str, ...], frozenset[str]]


class Again:
    """Decides stored inputs again. Reads what it has read before no second time, for the inputs
    of a log are much alike. Not to be shared by threads."""

    def __init__(self) -> None:
        # each snapshot is another
        self.pieces = {kind: Pieces(MODELS[kind]) for kind in KINDS.values()}
        self._states: dict[bytes, View] = {}
        self._joins: dict[tuple[Plan, bytes], tuple[Joins, State]] = {}
        self._last: tuple[Stored | None, Any] = None, None
        self._supports: Seen = {(): _NOTHING}

    def decide(self, plans: Sequence[Plan], stored: "Stored") -> Decision:
        """The decision of `plans` on the stored facts of a record. Raises InvalidInput, or
        ValueError for a time or a kind that is none, if they don't fit."""
        return self.decide_read(plans, stored, self.input_of(stored))

    def decide_read(self, plans: Sequence[Plan], stored: "Around", sent: Any) -> Decision:
        """As `decide`, of an input that was read already."""
        now = stored.moment
        collected = self.collect(plans, stored, sent, now)
        if stored.counters is None:
            decision = decide_on(plans, collected, now)
            if not decision.allowed or stored.kind != "request" or not _counts(plans):
                return decision
            counters = Counters(why="nothing was counted for this record")  # by another bundle
        else:
            counters = _counted(stored.counters)
        for facts in collected:
            facts.counters = counters
        return decide_on(plans, collected, now)

    def come(
        self, repeated: Repeated, stored: "Around", sent: Any, now: datetime
    ) -> Said | Decision | None:
        """What an input that was read already comes to by one plan; None where state decided too,
        or where it has to be decided twice. Raises ValueError as `decide` does."""
        if stored.state:
            return None
        given: dict[str, Any] = {"supports": self._able(stored.supports)}
        if stored.counters is not None:
            given["counters"] = _counted(stored.counters)
        elif repeated.counts and stored.kind == "request":
            return None
        if stored.detections is not None or stored.detections_by:
            given["detections"] = self._detections(stored, repeated.plan.bundle.name)
        return repeated.decide(stored.kind, sent, now, **given)

    def decide_uncounted(
        self, plans: Sequence[Plan], stored: "Around", sent: Any
    ) -> tuple[Decision, bool]:
        """As `decide_read`, and whether limits were passed over: rules of which the record holds no
        count are taken as passed, for nobody knows what they would have said."""
        now = stored.moment
        if stored.counters is not None:
            decision = self.decide_read(plans, stored, sent)
            if decision.allowed or COUNTERS not in missing(decision):
                return decision, False
        collected = self.collect(plans, stored, sent, now)
        decision = decide_on(plans, collected, now)
        counts = stored.kind == "request" and _counts(plans)
        return decision, counts and decision.allowed

    def input_of(self, stored: "Stored") -> Any:
        """The view of a stored input. Raises as `decide` does."""
        if stored.kind not in MODELS:
            raise ValueError("its input is of a kind that is not known")
        if stored is not self._last[0]:  # else another bundle decides the same
            self._last = stored, self._sent(stored.kind, bytes(stored.input))
        return self._last[1]

    def collect(
        self, plans: Sequence[Plan], stored: "Around", sent: Any, now: datetime
    ) -> list[FactSet]:
        """The facts as each of `plans` sees them at `now`."""
        supports = self._able(stored.supports)
        state = bytes(stored.state)
        collected = []
        for plan in plans:
            joins, view = self._joined(plan, state) if state else (None, None)
            facts = plan.facts(stored.kind, sent, now, joins=joins, state=view, supports=supports)
            if stored.detections is not None or stored.detections_by:
                facts.detections = self._detections(stored, plan.bundle.name)
            collected.append(facts)
        return collected

    def _able(self, supports: tuple[str, ...]) -> frozenset[str]:
        able = self._supports.get(supports)
        if able is None:
            able = self._supports[supports] = frozenset(supports)
        return able

    def _sent(self, kind: str, data: bytes) -> Any:
        if kind in self.pieces and (view := self.pieces[kind].read(data)) is not None:
            return view
        return build(view_class(MODELS[kind]), validate(MODELS[kind], data))

    def _joined(self, plan: Plan, state: bytes) -> tuple[Joins, State]:
        key = plan, state
        joined = self._joins.get(key)
        if joined is None:
            view = self._states.get(state)
            if view is None:
                made = validate(MODELS["org_state"], state)
                if len(self._states) >= _MOST_STATES:
                    self._states.clear()
                view = self._states[state] = build(view_class(MODELS["org_state"]), made)
            if len(self._joins) >= _MOST_STATES:
                self._joins.clear()
            seen = State(view, plan.bundle.max_staleness)
            joined = self._joins[key] = plan.joins.with_state(seen), seen
        return joined

    def _detections(self, stored: "Around", bundle: str) -> Detections:
        kept = {"detections": stored.detections, "detections_by": stored.detections_by or {}}
        try:
            return detections_of(kept, bundle)
        except (KeyError, IndexError, TypeError, ValueError):
            raise ValueError("its detections are not as this version writes them") from None


def _counted(stored: Mapping[str, Sequence[Any]]) -> Counters:
    try:
        told = {key: Counted(*values) for key, values in stored.items()}
    except TypeError:
        raise ValueError("its counts are not as this version writes them") from None
    return Counters(told, why="the record holds no count of it")


def _counts(plans: Sequence[Plan]) -> bool:
    """Whether any of `plans` has rules that count."""
    return plans[0].counts if len(plans) == 1 else any(plan.counts for plan in plans)
