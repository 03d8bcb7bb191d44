"""`jurat log prune`, and what a set of logs is asked to forget."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from jurat.log import Log, open_worker
from jurat.log import _layout as layout

BODY = {"dec": "hmac:" + "0" * 64, "effect": "allow"}
Run = Callable[..., Result]


@pytest.fixture
def log(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """40 records of 1970 in segments of 8. `run` says where the keys lie."""
    monkeypatch.setattr(layout, "SEGMENT_ENTRIES", 8)
    with Log.open(tmp_path / "log", clock=lambda: 0) as log:
        for _ in range(39):
            log.append("decision", {**BODY, "actor": {"ref": log.ref("ann")}})
    return tmp_path / "log"


def test_prune_says_what_went(run: Run, log: Path) -> None:
    dry = run("log", "prune", log, "--keep", "90d", "--dry-run")
    assert (dry.exit_code, dry.stdout) == (0, f"{log}: records 0 to 31 would be pruned\n")
    assert len(run("log", "show", log).stdout.splitlines()) == 40
    done = run("log", "prune", log, "--keep", "90d", "--by", "ops", "--ticket", "R-1")
    assert (done.exit_code, done.stdout) == (0, f"{log}: records 0 to 31 were pruned\n")
    shown = run("log", "show", log, "--format", "json").stdout.splitlines()
    bodies = [json.loads(line)["body"] for line in shown]
    assert len(bodies) == 9
    assert bodies[-1]["by"] == {"approver": "ops", "ticket": "R-1"}
    verified = run("log", "verify", log)
    assert verified.exit_code == 0
    assert "records 0 to 31 were pruned" in verified.stdout
    assert json.loads(run("log", "verify", log, "--format", "json").stdout)["below"] == 32
    assert run("log", "checkpoint", log, "--vkey").stdout.startswith("jurat-log/")
    again = run("log", "prune", log, "--before", "1980-01-01T00:00:00Z")
    assert "no segment is older than 1980" in again.stdout


def test_prune_asks_for_one_limit(run: Run, log: Path) -> None:
    both = ("--before", "1980-01-01T00:00:00Z", "--keep", "1d")
    for args in ((), both, ("--keep", "soon"), ("--before", "soon")):
        assert run("log", "prune", log, *args).exit_code == 2


def test_a_hold_refuses_to_prune(run: Run, log: Path) -> None:
    run("log", "hold", log, "ann", "--reason", "suit 12", "--by", "legal")
    refused = run("log", "prune", log, "--keep", "1d")
    assert refused.exit_code == 3
    assert "by legal: suit 12" in refused.stderr
    run("log", "hold", log, "ann", "--release", "--by", "legal")
    assert run("log", "prune", log, "--keep", "1d").exit_code == 0


def test_a_set_forgets_a_person(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "set"
    with open_worker(root, set_name="acme") as first, open_worker(root) as second:
        kept = [log.seal("ann", b"x") for log in (first, second)]
        held = run("log", "hold", root, "--all", "--reason", "audit", "--by", "legal")
        assert held.exit_code == 0, held.output
        assert "another process has the log open" in held.stderr
        assert run("log", "erase", root, "ann").exit_code == 3
    assert run("log", "hold", root, "--all", "--release", "--by", "legal").exit_code == 0
    erased = run("log", "erase", root, "ann")
    assert (erased.exit_code, erased.stderr) == (0, "")
    with open_worker(root) as first, open_worker(root) as second:
        assert [log.unseal(facts) for log, facts in zip((first, second), kept, strict=True)] == [
            None,
            None,
        ]
    assert run("log", "verify", root).exit_code == 0
    shown = run("log", "show", root).stdout
    assert shown.count(" hold ") == 2
    assert shown.count(" erasure ") == 1
