"""The facts of one decision: everything that rules read beside the input's header."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jurat.model import MissingFact, View
from jurat.plugin import Detections

from ._state import State

NO_DETECTIONS = Detections()


class FactSet:
    """What was collected for one input. `Plan.decide` reads nothing else, and mutates nothing.

    `sent` is the input as it came, `request` its request with the joins; `notes` are remarks of the joins for the decision's advice: (code, pointer, message).
    `assumed` are the values that `assume` filled in, by pointer.
    """

    __slots__ = (
        "assumed",
        "counters",
        "data",
        "detections",
        "kind",
        "notes",
        "now",
        "org",
        "project",
        "request",
        "response",
        "sent",
        "state",
        "supports",
        "used",
    )

    def __init__(
        self,
        kind: str,
        *,
        sent: Any,
        request: Any,
        data: Any,
        now: datetime,
        state: State | None,
        supports: frozenset[str],
        detections: Detections = NO_DETECTIONS,
    ) -> None:
        self.kind = kind
        self.sent = sent
        self.request = request
        self.project = request.project
        self.response: Any = None
        self.org: Any = None
        self.data = data
        self.now = now
        self.state = state
        self.supports = supports
        self.detections = detections
        self.counters: Mapping[str, int] = {}
        self.notes: list[tuple[str, str, str]] = []
        self.assumed: Mapping[str, Any] = {}
        # state that was read, for the record: ids by collection, None for the whole of it
        self.used: dict[str, set[str] | None] = {}

    def of_resource(self, project: Any) -> "FactSet":
        """The facts of one resource of a snapshot: these, with the resource's project."""
        made = object.__new__(FactSet)
        for name in FactSet.__slots__:
            setattr(made, name, getattr(self, name))
        made.project = project
        return made

    def table(self, name: str) -> Mapping[str, View]:
        """The bundle's table `name`, else the collection of the snapshot or the armed state.

        Raises MissingFact where none is there or it is too old.
        """
        rows = getattr(self.data, name, None)
        if rows is not None:
            return rows  # type: ignore[no-any-return]  # an attribute per table, typed by name
        if self.state is None:
            raise MissingFact(f"/{name}", "neither the bundle nor an armed state has it")
        collection = self.state.collection(name)
        collection.fresh(self.now)
        self.used[name] = None
        return collection.items
