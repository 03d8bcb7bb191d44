"""Judging a snapshot: every resource by every rule that judges its type."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from jurat.model import PLACE, MissingFact, Place, Project, View, make, nothing, view_class

from ._entry import NOTHING, RAISED, Entry, Outcome, checked, judge
from ._facts import FactSet
from ._index import Step, step
from ._settle import waive
from ._state import COLLECTIONS

PROJECT = view_class(Project, "/project")
COUNTED = ("evaluated", "passed", "fired", "unknown", "error", "waived")

Counts = dict[str, dict[str, int]]


class Audit:
    """The rules that judge snapshots, by the resource they judge."""

    def __init__(self, entries: Sequence[Entry], tables: Any) -> None:
        self.entries = tuple(entries)
        self._tables = tables
        self._by_resource: dict[str, list[Step]] = {}
        for entry in entries:
            self._by_resource.setdefault(entry.resource, []).append(step(entry))

    def run(self, facts: FactSet, now: datetime) -> tuple[list[Outcome], Counts]:
        """Every outcome that is neither passed nor not applicable (or has advice), and of each
        rule its counts over the resources."""
        found: list[Outcome] = []
        counts = {entry.id: dict.fromkeys(COUNTED, 0) for entry in self.entries}
        for resource, steps in sorted(self._by_resource.items()):
            try:
                for at, target, of_it in self.targets(resource, facts, now):
                    self._judge(at, target, of_it, now, steps, found, counts)
            except MissingFact as missing:
                at = f"/{COLLECTIONS[resource]}"
                for entry, _, _ in steps:
                    outcome = Outcome(entry, "unknown", at, missing=(missing,))
                    self._count(waive(outcome, None, facts, now), found, counts)
                continue
            if resource != "org" and facts.state is not None:
                note = facts.state.collection(COLLECTIONS[resource]).note(now)
                if note is not None:
                    facts.notes.append(note)
        for rule_counts in counts.values():
            rule_counts["evaluated"] += sum(rule_counts[name] for name in COUNTED[1:])
        found.sort(key=lambda outcome: (outcome.entry.id, outcome.at))
        return found, counts

    def targets(
        self, resource: str, facts: FactSet, now: datetime
    ) -> Iterator[tuple[str, View, FactSet]]:
        """Every resource of that type in a snapshot: its pointer, itself, and the facts of it.

        Raises MissingFact, before any, where the snapshot does not tell of them or no more.
        """
        if resource == "org":
            yield "/org", facts.org.org, facts.of_resource(make(PROJECT, {}))
            return
        assert facts.state is not None  # a snapshot is its own state
        collection = facts.state.collection(COLLECTIONS[resource])
        collection.fresh(now)
        for target in collection.items.values():
            project = target if resource == "project" else self._project(target, facts)
            yield target.__dict__[PLACE].pointer, target, facts.of_resource(project)

    def _judge(
        self,
        at: str,
        target: Any,
        facts: FactSet,
        now: datetime,
        steps: Sequence[Step],
        found: list[Outcome],
        counts: Counts,
    ) -> None:
        for entry, when, check in steps:
            try:
                if when is None or when(target, facts, now):
                    findings = check(target, facts, now)
                    if findings is NOTHING or findings is False:
                        counts[entry.id]["passed"] += 1
                        continue
                    if findings is True:
                        outcome = Outcome(entry, "fired", at)
                    else:
                        outcome = checked(entry, findings, at)
                else:
                    continue
            except RAISED:
                outcome = judge(entry, target, facts, now, at)
            self._count(waive(outcome, target, facts, now), found, counts)

    def _count(self, outcome: Outcome, found: list[Outcome], counts: Counts) -> None:
        if outcome.status != "not_applicable":
            counts[outcome.entry.id][outcome.status] += 1
        if outcome.status not in ("passed", "not_applicable") or outcome.findings:
            found.append(outcome)

    def _project(self, target: View, facts: FactSet) -> Any:
        """The project that a resource belongs to."""
        if "project" not in type(target).fields:
            return make(PROJECT, {})
        if "project" not in target.__dict__:
            at = target.__dict__[PLACE].pointer
            return make(PROJECT, {PLACE: Place("/project", key=f"{at}/project")})
        id_ = target.__dict__["project"]
        if id_ is None:
            return nothing(PROJECT)
        rows = getattr(self._tables, "projects", None)
        if rows is not None and id_ in rows:
            return rows[id_]
        assert facts.state is not None  # a snapshot is its own state
        if facts.state.has("projects"):
            item = facts.state.collection("projects").items.get(id_)
            if item is not None and rows is None:
                return item
        elif rows is None:
            return make(PROJECT, {"id": id_, PLACE: Place("/project", key="/projects")})
        return make(PROJECT, {**nothing(PROJECT).__dict__, "id": id_})
