"""Time zones: by name, and the local times that a change of the clock skips or repeats.

The zones are those of the package tzdata, not of the machine: then every platform has them, and
all of an organisation's engines agree about an hour.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from difflib import get_close_matches

from jurat.plugin import ParamError

_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)
_STEP = timedelta(days=7)  # no zone changes its clock there and back within a week
_FROM, _TO = datetime(2027, 1, 1, tzinfo=UTC), datetime(2039, 1, 1, tzinfo=UTC)

At = tuple[str | int, ...]


def zone_named(name: str, at: At) -> tzinfo:
    """The zone `name` of the IANA database. Raises ParamError if there is none."""
    from importlib.resources import files  # late: they are slow to import, and few rules need them
    from zoneinfo import ZoneInfo

    root = files("tzdata")
    names = (root / "zones").read_text("utf-8").split()
    if name not in names:
        raise ParamError(f"there is no time zone {name[:60]!r}", at=at, help=_meant(name, names))
    with root.joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def _meant(name: str, names: list[str]) -> str:
    wanted = name.strip().replace(" ", "_").casefold()
    whole = {known.casefold(): known for known in names}
    last = {known.rpartition("/")[2].casefold(): known for known in names}
    for known in (whole, last):
        if close := get_close_matches(wanted, known, n=1, cutoff=0.8):
            return f"did you mean {known[close[0]]}?"
    return "write a name of the IANA database, like Europe/Berlin or UTC: it knows summer time"


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first instant of a day. Where the clock is set forward at midnight, it is that."""
    return _both(datetime(day.year, day.month, day.day), zone)[0]


def instant(local: datetime, zone: tzinfo, at: At) -> datetime:
    """The instant at which clocks show `local`. Raises ParamError where there is none, or two."""
    first, second = _both(local, zone)
    if first == second:
        return first
    shown, name = local.isoformat(timespec="minutes"), str(zone)
    if first < second:
        either = " or ".join(one.astimezone(zone).isoformat() for one in (first, second))
        raise ParamError(
            f"{shown} comes twice in {name}: the clock is set back",
            at=at,
            help=f"write {either}",
        )
    before, after = _shown(zone, turn(zone, second, first))
    raise ParamError(
        f"{shown} does not exist in {name}: the clock goes from {before:%H:%M} to {after:%H:%M}",
        at=at,
        help=f"write {after.isoformat(timespec='minutes')}",
    )


def _both(local: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The instants of `local` by the offset before and after a change of the clock: the same
    where there is none, in order where it repeats `local`, and the later first where it skips it
    (PEP 495)."""
    return (
        local.replace(tzinfo=zone, fold=0).astimezone(UTC),
        local.replace(tzinfo=zone, fold=1).astimezone(UTC),
    )


def gaps(zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """The local times that clocks skip from 2027 to 2038, as [from, to) without zone.

    Twelve years have every day of the week that a yearly rule can fall on.
    """
    before = _FROM
    while before < _TO:
        after = before + _STEP
        if offset(zone, after) > offset(zone, before):
            yield _shown(zone, turn(zone, before, after))
        before = after


def steady(zone: tzinfo, now: datetime) -> tuple[datetime, datetime, timedelta]:
    """The offset of `zone` at `now`, and from when until when it is certain to be that: the
    hour around `now`, or the part of it before or after a change of the clock."""
    begin = now.replace(minute=0, second=0, microsecond=0)
    end = begin + _HOUR
    first, last = offset(zone, begin), offset(zone, end - _SECOND)
    if first == last:
        return begin, end, first
    change = turn(zone, begin, end - _SECOND)
    return (begin, change, first) if now < change else (change, end, last)


def offset(zone: tzinfo, moment: datetime) -> timedelta:
    """What clocks in `zone` are ahead of UTC at an instant."""
    ahead = moment.astimezone(zone).utcoffset()
    assert ahead is not None  # a zone of the database always knows
    return ahead


def turn(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The first second between two instants at which the offset is that of the later one."""
    wanted = offset(zone, after)
    seconds = round((after - before) / _SECOND)
    low, high = 0, seconds  # before + high has the later offset
    while high - low > 1:
        middle = (low + high) // 2
        if offset(zone, before + middle * _SECOND) == wanted:
            high = middle
        else:
            low = middle
    return before + high * _SECOND


def _shown(zone: tzinfo, change: datetime) -> tuple[datetime, datetime]:
    """What clocks show when `change` comes, before and after they are set."""
    after = change.astimezone(zone).replace(tzinfo=None)
    passed = (change - _SECOND).astimezone(zone).replace(tzinfo=None)
    return passed + _SECOND, after
