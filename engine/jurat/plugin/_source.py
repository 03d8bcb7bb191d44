"""What a fact source is: an information point (PIP) that the engine asks before it decides."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class FactSource(Protocol):
    """Supplies facts by JSON Pointer into the request, like `/actor/groups`.

    Asked in a thread of its own for at most `deadline`. One that raises or is late makes the
    facts it provides unknown, so what needs them fails closed.
    """

    name: str
    provides: tuple[str, ...]
    deadline: timedelta

    def collect(self, request: Any, now: datetime) -> Mapping[str, Any]:
        """Values by pointer for this request (a view whose unset fields raise MissingFact)."""
        ...
