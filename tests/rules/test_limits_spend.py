from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.model import Request, build, view_class
from jurat_rules.limits_spend import LimitsSpend

# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {"period": "month"},
    {"period": "day", "budget": 5000, "time_zone": "America/New_York"},
    {"period": "30d", "by": "team", "budgets": {"red": 100}, "advise_at": None},
    {"period": "week", "by": "tag", "tag": "cost-center", "budget": 10, "budgets": {"x": 0}},
]
EXCEEDED, NEARLY = ["budget-exceeded"], ["advice budget-nearly-spent"]
NO_COST = ["cost-absent"]
MAY = "rule/spend/project/2026-05-01/proj-a"
PRICE = {"input": 2_000_000, "output": 8_000_000}  # micro-units per million tokens
MONTH = {"period": "month", "budget": 1000}


def request(**fields: Any) -> dict[str, Any]:
    return {"project": {"id": "proj-a"}, "estimated_cost": 100, **fields}


@pytest.mark.parametrize(
    ("held", "codes"),
    [
        (0, []),
        (699, []),
        (700, NEARLY),  # 80 per cent with this request
        (900, NEARLY),  # exactly the budget is allowed
        (901, EXCEEDED),
        (10**12, EXCEEDED),
    ],
)
def test_boundaries(bench: Any, held: int, codes: list[str]) -> None:
    assert bench(LimitsSpend)(MONTH).codes(request(), held={MAY: held}) == codes


def test_without_advice(bench: Any) -> None:
    rule = bench(LimitsSpend)({**MONTH, "advise_at": None})
    assert rule.codes(request(), held={MAY: 900}) == []


@pytest.mark.parametrize(
    ("params", "given", "key"),
    [
        ({"by": "team", "budget": 100}, {"actor": {"team": "red"}}, "team/2026-05-01/red"),
        (
            {"by": "tag", "tag": "cc", "budgets": {"x": 100}},
            {"tags": {"cc": "x", "y": "z"}},
            "tag/2026-05-01/x",
        ),
        ({}, {"project": {"id": "p", "limits": {"spend": 100}}}, "project/2026-05-01/p"),
        ({"period": "30d", "budget": 100}, {}, "project/proj-a"),
        ({"period": "week", "budget": 100}, {}, "project/2026-05-25/proj-a"),
        ({"period": "day", "budget": 100}, {}, "project/2026-05-25/proj-a"),
        ({"counter": "all", "budget": 100}, {}, "project/2026-05-01/proj-a"),
    ],
)
def test_whose_budget(bench: Any, params: dict[str, Any], given: dict[str, Any], key: str) -> None:
    rule = bench(LimitsSpend)({"period": "month", "advise_at": None, **params})
    key = f"{params.get('counter', 'rule')}/spend/{key}"
    given = request(**given)
    assert rule.codes(given, held={}) == []
    assert rule.codes(given, held={key: 1}) == EXCEEDED


@pytest.mark.parametrize(
    ("params", "given", "codes"),
    [
        (MONTH, {"project": {"id": None}}, ["budget-subject-absent"]),
        (MONTH, {"project": {}}, ["unknown /project/id"]),
        ({"period": "month"}, {}, ["unknown /project/limits/spend"]),
        ({"period": "month"}, {"project": {"id": "p", "limits": None}}, ["budget-absent"]),
        ({"period": "day", "by": "team", "budgets": {"red": 1}}, {"actor": {"team": "blue"}},
         ["budget-absent"]),
        ({"period": "day", "by": "team", "budget": 1}, {}, ["unknown /actor/team"]),
        ({"period": "day", "by": "team", "budget": 1}, {"actor": {"team": None}},
         ["budget-subject-absent"]),
        ({"period": "day", "by": "tag", "tag": "cc", "budget": 1}, {}, ["unknown /tags"]),
        ({"period": "day", "by": "tag", "tag": "cc", "budget": 1}, {"tags": {"a": "b"}},
         ["budget-subject-absent"]),
        ({"period": "day", "by": "tag", "tag": "cc", "budget": 1}, {"tags": None},
         ["budget-subject-absent"]),
    ],
)  # fmt: skip
def test_absent_and_unknown(
    bench: Any, params: dict[str, Any], given: dict[str, Any], codes: list[str]
) -> None:
    assert bench(LimitsSpend)(params).codes(request(**given), held={}) == codes


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        # 200 tokens at the dearer price are 1,600
        ({"model_info": {"price": PRICE}, "estimated_tokens": 200}, EXCEEDED),
        ({"model_info": {"price": PRICE}, "estimated_tokens": 125}, NEARLY),
        ({"model_info": {"price": PRICE}, "estimated_tokens": 0}, []),
        ({"model_info": {"price": {"input": 20_000}}, "estimated_tokens": 1}, []),
        ({"model_info": {"price": None}, "estimated_tokens": 1}, NO_COST),
        ({"model_info": {"price": {}}, "estimated_tokens": 1}, NO_COST),
        ({"model_info": {"price": PRICE}, "estimated_tokens": None}, NO_COST),
        ({"model_info": {"price": PRICE}}, ["unknown /estimated_tokens"]),
        ({"estimated_tokens": 1}, ["unknown /model_info/price"]),
        ({"estimated_cost": None, "model_info": {"price": PRICE}, "estimated_tokens": 200},
         EXCEEDED),
        ({"estimated_cost": 0, "model_info": {"price": PRICE}, "estimated_tokens": 200}, []),
    ],
)  # fmt: skip
def test_cost(bench: Any, given: dict[str, Any], codes: list[str]) -> None:
    rule = bench(LimitsSpend)(MONTH)
    assert rule.codes({"project": {"id": "proj-a"}, **given}, held={}) == codes


@pytest.mark.parametrize(
    ("price", "per_token"),
    [
        (PRICE, (2_000_000, 8_000_000)),
        ({"input": 20_000}, (20_000, 0)),
        ({"output": 5}, (5, 5)),
        (None, None),
    ],
)
def test_what_corrects_it(bench: Any, price: Any, per_token: Any) -> None:
    rule = bench(LimitsSpend)(MONTH)
    given = request(model_info={"price": price})
    view = build(view_class(Request), given)
    (use,) = rule.uses(view, None, datetime(2026, 5, 25, tzinfo=UTC))
    assert use.per_token == per_token
    assert (use.amount, use.limit) == (100, 1000)


def test_finding(bench: Any) -> None:
    rule = bench(LimitsSpend)({"period": "month", "budget": 2_000_000})
    (finding,) = rule(request(estimated_cost=500_001), held={MAY: 1_500_000})
    assert finding.at == "/project/id"
    assert finding.message == "2.01 with this request, the budget is 2.00"
    assert finding.evidence == {
        "used": 1_500_000,
        "asked": 500_001,
        "budget": 2_000_000,
        "share": 100,
        "retry_after": 6 * 86400 + 12 * 3600,  # until June begins
    }
    assert finding.remediation
    (advice,) = rule(request(), held={MAY: 1_700_000})
    assert advice.evidence["share"] == 85


@pytest.mark.parametrize(
    ("period", "zone", "now", "begin", "end"),
    [
        ("day", "UTC", "2026-05-25T23:59:59", "2026-05-25", "2026-05-26T00:00"),
        ("day", "Asia/Tokyo", "2026-05-25T15:00:00", "2026-05-26", "2026-05-26T15:00"),
        ("month", "Asia/Tokyo", "2026-05-31T14:59:59", "2026-05-01", "2026-05-31T15:00"),
        ("month", "Asia/Tokyo", "2026-05-31T15:00:00", "2026-06-01", "2026-06-30T15:00"),
        ("week", "UTC", "2026-05-24T12:00:00", "2026-05-18", "2026-05-25T00:00"),
        ("month", "UTC", "2026-12-31T12:00:00", "2026-12-01", "2027-01-01T00:00"),
        ("month", "UTC", "2028-02-29T12:00:00", "2028-02-01", "2028-03-01T00:00"),
        # a day of 23 hours, and one of 25
        ("day", "Europe/Berlin", "2026-03-29T12:00:00", "2026-03-29", "2026-03-29T22:00"),
        ("day", "Europe/Berlin", "2026-10-25T12:00:00", "2026-10-25", "2026-10-25T23:00"),
        # clocks in Cairo skip midnight: the 24th of April begins at one
        ("day", "Africa/Cairo", "2026-04-23T12:00:00", "2026-04-23", "2026-04-23T22:00"),
        ("day", "Africa/Cairo", "2026-04-23T22:00:00", "2026-04-24", "2026-04-24T21:00"),
    ],
)
def test_periods(bench: Any, period: str, zone: str, now: str, begin: str, end: str) -> None:
    rule = bench(LimitsSpend)({"period": period, "budget": 1000, "time_zone": zone})
    view = build(view_class(Request), request())
    (use,) = rule.uses(view, None, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert use.key == f"bundle/rule/spend/project/{begin}/proj-a"
    assert use.window == datetime.fromisoformat(end).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("params", "at"),
    [
        ({"period": "0d"}, None),
        ({"period": "monthly"}, None),
        ({"period": 30}, None),
        ({"period": "month", "budget": -1}, None),
        ({"period": "month", "budgets": {"a": -1}}, None),
        ({"period": "month", "budget": 1.5}, None),
        ({"period": "month", "advise_at": 0}, None),
        ({"period": "month", "advise_at": 100}, None),
        ({"period": "month", "time_zone": "Europe/Berln"}, ("time_zone",)),
        ({"period": "30d", "time_zone": "Europe/Berlin"}, ("time_zone",)),
        ({"period": "month", "by": "tag", "budget": 1}, ("tag",)),
        ({"period": "month", "tag": "x"}, ("tag",)),
        ({"period": "month", "by": "team"}, ()),
    ],
)
def test_refused_params(bench: Any, params: dict[str, Any], at: tuple[str, ...] | None) -> None:
    error = bench(LimitsSpend).refuses(params)
    assert error.help
    assert at is None or error.at == at


ZONES = ["UTC", "Europe/Berlin", "Africa/Cairo", "America/New_York", "Australia/Lord_Howe"]


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
    st.sampled_from(["day", "week", "month"]),
)
def test_a_period_is_the_days_that_its_zone_shows(
    bench: Any, now: datetime, zone: str, period: str
) -> None:
    rule = bench(LimitsSpend)({"period": period, "budget": 1000, "time_zone": zone})
    view = build(view_class(Request), request())
    (use,) = rule.uses(view, None, now)
    day = now.astimezone(ZoneInfo(zone)).date()
    label = use.key.split("/")[4]
    first = datetime.fromisoformat(label).date()
    assert first <= day
    assert now < use.window
    (later,) = rule.uses(view, None, use.window)
    assert later.key.split("/")[4] > label
    assert (first.day == 1) if period == "month" else (period == "day" or first.weekday() == 0)


@given(st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 2000))
def test_more_spent_and_a_smaller_budget_never_allow(
    bench: Any, used: int, more: int, budget: int
) -> None:
    def denies(used: int, budget: int) -> bool:
        rule = bench(LimitsSpend)({"period": "month", "budget": budget})
        return rule.codes(request(), held={MAY: used}) == EXCEEDED  # type: ignore[no-any-return]  # a bench

    if denies(used, budget):
        assert denies(used + more, budget)
        assert denies(used, max(0, budget - more))
