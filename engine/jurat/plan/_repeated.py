"""Deciding many inputs by one plan, one after the other, for what they come to.

The same rules are run as in `Plan.decide`, on the same facts. But nobody keeps a decision of these
or reads what it says to people, so an ordinary allow, of which all but the time follows from who
let it in, is told at once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from jurat.plugin import Counted, Detections, Finding

from ._canonical import CanonicalForms, Said, finding_key
from ._counters import NOT_COUNTED
from ._decision import Decision
from ._facts import NO_DETECTIONS, FactSet
from ._index import Hit
from ._plan import Plan

_REMEMBERED = 4096
_NOBODY: frozenset[str] = frozenset()
_UNCLEAR = object()  # is no key of any
_new = object.__new__


class Repeated:
    """Decides requests and responses by `plan`. Not to be shared by threads."""

    def __init__(self, plan: Plan, forms: CanonicalForms) -> None:
        self.plan = plan
        self.counts = plan.counts
        self._forms = forms
        self._plain = frozenset(
            entry
            for kind in ("request", "response")
            for entry in plan.entries(kind)
            if entry.effect == "deny" and not entry.waivers
        )
        self._join = plan.joins.collect
        self._data = plan.bundle.tables
        self._run = {kind: plan._arranged[kind].run for kind in ("request", "response")}
        self._said: dict[Any, Said] = {}

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
        if slow or facts.notes or facts.assumed or not (permits or hits):
            return self.plan._conclude(subject, facts, now, seen)
        key = passed_over, kind, tuple(permits), self._hits_key(hits) if hits else None
        try:
            said = self._said.get(key)
        except TypeError:  # a plugin's evidence can be anything
            return self.plan._conclude(subject, facts, now, seen)
        if said is not None:
            return said
        decision = self.plan._conclude(subject, facts, now, seen)
        if key[3] is not _UNCLEAR and (said := self._forms.said(decision)) is not None:
            if len(self._said) >= _REMEMBERED:
                self._said.clear()
            self._said[key] = said
        return decision

    def _hits_key(self, hits: Sequence[Hit]) -> Any:
        """What of rules that fired all follows from but the time: nothing is waived, and nothing
        asked for that a caller may not support."""
        key: list[Any] = []
        for entry, found in hits:
            if entry not in self._plain:
                return _UNCLEAR
            if found is True:
                key.append(entry)
            elif found.__class__ is tuple and all(
                one.__class__ is Finding and one.obligation is None for one in found
            ):
                key += (entry, *map(finding_key, found))
            else:
                return _UNCLEAR
        return tuple(key)
