from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.engine import Engine
from jurat_rules.vendor_register import VendorRegister

# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {"max_assessment_age": "365d"},
    {"max_assessment_age": "30d", "warn_before": "7d", "open_ended": True, "dpa": True},
    {"max_assessment_age": "12h", "baa": True, "dpa": True},
]
PARAMS = {"max_assessment_age": "60d"}
GOOD = {
    "id": "azure",
    "assessed_at": "2026-03-31T12:00:00Z",  # 55 days before the bench's now
    "contract_from": "2026-01-01T00:00:00Z",
    "contract_to": "2027-01-01T00:00:00Z",
    "dpa": True,
    "baa": True,
}


def vendor(**columns: Any) -> dict[str, Any]:
    return {**GOOD, **columns}


@pytest.mark.parametrize("on", ["request", "org_state"])
@pytest.mark.parametrize(
    ("columns", "codes"),
    [
        ({}, []),
        ({"assessed_at": None}, ["vendor-not-assessed"]),
        ({"assessed_at": "2026-03-26T12:00:00Z"}, []),  # exactly max_assessment_age
        ({"assessed_at": "2026-03-26T11:59:59Z"}, ["vendor-assessment-too-old"]),
        ({"assessed_at": "2026-05-25T12:00:00Z"}, []),
        ({"assessed_at": "2026-05-25T12:00:01Z"}, ["vendor-assessment-in-future"]),
        ({"contract_from": None}, ["vendor-contract-absent"]),
        ({"contract_from": "2026-05-25T12:00:00Z"}, []),
        ({"contract_from": "2026-05-25T12:00:01Z"}, ["vendor-contract-not-begun"]),
        ({"contract_to": None}, ["vendor-contract-endless"]),
        ({"contract_to": "2026-05-25T12:00:01Z"}, []),
        ({"contract_to": "2026-05-25T12:00:00Z"}, ["vendor-contract-ended"]),
        ({"contract_to": "2020-01-01T00:00:00Z"}, ["vendor-contract-ended"]),
        ({"dpa": False, "baa": None}, []),  # nobody asks for them
        (
            {"assessed_at": None, "contract_from": None, "contract_to": "2020-01-01T00:00:00Z"},
            ["vendor-not-assessed", "vendor-contract-absent", "vendor-contract-ended"],
        ),
    ],
)
def test_columns(bench: Any, columns: dict[str, Any], codes: list[str], on: str) -> None:
    assert bench(VendorRegister)(PARAMS, on=on).codes(vendor(**columns)) == codes
    tables: dict[str, Any] = {"vendors": {"azure": {}}}
    assert bench(VendorRegister)(PARAMS, on=on, tables=tables).codes(vendor(**columns)) == codes


@pytest.mark.parametrize("agreement", ["dpa", "baa"])
@pytest.mark.parametrize("value", [False, None])
def test_agreements(bench: Any, agreement: str, value: bool | None) -> None:
    rule = bench(VendorRegister)({**PARAMS, agreement: True})
    assert rule.codes(vendor()) == []
    assert rule.codes(vendor(**{agreement: value})) == ["vendor-agreement-missing"]
    (finding,) = rule(vendor(**{agreement: value}))
    assert finding.at == f"/{agreement}"


def test_both_agreements_are_told(bench: Any) -> None:
    rule = bench(VendorRegister)({**PARAMS, "dpa": True, "baa": True})
    found = rule(vendor(dpa=None, baa=False))
    assert [finding.at for finding in found] == ["/dpa", "/baa"]


@pytest.mark.parametrize(
    ("columns", "codes"),
    [
        ({}, []),
        ({"contract_to": None}, []),
        ({"contract_to": "2026-05-25T12:00:00Z"}, ["vendor-contract-ended"]),
    ],
)
def test_open_ended(bench: Any, columns: dict[str, Any], codes: list[str]) -> None:
    assert bench(VendorRegister)({**PARAMS, "open_ended": True}).codes(vendor(**columns)) == codes


@pytest.mark.parametrize(
    ("columns", "codes"),
    [
        ({}, ["advice vendor-assessment-ageing"]),
        ({"assessed_at": "2026-04-05T12:00:00Z"}, []),  # exactly ten days are left
        ({"assessed_at": "2026-04-05T11:59:59Z"}, ["advice vendor-assessment-ageing"]),
        ({"assessed_at": "2026-01-01T00:00:00Z"}, ["vendor-assessment-too-old"]),
        (
            {"contract_to": "2026-06-04T12:00:00Z", "assessed_at": "2026-05-01T00:00:00Z"},
            ["advice vendor-contract-ending"],
        ),
        (
            {"contract_to": "2026-06-04T12:00:01Z", "assessed_at": "2026-05-01T00:00:00Z"},
            [],
        ),
    ],
)
def test_warn_before(bench: Any, columns: dict[str, Any], codes: list[str]) -> None:
    rule = bench(VendorRegister)({**PARAMS, "warn_before": "10d"})
    assert rule.codes(vendor(**columns)) == codes


def test_who_is_not_listed(bench: Any) -> None:
    absent = dict.fromkeys(["name", "assessed_at", "contract_from", "contract_to", "dpa", "baa"])
    stranger = {"id": "unknown-1", **absent}
    rule = bench(VendorRegister)
    assert rule(PARAMS).codes(stranger) == ["vendor-not-listed"]  # the state doesn't have it
    tables: dict[str, Any] = {"vendors": {"azure": {}}}
    assert rule(PARAMS, tables=tables).codes(stranger) == ["vendor-not-listed"]
    # of a snapshot, and not in the table: however good its dates are
    listed_elsewhere = rule(PARAMS, tables=tables, on="org_state")
    assert listed_elsewhere.codes(vendor(id="other")) == ["vendor-not-listed"]
    # a row that says nothing but a name is a vendor who was never looked at
    known = rule(PARAMS).codes({**stranger, "name": "Someone"})
    assert known == ["vendor-not-assessed", "vendor-contract-absent", "vendor-contract-endless"]


def test_no_provider(bench: Any) -> None:
    nothing = dict.fromkeys([*GOOD, "name"])
    assert bench(VendorRegister)(PARAMS).codes(nothing) == ["vendor-absent"]
    tables: dict[str, Any] = {"vendors": {"azure": {}}}
    assert bench(VendorRegister)(PARAMS, tables=tables).codes(nothing) == ["vendor-absent"]


@pytest.mark.parametrize("name", ["assessed_at", "contract_from", "contract_to", "dpa"])
@pytest.mark.parametrize("open_ended", [False, True])
def test_what_nobody_said_is_unknown(bench: Any, name: str, open_ended: bool) -> None:
    given = vendor()
    del given[name]
    rule = bench(VendorRegister)({**PARAMS, "dpa": True, "baa": True, "open_ended": open_ended})
    assert rule.codes(given) == [f"unknown /{name}"]
    assert rule.codes({**given, "baa": False}) == ["vendor-agreement-missing"]


def test_an_id_is_needed_with_a_table_alone(bench: Any) -> None:
    given = vendor()
    del given["id"]
    assert bench(VendorRegister)(PARAMS).codes(given) == []
    tables: dict[str, Any] = {"vendors": {"azure": {}}}
    assert bench(VendorRegister)(PARAMS, tables=tables).codes(given) == ["unknown /id"]


def test_findings(bench: Any) -> None:
    rule = bench(VendorRegister)({"max_assessment_age": "50d"})
    (finding,) = rule(vendor())
    assert finding.message == "assessed 55d ago, at most 50d are allowed"
    assert finding.evidence == {"age": "55d", "max_age": "50d"}
    assert (finding.at, bool(finding.remediation)) == ("/assessed_at", True)
    (finding,) = rule(vendor(assessed_at=None))
    assert finding.remediation


@pytest.mark.parametrize(
    ("params", "at"),
    [
        ({"max_assessment_age": "0d"}, ()),
        ({"max_assessment_age": "30d", "warn_before": "30d"}, ("warn_before",)),
    ],
)
def test_refused_params(bench: Any, params: dict[str, Any], at: tuple[str, ...]) -> None:
    error = bench(VendorRegister).refuses(params)
    assert error.at == at
    assert error.help


@pytest.mark.parametrize("params", [{}, {"max_assessment_age": 365}, {**PARAMS, "bba": True}])
def test_params_are_strict(bench: Any, params: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (pydantic's; its words are the loader's)
        bench(VendorRegister)(params)


days = st.timedeltas(timedelta(days=-400), timedelta(days=400))


@given(assessed=days, ends=days, later=st.timedeltas(timedelta(), timedelta(days=400)))
def test_what_lapsed_stays_lapsed(
    bench: Any, assessed: timedelta, ends: timedelta, later: timedelta
) -> None:
    rule = bench(VendorRegister)({**PARAMS, "warn_before": "10d"})
    now = datetime(2026, 5, 25, 12, tzinfo=UTC)
    given = vendor(assessed_at=now + assessed, contract_from=None, contract_to=now + ends)
    lapsed = {"vendor-assessment-too-old", "vendor-contract-ended"}
    before = lapsed & set(rule.codes(given, now=now))
    assert before <= set(rule.codes(given, now=now + later))


RULES = """
- {id: anyone, title: Anyone, kind: expression, effect: permit, severity: info, when: "true"}
- id: vendors
  title: Vendors
  kind: vendor.register
  on: [request, org_state]
  effect: deny
  severity: high
  params: {max_assessment_age: 60d, dpa: true}
"""


def engine(**tables: str) -> Engine:
    files = {
        "bundle.yaml": "{name: sample, version: 1.0.0, revision: 1}",
        "rules/sample.yaml": RULES,
    }
    return Engine.load(files | {f"data/{name}.yaml": text for name, text in tables.items()})


ROW = (
    "{assessed_at: '2026-05-01T00:00:00Z', contract_from: '2026-01-01T00:00:00Z', "
    "contract_to: '2027-01-01T00:00:00Z', dpa: true}"
)
NOW = "2026-05-25T12:00:00Z"


def test_requests_in_an_engine() -> None:
    made = engine(vendors=f"{{azure: {ROW}, lapsed: {{contract_to: '2026-05-25T12:00:00Z'}}}}")

    def codes(given: dict[str, Any]) -> set[str]:
        return {reason.code for reason in made.evaluate(given, now=NOW).reasons}

    assert codes({"provider": "azure"}) == set()
    assert codes({"provider": "openai"}) == {"vendor-not-listed"}
    assert codes({"provider": None}) == {"vendor-absent"}
    assert codes({}) == {"missing-fact"}
    assert "vendor-contract-ended" in codes({"provider": "lapsed"})
    brought = {"id": "openai", "assessed_at": NOW, "contract_from": NOW, "contract_to": None}
    assert codes({"provider": "openai", "vendor": brought}) == {"vendor-not-listed"}


def test_snapshots_in_an_engine() -> None:
    items = {"azure": {**GOOD}, "openai": {**GOOD, "dpa": False}}
    for item in items.values():
        del item["id"]
    snapshot: dict[str, Any] = {"type": "org_state", "observed_at": NOW}
    snapshot["vendors"] = {"items": items}
    decision = engine().evaluate(snapshot, now=NOW)
    assert [(r.code, r.at) for r in decision.reasons] == [
        ("vendor-agreement-missing", "/vendors/items/openai/dpa")
    ]
    empty = dict.fromkeys(key for key in GOOD if key != "id") | {"name": None}
    snapshot["vendors"] = {"items": {"empty": empty}}
    decision = engine().evaluate(snapshot, now=NOW)
    assert "vendor-not-assessed" in {reason.code for reason in decision.reasons}  # it is listed
    snapshot["vendors"] = {"items": items}
    listed = engine(vendors=f"{{azure: {ROW}}}").evaluate(snapshot, now=NOW)
    assert [reason.code for reason in listed.reasons] == ["vendor-not-listed"]


def test_an_armed_state_is_the_register_where_there_is_no_table() -> None:
    snapshot = {
        "type": "org_state",
        "observed_at": NOW,
        "vendors": {"items": {"azure": {k: v for k, v in GOOD.items() if k != "id"}}},
    }
    made = engine()
    made.arm_state(snapshot)
    assert made.evaluate({"provider": "azure"}, now=NOW).allowed
    denied = made.evaluate({"provider": "openai"}, now=NOW)
    assert [reason.code for reason in denied.reasons] == ["vendor-not-listed"]
