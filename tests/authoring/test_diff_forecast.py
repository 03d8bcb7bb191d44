"""What time alone denies: to the minute, or as well as there is time to look."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jurat.authoring.diff import _forecast as module
from jurat.authoring.diff import forecast
from jurat.engine import compile_bundles, versions_of
from jurat.plan import Plan
from jurat.plugin import load_plugins

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
FILES = {
    "bundle.yaml": "{name: acme, version: 1.0.0, revision: 1, max_staleness: 1h}",
    "rules/r.yaml": """
- {id: age, title: T, kind: credential.age, on: [request, org_state], effect: deny, severity: high,
   params: {max_age: 60d}}
- {id: expiry, title: T, kind: credential.expiry, on: [request, org_state], effect: deny,
   severity: high, params: {allow_never: true}}
- {id: hint, title: T, kind: credential.age, on: [org_state], effect: advise, severity: low,
   params: {max_age: 30d}}
""",
    "data/models.yaml": 'gpt-4.1: {status: approved, retires: "2026-06-10T00:00:00Z"}\n',
}


def plan(**changed: str) -> Plan:
    registry = load_plugins()
    files = {**FILES, **{f"rules/{name}.yaml": text for name, text in changed.items()}}
    return compile_bundles([files], registry, versions_of(registry))[1][0]


def snapshot(ages: dict[str, timedelta]) -> dict[str, Any]:
    """Keys of these ages; observed just now."""
    return {
        "type": "org_state",
        "observed_at": "2026-05-25T12:00:00Z",
        "projects": {"items": {"p": {}}},
        "credentials": {
            "items": {
                name: {
                    "project": "p",
                    "status": "active",
                    "expires_at": None,
                    "created_at": (NOW - age).isoformat().replace("+00:00", "Z"),
                }
                for name, age in ages.items()
            }
        },
    }


def test_each_key_on_its_day_and_nothing_grows_stale() -> None:
    ages = {f"k{days}": timedelta(days=days) for days in (10, 45, 59, 61)}
    found = forecast((plan(), plan()), NOW, NOW + timedelta(days=30), snapshot(ages))
    assert [(one.at, one.when, one.denied, one.exact) for one in found.events] == [
        ("/credentials/items/k59", NOW + timedelta(days=1, minutes=1), True, True),
        ("/credentials/items/k45", NOW + timedelta(days=15, minutes=1), True, True),
    ]
    assert {one.rule for one in found.events} == {"age"}
    assert [(one.name, one.key) for one in found.dated] == [("models/gpt-4.1", "retires")]


def test_what_the_change_does_comes_at_once() -> None:
    new = plan(r=FILES["rules/r.yaml"].replace("60d", "50d"))
    ages = {"old": timedelta(days=55), "young": timedelta(days=45)}
    found = forecast((plan(), new), NOW, NOW + timedelta(days=10), snapshot(ages))
    assert [(one.at[-5:], one.when) for one in found.events] == [
        ("s/old", NOW),
        ("young", NOW + timedelta(days=5, minutes=1)),
    ]
    back = forecast((new, plan()), NOW, NOW, snapshot(ages))
    assert [(one.at[-5:], one.denied) for one in back.events] == [("s/old", False)]


def test_with_few_looks_a_time_is_told_as_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOKS", 0)
    monkeypatch.setattr(module, "_FEWEST", 8)
    ages = {f"k{days}": timedelta(days=days) for days in range(30, 60)}
    found = forecast((plan(), plan()), NOW, NOW + timedelta(days=32), snapshot(ages))
    assert len(found.events) == 30
    assert not any(one.exact for one in found.events)
    for one in found.events:
        due = NOW + timedelta(days=60 - int(one.at[-2:]))
        assert due < one.when <= due + timedelta(days=8)
