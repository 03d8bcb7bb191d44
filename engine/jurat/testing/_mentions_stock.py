"""Bases and values as they are under other clocks, each made once."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jurat.model import mapped_model, nested_model

from ._mentions_collect import Base
from ._mentions_fields import ANY, MODELS, fields_of
from ._mentions_shift import shift

if TYPE_CHECKING:
    from ._mentions import Mentions


class Stock:
    """What documents of one input are made of; with the id of a rule, of its own values above
    all."""

    def __init__(self, mentions: "Mentions", input: str, rule: str = "") -> None:
        self._mentions = mentions
        self._input = input
        self._model = MODELS[input]
        self._given: dict[tuple[int, datetime], Mapping[str, Any]] = {}
        self._values: dict[datetime, Mapping[str, tuple[Any, ...]]] = {
            mentions.now: mentions.values_by(input, rule) if rule else mentions.by_input[input]
        }

    def at(self, base: Base, now: datetime) -> Mapping[str, Any]:
        """What a base gives, its times moved to where they are when it is `now`."""
        if base.now == now:
            return base.given
        key = (id(base), now)  # of the mentions' own, which live as long as this
        if key not in self._given:
            self._given[key] = shift(self._model, base.given, now - base.now)
        return self._given[key]

    def values(self, now: datetime) -> Mapping[str, tuple[Any, ...]]:
        """The values of each field, times among them where they are when it is `now`."""
        if now not in self._values:
            fields, by = fields_of(self._input), now - self._mentions.now
            self._values[now] = {
                pointer: _moved(self._model, fields[pointer].path, values, by)
                for pointer, values in self._values[self._mentions.now].items()
            }
        return self._values[now]


def _moved(model: Any, path: tuple[str, ...], values: tuple[Any, ...], by: Any) -> tuple[Any, ...]:
    """Values of the field at `path`, times among them moved."""
    for step in path[:-1]:
        if step in (ANY, "items"):
            item = None if step == ANY else mapped_model(model.model_fields["items"].annotation)
            model = item or model
        else:
            model, _ = nested_model(model.model_fields[step].annotation)
    return tuple(shift(model, {path[-1]: value}, by)[path[-1]] for value in values)
