from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.engine import Engine
from jurat_rules.approval_required import ApprovalRequired

SAMPLES: list[dict[str, Any]] = [
    {},
    {"approvers": ["ben", "cleo"], "max_age": "7d"},
    {"rule": "RISK-12"},
]

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
NEEDED = ["approval-needed"]
SECOND = timedelta(seconds=1)


def approval(**fields: Any) -> dict[str, Any]:
    lasting = {"granted_at": NOW - timedelta(days=1), "expires_at": NOW + timedelta(days=1)}
    return {"rule": "rule", "approver": "ann", **lasting, **fields}


def without(name: str, **fields: Any) -> dict[str, Any]:
    return {key: value for key, value in approval(**fields).items() if key != name}


def sent(*approvals: Any, **actor: Any) -> dict[str, Any]:
    return {"actor": {"id": "bob", **actor}, "approvals": list(approvals)}


@pytest.mark.parametrize(
    ("params", "request_", "codes"),
    [
        ({}, sent(approval()), []),
        ({}, sent(), NEEDED),
        ({}, {"approvals": None}, NEEDED),
        ({}, {}, ["unknown /approvals"]),
        ({}, sent(approval(rule="other")), NEEDED),
        ({}, sent(approval(rule="Rule")), NEEDED),
        ({}, sent(approval(rule=None)), NEEDED),
        ({"rule": "RISK-12"}, sent(approval()), NEEDED),
        ({"rule": "RISK-12"}, sent(approval(rule="RISK-12")), []),
        # who
        ({"approvers": ["ann"]}, sent(approval()), []),
        ({"approvers": ["ben"]}, sent(approval()), NEEDED),
        ({"approvers": ["Ann"]}, sent(approval()), NEEDED),
        ({}, sent(approval(approver=None)), NEEDED),
        ({}, sent(approval(), id="ann"), NEEDED),  # nobody approves their own
        ({"approvers": ["ann"]}, sent(approval(), id="ann"), NEEDED),
        ({}, sent(approval(), id="ANN"), NEEDED),
        ({}, sent(approval(approver="ann@example.com"), email="Ann@example.com"), NEEDED),
        ({}, sent(approval(approver="ann@example.com"), email=None), []),
        ({}, sent(approval(), id=None), []),
        ({}, {"actor": {}, "approvals": [approval()]}, ["unknown /actor/id"]),
        # when
        ({}, sent(approval(granted_at=NOW)), []),
        ({}, sent(approval(granted_at=NOW + SECOND)), NEEDED),
        ({}, sent(approval(granted_at=None)), NEEDED),
        ({}, sent(approval(expires_at=NOW + SECOND)), []),
        ({}, sent(approval(expires_at=NOW)), NEEDED),
        ({}, sent(approval(expires_at=None)), NEEDED),  # one without an end is a permission
        ({"max_age": "1d"}, sent(approval(expires_at=None)), []),
        ({"max_age": "1d"}, sent(approval(granted_at=NOW - timedelta(1) - SECOND)), NEEDED),
        ({"max_age": "2d"}, sent(approval(expires_at=NOW)), NEEDED),  # both hold
        # what is missing of it
        ({}, sent(without("rule")), ["unknown /approvals/0/rule"]),
        ({}, sent(without("approver")), ["unknown /approvals/0/approver"]),
        ({}, sent(without("granted_at")), ["unknown /approvals/0/granted_at"]),
        ({}, sent(without("expires_at")), ["unknown /approvals/0/expires_at"]),
        ({"max_age": "9d"}, sent(without("expires_at")), ["unknown /approvals/0/expires_at"]),
        ({}, sent(without("expires_at", rule="other")), NEEDED),
        # one valid approval is enough, wherever it stands
        ({}, sent(without("rule"), approval(expires_at=NOW), approval()), []),
    ],
)
def test_approvals(bench: Any, params: Any, request_: Any, codes: list[str]) -> None:
    assert bench(ApprovalRequired)(params, effect="require").codes(request_) == codes


def test_finding(bench: Any) -> None:
    rule = bench(ApprovalRequired)({"approvers": ["dee", "ann"]}, effect="require")
    old = approval(expires_at=NOW)
    (finding,) = rule(sent(old, old, approval(approver="mallory")))
    assert finding.message == (
        "an approval recorded under rule is needed, by ann, dee; "
        "of those sent: 1 by nobody who may, 2 no longer valid"
    )
    assert finding.at == "/approvals"
    assert finding.evidence == {"by_nobody_who_may": 1, "no_longer_valid": 2}
    assert finding.obligation.approvers == ("ann", "dee")
    (finding,) = bench(ApprovalRequired)(effect="require")(sent())
    assert finding.message == "an approval recorded under rule is needed, by anyone but the actor"
    assert finding.obligation.approvers == ()


@pytest.mark.parametrize(
    ("params", "at", "help"),
    [
        ({"approvers": []}, ("approvers",), "leave it out"),
        ({"approvers": ["ann", " ben"]}, ("approvers", 1), "write ben"),
        ({"approvers": [""]}, ("approvers", 0), "who may approve"),
        ({"rule": " "}, ("rule",), "leave it out"),
        ({"max_age": "0d"}, (), "unit"),
    ],
)
def test_refused_params(bench: Any, params: Any, at: Any, help: str) -> None:
    error = bench(ApprovalRequired).refuses(params, effect="require")
    assert error.at == at
    assert help in error.help


TIMES = st.one_of(st.none(), st.timedeltas(timedelta(-9), timedelta(9)).map(NOW.__add__))
PEOPLE = st.sampled_from(["ann", "ben", "bob", None])
APPROVALS = st.lists(
    st.builds(approval, approver=PEOPLE, granted_at=TIMES, expires_at=TIMES), max_size=4
)


@given(approvals=APPROVALS, who=st.sets(PEOPLE.filter(bool), min_size=1), drop=st.integers(0, 3))
def test_fewer_approvals_or_approvers_never_widen(
    bench: Any, approvals: list[Any], who: set[str], drop: int
) -> None:
    def codes(approvers: set[str], approvals: list[Any]) -> list[str]:
        rule = bench(ApprovalRequired)({"approvers": sorted(approvers)}, effect="require")
        found: list[str] = rule.codes(sent(*approvals))
        return found

    if codes(who, approvals) == NEEDED:
        assert codes(who, approvals[:drop] + approvals[drop + 1 :]) == NEEDED
        assert len(who) == 1 or codes(who - {min(who)}, approvals) == NEEDED


# -- through the engine

RULES = """
- {id: anyone, title: Anyone, kind: expression, effect: permit, severity: info, when: 'true'}
- {id: tunes, title: Approved, kind: approval.required, effect: require, severity: high,
   when: request.action == "fine_tuning.create", params: {approvers: [ann]}}
"""
TWO = """
- {id: pays, title: Approved too, kind: approval.required, effect: require, severity: high,
   params: {approvers: [zoe]}}
- {id: also, title: Approved as well, kind: approval.required, effect: require, severity: high,
   params: {approvers: [zoe]}}
"""


def engine(rules: str = RULES) -> Engine:
    manifest = "name: sample\nversion: 1.0.0\nrevision: 1\n"
    return Engine.load({"bundle.yaml": manifest, "rules/a.yaml": rules})


def test_what_a_caller_must_do() -> None:
    armed = engine()
    call: dict[str, Any] = {"action": "fine_tuning.create", "actor": {"id": "bob"}}
    refused = armed.evaluate({**call, "approvals": None}, now=NOW)
    assert (refused.effect, refused.value) == ("deny", "Permit")
    told = {reason.code: reason.message for reason in refused.reasons}
    assert set(told) == {"approval-needed", "obligation-unsupported"}
    assert "send a recorded approval in /approvals" in told["obligation-unsupported"]
    assert 'supports={"approval"}' in told["obligation-unsupported"]
    asked = armed.evaluate({**call, "approvals": []}, now=NOW, supports={"approval"})
    assert asked.allowed
    assert [o.to_dict() for o in asked.obligations] == [
        {"id": "o1", "type": "approval", "rule": "tunes", "approvers": ["ann"]}
    ]
    times = {"granted_at": "2026-05-25T11:00:00Z", "expires_at": "2026-05-26T11:00:00Z"}
    approved = {**call, "approvals": [{"rule": "tunes", "approver": "ann", **times}]}
    decision = armed.evaluate(approved, now=NOW)
    assert decision.allowed
    assert decision.obligations == ()
    assert not armed.evaluate(approved, now=NOW + timedelta(days=1)).allowed
    assert not armed.evaluate(call, now=NOW, supports={"approval"}).allowed  # nobody said
    assert armed.evaluate({"action": "embeddings"}, now=NOW).allowed


def test_each_set_of_approvers_is_asked_for_itself() -> None:
    call = {"action": "fine_tuning.create", "actor": {"id": "bob"}, "approvals": None}
    decision = engine(RULES + TWO).evaluate(call, now=NOW, supports={"approval"})
    assert [(o.id, o.rules, o.approvers) for o in decision.obligations] == [
        ("o1", ("tunes",), ("ann",)),
        ("o2", ("also", "pays"), ("zoe",)),
    ]
