"""An engine whose log cannot be written: it denies, or it goes on and counts what it missed."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from log_kit import FaultySystem

from jurat.engine import Engine
from jurat.log import KeyStore, Log, LogError, open_worker, read_log, verify

REQUEST: dict[str, Any] = {
    "action": "chat.completions",
    "model": "gpt-4.1",
    "messages": [{"role": "user", "content": "hello"}],
}


class Broken(FaultySystem):
    def __init__(self) -> None:
        self.broken = False
        super().__init__(
            lambda name, number: (
                OSError(errno.EIO, os.strerror(errno.EIO))
                if self.broken and name in ("write", "sync")
                else None
            )
        )


@pytest.mark.parametrize("durability", ["sync", "release"])
@pytest.mark.parametrize("mode", ["deny", "gap"])
def test_decisions_without_a_log(tmp_path: Path, mode: Any, durability: Any) -> None:
    system = Broken()
    keys = KeyStore(tmp_path / "keys")
    log = Log.open(
        tmp_path / "log", keys=keys, system=system, on_failure=mode, durability=durability
    )
    with Engine.load("starter", log=log) as engine:
        assert engine.evaluate(REQUEST).allowed
        log.flush()
        system.broken = True
        first = engine.evaluate(REQUEST)
        assert first.receipt is None or first.receipt.settled or durability == "release"
        if first.receipt is not None and mode == "gap":
            assert first.receipt.wait().gap is not None
        elif first.receipt is not None:
            with pytest.raises(LogError):
                first.receipt.wait()
        second = engine.evaluate(REQUEST)
        system.broken = False
    assert second.allowed == (mode == "gap")
    assert ("log-unavailable" in {reason.code for reason in second.reasons}) == (mode == "deny")
    if mode == "gap":
        log.close()
        gaps = [r.body for r in read_log(tmp_path / "log") if r.body["type"] == "gap"]
        decisions = [r for r in read_log(tmp_path / "log") if r.body["type"] == "decision"]
        assert len(decisions) + sum(gap["count"] for gap in gaps) == 3
        assert gaps[-1]["last"] == second.id
        assert verify(tmp_path / "log").size


def test_key_store_that_cannot_be_used_is_a_gap_too(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys")
    with (
        Log.open(tmp_path / "log", keys=keys, on_failure="gap") as log,
        Engine.load("starter", log=log) as engine,
    ):
        log._sealer.close()
        assert engine.evaluate(REQUEST | {"actor": {"id": "new"}}).allowed
    (gap,) = [r.body for r in read_log(tmp_path / "log") if r.body["type"] == "gap"]
    assert gap["count"] == 1
    assert "cannot be used" in gap["reason"]


def test_engine_opens_the_log_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JURAT_CONFIG_DIR", str(tmp_path / "config"))
    with Engine.load("starter", log=tmp_path / "log", on_log_failure="gap") as engine:
        assert engine.log is not None
        assert engine.log.on_failure == "gap"
        assert (tmp_path / "log" / "reserve").stat().st_size == 16 << 20


def test_engine_takes_a_log_of_a_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JURAT_CONFIG_DIR", str(tmp_path / "config"))
    with (
        open_worker(tmp_path / "set", set_name="acme"),
        Engine.load("starter", log=tmp_path / "set") as engine,
    ):
        assert engine.log is not None
        assert engine.log.origin == "acme/w1"
        assert engine.evaluate(REQUEST).allowed
