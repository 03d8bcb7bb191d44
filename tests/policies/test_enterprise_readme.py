"""What the README of the enterprise's bundle shows is what happens, to a copy of the bundle."""

import json
import shutil
import sys
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from shown import play, prepare

import jurat_policies
from jurat.engine import Engine

BUNDLE = jurat_policies.OPENAI_ENTERPRISE


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of a POSIX shell")
def test_everything_shown_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(monkeypatch, tmp_path)
    assert play(BUNDLE / "README.md", tmp_path) >= 5


def test_prompts_with_a_file_are_the_reviewed_ones() -> None:
    """The digests in data/prompts.yaml are those of the texts beside them."""
    register = (BUNDLE / "data" / "prompts.yaml").read_text()
    texts = sorted((BUNDLE / "examples" / "prompts").glob("*.txt"))
    assert texts
    for text in texts:
        name, _, version = text.stem.rpartition("-")
        row = register.partition(f"{name}@{version}:")[2].partition("@")[0]
        assert sha256(text.read_bytes()).hexdigest() in row, text.name


def test_the_sample_snapshot_is_in_order_and_counts_down() -> None:
    """The keys of the three service accounts end 30, 14 and 7 days from its `now`; only the
    last two are told of, and beside them who was idle for long and a key that will be too old."""
    snapshot = (BUNDLE / "examples" / "snapshot.json").read_bytes()
    now = datetime(2026, 5, 25, 12, tzinfo=UTC)
    with Engine.load(BUNDLE) as engine:
        decision = engine.evaluate(snapshot, now=now)
    assert (decision.effect, decision.reasons) == ("allow", ())
    assert {(note.code, note.at.split("/")[3]) for note in decision.advice} == {
        ("credential-expiring", "key-cicd-001"),
        ("credential-expiring", "key-eval-001"),
        ("credential-ageing", "key-prod-001"),
        ("principal-idling", "user-product-manager"),
    }
    keys = json.loads(snapshot)["credentials"]["items"]
    ends = {
        key["owner"]: (datetime.fromisoformat(key["expires_at"]) - now).days
        for key in keys.values()
        if key["expires_at"]
    }
    assert ends["svc-chatbot-prod"] == 30
    assert ends["svc-cicd-staging"] == 14
    assert ends["svc-eval-runner"] == 7
    assert decision.rules is not None
    assert all(counts["evaluated"] == counts["passed"] for counts in decision.rules.values())


@pytest.mark.parametrize("name", ["chatbot", "engineer"])
def test_the_sample_requests_are_allowed(name: str) -> None:
    given = (BUNDLE / "examples" / f"{name}.json").read_bytes()
    with Engine.load(BUNDLE) as engine:
        decision = engine.evaluate(given, now="2026-05-25T12:00:00Z", supports={"header"})
    assert decision.effect == "allow"


def test_a_stop_is_in_force_within_a_second(tmp_path: Path) -> None:
    """Of computing, the bundle's own cases included; whatever else the machine does."""
    copy = tmp_path / "acme"
    shutil.copytree(BUNDLE, copy)
    given = (copy / "examples" / "chatbot.json").read_bytes()
    now = "2026-05-25T12:00:00Z"
    with Engine.load(copy) as engine:
        assert engine.evaluate(given, now=now, supports={"header"}).allowed
        with (copy / "data" / "stops.yaml").open("a") as stops:
            stops.write("inc-1: {everything: true, who: ciso, why: breach}\n")
        began = time.process_time()
        engine.reload()
        assert time.process_time() - began < 1
        decision = engine.evaluate(given, now=now, supports={"header"})
    assert decision.reasons[0].code == "stopped"
