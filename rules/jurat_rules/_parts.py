"""Rules that look at several things and report each that is wrong."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from jurat.plugin import Finding, MissingFact

Part = Callable[[Any, datetime], tuple[Finding, ...]]


def judged(parts: Iterable[Part], target: Any, now: datetime) -> tuple[Finding, ...]:
    """What all `parts` find. Raises the first MissingFact, unless something is known to be wrong:
    that stands, whatever else is unknown."""
    found: list[Finding] = []
    missing: MissingFact | None = None
    for part in parts:
        try:
            found += part(target, now)
        except MissingFact as unknown:
            missing = missing or unknown
    if missing is not None and all(finding.advice for finding in found):
        raise missing
    return tuple(found)
