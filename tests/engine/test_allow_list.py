"""Known values pass: an allow list by keyed hash, from the text to the replay of the record."""

import json
from pathlib import Path
from typing import Any

import pytest

from jurat import Engine
from jurat.engine import replay
from jurat.log import KeyStore, Log
from jurat.scan import entry_of

KEY = bytes(range(32))
KNOWN, OTHER = "support@stadtwerke-nord.de", "maria.keller@stadtwerke-nord.de"
NOW = "2026-05-25T12:00:00Z"


def _files(**params: Any) -> dict[str, str]:
    rules = [
        {
            "id": "all",
            "title": "All",
            "kind": "expression",
            "effect": "permit",
            "severity": "info",
            "when": "true",
        },
        {
            "id": "pii",
            "title": "PII",
            "kind": "pii.patterns",
            "effect": "deny",
            "severity": "high",
            "params": {"packs": ["contact"], "roles": ["user"], **params},
        },
    ]
    manifest = {"name": "one", "version": "1.0.0", "revision": 1}
    return {"bundle.yaml": json.dumps(manifest), "rules/one.yaml": json.dumps(rules)}


def _says(content: str, role: str = "user") -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content}], "unscanned": None}


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("JURAT_ALLOW_KEY", KEY.hex())
    return _files(allow=[entry_of(KEY, "EMAIL_ADDRESS", KNOWN)])


def test_a_known_value_passes_and_another_does_not(files: dict[str, str]) -> None:
    with Engine.load(files) as engine:
        assert engine.evaluate(_says(f"write to {KNOWN.upper()}")).allowed
        decision = engine.evaluate(_says(f"write to {KNOWN} and {OTHER}"))
        assert not decision.allowed
        (reason,) = decision.reasons
        assert reason.evidence == {"EMAIL_ADDRESS": 1}
        told = {
            "entity": "EMAIL_ADDRESS",
            "detector": "email",
            "confidence": "high",
            "length": len(OTHER),
        }
        assert reason.to_dict()["found"] == [told]
        assert "found" not in reason.to_dict(canonical=True)
        assert "keller" not in str(decision.to_dict())
        assert engine.evaluate(_says(f"write to {OTHER}", role="system")).allowed


def test_without_the_key_every_value_counts_and_that_is_told(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in (None, "00" * 32, "no key"):
        if key is None:
            monkeypatch.delenv("JURAT_ALLOW_KEY")
        else:
            monkeypatch.setenv("JURAT_ALLOW_KEY", key)
        with Engine.load(files) as engine:
            decision = engine.evaluate(_says(f"write to {KNOWN}"))
            assert not decision.allowed
            assert [advice.code for advice in decision.advice] == ["allow-list-unused"]


def test_the_record_replays_without_the_key(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys = KeyStore(tmp_path / "keys")
    with Engine.load(files, log=Log.open(tmp_path / "log", keys=keys)) as engine:
        for text, role in ((KNOWN, "user"), (OTHER, "user"), (OTHER, "system")):
            engine.evaluate(_says(f"write to {text}", role))
        assert engine.log is not None
        engine.log.close()
    monkeypatch.delenv("JURAT_ALLOW_KEY")
    told = list(replay(tmp_path / "log", keys=keys))
    assert [(one.verdict, one.was[0]) for one in told] == [
        ("agrees", "allow"),
        ("agrees", "deny"),
        ("agrees", "allow"),
    ]
