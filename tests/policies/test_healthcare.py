"""What a rule on health information is for that never alone decides."""

import json
from typing import Any

import jurat_policies
from jurat import Engine

NOW = "2026-05-25T12:00:00Z"
WAIVER = {
    "rule": "nothing-kept",
    "scope": "true",  # it judges requests and snapshots, which have nothing in common
    "owner": "privacy-office",
    "reason": "uploads of forms without a patient in them",
    "ticket": "PRIV-7",
    "granted": "2026-05-01T00:00:00Z",
    "expires": "2026-06-30T00:00:00Z",
}


def test_where_keeping_is_waived_nothing_is_trained_on() -> None:
    root = jurat_policies.path("healthcare-phi")
    files: dict[str, Any] = {
        str(file.relative_to(root)): file.read_text() for file in root.rglob("*.yaml")
    }
    key = {"id": "key-1", "owner": "user-physician", "status": "active"}
    given = {
        "action": "files.create",
        "actor": {"id": "user-physician", "credential": key},
        "source": {"ip": "10.1.1.7", "tls_version": "1.3"},
        "project": {"id": "proj-clinical"},
        "endpoint": {"id": "azure-eus"},
        "tools": [],
        "messages": [],
    }

    def rules(*waivers: dict[str, str]) -> list[str]:
        # its own cases say what is refused without a waiver
        kept = {name: text for name, text in files.items() if not name.startswith("tests/")}
        if waivers:
            kept["waivers.yaml"] = json.dumps(waivers)
        decision = Engine.load(kept).evaluate(given, now=NOW, supports={"header"})
        assert not decision.allowed
        return [reason.rule for reason in decision.reasons if reason.effect == "deny"]

    assert rules() == ["nothing-kept", "training"]
    assert rules(WAIVER) == ["training"]
