from datetime import UTC, datetime, timedelta, tzinfo
from threading import Thread
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from jurat.bundle import BundleError
from jurat.engine import Engine
from jurat.plugin import ParamError
from jurat_rules._zones import gaps, steady, zone_named
from jurat_rules.access_window import AccessWindow

WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]
OFFICE = {"days": WORKDAYS, "from": "08:00", "to": "18:00"}
NIGHT = {"days": ["mon", "tue", "wed", "thu"], "from": "22:00", "to": "06:00"}
YEAR_END = {"from": "2026-12-20", "to": "2027-01-02"}
# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {"zone": "Europe/Berlin", "allow": [OFFICE]},
    {
        "zone": "America/New_York",
        "allow": [NIGHT, {"days": ["sat", "sun"], "from": "00:00", "to": "24:00"}],
        "freezes": [{**YEAR_END, "why": "year's end"}],
    },
    {"zone": "UTC", "freezes": [{"from": "2026-05-25T12:00:00Z", "to": "2026-05-25T12:00:01Z"}]},
    {"zone": "Asia/Kathmandu", "allow": [{"from": "00:00", "to": "23:59"}]},
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def rule(bench: Any, zone: str = "Europe/Berlin", **params: Any) -> Any:
    made = bench(AccessWindow)({"zone": zone, **params})
    return lambda now: made.codes({}, now=at(now).astimezone(UTC))


@pytest.mark.parametrize(
    ("now", "codes"),
    [
        ("2026-05-25T07:59:59.999999+02:00", ["outside-window"]),  # a Monday in summer
        ("2026-05-25T08:00:00+02:00", []),
        ("2026-05-25T17:59:59.999999+02:00", []),
        ("2026-05-25T18:00:00+02:00", ["outside-window"]),
        ("2026-05-23T12:00:00+02:00", ["outside-window"]),  # a Saturday
        ("2026-01-05T07:59:59+01:00", ["outside-window"]),  # a Monday in winter
        ("2026-01-05T08:00:00+01:00", []),
        ("2026-01-05T18:00:00+01:00", ["outside-window"]),
    ],
)
def test_hours(bench: Any, now: str, codes: list[str]) -> None:
    assert rule(bench, allow=[OFFICE])(now) == codes


@pytest.mark.parametrize(
    ("now", "codes"),
    [
        ("2026-05-25T05:59:00+02:00", ["outside-window"]),  # Monday: no window began on Sunday
        ("2026-05-25T21:59:59+02:00", ["outside-window"]),
        ("2026-05-25T22:00:00+02:00", []),
        ("2026-05-26T00:00:00+02:00", []),
        ("2026-05-26T05:59:59+02:00", []),
        ("2026-05-26T06:00:00+02:00", ["outside-window"]),
        ("2026-05-29T05:59:59+02:00", []),  # Friday: the window of Thursday
        ("2026-05-29T22:00:00+02:00", ["outside-window"]),
        ("2026-05-30T00:00:00+02:00", ["outside-window"]),
    ],
)
def test_over_midnight(bench: Any, now: str, codes: list[str]) -> None:
    assert rule(bench, allow=[NIGHT])(now) == codes


@pytest.mark.parametrize(
    ("now", "codes"),
    [
        ("2026-05-31T21:59:00+00:00", ["outside-window"]),
        ("2026-05-31T23:59:00+00:00", []),  # Sunday
        ("2026-06-01T00:00:00+00:00", []),  # Monday: the window of Sunday, over the week's end
        ("2026-06-01T05:59:00+00:00", []),
        ("2026-06-01T06:00:00+00:00", ["outside-window"]),
    ],
)
def test_over_the_end_of_the_week(bench: Any, now: str, codes: list[str]) -> None:
    window = {"days": ["sun"], "from": "22:00", "to": "06:00"}
    assert rule(bench, "UTC", allow=[window])(now) == codes


def test_a_whole_day(bench: Any) -> None:
    judge = rule(bench, "UTC", allow=[{"days": ["tue"], "from": "00:00", "to": "24:00"}])
    assert judge("2026-05-25T23:59:59.999999+00:00") == ["outside-window"]
    assert judge("2026-05-26T00:00:00+00:00") == []
    assert judge("2026-05-26T23:59:59.999999+00:00") == []
    assert judge("2026-05-27T00:00:00+00:00") == ["outside-window"]


def test_windows_that_touch(bench: Any) -> None:
    windows = [{"from": "06:00", "to": "12:00"}, {"from": "12:00", "to": "18:00"}]
    judge = rule(bench, "UTC", allow=windows)
    assert judge("2026-05-25T12:00:00+00:00") == []
    assert judge("2026-05-25T18:00:00+00:00") == ["outside-window"]


@pytest.mark.parametrize(
    ("now", "codes"),
    [
        ("2026-12-19T23:59:59.999999+01:00", []),
        ("2026-12-20T00:00:00+01:00", ["frozen"]),
        ("2026-12-28T07:59:59+01:00", ["frozen"]),
        ("2026-12-28T08:00:00+01:00", []),
        ("2026-12-28T11:59:59+01:00", []),
        ("2026-12-28T12:00:00+01:00", ["frozen"]),
        ("2027-01-02T23:59:59.999999+01:00", ["frozen"]),  # a date as `to` is included
        ("2027-01-03T00:00:00+01:00", []),
    ],
)
def test_freezes(bench: Any, now: str, codes: list[str]) -> None:
    hole = {"from": "2026-12-28T08:00", "to": "2026-12-28T12:00"}
    assert rule(bench, freezes=[{**YEAR_END, "exceptions": [hole]}])(now) == codes


def test_freezes_that_touch_and_an_exception_at_an_end(bench: Any) -> None:
    freezes = [
        {"from": "2026-06-02T00:00:00Z", "to": "2026-06-03T00:00:00Z", "why": "second"},
        {
            "from": "2026-06-01",
            "to": "2026-06-01",
            "why": "first",
            "exceptions": [{"from": "2026-06-01T00:00", "to": "2026-06-01T06:00"}],
        },
    ]
    made = bench(AccessWindow)({"zone": "UTC", "freezes": freezes})

    def told(now: str) -> str:
        found = made({}, now=at(now))
        return found[0].message.partition(": ")[2] if found else ""

    assert told("2026-06-01T05:59:59+00:00") == ""
    assert told("2026-06-01T06:00:00+00:00") == "first"
    assert told("2026-06-02T00:00:00+00:00") == "second"
    assert told("2026-06-03T00:00:00+00:00") == ""


def test_both_are_told(bench: Any) -> None:
    made = bench(AccessWindow)(
        {
            "zone": "Europe/Berlin",
            "allow": [OFFICE],
            "freezes": [{**YEAR_END, "why": "Year's end"}],
        }
    )
    outside, frozen = made({}, now=at("2026-12-24T19:00:00+00:00"))
    assert outside.message == (
        "calls are allowed at these times only: mon tue wed thu fri 08:00 to 18:00 (Europe/Berlin)"
    )
    assert frozen.message == "calls are frozen until 2027-01-03T00:00:00+01:00: Year's end"
    assert outside.remediation
    assert frozen.remediation


# -- changes of the clock


@pytest.mark.parametrize(
    ("now", "codes"),
    [
        ("2026-03-29T00:59:59+00:00", ["outside-window"]),  # 01:59 in Berlin, then it is 03:00
        ("2026-03-29T01:00:00+00:00", []),
        ("2026-03-29T01:59:59+00:00", []),
        ("2026-03-29T02:00:00+00:00", ["outside-window"]),
        ("2026-03-30T00:00:00+00:00", []),  # the day after, 02:00 is there
        ("2026-03-29T23:59:59+00:00", ["outside-window"]),
    ],
)
def test_the_clock_is_set_forward(bench: Any, now: str, codes: list[str]) -> None:
    assert rule(bench, allow=[{"from": "02:00", "to": "04:00"}])(now) == codes


@pytest.mark.parametrize(
    ("now", "codes"),
    [
        ("2026-11-01T03:59:59+00:00", ["outside-window"]),
        ("2026-11-01T04:00:00+00:00", []),  # midnight in New York
        ("2026-11-01T05:29:59+00:00", []),  # 01:29 for the first time
        ("2026-11-01T05:30:00+00:00", ["outside-window"]),
        ("2026-11-01T05:59:59+00:00", ["outside-window"]),
        ("2026-11-01T06:00:00+00:00", []),  # 01:00 for the second time
        ("2026-11-01T06:30:00+00:00", ["outside-window"]),
    ],
)
def test_the_clock_is_set_back(bench: Any, now: str, codes: list[str]) -> None:
    window = {"days": ["sun"], "from": "00:00", "to": "01:30"}
    assert rule(bench, "America/New_York", allow=[window])(now) == codes


@pytest.mark.parametrize("backward", [False, True])
def test_through_a_night_in_which_the_clock_is_set_back(bench: Any, backward: bool) -> None:
    window = {"days": ["sun"], "from": "00:00", "to": "01:30"}
    made = bench(AccessWindow)({"zone": "America/New_York", "allow": [window]})
    start = at("2026-11-01T03:00:00+00:00")
    minutes = range(0, 300, 5)
    for minute in reversed(minutes) if backward else minutes:
        is_open = 60 <= minute < 150 or 180 <= minute < 210
        codes = made.codes({}, now=start + timedelta(minutes=minute))
        assert codes == ([] if is_open else ["outside-window"])


ZONES = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",  # the clock changes at midnight
    "America/Santiago",
    "Africa/Cairo",  # at midnight, on a Friday
    "Africa/Casablanca",
    "America/Nuuk",
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Chatham",  # at 45 minutes past
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Pacific/Apia",
    "Pacific/Kiritimati",
]
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# zoneinfo's own, of the same data: the machine's may be of another year
PLAIN = {name: zone_named(name, ()) for name in ZONES}
TURNS = {
    name: [begin.replace(tzinfo=zone).astimezone(UTC) for begin, _ in gaps(zone)]
    for name, zone in PLAIN.items()
}
clocks = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
windows = st.fixed_dictionaries(
    {"days": st.sets(st.sampled_from(DAYS), min_size=1).map(sorted), "from": clocks, "to": clocks}
)


@st.composite
def moments(draw: Any) -> tuple[str, list[datetime]]:
    """A zone, and moments: some anywhere, some about a change of its clock."""
    zone = draw(st.sampled_from(ZONES))
    anywhere = st.datetimes(datetime(2026, 1, 1), datetime(2039, 1, 1))
    some = anywhere.map(lambda moment: moment.replace(tzinfo=UTC))
    if TURNS[zone]:
        near = st.timedeltas(timedelta(hours=-5), timedelta(hours=5))
        some |= st.builds(datetime.__add__, st.sampled_from(TURNS[zone]), near)
    return zone, draw(st.lists(some, min_size=1, max_size=8))


def shows(window: dict[str, Any], zone: tzinfo, now: datetime) -> bool:
    """Whether a clock in `zone` shows a time in the window: the plain way."""
    local = now.astimezone(zone)
    day, clock = DAYS[local.weekday()], f"{local:%H:%M}"
    yesterday = DAYS[local.weekday() - 1]
    if window["from"] < window["to"]:
        return day in window["days"] and window["from"] <= clock < window["to"]
    return (day in window["days"] and clock >= window["from"]) or (
        yesterday in window["days"] and clock < window["to"]
    )


@given(drawn=moments(), allow=st.lists(windows, min_size=1, max_size=2))
def test_windows_are_as_the_clock_shows(bench: Any, drawn: Any, allow: Any) -> None:
    name, nows = drawn
    try:
        made = bench(AccessWindow)({"zone": name, "allow": allow})
    except ParamError:
        assume(False)
    for now in nows:  # one after the other, so that what is remembered is tried
        is_open = any(shows(window, PLAIN[name], now) for window in allow)
        assert made.codes({}, now=now) == ([] if is_open else ["outside-window"])


@given(drawn=moments())
@example(("Australia/Lord_Howe", [at("2026-10-03T15:29:59.999999+00:00")]))
@example(("Australia/Lord_Howe", [at("2026-10-03T15:30:00+00:00")]))
def test_the_offset_holds_as_long_as_it_is_said_to(drawn: Any) -> None:
    name, nows = drawn
    for now in nows:
        since, until, ahead = steady(PLAIN[name], now)
        assert since <= now < until
        for moment in (since, now, until - timedelta(microseconds=1)):
            assert moment.astimezone(PLAIN[name]).utcoffset() == ahead


@given(
    begin=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    length=st.timedeltas(timedelta(seconds=1), timedelta(days=90)),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 4, 1)),
)
def test_a_freeze_is_from_and_to(
    bench: Any, begin: datetime, length: timedelta, now: datetime
) -> None:
    begin, now = begin.replace(microsecond=0, tzinfo=UTC), now.replace(tzinfo=UTC)
    length = timedelta(seconds=int(length.total_seconds()))
    freeze = {"from": begin.isoformat(), "to": (begin + length).isoformat()}
    made = bench(AccessWindow)({"zone": "UTC", "freezes": [freeze]})
    assert bool(made({}, now=now)) == (begin <= now < begin + length)


@given(nows=st.lists(st.integers(0, 14 * 24 * 60), min_size=2, max_size=8))
def test_what_is_remembered_changes_no_answer(bench: Any, nows: list[int]) -> None:
    params = {
        "zone": "Europe/Berlin",
        "allow": [OFFICE],
        "freezes": [{"from": "2026-03-30", "to": "2026-03-30"}],
    }
    made = bench(AccessWindow)(params)
    for minutes in nows:
        now = at("2026-03-24T00:00:00+00:00") + timedelta(minutes=minutes)
        assert made({}, now=now) == bench(AccessWindow)(params)({}, now=now)


def test_threads_see_whole_answers(bench: Any) -> None:
    made = bench(AccessWindow)({"zone": "Europe/Berlin", "allow": [OFFICE]})
    noon, night = at("2026-05-25T10:00:00+00:00"), at("2026-05-25T22:00:00+00:00")
    wrong: list[datetime] = []

    def ask(now: datetime, codes: list[str]) -> None:
        wrong.extend(now for _ in range(2000) if made.codes({}, now=now) != codes)

    threads = [
        Thread(target=ask, args=(noon, [])),
        Thread(target=ask, args=(night, ["outside-window"])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# -- what is refused


@pytest.mark.parametrize(
    ("params", "where", "told"),
    [
        ({}, (), "neither"),
        ({"allow": []}, ("allow",), "no window"),
        ({"allow": [{**OFFICE, "to": "08:00"}]}, ("allow", 0, "to"), "empty"),
        ({"allow": [{**OFFICE, "days": []}]}, ("allow", 0, "days"), "no day"),
        ({"allow": [{**OFFICE, "days": ["mon", "mon"]}]}, ("allow", 0, "days"), "twice"),
        ({"allow": [{**OFFICE, "from": "24:00"}]}, ("allow", 0, "from"), "no more"),
        ({"allow": [{**OFFICE, "from": "8:00"}]}, (), "time of day"),
        ({"allow": [{**OFFICE, "to": "24:01"}]}, (), "time of day"),
        ({"allow": [{**OFFICE, "to": "18:60"}]}, (), "time of day"),
        ({"allow": [{"from": "00:00", "to": "24:00"}]}, ("allow",), "nothing out"),
        (
            {"allow": [OFFICE, {"days": ["fri", "sat"], "from": "17:59", "to": "20:00"}]},
            ("allow", 1),
            "windows 1 and 2 overlap on fri",
        ),
        (  # over the end of the week
            {
                "allow": [
                    {"days": ["mon"], "from": "05:00", "to": "07:00"},
                    {"days": ["sun"], "from": "22:00", "to": "05:01"},
                ]
            },
            ("allow", 1),
            "windows 1 and 2 overlap on mon",
        ),
        ({"freezes": [{"from": "2026-12-20", "to": "2026-12-19"}]}, ("freezes", 0, "to"), "empty"),
        (
            {"freezes": [{"from": "2026-12-20", "to": "2026-12-01"}]},
            ("freezes", 0, "to"),
            "before",
        ),
        (
            {"freezes": [{"from": "2026-12-20T10:00", "to": "2026-12-20T10:00"}]},
            ("freezes", 0, "to"),
            "empty",
        ),
        (
            {"freezes": [{"from": "20.12.2026", "to": "2026-12-21"}]},
            ("freezes", 0, "from"),
            "no time",
        ),
        (
            {"freezes": [{"from": "2026-12-20", "to": "2026-12-32"}]},
            ("freezes", 0, "to"),
            "no time",
        ),
        (
            {"freezes": [{"from": "2026-12-20", "to": "9999-12-31"}]},
            ("freezes", 0, "to"),
            "no time",
        ),
        (
            {"freezes": [YEAR_END, {"from": "2027-01-02T23:59", "to": "2027-02-01"}]},
            ("freezes", 1),
            "freezes 1 and 2 overlap",
        ),
        (  # a local time that does not exist
            {"freezes": [{"from": "2026-03-29T02:30", "to": "2026-03-30"}]},
            ("freezes", 0, "from"),
            "does not exist in Europe/Berlin: the clock goes from 02:00 to 03:00",
        ),
        (
            {"freezes": [{"from": "2026-03-28", "to": "2026-03-29T02:00"}]},
            ("freezes", 0, "to"),
            "does not exist",
        ),
        (  # and one that comes twice
            {"freezes": [{"from": "2026-10-25T02:30", "to": "2026-10-26"}]},
            ("freezes", 0, "from"),
            "comes twice",
        ),
        (
            {
                "freezes": [
                    {**YEAR_END, "exceptions": [{"from": "2027-01-02", "to": "2027-01-03"}]}
                ]
            },
            ("freezes", 0, "exceptions", 0),
            "sticks out",
        ),
        (
            {
                "freezes": [
                    {**YEAR_END, "exceptions": [{"from": "2026-12-24", "to": "2026-12-26"}] * 2}
                ]
            },
            ("freezes", 0, "exceptions", 1),
            "exceptions 1 and 2 overlap",
        ),
        (
            {
                "freezes": [
                    {**YEAR_END, "exceptions": [{"from": "2026-12-24", "to": "2026-12-23"}]}
                ]
            },
            ("freezes", 0, "exceptions", 0, "to"),
            "empty",
        ),
        (
            {"freezes": [{**YEAR_END, "exceptions": [YEAR_END]}]},
            ("freezes", 0, "exceptions"),
            "nothing",
        ),
    ],
)
def test_refused_params(bench: Any, params: dict[str, Any], where: Any, told: str) -> None:
    error = bench(AccessWindow).refuses({"zone": "Europe/Berlin", **params})
    assert told in error.message
    assert error.at == where
    assert error.help


@pytest.mark.parametrize(
    ("window", "where", "told"),
    [
        (
            {"from": "02:30", "to": "04:00"},
            ("allow", 0, "from"),
            "on 2027-03-28 there is no 02:30",
        ),
        ({"from": "01:00", "to": "02:30"}, ("allow", 0, "to"), "on 2027-03-28 there is no 02:30"),
        ({"from": "22:00", "to": "02:30"}, ("allow", 0, "to"), "there is no 02:30"),  # Saturday's
        ({"from": "02:00", "to": "03:00"}, ("allow", 0), "the whole window is skipped"),
        ({"from": "02:15", "to": "02:45"}, ("allow", 0), "the whole window is skipped"),
        ({"from": "02:00", "to": "03:01"}, None, ""),
        ({"from": "01:59", "to": "02:00"}, None, ""),
        ({"from": "03:00", "to": "02:00"}, None, ""),
    ],
)
def test_windows_at_the_hour_that_is_skipped(
    bench: Any, window: dict[str, Any], where: Any, told: str
) -> None:
    days = ["sun", "sat"]
    if where is None:
        assert bench(AccessWindow)({"zone": "Europe/Berlin", "allow": [{**window, "days": days}]})
        return
    error = bench(AccessWindow).refuses(
        {"zone": "Europe/Berlin", "allow": [{**window, "days": days}]}
    )
    assert told in error.message
    assert error.at == where
    assert "leave s" in error.help
    # on days on which the clock never changes, and in zones where it doesn't, it is there
    assert bench(AccessWindow)(
        {"zone": "Europe/Berlin", "allow": [{**window, "days": ["mon", "tue"]}]}
    )
    assert bench(AccessWindow)({"zone": "Asia/Tokyo", "allow": [{**window, "days": days}]})


@pytest.mark.parametrize(
    ("zone", "help"),
    [
        ("Berlin", "did you mean Europe/Berlin?"),
        ("europe/berlin", "did you mean Europe/Berlin?"),
        ("Europe/Berln", "did you mean Europe/Berlin?"),
        ("America/New York", "did you mean America/New_York?"),
        ("CEST", ""),
        ("+02:00", ""),
        ("../../etc/passwd", ""),
        ("", ""),
        ("posixrules", ""),
    ],
)
def test_zones_that_are_not(bench: Any, zone: str, help: str) -> None:
    error = bench(AccessWindow).refuses({"zone": zone, "allow": [OFFICE]})
    assert error.at == ("zone",)
    assert error.help
    assert help in error.help


def test_a_day_whose_midnight_is_skipped(bench: Any) -> None:
    """In Cairo the clock went from 00:00 to 01:00 on Friday 24 April 2026."""
    judge = rule(bench, "Africa/Cairo", freezes=[{"from": "2026-04-24", "to": "2026-04-24"}])
    assert judge("2026-04-23T21:59:59+00:00") == []
    assert judge("2026-04-23T22:00:00+00:00") == ["frozen"]  # 01:00, the first moment of the day
    assert judge("2026-04-24T20:59:59+00:00") == ["frozen"]
    assert judge("2026-04-24T21:00:00+00:00") == []


# -- in an engine


def load(params: str) -> Engine:
    rules = f"""
- {{id: anyone, title: Anyone, kind: expression, effect: permit, severity: info, when: "true"}}
- id: hours
  title: Hours
  kind: access.window
  effect: deny
  severity: medium
  params:
{params}
"""
    return Engine.load(
        {"bundle.yaml": "{name: sample, version: 1.0.0, revision: 1}", "rules/sample.yaml": rules}
    )


def test_in_an_engine() -> None:
    engine = load(
        """
    zone: Europe/Berlin
    allow:
      - {days: [mon, tue, wed, thu, fri], from: 08:00, to: 18:00}
    freezes:
      - from: 2026-12-20
        to: 2027-01-02
        why: "{year's} end"
"""
    )
    assert engine.evaluate({}, now="2026-05-25T12:00:00Z").allowed
    denied = engine.evaluate({"time": "2026-05-25T12:00:00Z"}, now="2026-12-24T20:00:00Z")
    assert [reason.code for reason in denied.reasons] == ["frozen", "outside-window"]
    assert denied.reasons[0].message.endswith("{year's} end")


@pytest.mark.parametrize(
    ("params", "place", "told"),
    [
        (
            "    {zone: Europe/Berln, freezes: [{from: 2026-12-20, to: 2026-12-21}]}",
            "9:12",
            "time zone",
        ),
        (
            "    zone: Europe/Berlin\n    freezes:\n      - {from: 2026-03-29T02:30, to: 2026-03-30}",
            "11:16",
            "does not exist",
        ),
        ("    {zone: UTC, allow: [{days: [mon], from: 8am, to: 18:00}]}", "9:45", "time of day"),
        ("    {zone: UTC, allow: [{days: [monday], from: 08:00, to: 18:00}]}", "9:33", "mon"),
        ("    {zone: UTC, allow: [{day: [mon], from: 08:00, to: 18:00}]}", "9:26", "days"),
        ("    {zone: UTC, allow: [{days: [mon], from: 08:00}]}", "9:25", "`to` is missing"),
    ],
)
def test_errors_have_a_place(params: str, place: str, told: str) -> None:
    with pytest.raises(BundleError) as caught:
        load(params)
    assert f"rules/sample.yaml:{place}" in str(caught.value)
    assert told in str(caught.value)
