"""What time alone will change: what has a date in a bundle, and what of an organisation will be
denied."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any

import orjson

from jurat.canon import parse_time
from jurat.engine.past import move_snapshot
from jurat.plan import Decision, Plan

from ._changes import said_of
from ._trial import Trial

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_STEP = timedelta(minutes=1)
_LOOKS = 120_000  # at items of a snapshot, all in all
_FEWEST = 60  # at the whole of one, however large it is

Denied = dict[tuple[str, str], str]
"""By rule and pointer of the resource, what is wrong."""


@dataclass(frozen=True, slots=True)
class Dated:
    """Something in a bundle that has a date between the two times."""

    when: datetime
    what: str
    """waiver, table or rule."""
    name: str
    key: str
    then: str
    """What that means, where it is known."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something of an organisation that is denied from a time on, or no longer: to the minute
    where that is `exact`, else some time before."""

    when: datetime
    rule: str
    at: str
    message: str
    denied: bool
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Forecast:
    """What comes between `now` and `then`."""

    now: datetime
    then: datetime
    dated: tuple[Dated, ...] = ()
    events: tuple[Event, ...] = ()
    judged: bool = False
    """Whether there was a snapshot to judge."""

    def __bool__(self) -> bool:
        return bool(self.dated or self.events)


def forecast(
    plans: tuple[Plan, Plan], now: datetime, then: datetime, state: Mapping[str, Any] | None
) -> Forecast:
    """What comes under the second of `plans` between `now` and `then`, for an organisation that
    stays as `state` shows it. What differs from the first of them at once comes at `now`.

    The snapshot is taken as observed anew at each time, and what it says was last used as used
    again. Raises InvalidInput for a state that is none.
    """
    dated = tuple(sorted(_dated(plans[1], now, then), key=lambda one: (one.when, one.name)))
    if state is None:
        return Forecast(now, then, dated)
    before = _denied(plans[0], state, now, now)
    looking = _Looking(plans[1], state, now)
    first = looking.at(now)
    events = [*_events(now, before, first), *looking.between(now, first, then, looking.at(then))]
    events.sort(key=lambda one: (one.when, not one.denied, one.rule, one.at))
    return Forecast(now, then, dated, tuple(events), judged=True)


def _events(
    when: datetime, before: Denied, after: Denied, *, exact: bool = True
) -> Iterator[Event]:
    for rule, at in after.keys() - before.keys():
        yield Event(when, rule, at, after[rule, at], denied=True, exact=exact)
    for rule, at in before.keys() - after.keys():
        yield Event(when, rule, at, before[rule, at], denied=False, exact=exact)


class _Looking:
    """Looks at a snapshot at one time after the other: the longest time in which something changes
    is halved next, so that what there is no time to find to the minute is found as well as can
    be."""

    def __init__(self, plan: Plan, state: Mapping[str, Any], observed: datetime) -> None:
        self._plan, self._state, self._observed = plan, state, observed
        self._left = max(_FEWEST, _LOOKS // max(1, _items(state)))

    def at(self, when: datetime) -> Denied:
        self._left -= 1
        return _denied(self._plan, self._state, self._observed, when)

    def between(
        self, start: datetime, before: Denied, end: datetime, after: Denied
    ) -> Iterator[Event]:
        """What comes after `start` and up to `end`."""
        number = count()
        waiting = [(start - end, next(number), start, before, end, after)]
        while waiting:
            _, _, start, before, end, after = heappop(waiting)
            if before.keys() == after.keys():
                continue
            half = (start + (end - start) / 2).replace(second=0, microsecond=0)
            if self._left <= 0 or end - start <= _STEP or not start < half < end:
                yield from _events(end, before, after, exact=end - start <= 2 * _STEP)
                continue
            middle = self.at(half)
            heappush(waiting, (start - half, next(number), start, before, half, middle))
            heappush(waiting, (half - end, next(number), half, middle, end, after))


def _items(state: Mapping[str, Any]) -> int:
    """How many things a snapshot lists."""
    collections = (one.get("items") for one in state.values() if isinstance(one, Mapping))
    return sum(len(items) for items in collections if isinstance(items, Mapping))


def _denied(plan: Plan, state: Mapping[str, Any], observed: datetime, when: datetime) -> Denied:
    moved: dict[str, Any] = orjson.loads(orjson.dumps(state))
    move_snapshot(moved, when - observed)
    decision = Trial("org_state", moved, when).decide(plan)
    rules = plan.bundle.rule_by_id
    modes = {entry.id: entry.mode for entry in plan.entries("org_state")}
    messages = _messages(decision)
    return {
        (rule, at): messages.get((rule, at), status)
        for rule, at, status in decision.by_resource()
        if status in ("fired", "unknown", "error")
        and rules[rule].effect != "advise"
        and modes[rule] == "enforce"
    }


def _messages(decision: Decision) -> dict[tuple[str, str], str]:
    """What the reasons say, by rule and resource."""
    found: dict[tuple[str, str], str] = {}
    resources = {(rule, at) for rule, at, _ in decision.by_resource()}
    for reason in decision.reasons:
        for rule in reason.rules or (reason.rule,):
            at = reason.at
            while at and (rule, at) not in resources:
                at = at.rpartition("/")[0]
            found.setdefault((rule, at), reason.message)
    return found


def _dated(plan: Plan, now: datetime, then: datetime) -> Iterator[Dated]:
    said = said_of(plan.bundle)
    for name, waiver in said.waivers.items():
        for key, when in _times(waiver):
            if now < when <= then:
                scope = " ".join(str(waiver.get("scope", "")).split())
                told = f"rule {waiver['rule']} is no longer waived where {scope}"
                yield Dated(when, "waiver", name, key, told if key == "expires" else "")
    for table, rows in said.tables.items():
        for row, columns in rows.items() if isinstance(rows, dict) else ():
            for key, when in _times(columns):
                if now < when <= then:
                    yield Dated(when, "table", f"{table}/{row}", key, "")
    for id_, rule in said.rules.items():
        for key, when in _times(rule.get("params"), "params"):
            if now < when <= then:
                yield Dated(when, "rule", id_, key, "")


def _times(value: Any, at: str = "") -> Iterator[tuple[str, datetime]]:
    """Every time in a value, with its path; of a day, its beginning in UTC."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _times(inner, f"{at}.{key}" if at else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _times(inner, f"{at}.{index}")
    elif isinstance(value, str) and (when := _time(value)) is not None:
        yield at, when


def _time(text: str) -> datetime | None:
    try:
        if _DAY.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        return parse_time(text)
    except ValueError:
        return None
