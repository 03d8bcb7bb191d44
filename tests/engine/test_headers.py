"""A header that names the decision: filled in once it is made, and no part of what was decided."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jurat.engine import Engine, replay
from jurat.log import KeyStore, Log, read_log
from jurat.plan._obligations import settle
from jurat.plugin import Header

PERMIT = (
    "- {id: anyone, title: T, kind: expression, effect: permit, severity: info, when: 'true'}\n"
)
AUDIT = (
    "- {id: audit, title: T, kind: expression, effect: require, severity: low, when: 'true',\n"
    "   obligation: {header: {name: X-Audit-ID, value: {from: decision.id}}}}\n"
)
NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
CALL: dict[str, Any] = {"actor": {"id": "svc-1"}, "model": "gpt-4.1"}


def files(rules: str, name: str = "sample", **more: str) -> dict[str, str]:
    manifest = json.dumps({"name": name, "version": "1.0.0", "revision": 1})
    return {"bundle.yaml": manifest, "rules/a.yaml": rules, **more}


def test_it_names_the_decision() -> None:
    engine = Engine.load(files(PERMIT + AUDIT))
    decision = engine.evaluate(CALL, now=NOW, supports={"header"})
    (header,) = decision.obligations
    assert (header.name, header.value) == ("X-Audit-ID", decision.id)
    assert len(decision.id) == 36
    assert decision.to_dict()["obligations"] == [
        {"id": "o1", "type": "header", "rule": "audit", "name": "X-Audit-ID", "value": decision.id}
    ]
    other = engine.evaluate(CALL, now=NOW, supports={"header"})
    assert other.obligations[0].value == other.id != decision.id


def test_the_canonical_decision_does_not_know_it() -> None:
    engine = Engine.load(files(PERMIT + AUDIT))
    one, other = (engine.evaluate(CALL, now=NOW, supports={"header"}) for _ in range(2))
    assert one.canonical() == other.canonical()
    assert one.id.encode() not in one.canonical()
    assert b'"value":{"from":"decision.id"}' in one.canonical()


def test_record_and_header_have_one_id_and_the_log_no_header(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys", notify=lambda told: None)
    with (
        Log.open(tmp_path / "log", keys=keys) as log,
        Engine.load(files(PERMIT + AUDIT), log=log) as engine,
    ):
        decision = engine.evaluate(CALL, now=NOW, supports={"header"})
        answer = {"type": "response", "status": 200}
        answered = engine.evaluate(answer, now=NOW, parent=decision)
    assert [one.verdict for one in replay(tmp_path / "log", keys=keys)] == ["agrees", "agrees"]
    bodies = [record.body for record in read_log(tmp_path / "log")]
    decided = [body for body in bodies if body["type"] in ("decision", "response")]
    assert decided[0]["id"] == decision.obligations[0].value
    assert decided[0]["obl"] == [{"id": "o1", "type": "header"}]
    assert decided[1]["parent"] == decision.obligations[0].value
    assert answered.id == decided[1]["id"]


def test_a_deny_has_no_header_and_says_how_to_get_one() -> None:
    decision = Engine.load(files(PERMIT + AUDIT)).evaluate(CALL, now=NOW)
    assert not decision.allowed
    assert decision.obligations == ()
    told = {reason.code: reason.message for reason in decision.reasons}
    assert 'supports={"header"}' in told["obligation-unsupported"]


def test_several_rules_and_bundles_mean_the_same_decision() -> None:
    again = AUDIT.replace("id: audit", "id: more").replace("X-Audit-ID", "x-audit-id")
    engine = Engine.load([files(PERMIT + AUDIT + again), files(AUDIT, "team")])
    decision = engine.evaluate(CALL, now=NOW, supports={"header"})
    (header,) = decision.obligations
    assert header.rules == ("sample/audit", "sample/more", "team/audit")
    assert header.value == decision.id


def test_a_text_and_the_id_are_different_values() -> None:
    fixed = AUDIT.replace("id: audit", "id: fixed").replace("{from: decision.id}", "fixed")
    engine = Engine.load(files(PERMIT + AUDIT + fixed))
    decision = engine.evaluate(CALL, now=NOW, supports={"header"})
    assert not decision.allowed
    assert "obligation-conflict" in {reason.code for reason in decision.reasons}


def test_beside_a_redaction() -> None:
    redact = (
        "- {id: pii, title: T, kind: pii.patterns, effect: redact, severity: low,\n"
        "   params: {entities: [US_SSN], operator: pseudonym}}\n"
    )
    call = {**CALL, "messages": [{"role": "user", "content": "SSN 123-45-6789"}]}
    engine = Engine.load(files(PERMIT + AUDIT + redact))
    decision = engine.evaluate(call, now=NOW, supports={"header", "redact"})
    made = {one.type: one for one in decision.obligations}
    assert made["header"].value == decision.id
    assert made["redact"].made
    assert "123-45" not in json.dumps(decision.apply(call))


CASE = """
- name: a header is asked for
  now: 2026-05-25T12:00:00Z
  given: {model: gpt-4.1}
  supports: [header]
  expect:
    effect: allow
    obligations: [{type: header, name: X-Audit-ID, value: {from: decision.id}}]
"""


def test_a_case_of_the_bundle_expects_where_it_comes_from() -> None:
    Engine.load(files(PERMIT + AUDIT, **{"tests/a.yaml": CASE}))


def test_a_value_from_nowhere_denies() -> None:
    asked = [("rule", Header("X-Audit-ID", {"from": "the.clock"}), "low")]
    obligations, (reason,) = settle(asked, frozenset({"header"}))
    assert obligations == ()
    assert reason.code == "obligation-conflict"
