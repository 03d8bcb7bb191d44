"""The words of a bundle: the constants of its conditions, params and tables, sorted by type."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from ipaddress import ip_network
from typing import Any

from pydantic import BaseModel

from jurat.canon import parse_duration, parse_time
from jurat.expr.tree import Const, Node, children

_MOST = 200  # of one sort, from one place


@dataclass(frozen=True, slots=True)
class Words:
    """Constants by type, each once, in the order in which they stand there."""

    texts: dict[str, None] = field(default_factory=dict)
    numbers: dict[int, None] = field(default_factory=dict)
    durations: dict[timedelta, None] = field(default_factory=dict)
    times: dict[datetime, None] = field(default_factory=dict)
    networks: dict[str, None] = field(default_factory=dict)
    maps: list[dict[str, str]] = field(default_factory=list)

    def add(self, value: Any) -> "Words":
        """Take in `value` with all that is in it."""
        match value:
            case bool() | None:
                pass
            case str():
                self._text(str(value.value) if isinstance(value, Enum) else value)
            case int():
                _keep(self.numbers, value)
            case timedelta():
                _keep(self.durations, value)
            case datetime():
                _keep(self.times, value if value.tzinfo else value.replace(tzinfo=UTC))
            case date():
                _keep(self.times, _day(value.isoformat()))
            case BaseModel():
                for name in type(value).model_fields:
                    self.add(getattr(value, name))
            case Mapping():
                if value and all(isinstance(v, str) for v in value.values()):
                    self.maps.append({str(k): v for k, v in value.items()})
                for key, inner in value.items():
                    self.add(key)
                    self.add(inner)
            case Iterable():
                for inner in value:
                    self.add(inner)
        return self

    def take(self, other: "Words") -> "Words":
        """Take in all of `other`."""
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            if isinstance(mine, dict):
                for one in theirs:
                    _keep(mine, one)
            else:
                mine.extend(one for one in theirs if one not in mine)
        return self

    def _text(self, text: str) -> None:
        _keep(self.texts, text)
        if not text[:1].isalnum():
            return
        for known, parsed in (
            (self.durations, parse_duration),
            (self.times, parse_time),
            (self.times, _day),
        ):
            try:
                _keep(known, parsed(text))
            except ValueError:
                continue
        try:
            _keep(self.networks, str(ip_network(text, strict=False)))
        except ValueError:
            return


def words_in(node: Node) -> Words:
    """The constants of a condition."""
    found = Words()
    todo = [node]
    while todo:
        one = todo.pop(0)
        if isinstance(one, Const):
            found.add(one.value)
        todo = [*children(one), *todo]
    return found


def _day(text: str) -> datetime:
    """The beginning of a day like 2026-12-19. Raises ValueError for anything else."""
    return datetime.combine(date.fromisoformat(text), time(), UTC)


def _keep(known: dict[Any, None], value: Any) -> None:
    if len(known) < _MOST:
        known[value] = None
