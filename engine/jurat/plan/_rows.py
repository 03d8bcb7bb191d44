"""Where joins find rows: the tables of a bundle, the collections of an armed state."""

from collections.abc import Mapping
from typing import Any

from jurat.model import PLACE, Model, Place, View, make, nothing, view_class

from ._facts import FactSet


class Rows:
    """A source of rows for one joined type: a table of the bundle."""

    __slots__ = ("_absent", "_cls", "rows")

    def __init__(self, model: type[Model], at: str, table: Mapping[str, View]) -> None:
        self._cls = view_class(model, at)
        self._absent = dict(nothing(self._cls).__dict__)
        # A row answers for every column, so the joined object is made once, here.
        self.rows = {
            id_: make(self._cls, {**self._absent, **_fields(row), "id": id_})
            for id_, row in table.items()
        }

    def find(self, id_: str, facts: FactSet) -> Any:
        row = self.rows.get(id_)
        return row if row is not None else make(self._cls, {**self._absent, "id": id_})


class StateRows:
    """A source of rows for one joined type: a collection of the armed state."""

    __slots__ = ("_at", "_cls", "name")

    def __init__(self, model: type[Model], at: str, name: str) -> None:
        self._cls = view_class(model, at)
        self._at = at
        self.name = name

    def find(self, id_: str, facts: FactSet) -> Any:
        assert facts.state is not None  # chosen only where the state has the collection
        collection = facts.state.collection(self.name)
        seen = facts.used.setdefault(self.name, set())
        if seen is not None:
            seen.add(id_)
        if why := collection.stale(facts.now):
            return make(self._cls, {"id": id_, PLACE: Place(self._at, why=why)})
        if note := collection.note(facts.now):
            facts.notes.append(note)
        item = collection.items.get(id_)
        if item is None:
            return make(self._cls, {**nothing(self._cls).__dict__, "id": id_})
        place = Place(self._at, why=f"the armed state of {self.name} does not tell it")
        return make(self._cls, {**_fields(item), "id": id_, PLACE: place})


Source = Rows | StateRows


def index_by(rows: Mapping[str, View], *columns: str) -> dict[tuple[Any, ...], str]:
    """Row ids by the values of other columns that a row may be named by."""
    found: dict[tuple[Any, ...], str] = {}
    for id_, row in sorted(rows.items()):
        key = tuple(row.__dict__.get(column) for column in columns)
        if None not in key:
            found.setdefault(key, id_)
    return found


def aliases_of(rows: Mapping[str, View]) -> dict[str, str]:
    aliases: dict[str, str] = {}
    for id_, row in sorted(rows.items()):
        for alias in row.__dict__.get("aliases") or ():
            aliases.setdefault(alias, id_)
    return aliases


def _fields(row: View) -> dict[str, Any]:
    return {name: value for name, value in row.__dict__.items() if name != PLACE}
