"""Durations in params, and in what people read."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

from jurat.canon import format_duration
from jurat.model import Duration
from jurat.plugin import ParamError


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta():
        raise ParamError("must be longer than nothing", help="write it with its unit, like 60d")
    return value


PositiveDuration = Annotated[Duration, AfterValidator(_positive)]


def rough(value: timedelta) -> str:
    """`value` to the second: people read it."""
    return format_duration(timedelta(days=value.days, seconds=value.seconds))
