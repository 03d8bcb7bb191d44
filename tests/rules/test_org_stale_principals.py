from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_rule import STALE, snapshot, told

from jurat_rules.org_stale_principals import OrgStalePrincipals

NEVER = "principal-never-active"
UNKNOWN = "principal-idleness-unknown"
IDLE = "principal-stale"
ACTIVE = "2026-02-24T12:00:00Z"  # 90 days before the bench's now
AFTER = "2026-04-25T12:00:00Z"  # 30 days before it

# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {"max_idle": "90d"},
    {"max_idle": "90d", "grace": "14d", "warn_before": "7d", "kinds": ["user"]},
    {"max_idle": "30d", "grace": "60d", "kinds": ["service_account", "workload"]},
]


def rule(bench: Any, **params: Any) -> Any:
    return bench(OrgStalePrincipals)({"max_idle": "90d", **params}, on="org_state")


def person(**fields: Any) -> dict[str, Any]:
    whole = {"kind": "user", "status": "active", "created_at": None, **fields}
    return {name: value for name, value in whole.items() if value is not ...}


@pytest.mark.parametrize(
    ("max_idle", "codes"),
    [
        ("91d", []),
        ("90d", []),  # exactly max_idle is allowed
        ("89d23h59m59s", [IDLE]),
        ("1d", [IDLE]),
    ],
)
def test_boundary(bench: Any, max_idle: str, codes: list[str]) -> None:
    checked = rule(bench, max_idle=max_idle)
    assert checked.codes(person(last_active_at=ACTIVE)) == codes
    never = [NEVER] if codes else []
    assert checked.codes(person(last_active_at=None, created_at=ACTIVE)) == never


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"last_active_at": None, "created_at": AFTER}, []),
        ({"last_active_at": None, "created_at": "2026-04-25T11:59:59Z"}, [NEVER]),
        ({"last_active_at": None, "created_at": None}, [UNKNOWN]),
        ({"last_active_at": None, "created_at": ...}, ["unknown /created_at"]),
        ({}, ["unknown /last_active_at"]),
        ({"created_at": AFTER}, ["unknown /last_active_at"]),
        # once active, creation is not asked for
        ({"last_active_at": ACTIVE, "created_at": ...}, []),
        ({"last_active_at": ACTIVE, "created_at": "2020-01-01T00:00:00Z"}, []),
        ({"last_active_at": "2026-01-01T00:00:00Z", "created_at": AFTER}, [IDLE]),
    ],
)
def test_never_active_and_grace(bench: Any, fields: dict[str, Any], codes: list[str]) -> None:
    assert rule(bench, grace="30d").codes(person(**fields)) == codes


@pytest.mark.parametrize(
    ("status", "codes"),
    [
        ("active", [IDLE]),
        ("suspended", []),
        ("deactivated", []),
        ("on-leave", [IDLE]),
        (None, [IDLE]),
        (..., [IDLE]),  # looked at where it was supplied
    ],
)
def test_status(bench: Any, status: Any, codes: list[str]) -> None:
    idle = person(last_active_at="2026-01-01T00:00:00Z", status=status)
    assert rule(bench).codes(idle) == codes
    untold = person(status=status)
    assert rule(bench).codes(untold) == (["unknown /last_active_at"] if codes else [])


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("user", [IDLE]),
        ("service_account", []),
        ("workload", []),
        (None, [IDLE]),
        (..., ["unknown /kind"]),
    ],
)
def test_kinds(bench: Any, kind: Any, codes: list[str]) -> None:
    checked = rule(bench, kinds=["user"])
    idle = person(last_active_at="2026-01-01T00:00:00Z", kind=kind)
    assert checked.codes(idle) == codes
    assert rule(bench).codes(idle) == [IDLE]
    assert checked.codes(person(last_active_at=ACTIVE, kind=kind)) == []  # whatever it is
    # of another kind, nothing is asked for
    assert checked.codes(person(kind="workload")) == []


@pytest.mark.parametrize("fields", [("last_active_at",), ("created_at",)])
def test_later_than_now_is_an_error(bench: Any, fields: tuple[str, ...]) -> None:
    later = {"last_active_at": None} | dict.fromkeys(fields, "2026-05-25T12:00:01Z")
    with pytest.raises(ValueError, match="clocks"):
        rule(bench)(person(**later))
    now = {"last_active_at": None} | dict.fromkeys(fields, "2026-05-25T12:00:00Z")
    assert rule(bench).codes(person(**now)) == []


@pytest.mark.parametrize(
    ("warn_before", "idle", "new"),
    [
        ("9d", [], []),
        ("10d", [], []),
        ("10d1s", ["advice principal-idling"], ["advice principal-idling"]),
    ],
)
def test_warn_before(bench: Any, warn_before: str, idle: list[str], new: list[str]) -> None:
    checked = rule(bench, max_idle="100d", grace="40d", warn_before=warn_before)
    assert checked.codes(person(last_active_at=ACTIVE)) == idle
    assert checked.codes(person(last_active_at=None, created_at=AFTER)) == new
    assert checked.codes(person(last_active_at="2026-01-01T00:00:00Z")) == [IDLE]


def test_findings(bench: Any) -> None:
    (stale,) = rule(bench, max_idle="80d")(person(last_active_at=ACTIVE))
    assert stale.message == "idle for 90d, at most 80d are allowed"
    assert stale.evidence == {"idle": "90d", "allowed": "80d"}
    assert (stale.at, bool(stale.remediation)) == ("/last_active_at", True)
    (never,) = rule(bench, grace="1d")(person(last_active_at=None, created_at=ACTIVE))
    assert never.message == "never active since it was created 90d ago"
    assert (never.at, bool(never.remediation)) == ("/created_at", True)


def test_whole_snapshots() -> None:
    params = {"max_idle": "90d"}
    given = snapshot(
        principals={
            "a": person(last_active_at="2026-05-24T12:00:00Z"),
            "b": person(last_active_at="2026-01-01T00:00:00Z"),
            "c": person(),
        }
    )
    assert told("org.stale_principals", params, given) == [
        f"{IDLE} /principals/items/b/last_active_at",
        "unknown /principals/items/c/last_active_at",
    ]
    assert told("org.stale_principals", params, snapshot()) == ["unknown /principals"]
    old = snapshot(STALE, principals={})
    assert told("org.stale_principals", params, old) == ["unknown /principals"]


@pytest.mark.parametrize(
    ("params", "at"),
    [
        ({"max_idle": "0d"}, ()),
        ({"grace": "0d"}, ()),
        ({"warn_before": "90d"}, ("warn_before",)),
        ({"grace": "7d", "warn_before": "7d"}, ("warn_before",)),
        ({"kinds": []}, ("kinds",)),
        ({"kinds": ["user", "user"]}, ("kinds", 1)),
    ],
)
def test_refused_params(bench: Any, params: dict[str, Any], at: tuple[str | int, ...]) -> None:
    error = bench(OrgStalePrincipals).refuses({"max_idle": "90d", **params}, on="org_state")
    assert error.at == at
    assert error.help


span = st.timedeltas(timedelta(), timedelta(days=400))


@given(active=st.none() | span, created=st.none() | span, later=span)
def test_once_stale_always_stale(
    bench: Any, active: timedelta | None, created: timedelta | None, later: timedelta
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    who = person(
        last_active_at=None if active is None else now - active,
        created_at=None if created is None else now - created,
    )
    checked = rule(bench, grace="30d", warn_before="5d")
    first = checked.codes(who, now=now)
    if first and not first[0].startswith("advice"):
        assert checked.codes(who, now=now + later) == first
