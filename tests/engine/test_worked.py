"""One case in full: a bundle, three requests, a snapshot, their decisions and log lines."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import jurat
from jurat import Engine
from jurat.log import read_log, verify

CASES = Path(__file__).parents[1] / "cases" / "worked"
NOW = "2026-05-25T12:00:00Z"


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.load(CASES / "bundle") as made:
        yield made


@pytest.fixture
def request_() -> dict[str, Any]:
    made: dict[str, Any] = json.loads((CASES / "request.json").read_bytes())
    return made


@pytest.fixture
def snapshot() -> dict[str, Any]:
    made: dict[str, Any] = json.loads((CASES / "snapshot.json").read_bytes())
    return made


def without(made: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in made.items() if name not in names}


def test_first_request_is_allowed_with_an_obligation(
    engine: Engine, request_: dict[str, Any]
) -> None:
    decision = engine.evaluate(request_, now=NOW, supports={"redact"})
    made = decision.to_dict()
    assert made["bundle"].startswith("sha256:")
    assert made["plan"].startswith("sha256:")
    assert without(made, "id", "bundle", "plan") == {
        "effect": "allow",
        "value": "Permit",
        "now": NOW,
        "permits": ["callers"],
        "reasons": [
            {
                "rule": "pii",
                "outcome": "fired",
                "effect": "redact",
                "code": "pii-found",
                "severity": "high",
                "at": "/messages/0/content",
                "message": "2 identifiers: US_SSN, CREDIT_CARD",
                "evidence": {"US_SSN": 1, "CREDIT_CARD": 1},
                "example": True,
                "found": [
                    {
                        "entity": "US_SSN",
                        "detector": "us.ssn",
                        "confidence": "medium",
                        "length": 11,
                    },
                    {
                        "entity": "CREDIT_CARD",
                        "detector": "card",
                        "confidence": "high",
                        "length": 19,
                    },
                ],
            }
        ],
        "obligations": [
            {
                "id": "o1",
                "type": "redact",
                "rule": "pii",
                "at": "/messages/0/content",
                "spans": [[32, 43, "[US_SSN]"], [49, 68, "[CREDIT_CARD]"]],
            }
        ],
        "counts": {"fired": 2, "passed": 4},
    }
    sent = decision.apply(request_)
    text = "Process refund for customer SSN [US_SSN] card [CREDIT_CARD]"
    assert sent["messages"][0]["content"] == text
    assert request_["messages"][0]["content"] != text


def test_without_support_for_the_obligation_it_is_denied(
    engine: Engine, request_: dict[str, Any]
) -> None:
    decision = engine.evaluate(request_, now=NOW)
    assert (decision.effect, decision.value) == ("deny", "Permit")
    assert decision.obligations == ()
    [lacking] = [reason for reason in decision.reasons if reason.code == "obligation-unsupported"]
    assert lacking.message == (
        'redact is needed by rule pii; pass supports={"redact"} and send decision.apply(body)'
    )
    with pytest.raises(jurat.Denied, match="obligation-unsupported"):
        decision.apply(request_)


def test_second_request_is_denied_with_every_reason_in_order(
    engine: Engine, request_: dict[str, Any]
) -> None:
    request_["source"]["ip"] = "203.0.113.1"
    request_["model"] = "gpt-3.5-turbo"
    decision = engine.evaluate(request_, now=NOW, supports={"redact"})
    assert (decision.effect, decision.value) == ("deny", "Deny")
    assert [(reason.rule, reason.code, reason.at) for reason in decision.reasons] == [
        ("models", "model-not-allowed", "/model"),
        ("networks", "address-not-allowed", "/source/ip"),
        ("pii", "pii-found", "/messages/0/content"),
    ]
    assert decision.obligations == ()


def test_third_request_asks_for_each_missing_fact_once(
    engine: Engine,
) -> None:
    body = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hello"}]}
    decision = engine.evaluate(jurat.from_body("openai.chat", body), now=NOW, supports={"redact"})
    assert (decision.effect, decision.value) == ("deny", "Indeterminate{DP}")
    assert [reason.to_dict() for reason in decision.reasons] == [
        {
            "code": "missing-fact",
            "outcome": "unknown",
            "at": "/project/id",
            "rules": ["callers", "eu-residency", "key-age"],
            "severity": "critical",
            "message": "/project/id was not supplied; rule callers and 2 more need it; "
            "send it, or set assume",
        },
        {
            "code": "missing-fact",
            "outcome": "unknown",
            "at": "/actor/id",
            "rules": ["callers", "networks"],
            "severity": "high",
            "message": "/actor/id was not supplied; rules callers and networks need it; "
            "send it, or set assume",
        },
    ]


def test_snapshot_is_judged_credential_by_credential(
    engine: Engine, snapshot: dict[str, Any]
) -> None:
    decision = engine.evaluate(snapshot, now=NOW)
    assert (decision.effect, decision.value) == ("deny", "Deny")
    assert decision.rules == {
        "key-age": {
            "evaluated": 3,
            "passed": 1,
            "fired": 1,
            "unknown": 1,
            "error": 0,
            "waived": 0,
        }
    }
    told = {(reason.code, reason.outcome, reason.at) for reason in decision.reasons}
    assert told == {
        ("credential-too-old", "fired", "/credentials/items/key-dev-001"),
        ("missing-fact", "unknown", "/credentials/items/key-stg-001/created_at"),
    }


def test_an_empty_inventory_is_clean_and_a_missing_one_is_not(
    engine: Engine, snapshot: dict[str, Any]
) -> None:
    snapshot["credentials"] = {"observed_at": "2026-05-25T11:50:00Z", "items": {}}
    assert engine.evaluate(snapshot, now=NOW).allowed
    del snapshot["credentials"]
    decision = engine.evaluate(snapshot, now=NOW)
    assert not decision.allowed
    assert [reason.at for reason in decision.reasons] == ["/credentials"]


def test_the_log_line_holds_the_decision_and_not_the_content(
    tmp_path: Path, request_: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JURAT_CONFIG_DIR", str(tmp_path / "keys"))
    with Engine.load(CASES / "bundle", log=tmp_path / "log") as engine:
        decision = engine.evaluate(request_, now=NOW, supports={"redact"})
        receipt = decision.receipt.wait()
    assert receipt.seq == 2
    genesis, load, record = read_log(tmp_path / "log")
    assert (genesis.body["type"], load.body["type"]) == ("genesis", "policy.load")
    body = record.body
    assert body["id"] == decision.id
    assert body["actor"]["kind"] == "service_account"
    assert body["actor"]["ref"].startswith("hmac:")
    assert body["dec"].startswith("hmac:")
    assert body["in"].startswith("hmac:")
    assert set(body["facts"]) >= {"ct", "kid", "n"}
    expected = {
        "act": "chat.completions",
        "bundle": decision.bundle,
        "counts": {"fired": 2, "passed": 4},
        "detections": {"CREDIT_CARD": 1, "US_SSN": 1},
        "effect": "allow",
        "env": "production",
        "mode": "enforce",
        "model": "gpt-4.1",
        "obl": [{"id": "o1", "type": "redact"}],
        "outcomes": [["callers", "fired"], ["pii", "fired"]],
        "project": "proj-prod",
        "type": "decision",
        "value": "Permit",
    }
    assert {name: body[name] for name in expected} == expected
    stored = b"".join(path.read_bytes() for path in (tmp_path / "log").rglob("*.jsonl"))
    assert b"45-6789" not in stored  # with its hyphen: four digits also stand in digests
    assert b"svc-chatbot-prod" not in stored
    assert verify(tmp_path / "log").size == 3
