"""Mistakes that were made elsewhere, tried end to end: bundle in, input in, decision out."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from jurat.engine import Engine
from jurat.plan import Decision

NOW = "2026-05-25T12:00:00Z"
PERMIT = {"id": "anyone", "kind": "expression", "effect": "permit", "when": "true"}
TABLES: dict[str, Any] = {
    "projects": {
        "proj-eu": {
            "environment": "production",
            "residency": "eu",
            "holders": ["service_account"],
        },
        "proj-dev": {"environment": "development", "holders": ["user", "service_account"]},
    },
    "service_accounts": {
        "svc-1": {
            "project": "proj-eu",
            "permissions": ["chat.completions"],
            "networks": ["10.0.16.0/20"],
        }
    },
    "endpoints": {
        "azure-weu": {
            "provider": "azure",
            "region": "westeurope",
            "sku": "Standard",
            "residency": "eu",
        },
        "azure-glb": {"provider": "azure", "region": "westeurope", "sku": "GlobalStandard"},
    },
}


def engine(*rules: Mapping[str, Any], tables: Mapping[str, Any] | None = None) -> Engine:
    """An engine of these rules; what a rule doesn't say is filled in. JSON is YAML."""
    filled = [{"title": "A rule.", "severity": "high", **rule} for rule in (PERMIT, *rules)]
    files = {
        "bundle.yaml": json.dumps({"name": "field", "version": "1.0.0", "revision": 1}),
        "rules/field.yaml": json.dumps(filled),
    }
    for name, rows in (TABLES if tables is None else tables).items():
        files[f"data/{name}.yaml"] = json.dumps(rows)
    return Engine.load(files)


def decide(made: Engine, given: Mapping[str, Any], **more: Any) -> Decision:
    return made.evaluate(given, now=NOW, **more)


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def rule(kind: str, effect: str = "deny", **fields: Any) -> dict[str, Any]:
    return {"id": "rule", "kind": kind, "effect": effect, **fields}


NETWORKS = rule("network.allowlist", params={"networks": {"fact": "request.actor.networks"}})


@pytest.mark.parametrize(
    ("address", "allowed"),
    [("10.0.16.1", True), ("10.0.31.254", True), ("10.0.15.1", False), ("10.0.160.1", False)],
)
def test_a_network_is_no_prefix_of_text(address: str, allowed: bool) -> None:
    decision = decide(engine(NETWORKS), {"actor": {"id": "svc-1"}, "source": {"ip": address}})
    assert decision.allowed is allowed
    assert codes(decision) == ([] if allowed else ["address-not-allowed"])


def test_a_caller_cannot_bring_its_own_networks() -> None:
    given = {
        "actor": {"id": "svc-1", "networks": ["0.0.0.0/0"]},
        "source": {"ip": "203.0.113.1"},
    }
    decision = decide(engine(NETWORKS), given)
    assert codes(decision) == ["address-not-allowed"]
    assert "fact-overridden" in [advice.code for advice in decision.advice]


@pytest.mark.parametrize(
    ("expires_at", "allowed"), [(NOW, False), ("2026-05-25T12:00:00.000001Z", True)]
)
def test_a_key_that_expires_now_is_expired(expires_at: str, allowed: bool) -> None:
    given = {"actor": {"id": "svc-1", "credential": {"id": "k", "expires_at": expires_at}}}
    assert decide(engine(rule("credential.expiry")), given).allowed is allowed


PII = rule("pii.patterns", "redact", params={"entities": ["US_SSN", "CREDIT_CARD"]})
TEXT = "The SSN of the customer is 123-45-6789."


@pytest.mark.parametrize(
    ("messages", "at"),
    [
        ([{"role": "user", "content": TEXT}], "/messages/0/content"),
        (
            [{"role": "user", "content": [{"type": "text", "text": TEXT}]}],
            "/messages/0/content/0/text",
        ),
        (
            [{"role": "assistant", "tool_calls": [{"arguments": json.dumps({"note": TEXT})}]}],
            "/messages/0/tool_calls/0/arguments",
        ),
        ([{"role": "tool", "content": TEXT}], "/messages/0/content"),
    ],
    ids=["text", "parts", "arguments", "tool result"],
)
def test_text_is_found_wherever_it_stands(messages: Any, at: str) -> None:
    made = engine(PII)
    decision = decide(made, {"messages": messages}, supports={"redact"})
    assert decision.allowed
    assert codes(decision) == ["pii-found"]
    assert [obligation.type for obligation in decision.obligations] == ["redact"]
    assert decision.reasons[0].at == at
    assert "123-45-6789" not in json.dumps(decision.apply({"messages": messages}))
    refused = decide(made, {"messages": messages})
    assert not refused.allowed  # nobody promised to redact
    assert set(codes(refused)) == {"pii-found", "obligation-unsupported"}


RESIDENCY = {"project": {"id": "proj-eu"}}


def test_nothing_eligible_is_a_deny_and_never_a_route_abroad() -> None:
    require = rule("data.residency", "require")
    decision = decide(engine(require), RESIDENCY, supports={"route"})
    assert decision.allowed
    assert [list(o.endpoints) for o in decision.obligations] == [["azure-weu"]]
    abroad = {**TABLES, "endpoints": {"azure-glb": TABLES["endpoints"]["azure-glb"]}}
    decision = decide(engine(require, tables=abroad), RESIDENCY, supports={"route"})
    assert not decision.allowed
    assert codes(decision) == ["residency-unsatisfiable"]
    assert not decision.obligations


def test_a_global_deployment_is_not_in_its_region() -> None:
    deny = engine(rule("data.residency"))
    assert decide(deny, {**RESIDENCY, "endpoint": {"id": "azure-weu"}}).allowed
    decision = decide(deny, {**RESIDENCY, "endpoint": {"id": "azure-glb", "residency": "eu"}})
    assert codes(decision) == ["residency-violated"]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ({"actor": {"id": "svc-1", "project": "proj-dev"}}, ["actor-outside-project"]),
        ({"actor": {"id": "svc-1", "projects": ["proj-dev"]}}, ["actor-outside-project"]),
    ],
)
def test_a_caller_cannot_claim_another_project(claim: Any, expected: list[str]) -> None:
    made = engine(rule("project.isolation", params={"parts": ["actor"]}))
    assert codes(decide(made, {**claim, "project": {"id": "proj-dev"}})) == expected


def test_a_caller_cannot_claim_another_kind() -> None:
    made = engine(rule("project.isolation", params={"parts": ["holders"]}))
    given = {"actor": {"id": "svc-1", "kind": "user"}, "project": {"id": "proj-eu"}}
    assert decide(made, given).allowed  # the table has it among the service accounts
    stranger = {"actor": {"id": "svc-9", "kind": "user"}, "project": {"id": "proj-eu"}}
    assert codes(decide(made, stranger)) == ["actor-kind-not-allowed"]


def test_a_caller_cannot_claim_that_no_residency_is_required() -> None:
    given = {
        "project": {"id": "proj-eu", "residency": None},
        "endpoint": {"id": "azure-glb"},
    }
    assert codes(decide(engine(rule("data.residency")), given)) == ["residency-violated"]


def test_a_caller_cannot_grant_itself_a_permission() -> None:
    made = engine(rule("actor.permission"))
    given = {"action": "files.delete", "actor": {"id": "svc-1", "permissions": ["files.delete"]}}
    assert codes(decide(made, given)) == ["permission-missing"]


@pytest.mark.parametrize("model", ["gpt-4.1-nano", "GPT-4.1", "gpt-4.1 ", "gpt-4.1\n", "gpt-4"])
def test_a_model_is_named_exactly(model: str) -> None:
    made = engine(rule("model.allowlist", params={"models": ["gpt-4.1"]}))
    assert decide(made, {"model": "gpt-4.1"}).allowed
    assert codes(decide(made, {"model": model})) == ["model-not-allowed"]


CANARY = "sk-proj-Zk3vQ9xT1mB7rL5wY2hN8cD4fG6jP0sAqWeRtYuIoP1234567890abcdEFGH"


@pytest.mark.parametrize(
    "made",
    [
        rule("model.allowlist", params={"models": ["gpt-4.1"]}),
        rule("network.allowlist", params={"networks": ["10.0.0.0/8"]}),
        rule("actor.permission"),
        rule("project.isolation"),
        rule("data.residency"),
        rule("credential.age", params={"max_age": "60d"}),
        rule("pii.patterns", params={"entities": ["SECRET"]}),
    ],
    ids=lambda made: made["kind"],
)
def test_no_secret_reaches_a_reason(made: dict[str, Any]) -> None:
    given = {
        "model": CANARY,
        "action": CANARY,
        "actor": {
            "id": CANARY,
            "kind": "user",
            "project": CANARY,
            "permissions": [],
            "credential": {"id": CANARY, "project": CANARY, "created_at": "2020-01-01T00:00:00Z"},
        },
        "source": {"ip": "203.0.113.1"},
        "project": {"id": "proj-eu", "residency": CANARY, "holders": []},
        "endpoint": {"residency": CANARY[::-1], "provider": CANARY},
        "messages": [{"role": "user", "content": f"Why does {CANARY} not work?"}],
    }
    decision = decide(engine(made, tables={}), given)
    assert not decision.allowed
    assert decision.reasons
    told = "".join(repr(reason) + str(reason.message) for reason in decision.reasons)
    told += repr(decision) + str(decision.explain())
    assert CANARY not in told
    assert CANARY[::-1] not in told
