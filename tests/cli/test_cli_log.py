"""`jurat log` on logs that `jurat eval` wrote."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

NOW = "2026-05-25T12:00:00Z"
Run = Callable[..., Result]


@pytest.fixture
def log(run: Run, bundle: str, request_file: str, snapshot_file: str, tmp_path: Path) -> Path:
    """Records: genesis, load, allow, deny, invalid input; load, snapshot."""
    directory = tmp_path / "log"
    good = json.dumps(json.loads(Path(request_file).read_text()))
    args = ("eval", bundle, "--now", NOW, "--supports", "redact", "--log", directory)
    first = run(*args, "-", stdin=f'{good}\n{{"model": "gpt-3.5"}}\n{{"model": 5}}\n')
    assert first.exit_code == 0, first.output
    assert run("eval", bundle, snapshot_file, "--now", NOW, "--log", directory).exit_code == 0
    return directory


def test_show_has_a_line_per_record(run: Run, log: Path) -> None:
    shown = run("log", "show", log).stdout.splitlines()
    assert [line.split()[2] for line in shown] == [
        "genesis", "policy.load", "decision", "decision", "decision", "policy.load", "audit",
    ]  # fmt: skip
    assert "allow (Permit)" in shown[2]
    assert "rules=callers,pii" in shown[2]
    assert "codes=invalid-input" in shown[4]
    assert run("log", "show", log, "--start", 5).stdout.splitlines() == shown[5:]


def test_show_as_json_is_what_is_stored(run: Run, log: Path) -> None:
    shown = run("log", "show", log, "--format", "json").stdout.splitlines()
    stored = b"".join(path.read_bytes() for path in sorted(log.rglob("*.jsonl"))).decode()
    assert [json.loads(line)["seq"] for line in shown] == list(range(7))
    assert not stored or all(line in stored for line in shown)


def test_verify_says_what_is_proven(run: Run, log: Path) -> None:
    result = run("log", "verify", log)
    assert result.exit_code == 0
    assert result.stdout.startswith("verified: 7 records of jurat-log/")
    assert "\nproven\n" in result.stdout
    assert "\nnot proven\n" in result.stdout
    told = json.loads(run("log", "verify", log, "--format", "json").stdout)
    assert (told["verified"], told["size"]) == (True, 7)


def edited(log: Path, old: bytes, new: bytes) -> Path:
    """A copy of the log with the first `old` made `new`."""
    copy = log.with_name("edited")
    shutil.copytree(log, copy)
    for path in sorted(copy.rglob("*")):
        if path.is_file() and old in (data := path.read_bytes()):
            path.write_bytes(data.replace(old, new, 1))
            return copy
    raise AssertionError(f"no file holds {old!r}")


def test_an_edited_record_is_named(run: Run, log: Path) -> None:
    copy = edited(log, b'"effect":"allow"', b'"effect":"alloy"')
    result = run("log", "verify", copy)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: the log is broken: ")
    assert "record 2" in result.stderr
    told = json.loads(run("log", "verify", copy, "--format", "json").stdout)
    assert (told["verified"], told["seq"]) == (False, 2)


def test_a_checkpoint_and_a_key_from_elsewhere(run: Run, log: Path, tmp_path: Path) -> None:
    note, key = tmp_path / "note", run("log", "checkpoint", log, "--vkey").stdout.strip()
    note.write_text(run("log", "checkpoint", log).stdout)
    result = run("log", "verify", log, "--checkpoint", note, "--vkey", key)
    assert result.exit_code == 0
    assert "give a checkpoint" not in result.stdout
    assert "give the verifier key" not in result.stdout


def test_a_log_cut_below_the_checkpoint_is_broken(
    run: Run, bundle: str, request_file: str, tmp_path: Path
) -> None:
    log, note = tmp_path / "log", tmp_path / "note"
    args = ("eval", bundle, request_file, "--now", NOW, "--log", log)
    run(*args)
    older = tmp_path / "older"
    shutil.copytree(log, older)
    run(*args)
    note.write_text(run("log", "checkpoint", log).stdout)
    assert run("log", "verify", log, "--checkpoint", note).exit_code == 0
    result = run("log", "verify", older, "--checkpoint", note)
    assert result.exit_code == 1
    assert "the checkpoint given covers" in result.stderr


def test_replay_agrees_with_itself(run: Run, log: Path) -> None:
    result = run("log", "replay", log)
    assert result.exit_code == 0
    assert result.stdout == "4 decisions replayed: 3 agrees, 1 not-decided\n"
    told = run("log", "replay", log, "--format", "json")
    verdicts = [json.loads(line)["verdict"] for line in told.stdout.splitlines()]
    assert verdicts == ["agrees", "agrees", "not-decided", "agrees"]
    assert told.stderr.startswith("4 decisions replayed")


def test_replay_by_another_bundle_tells_what_changes(
    run: Run, log: Path, bundle: str, tmp_path: Path
) -> None:
    stricter = tmp_path / "stricter"
    shutil.copytree(bundle, stricter)
    rules = stricter / "rules" / "acme.yaml"
    text = rules.read_text()
    assert "models: [gpt-4.1, gpt-4.1-mini]" in text
    rules.write_text(text.replace("models: [gpt-4.1, gpt-4.1-mini]", "models: [gpt-4.1-mini]"))
    result = run("log", "replay", log, "--bundle", stricter)
    assert result.exit_code == 1
    assert "record 2: changed  allow (Permit) -> deny (Deny)\n" in result.stdout


def test_replay_without_the_keys_says_so(
    run: Run, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JURAT_CONFIG_DIR", str(tmp_path / "elsewhere"))
    result = run("log", "replay", log)
    assert result.exit_code == 3
    assert "JURAT_CONFIG_DIR" in result.stderr
    assert run("log", "verify", log).exit_code == 0


def test_nothing_of_the_input_stands_in_the_log(run: Run, log: Path) -> None:
    told = run("log", "show", log).output + run("log", "show", log, "--format", "json").output
    assert "123-45-6789" not in told
    assert "refund" not in told


def test_a_body_that_can_not_be_read_is_recorded_too(
    run: Run, bundle: str, tmp_path: Path
) -> None:
    args = ("eval", bundle, "--as", "openai.chat", "--log", tmp_path / "log", "--exit-code")
    assert run(*args, stdin='{"model": ').exit_code == 10
    last = run("log", "show", tmp_path / "log").stdout.splitlines()[-1]
    assert "codes=invalid-input" in last
    assert run("log", "verify", tmp_path / "log").exit_code == 0
