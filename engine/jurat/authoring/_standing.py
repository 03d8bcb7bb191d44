"""How a rule stands in its bundle at a time: its mode, and the waivers in force."""

from collections.abc import Iterator
from datetime import datetime

from jurat.bundle import Bundle, Rule, Waiver
from jurat.plugin import Mode

_WEAKEST_FIRST: tuple[Mode, ...] = ("shadow", "warn", "enforce")


def mode_of(bundle: Bundle, rule: Rule) -> Mode:
    """The weaker of the rule's own mode and the bundle's, which is the one that holds."""
    return min(bundle.mode, rule.mode, key=_WEAKEST_FIRST.index)


def waivers_at(bundle: Bundle, rule: Rule, now: datetime) -> Iterator[Waiver]:
    """The waivers of `rule` that are in force at `now`."""
    for waiver in bundle.waivers:
        begun = waiver.granted is None or waiver.granted <= now
        if waiver.rule == rule.id and begun and now < waiver.expires:
            yield waiver
