"""Moving the times of a document, so that it keeps its meaning under another clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from jurat.canon import format_time, parse_time
from jurat.model import mapped_model, nested_model


def shift(model: type[BaseModel], document: Mapping[str, Any], by: timedelta) -> dict[str, Any]:
    """`document`, of the form of `model`, with every time in it moved by the same distance.

    A time that would leave the calendar stays where it is.
    """
    if not by:
        return dict(document)
    return {
        name: _shifted(_inside(model).get(name), value, by) for name, value in document.items()
    }


def _shifted(inner: Any, value: Any, by: timedelta) -> Any:
    if value is None or inner is None:
        return value
    if inner is datetime:
        moment = parse_time(value) if isinstance(value, str) else value
        try:
            return format_time(moment + by)
        except OverflowError:
            return format_time(moment)
    how, nested = inner
    if how == "list":
        return [shift(nested, item, by) for item in value]
    if how == "map":
        return {key: shift(nested, item, by) for key, item in value.items()}
    return shift(nested, value, by)


@cache
def _inside(model: type[BaseModel]) -> Mapping[str, Any]:
    """By field, how the times in it are reached: only fields that hold some are named."""
    found: dict[str, Any] = {}
    for attribute, spec in model.model_fields.items():
        name = spec.alias or attribute
        nested, repeated = nested_model(spec.annotation)
        item = mapped_model(spec.annotation)
        if item is not None:
            found[name] = ("map", item)
        elif nested is not None:
            found[name] = ("list" if repeated else "one", nested)
        elif _is_time(spec.annotation):
            found[name] = datetime
    return found


def _is_time(annotation: Any) -> bool:
    return annotation is datetime or any(_is_time(option) for option in get_args(annotation))
