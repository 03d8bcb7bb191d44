"""Deciding many inputs by one plan, one after the other, for what they come to.

The same rules are run as in `Plan.decide`, on the same facts. But nobody keeps a decision of these
or reads what it says to people, so an ordinary allow, of which all but the time follows from who
let it in, is told at once.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jurat.plugin import Counted, Detections

from ._canonical import CanonicalForms, Said
from ._counters import NOT_COUNTED
from ._decision import Decision
from ._entry import Entry
from ._facts import NO_DETECTIONS, FactSet
from ._plan import Plan

_REMEMBERED = 4096
_NOBODY: frozenset[str] = frozenset()
_new = object.__new__


class Repeated:
    """Decides requests and responses by `plan`. Not to be shared by threads."""

    def __init__(self, plan: Plan, forms: CanonicalForms) -> None:
        self.plan = plan
        self._forms = forms
        self._enforced = plan.in_force is plan
        self._join = plan.joins.collect
        self._data = plan.bundle.tables
        self._run = {kind: plan._arranged[kind].run for kind in ("request", "response")}
        self._allows: dict[tuple[int, str, tuple[Entry, ...]], Said] = {}

    def decide(
        self,
        kind: str,
        sent: Any,
        now: datetime,
        supports: frozenset[str] = _NOBODY,
        detections: Detections = NO_DETECTIONS,
        counters: Mapping[str, Counted] = NOT_COUNTED,
    ) -> Said | Decision:
        """What the input of which `sent` is the view comes to; a decision where that is not plain
        to see."""
        # as `Plan.facts` makes them, without the call with so many names
        facts = _new(FactSet)
        facts.kind, facts.sent, facts.now, facts.org = kind, sent, now, None
        if kind == "request":
            facts.request, facts.response = sent, None
        else:
            facts.request, facts.response = sent.request, sent
        facts.project = facts.request.project
        facts.data, facts.state, facts.supports = self._data, None, supports
        facts.detections, facts.counters = detections, counters
        facts.notes, facts.fresh, facts.assumed, facts.made, facts.used = [], {}, {}, {}, {}
        self._join(facts)
        subject = facts.request if kind == "request" else sent
        seen = permits, hits, slow, passed_over = self._run[kind](subject, facts, now)
        if not permits or hits or slow or not self._enforced:
            return self.plan._conclude(subject, facts, now, seen)
        key = passed_over, kind, tuple(permits)
        plainly = not facts.notes and not facts.assumed
        if plainly and (said := self._allows.get(key)) is not None:
            return said
        decision = Decision("allow", "Permit", self.plan, facts, now, permits, passed_over)
        if plainly and (said := self._forms.said(decision)) is not None:
            if len(self._allows) >= _REMEMBERED:
                self._allows.clear()
            self._allows[key] = said
        return decision
