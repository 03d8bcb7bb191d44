"""Field types of the boundary models, and the base that all models share."""

import socket
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, WithJsonSchema

from jurat.canon import parse_duration, parse_time, utc


class Model(BaseModel):
    """Frozen, closed (no unknown keys), strict (no "5" for 5)."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        arbitrary_types_allowed=False,
        allow_inf_nan=False,
        hide_input_in_errors=True,  # an error may be logged; a value must not
        ser_json_inf_nan="strings",
        protected_namespaces=(),
        use_attribute_docstrings=True,
    )


def _time(value: Any) -> datetime:
    if isinstance(value, str):
        return parse_time(value)
    if isinstance(value, datetime):
        return utc(value)
    raise ValueError("write the time as RFC 3339 with its zone, like 2026-05-25T12:00:00Z")


def _duration(value: Any) -> timedelta:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, timedelta):
        return value
    raise ValueError("write the duration with units, like 60d, 24h or 1h30m (w d h m s ms)")


def _ip(value: Any) -> Any:
    """An address as it was sent, if it is one (RFC 4291 section 2.2 for IPv6, no zone)."""
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in str(value) else socket.AF_INET, value)
    except (OSError, ValueError, TypeError):
        hint = "; leave the zone (%…) out" if "%" in str(value) else ""
        raise ValueError(f"not an IPv4 or IPv6 address{hint}") from None
    return value


# Validated as text and parsed by us: pydantic's own zone objects compare eight times slower.
Time = Annotated[
    datetime, BeforeValidator(_time), WithJsonSchema({"type": "string", "format": "date-time"})
]
Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+(ms|w|d|h|m|s))+$"}),
]
Ip = Annotated[
    str,
    BeforeValidator(_ip),
    WithJsonSchema({"anyOf": [{"type": "string", "format": f} for f in ("ipv4", "ipv6")]}),
]
Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
# JSON has arrays, not tuples: the sequence itself may be a list, its items stay strict.
Strings = Annotated[tuple[str, ...], Strict(False)]
