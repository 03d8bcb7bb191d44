"""One input that shows what a rule can do, as plain data and as a case that can be decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from jurat.bundle import Case, Expect
from jurat.canon import format_duration, format_time, parse_time
from jurat.model import Stop, View, build, known, view_class

_PARTS = ("given", "supports", "state", "facts", "stops")


@dataclass(frozen=True, slots=True)
class Witness:
    """An input as it would be sent, when it is judged, and what belongs to it, all as JSON."""

    given: Mapping[str, Any]
    now: str
    """RFC 3339."""
    type: str = "request"
    supports: tuple[str, ...] = ()
    state: Mapping[str, Any] | None = None
    """The armed snapshot."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the input does not tell, by pointer; `/counters` are what counters hold."""
    stops: Mapping[str, Any] = field(default_factory=dict)
    """Rows of the table `stops`."""

    def to_dict(self) -> dict[str, Any]:
        """The witness as JSON, without what it has not."""
        made: dict[str, Any] = {"now": self.now}
        if self.type != "request":
            made["type"] = self.type
        made["given"] = dict(self.given)
        if self.supports:
            made["supports"] = list(self.supports)
        for name in ("state", "facts", "stops"):
            value = getattr(self, name)
            if value or (name == "state" and value is not None):
                made[name] = dict(value)
        return made

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Witness":
        """Raises ValueError, TypeError or KeyError for what is none."""
        state = data.get("state")
        parse_time(data["now"])
        return cls(
            dict(data["given"]),
            str(data["now"]),
            str(data.get("type", "request")),
            tuple(map(str, data.get("supports", ()))),
            None if state is None else dict(state),
            dict(data.get("facts", {})),
            dict(data.get("stops", {})),
        )

    def parts(self) -> dict[str, Any]:
        """What may be left out of it, bit by bit, as fresh mappings and lists."""
        made = _copy({name: getattr(self, name) for name in _PARTS})
        assert isinstance(made, dict)
        return made

    def of_parts(self, parts: Mapping[str, Any]) -> "Witness":
        """The witness with other parts."""
        made = _copy(parts)
        return replace(self, **{**made, "supports": tuple(made["supports"])})

    def case(self) -> Case:
        """The witness as a case that expects nothing. Raises ValueError for rows of `stops`, or
        a time, that can't be read."""
        return Case(
            file="",
            line=1,
            column=1,
            _origin=None,  # type: ignore[arg-type]  # it is asked for diagnostics alone
            name="",
            now=parse_time(self.now),
            given=dict(self.given),
            expect=Expect(),
            type=self.type,  # type: ignore[arg-type]  # one that is none judges as invalid input
            supports=frozenset(self.supports),
            state=self.state,
            facts=self.facts,
            stops={id_: _stop(id_, row) for id_, row in self.stops.items()},
        )


def witness_of(case: Case) -> Witness | None:
    """The witness of a case of tests/*.yaml; None for one whose input is a text of bytes."""
    if not isinstance(case.given, Mapping):
        return None
    return Witness(
        {key: value for key, value in case.given.items() if key != "type"},
        format_time(case.now),
        case.type,
        tuple(sorted(case.supports)),
        case.state,
        case.facts,
        {id_: _columns(row) for id_, row in case.stops.items()},
    )


def _stop(id_: str, row: Mapping[str, Any]) -> View:
    """A row as it is in a table: every column, one left out is absent."""
    view: View = build(view_class(Stop), Stop.model_validate({**row, "id": id_}).model_dump())
    return view


def _columns(row: View) -> dict[str, Any]:
    return {
        name: _plain(value)
        for name, value in known(row).items()
        if value is not None and name != "id"
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, timedelta):
        return format_duration(value)
    return value


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_copy(inner) for inner in value]
    return value
