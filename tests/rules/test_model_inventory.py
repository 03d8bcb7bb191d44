from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.bundle import BundleError
from jurat.engine import Engine
from jurat_rules._snapshots import is_snapshot
from jurat_rules.model_inventory import ModelInventory

# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {},
    {"pinned": True, "warn_before": "30d", "demand": ["released", "retires"]},
    {"statuses": ["deprecated", "approved"]},
]
WORDS = {"approval_status": {"proposed", "approved", "deprecated", "retired", "blocked"}}
DATED = "gpt-4.1-2025-04-14"
GOOD = {
    "status": "approved",
    "released": "2025-04-14T00:00:00Z",
    "retires": "2027-01-01T00:00:00Z",
}
NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)


def row(**columns: Any) -> dict[str, Any]:
    """The columns of a row, as `model_validate` made them: times are times."""
    times = ("released", "retires")
    given = {**GOOD, **columns}
    return {
        name: datetime.fromisoformat(value) if name in times and value is not None else value
        for name, value in given.items()
    }


def call(model: Any = DATED, **columns: Any) -> dict[str, Any]:
    """A request as the join leaves it, for a model whose row has these columns."""
    return {
        "model": model,
        "endpoint": {"model": None},
        "model_info": {"id": model, **GOOD, **columns},
    }


@pytest.mark.parametrize(
    ("columns", "codes"),
    [
        ({}, []),
        ({"status": "deprecated"}, ["model-not-approved"]),
        ({"status": "blocked"}, ["model-not-approved"]),
        ({"status": "Approved"}, ["model-not-approved"]),
        ({"status": None}, ["model-not-approved"]),
        ({"released": "2026-05-25T12:00:00Z"}, []),  # released at this moment
        ({"released": "2026-05-25T12:00:01Z"}, ["model-not-released"]),
        ({"released": None}, []),
        ({"retires": "2026-05-25T12:00:01Z"}, []),
        ({"retires": "2026-05-25T12:00:00Z"}, ["model-retired"]),  # retires at this moment
        ({"retires": "2020-01-01T00:00:00Z"}, ["model-retired"]),
        ({"retires": None}, []),
        (
            {"status": "retired", "retires": "2026-01-01T00:00:00Z"},
            ["model-not-approved", "model-retired"],
        ),
        (
            {"released": "2027-01-01T00:00:00Z", "retires": "2026-01-01T00:00:00Z"},
            ["model-not-released", "model-retired"],
        ),
    ],
)
def test_rows(bench: Any, columns: dict[str, Any], codes: list[str]) -> None:
    listed = bench(ModelInventory)(tables={"models": {DATED: row(**columns)}})
    assert listed.codes(call(**columns)) == codes
    assert bench(ModelInventory)().codes(call(**columns)) == codes  # and on the caller's word


def test_a_model_that_the_register_does_not_have(bench: Any) -> None:
    rule = bench(ModelInventory)(tables={"models": {DATED: row()}})
    absent = dict.fromkeys(("status", "released", "retires"))
    assert rule.codes(call("gpt-9", **absent)) == ["model-not-registered"]
    assert rule.codes(call(DATED.upper(), **absent)) == ["model-not-registered"]
    (finding,) = rule(call("gpt-9", **absent))
    assert "gpt-9" not in finding.message
    assert (finding.quote, finding.at) == ({"model": "gpt-9"}, "/model")
    served = call("gpt-9", **absent) | {"model": DATED, "endpoint": {"model": "gpt-9"}}
    (finding,) = rule(served)
    assert (finding.quote, finding.at) == ({"model": "gpt-9"}, "/endpoint/model")


def test_no_model(bench: Any) -> None:
    nothing = {"model": None, "endpoint": {"model": None}, "model_info": {"id": None}}
    assert bench(ModelInventory)(tables={"models": {}}).codes(nothing) == ["model-absent"]
    assert bench(ModelInventory)().codes(nothing) == ["model-absent"]


@pytest.mark.parametrize("name", ["status", "released", "retires"])
def test_what_nobody_said_is_unknown(bench: Any, name: str) -> None:
    request = call()
    del request["model_info"][name]
    assert bench(ModelInventory)().codes(request) == [f"unknown /model_info/{name}"]
    # what is known to be wrong stands, whatever else is unknown
    request["model_info"] |= (
        {"status": "blocked"} if name != "status" else {"retires": "2026-05-25T12:00:00Z"}
    )
    assert bench(ModelInventory)().codes(request) == (
        ["model-not-approved"] if name != "status" else ["model-retired"]
    )


def test_nothing_sent_is_unknown(bench: Any) -> None:
    assert bench(ModelInventory)().codes({}) == ["unknown /model"]
    listed = bench(ModelInventory)(tables={"models": {DATED: row()}})
    assert listed.codes({"model": DATED}) == ["unknown /model_info/id"]


def test_advice_hides_nothing_unknown(bench: Any) -> None:
    request = call(retires="2026-06-01T00:00:00Z")
    rule = bench(ModelInventory)({"warn_before": "30d"})
    assert rule.codes(request) == ["advice model-retiring"]
    del request["model_info"]["released"]
    assert rule.codes(request) == ["unknown /model_info/released"]


@pytest.mark.parametrize(
    ("retires", "codes"),
    [
        ("2026-06-04T12:00:00.000001Z", []),
        ("2026-06-04T12:00:00Z", ["advice model-retiring"]),
        ("2026-05-25T12:00:01Z", ["advice model-retiring"]),
        ("2026-05-25T12:00:00Z", ["model-retired"]),
    ],
)
def test_warn_before(bench: Any, retires: str, codes: list[str]) -> None:
    params = {"warn_before": "10d"}
    listed = bench(ModelInventory)(params, tables={"models": {DATED: row(retires=retires)}})
    assert listed.codes(call(retires=retires)) == codes
    assert bench(ModelInventory)(params).codes(call(retires=retires)) == codes


def test_warn_before_longer_than_time_itself(bench: Any) -> None:
    rule = bench(ModelInventory)({"warn_before": "900000d"}, tables={"models": {DATED: row()}})
    assert rule.codes(call()) == ["advice model-retiring"]


def test_dates_demanded(bench: Any) -> None:
    columns = {"released": None, "retires": None}
    tables = {"models": {DATED: row(**columns)}}
    both = bench(ModelInventory)({"demand": ["released", "retires"]}, tables=tables)
    assert both.codes(call(**columns)) == ["model-release-unknown", "model-retirement-unknown"]
    one = bench(ModelInventory)({"demand": ["retires"]}, tables=tables)
    assert one.codes(call(**columns)) == ["model-retirement-unknown"]


@pytest.mark.parametrize("listed", [True, False])
def test_pinned(bench: Any, listed: bool) -> None:
    tables = {"models": {DATED: row(), "gpt-4.1": row(), "gpt-oss-20b": row()}} if listed else None
    rule = bench(ModelInventory)({"pinned": True, "never_moves": ["gpt-oss-*"]}, tables=tables)
    assert rule.codes(call()) == []
    assert rule.codes(call()) == []  # remembered
    assert rule.codes(call("gpt-4.1")) == ["model-not-pinned"]
    assert rule.codes(call("gpt-oss-20b")) == []
    # an alias stands for the snapshot in the register, but is what the provider is asked for
    assert rule.codes(call() | {"model": "gpt-4.1"}) == ["model-not-pinned"]
    # the endpoint's deployment decides, whatever the request names
    assert rule.codes(call() | {"model": "x", "endpoint": {"model": DATED}}) == []
    moving = call("gpt-4.1") | {"model": DATED, "endpoint": {"model": "gpt-4.1"}}
    assert rule.codes(moving) == ["model-not-pinned"]
    (finding,) = rule(moving)
    assert finding.at == "/endpoint/model"


@pytest.mark.parametrize(
    ("name", "dated"),
    [
        ("gpt-4.1-2025-04-14", True),
        ("gpt-4o-mini-tts-2025-12-15", True),
        ("claude-sonnet-4-20250514", True),
        ("claude-sonnet-4@20250514", True),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", True),
        ("ft:gpt-4.1-2025-04-14:acme::1", True),
        ("gpt-4-0613", True),
        ("gpt-4-1106-preview", True),
        ("mistral-large-2411", True),
        ("command-a-03-2025", True),
        ("gpt-4.1", False),
        ("gpt-4.1-latest", False),
        ("gpt-4.1-2025-13-14", False),
        ("gpt-4.1-2025-02-29", False),
        ("gpt-4.1-2025-4-14", False),
        ("gpt-4.1-2025-04-14x", False),
        ("claude-sonnet-4-0", False),
        ("llama-3.1-405b-instruct", False),
        ("gpt-oss-120b", False),
        ("model-9999", False),
        ("model-0230", False),
        ("model-2513", False),
        ("model-13-2025", False),
        ("20250514", False),
        ("gpt-4.1-\uff12\uff10\uff12\uff15-04-14", False),  # full-width digits
        ("", False),
    ],
)
def test_names_of_snapshots(name: str, dated: bool) -> None:
    assert is_snapshot(name) is dated


@pytest.mark.parametrize(
    ("params", "at"),
    [
        ({"statuses": []}, ("statuses",)),
        ({"statuses": ["approved", "aproved"]}, ("statuses", 1)),
        ({"never_moves": ["gpt-oss-120b"]}, ("never_moves",)),
        ({"pinned": True, "never_moves": ["gpt oss"]}, ()),
        ({"warn_before": "0d"}, ()),
    ],
)
def test_refused_params(bench: Any, params: dict[str, Any], at: tuple[str, ...]) -> None:
    error = bench(ModelInventory).refuses(params, words=WORDS)
    assert error.at == at
    assert error.help


@pytest.mark.parametrize("params", [{"demand": ["retired"]}, {"warn_before": 30}, {"pin": True}])
def test_params_are_strict(bench: Any, params: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (pydantic's; its words are the loader's)
        bench(ModelInventory)(params)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)


@given(retires=moments, now=moments, later=st.timedeltas(timedelta(), timedelta(days=4000)))
def test_once_retired_always_retired(
    bench: Any, retires: datetime, now: datetime, later: timedelta
) -> None:
    columns = {"retires": retires, "released": None}
    tables = {"models": {DATED: {"status": "approved", "released": None, "retires": retires}}}
    rule = bench(ModelInventory)({"warn_before": "30d"}, tables=tables)
    plain = bench(ModelInventory)({"warn_before": "30d"})
    codes = rule.codes(call(**columns), now=now)
    assert codes == plain.codes(call(**columns), now=now)  # the prepared way finds the same
    if codes == ["model-retired"]:
        assert rule.codes(call(**columns), now=now + later) == ["model-retired"]


def test_in_an_engine() -> None:
    rules = """
- {id: anyone, title: Anyone, kind: expression, effect: permit, severity: info, when: "true"}
- id: register
  title: Registered models
  kind: model.inventory
  effect: deny
  severity: high
  params: {pinned: true, warn_before: 30d}
"""
    models = """
gpt-4.1-2025-04-14: {status: approved, aliases: [gpt-4.1], retires: "2026-06-01T00:00:00Z"}
gpt-4o-2024-08-06: {status: deprecated, retires: "2026-05-25T12:00:00Z"}
"""
    engine = Engine.load(
        {
            "bundle.yaml": "{name: sample, version: 1.0.0, revision: 1}",
            "rules/sample.yaml": rules,
            "data/models.yaml": models,
        }
    )

    def codes(given: dict[str, Any]) -> list[str]:
        decision = engine.evaluate(given, now="2026-05-25T12:00:00Z")
        return [reason.code for reason in decision.reasons]

    decision = engine.evaluate({"model": DATED}, now="2026-05-25T12:00:00Z")
    assert decision.allowed
    assert [advice.code for advice in decision.advice] == ["model-retiring"]
    assert codes({"model": "gpt-4.1"}) == ["model-not-pinned"]  # the row is found by its alias
    assert codes({"model": "gpt-4o-2024-08-06"}) == ["model-retired", "model-not-approved"]
    assert codes({"model": "gpt-9"}) == ["model-not-registered"]
    assert codes({"model": None}) == ["model-absent"]
    # a caller can't bring its own register
    brought = {"id": "gpt-9", "status": "approved", "released": None, "retires": None}
    assert codes({"model": "gpt-9", "model_info": brought}) == ["model-not-registered"]
    assert not engine.evaluate({}, now="2026-05-25T12:00:00Z").allowed


# -- snapshots

NOW_TEXT = "2026-05-25T12:00:00Z"


def audit(params: str = "{}", **collections: Any) -> list[tuple[str, str]]:
    """(code, place) of the reasons for a snapshot with these collections' items."""
    rules = f"""
- id: register
  title: Registered models
  kind: model.inventory
  on: [org_state]
  effect: deny
  severity: high
  params: {params}
"""
    models = """
gpt-4.1-2025-04-14: {status: approved, aliases: [gpt-4.1], retires: "2026-06-01T00:00:00Z"}
gpt-4o-2024-08-06: {status: deprecated, retires: "2026-05-25T12:00:00Z"}
"""
    engine = Engine.load(
        {
            "bundle.yaml": "{name: sample, version: 1.0.0, revision: 1}",
            "rules/sample.yaml": rules,
            "data/models.yaml": models,
        }
    )
    snapshot: dict[str, Any] = {"type": "org_state", "observed_at": NOW_TEXT}
    snapshot |= {name: {"items": items} for name, items in collections.items()}
    decision = engine.evaluate(snapshot, now=NOW_TEXT)
    return sorted((reason.code, reason.at) for reason in decision.reasons)


def permission(**fields: Any) -> dict[str, Any]:
    return {"project": "p", "mode": "allowlist", **fields}


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (permission(models=[DATED, "gpt-4.1"]), []),
        (permission(models=[]), []),
        (permission(models=[DATED, "gpt-9"]), [("model-not-registered", "/models/1")]),
        (
            permission(models=["gpt-4o-2024-08-06"]),
            [("model-not-approved", "/models/0"), ("model-retired", "/models/0")],
        ),
        (permission(mode="denylist", models=["gpt-9"]), [("models-open", "/mode")]),
        (permission(mode=None, models=[DATED]), [("models-open", "/mode")]),
    ],
)
def test_models_that_a_project_may_call(
    item: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    at = "/model_permissions/items/one"
    expected = [(code, at + below) for code, below in found]
    assert audit(endpoints={}, model_permissions={"one": item}) == expected


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ({"model": DATED, "models": None}, []),
        ({"model": None, "models": [DATED]}, []),
        ({"model": None, "models": None}, []),
        ({"model": "gpt-9", "models": None}, [("model-not-registered", "/model")]),
        ({"model": None, "models": [DATED, "gpt-9"]}, [("model-not-registered", "/models/1")]),
        ({"model": "gpt-9"}, [("model-not-registered", "/model")]),  # known to be wrong
    ],
)
def test_models_that_an_endpoint_serves(
    item: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    expected = [(code, "/endpoints/items/one" + at) for code, at in found]
    assert audit(endpoints={"one": item}, model_permissions={}) == expected


def test_what_a_snapshot_does_not_tell_is_unknown() -> None:
    partly = audit(endpoints={"one": {"model": DATED}}, model_permissions={"one": {}})
    assert [code for code, _ in partly] == ["missing-fact", "missing-fact"]
    assert "missing-fact" in {code for code, _ in audit(endpoints={})}


def test_pinned_on_a_snapshot() -> None:
    found = audit(
        "{pinned: true}",
        endpoints={},
        model_permissions={"one": permission(models=["gpt-4.1", DATED])},
    )
    assert found == [("model-not-pinned", "/model_permissions/items/one/models/0")]


def test_a_snapshot_needs_the_register() -> None:
    rules = (
        "[{id: r, title: R, kind: model.inventory, on: [org_state], effect: deny, severity: low}]"
    )
    files = {
        "bundle.yaml": "{name: sample, version: 1.0.0, revision: 1}",
        "rules/sample.yaml": rules,
    }
    with pytest.raises(BundleError, match=r"data/models\.yaml"):
        Engine.load(files)
