"""Windows of the week and periods that interrupt them: what holds at an instant, and how long."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Literal, get_args

from jurat.plugin import ParamError

from ._zones import At, gaps, steady

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)
EVER, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)

_APART = "let one end where the other begins, or make them one"

Span = tuple[timedelta, timedelta]  # of a week, from Monday's midnight on; may end in the next


@dataclass(frozen=True, slots=True)
class Daily:
    """A window that opens on some days of the week. One that ends no later than it begins ends
    on the next day."""

    days: tuple[int, ...]
    """0 is Monday."""
    begin: timedelta
    end: timedelta

    @property
    def length(self) -> timedelta:
        return self.end - self.begin if self.end > self.begin else self.end - self.begin + _DAY

    def spans(self) -> list[Span]:
        return [
            (_DAY * day + self.begin, _DAY * day + self.begin + self.length) for day in self.days
        ]


class Week:
    """The windows of a week, by the clock of a zone. A week has no gap and no summer: what counts
    is what the clock shows."""

    __slots__ = ("_open", "edges")

    def __init__(self, windows: Iterable[Daily]) -> None:
        spans = [span for window in windows for span in window.spans()]
        spans += [(begin - _WEEK, end - _WEEK) for begin, end in spans if end > _WEEK]
        inside = {edge for span in spans for edge in span if timedelta() <= edge < _WEEK}
        self.edges = [*sorted({timedelta(), *inside}), _WEEK]
        self._open = [any(b <= edge < e for b, e in spans) for edge in self.edges[:-1]]

    @property
    def always(self) -> bool:
        return all(self._open)

    def at(self, wall: datetime) -> tuple[bool, timedelta, timedelta]:
        """Whether a window is open when the clock shows `wall` (labelled as UTC), for how long
        that has been so, and how long it stays so."""
        position = (wall - _MONDAY) % _WEEK
        index = bisect_right(self.edges, position)
        since, until = position - self.edges[index - 1], self.edges[index] - position
        return self._open[index - 1], since, until


class Timetable:
    """What is open and what is frozen. `frozen` are spans of time by their number, in order."""

    __slots__ = ("_numbers", "_turns", "_week", "_zone")

    def __init__(
        self,
        zone: tzinfo,
        week: Week | None,
        frozen: Sequence[tuple[datetime, datetime, int]],
    ) -> None:
        self._zone = zone
        self._week = week
        self._turns = [EVER]
        self._numbers: list[int | None] = [None]
        for begin, end, number in frozen:
            self._turns += [begin, end]
            self._numbers += [number, None]

    def at(self, now: datetime) -> tuple[datetime, datetime, bool, int | None]:
        """From when until when the answer holds, whether a window is open, and the number of the
        freeze, if any."""
        index = bisect_right(self._turns, now)
        since = self._turns[index - 1]
        until = self._turns[index] if index < len(self._turns) else NEVER
        opened = True
        if self._week is not None:
            begin, end, ahead = steady(self._zone, now)
            opened, before, after = self._week.at(now + ahead)
            since, until = max(since, begin, now - before), min(until, end, now + after)
        return since, until, opened, self._numbers[index - 1]


def must_not_overlap(windows: Sequence[Daily], at: At) -> None:
    """Raises ParamError where two windows are open at the same time."""
    spans = sorted(
        (span, number) for number, window in enumerate(windows) for span in window.spans()
    )
    (first_begin, first_end), first = spans[0]
    around = [*spans, ((first_begin + _WEEK, first_end + _WEEK), first)]
    for ((_, end), one), ((begin, _), other) in pairwise(around):
        if begin < end:
            day = DAYS[begin // _DAY % 7]
            if one == other:
                raise ParamError(
                    f"{day} stands there twice", at=(*at, one, "days"), help="once will do"
                )
            first, second = sorted((one, other))
            raise ParamError(
                f"windows {first + 1} and {second + 1} overlap on {day}",
                at=(*at, second),
                help=_APART,
            )


def must_exist(windows: Sequence[Daily], zone: tzinfo, at: At) -> None:
    """Raises ParamError where the clock skips a window, or the time at which it opens or closes,
    on one of its days."""
    for begin, end in gaps(zone):
        for back in (1, 0):
            day = begin.replace(hour=0, minute=0, second=0, microsecond=0) - _DAY * back
            for number, window in enumerate(windows):
                if day.weekday() in window.days:
                    _must_exist(window, day, (begin, end), zone, (*at, number))


def _must_exist(
    window: Daily, day: datetime, gap: tuple[datetime, datetime], zone: tzinfo, at: At
) -> None:
    begin, end = gap
    opens = day + window.begin
    closes = opens + window.length
    jump = f"the clock goes from {begin:%H:%M} to {end:%H:%M}"
    drop = f"or leave {DAYS[day.weekday()]} out"
    if begin <= opens and closes <= end:
        raise ParamError(
            f"on {begin:%Y-%m-%d} the whole window is skipped in {zone}: {jump}",
            at=at,
            help=f"let it begin earlier or end later, {drop}",
        )
    for key, moment in (("from", opens), ("to", closes)):
        if begin < moment < end:
            raise ParamError(
                f"on {begin:%Y-%m-%d} there is no {moment:%H:%M} in {zone}: {jump}",
                at=(*at, key),
                help=f"write {begin:%H:%M} or {end:%H:%M}, {drop}",
            )


def ordered(
    spans: Mapping[int, tuple[datetime, datetime]], what: str, at: At
) -> list[tuple[datetime, datetime, int]]:
    """`spans` by time. Raises ParamError where two overlap."""
    found = sorted((begin, end, number) for number, (begin, end) in spans.items())
    for (_, end, one), (begin, _, other) in pairwise(found):
        if begin < end:
            first, second = sorted((one, other))
            raise ParamError(
                f"{what} {first + 1} and {second + 1} overlap",
                at=(*at, second),
                help=_APART,
            )
    return found


def without(
    span: tuple[datetime, datetime], holes: Iterable[tuple[datetime, datetime, int]]
) -> list[tuple[datetime, datetime]]:
    """What is left of `span` without `holes`, which lie in it one after the other."""
    left = []
    begin, end = span
    for hole_begin, hole_end, _ in holes:
        if begin < hole_begin:
            left.append((begin, hole_begin))
        begin = hole_end
    if begin < end:
        left.append((begin, end))
    return left
