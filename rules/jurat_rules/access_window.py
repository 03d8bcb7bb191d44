"""Calls are made within the hours allowed, and not during a freeze."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from jurat.canon import format_time, parse_time
from jurat.model import Request
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    Facts,
    Finding,
    ParamError,
    RuleKind,
    RuleParams,
    RuleSpec,
)

from ._windows import (
    DAYS,
    EVER,
    Daily,
    Day,
    Timetable,
    Week,
    must_exist,
    must_not_overlap,
    ordered,
    without,
)
from ._zones import At, instant, start_of, zone_named

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?", re.ASCII)
_MONDAY = datetime(2026, 5, 25)  # the week of the examples
_FORMS = "write a date (2026-12-20), a local time (2026-12-20T18:00) or an RFC 3339 instant"


def _clock(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise ParamError("no time of day", help="write hours and minutes, like 08:00 or 24:00")
    return text


Clock = Annotated[str, AfterValidator(_clock)]


class Window(RuleParams):
    """A window that opens on some days of the week."""

    days: tuple[Day, ...] = DAYS
    """The days on which it opens (default: every day)."""
    from_: Clock = Field(alias="from")
    """When it opens, like `08:00`."""
    to: Clock
    """When it closes, like `18:00`; before `from`, that is on the next day."""


class Period(RuleParams):
    """A span of time: dates, local times, or RFC 3339 instants."""

    from_: str = Field(alias="from")
    """When it begins. A date begins with its first moment."""
    to: str
    """When it ends. A date is included, to its last moment; a time is not."""


class Freeze(Period):
    """A period in which no calls are made."""

    why: str = ""
    """What callers are told of the reason."""
    exceptions: tuple[Period, ...] = ()
    """Periods inside this one in which calls are made all the same."""


class AccessWindow(RuleKind):
    """Calls are made at the times allowed: hours of the week, and not during a freeze.

    ## What it does
    Fires where now lies in none of the windows of `allow`, and where it lies in one of `freezes`
    and in none of its exceptions. Hours are those that the clock shows in `zone`, summer time
    included. A window that ends before it begins (22:00 to 06:00) ends on the next day, and
    belongs to the day on which it begins. Windows and periods include their first moment and not
    their last. `now` is the clock of the decision, never the time that a request claims.

    ## Why
    An account that works by night when nobody is there to see it is the sign of a stolen key, and
    a change in the last week of the year is one that nobody is there to undo.

    ## Example
    ```yaml
    - id: hours
      title: Batch accounts call at night, and not over New Year
      kind: access.window
      effect: deny
      severity: medium
      when: request.actor.kind == "service_account"
      params:
        zone: Europe/Berlin
        allow:
          - {days: [mon, tue, wed, thu], from: 22:00, to: 06:00}
          - {days: [sat, sun], from: 00:00, to: 24:00}
        freezes:
          - from: 2026-12-20
            to: 2027-01-02
            why: year's end
            exceptions: [{from: 2026-12-28T08:00, to: 2026-12-28T12:00}]
    ```

    ## Options
    - `zone`: the time zone, by its name in the IANA database (`Europe/Berlin`, `UTC`).
    - `allow`: windows in which calls are made; without it, at all hours. `days` are of `mon`,
      `tue`, `wed`, `thu`, `fri`, `sat`, `sun` (default: all), `from` and `to` are times of day.
    - `freezes`: periods in which no calls are made, each with `from`, `to`, and where needed `why`
      and `exceptions`. A date as `to` is included; a time is where the period ends.

    ## Limits
    Windows must not overlap one another, nor freezes. A local time that the clock skips is
    refused, and so is one of a freeze that comes twice: write an instant with its offset. A window
    that opens or closes where the clock skips (02:30 on a Sunday in March) is refused if it is
    open on that day of the week. Where the clock is set back, an hour comes twice, and so does
    what a window says of it. The zones come with jurat, the same on every platform: keep the
    package tzdata up to date, as states change their clocks. Who may call during a freeze is
    said by `when`, or by a waiver.

    ## Codes
    | code | meaning |
    |---|---|
    | `outside-window` | now lies in no window |
    | `frozen` | now lies in a freeze |
    """

    name = "access.window"
    judges = Request
    effects = {"deny", "advise"}

    class Params(RuleParams):
        zone: str
        """The time zone, by its name in the IANA database: `Europe/Berlin`."""
        allow: tuple[Window, ...] | None = None
        """Windows of the week in which calls are made; without it, at all hours."""
        freezes: tuple[Freeze, ...] = ()
        """Periods in which no calls are made."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        zone = zone_named(params.zone, ("zone",))
        if params.allow is None and not params.freezes:
            raise ParamError(
                "there is neither a window nor a freeze, so nothing would ever fire",
                help="give allow, freezes, or both",
            )
        week = None if params.allow is None else _week(params.allow, zone)
        timetable = Timetable(zone, week, _frozen(params.freezes, zone))
        outside = _outside(params)
        freezes = tuple(_freeze(freeze, zone) for freeze in params.freezes)
        # what holds now holds until the next opening, closing or change of the clock
        latest: tuple[datetime, datetime, tuple[Finding, ...]] = (EVER, EVER, ())

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            nonlocal latest
            known = latest  # one object, replaced whole: threads see the old one or the new
            if known[0] <= now < known[1]:
                return known[2]
            since, until, opened, number = timetable.at(now)
            found: tuple[Finding, ...] = () if opened else (outside,)
            if number is not None:
                found += (freezes[number],)
            latest = (since, until, found)
            return found

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        return ()  # the clock of the decision alone

    def examples(self, params: Any) -> Examples:
        zone = zone_named(params.zone, ("zone",))
        week = None if params.allow is None else _week(params.allow, zone)
        frozen = _frozen(params.freezes, zone)
        timetable = Timetable(zone, week, frozen)
        fires, passes = None, None
        for now in _moments(week, frozen, zone):
            _, _, opened, number = timetable.at(now)
            if opened and number is None:
                passes = passes or now
            else:
                fires = fires or now

        def made(now: datetime | None, what: str) -> tuple[Example, ...]:
            if now is None:
                return ()
            local = now.astimezone(zone)
            note = f"{what}: {DAYS[local.weekday()]} {local:%Y-%m-%d %H:%M} in {zone}"
            return (Example({"action": "chat.completions"}, now=format_time(now), note=note),)

        return Examples(fires=made(fires, "not allowed"), passes=made(passes, "allowed"))


def _daily(window: Window, at: At) -> Daily:
    if not window.days:
        raise ParamError("no day is left", at=(*at, "days"), help="name days, like [mon, tue]")
    begin, end = _time_of_day(window.from_), _time_of_day(window.to)
    if window.from_ == "24:00":
        raise ParamError(
            "a day has no more to open in",
            at=(*at, "from"),
            help="write 00:00, and the day after",
        )
    if begin == end:
        raise ParamError(
            "the window is empty: it closes when it opens",
            at=(*at, "to"),
            help="for a whole day write from 00:00 to 24:00",
        )
    return Daily(tuple(DAYS.index(day) for day in window.days), begin, end)


def _time_of_day(clock: str) -> timedelta:
    hours, _, minutes = clock.partition(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _week(windows: tuple[Window, ...], zone: tzinfo) -> Week:
    if not windows:
        raise ParamError(
            "there is no window, so no call would ever be allowed",
            at=("allow",),
            help="give a window, or leave allow out",
        )
    daily = [_daily(window, ("allow", number)) for number, window in enumerate(windows)]
    must_not_overlap(daily, ("allow",))
    must_exist(daily, zone, ("allow",))
    week = Week(daily)
    if week.always:
        raise ParamError(
            "the windows leave nothing out", at=("allow",), help="leave allow out, or narrow it"
        )
    return week


def _moment(text: str, zone: tzinfo, at: At, *, ends: bool) -> datetime:
    """The instant of a date, local time or RFC 3339 time. A date that ends is included."""
    try:
        if _DATE.fullmatch(text):
            return start_of(date.fromisoformat(text) + timedelta(days=ends), zone)
        if _LOCAL.fullmatch(text):
            return instant(datetime.fromisoformat(text), zone, at)
        return parse_time(text)
    except ParamError:
        raise
    except (ValueError, OverflowError):
        raise ParamError(f"{text[:40]!r} is no time", at=at, help=_FORMS) from None


def _span(period: Period, zone: tzinfo, at: At) -> tuple[datetime, datetime]:
    begin = _moment(period.from_, zone, (*at, "from"), ends=False)
    end = _moment(period.to, zone, (*at, "to"), ends=True)
    if end <= begin:
        raise ParamError(
            "it ends before it begins" if end < begin else "it is empty: it ends when it begins",
            at=(*at, "to"),
            help="write a time after `from`",
        )
    return begin, end


def _frozen(freezes: tuple[Freeze, ...], zone: tzinfo) -> list[tuple[datetime, datetime, int]]:
    """The spans in which calls are refused, in order, with the numbers of their freezes."""
    spans = {n: _span(freeze, zone, ("freezes", n)) for n, freeze in enumerate(freezes)}
    frozen = []
    for begin, end, number in ordered(spans, "freezes", ("freezes",)):
        at = ("freezes", number, "exceptions")
        holes = {n: _span(e, zone, (*at, n)) for n, e in enumerate(freezes[number].exceptions)}
        for n, hole in holes.items():
            if hole[0] < begin or hole[1] > end:
                raise ParamError(
                    "the exception lies outside of its freeze, or sticks out of it",
                    at=(*at, n),
                    help=f"the freeze is from {format_time(begin)} to {format_time(end)}",
                )
        left = without((begin, end), ordered(holes, "exceptions", at))
        if not left:
            raise ParamError(
                "the exceptions leave nothing of the freeze", at=at, help="take the freeze out"
            )
        frozen += [(since, until, number) for since, until in left]
    return frozen


def _outside(params: Any) -> Finding:
    windows = "; ".join(
        f"{' '.join(window.days) if len(window.days) < len(DAYS) else 'daily'} "
        f"{window.from_} to {window.to}"
        for window in params.allow or ()
    )
    return Finding(
        "outside-window",
        f"calls are allowed at these times only: {windows} ({params.zone})",
        evidence={"zone": params.zone},
        remediation="Call within the hours allowed.",
    )


def _freeze(freeze: Freeze, zone: tzinfo) -> Finding:
    end = _moment(freeze.to, zone, (), ends=True).astimezone(zone).isoformat()
    return Finding(
        "frozen",
        f"calls are frozen until {end}" + (f": {freeze.why}" if freeze.why else ""),
        evidence={"zone": str(zone), "until": end},
        remediation="Wait for the end of the freeze, or ask for an exception.",
    )


def _moments(
    week: Week | None, frozen: list[tuple[datetime, datetime, int]], zone: tzinfo
) -> Iterator[datetime]:
    """Moments among which some are in a window and some not, some frozen and some not."""
    turns = [turn for begin, end, _ in frozen for turn in (begin, end)]
    edges = [timedelta(hours=12)] if week is None else week.edges[:-1]
    yield from turns
    for base in [_MONDAY, *(turn.astimezone(zone).replace(tzinfo=None) for turn in turns)]:
        monday = base.replace(hour=0, minute=0, second=0, microsecond=0)
        monday -= timedelta(days=monday.weekday())
        for edge in (*edges, *(edge + timedelta(days=7) for edge in edges)):
            yield (monday + edge).replace(tzinfo=zone).astimezone(UTC)
