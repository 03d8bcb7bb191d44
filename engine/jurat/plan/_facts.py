"""The facts of one decision: everything that rules read beside the input's header."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from jurat.model import MissingFact, View
from jurat.plugin import Counted, Detections

from ._counters import NOT_COUNTED
from ._state import State

NO_DETECTIONS = Detections()

T = TypeVar("T")


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
        "fresh",
        "kind",
        "made",
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
        self.counters: Mapping[str, Counted] = NOT_COUNTED
        self.notes: list[tuple[str, str, str]] = []
        # the collections that were found to be fresh: their age is looked at once
        self.fresh: dict[str, Mapping[str, View]] = {}
        self.assumed: Mapping[str, Any] = {}
        # what `once` made: shared by the facts of every resource of a snapshot
        self.made: dict[Callable[..., Any], Any] = {}
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
        items = self._items(name)
        self.used[name] = None
        return items

    def row(self, name: str, id_: str) -> View | None:
        """The row `id_` of `table(name)`; None if it is not listed. Cheaper to record than the
        whole, so it is the way to look one up for a request."""
        rows = getattr(self.data, name, None)
        if rows is not None:
            return rows.get(id_)  # type: ignore[no-any-return]  # as above
        items = self._items(name)
        seen = self.used[name]
        if seen is not None:
            seen.add(id_)
        return items.get(id_)

    def collected(self, name: str) -> Mapping[str, View]:
        """The collection `name` of the snapshot or the armed state, whatever tables there are.

        Raises MissingFact where there is none or it is too old.
        """
        items = self._items(name)
        self.used[name] = None
        return items

    def _items(self, name: str) -> Mapping[str, View]:
        items = self.fresh.get(name)
        if items is not None:
            return items
        if self.state is None:
            raise MissingFact(f"/{name}", "neither the bundle nor an armed state has it")
        collection = self.state.collection(name)
        self.used.setdefault(name, set())  # that it answers is a fact, whatever it says
        collection.fresh(self.now)
        if note := collection.note(self.now):
            self.notes.append(note)
        self.fresh[name] = collection.items
        return collection.items

    def has(self, name: str) -> bool:
        """Whether `table` has a source for `name`, however old."""
        if getattr(self.data, name, None) is not None:
            return True
        if self.state is None or not self.state.has(name):
            return False
        self.used.setdefault(name, set())
        return True

    def once(self, build: Callable[[Any], T]) -> T:
        """What `build` makes of these facts, made once per input: a look-up over a collection.

        A MissingFact that it raises is raised again each time.
        """
        try:
            made = self.made[build]
        except KeyError:
            try:
                made = build(self)
            except MissingFact as missing:
                made = missing
            self.made[build] = made
        if isinstance(made, MissingFact):
            raise MissingFact(made.pointer, made.why)
        return made  # type: ignore[no-any-return]  # kept under the function that made it
