"""`jurat log keys list | backup | restore | destroy | rotate-master`."""

import json
import shutil
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from jurat.log import Log

BODY = {"dec": "hmac:" + "0" * 64, "effect": "allow"}
Run = Callable[..., Result]


@pytest.fixture
def log(run: Run, tmp_path: Path) -> Path:
    with Log.open(tmp_path / "log") as log:
        for subject in ("ann", "bob"):
            log.append("decision", {**BODY, "facts": log.seal(subject, b"x")})
        log.append("decision", {**BODY, "facts": log.seal(None, b"x")})
    return tmp_path / "log"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "copy.key"
    path.write_bytes(b64encode(bytes(range(32))) + b"\n")
    return path


def test_list_and_destroy(run: Run, log: Path) -> None:
    listed = run("log", "keys", "list", log).stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["s-1", "s-2"]
    as_json = run("log", "keys", "list", log, "--format", "json").stdout.splitlines()
    assert json.loads(as_json[0])["ref"] == listed[0].split()[1]
    done = run("log", "keys", "destroy", log, "s-1", "--by", "dpo")
    assert done.stdout == "erased: the key s-1 is destroyed\n"
    assert len(run("log", "keys", "list", log).stdout.splitlines()) == 1
    assert "erasure" in run("log", "show", log).stdout.splitlines()[-1]
    again = run("log", "keys", "destroy", log, "s-1")
    assert (again.exit_code, "keys list" in again.stderr) == (3, True)


def test_backup_and_restore(run: Run, log: Path, key: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    done = run("log", "keys", "backup", log, "-o", copy, "--key", key)
    assert done.exit_code == 0, done.output
    assert copy.stat().st_mode & 0o077 == 0
    assert run("log", "keys", "backup", log, "-o", copy, "--key", key).exit_code == 3
    run("log", "erase", log, "ann")
    shutil.rmtree(tmp_path / "config" / "keys" / "sets")
    back = run("log", "keys", "restore", log, copy, "--key", key)
    assert (back.exit_code, back.stdout) == (0, "2 keys restored, 1 stay destroyed, 0 lost\n")
    assert len(run("log", "keys", "list", log).stdout.splitlines()) == 1


def test_a_passphrase_is_asked_for_or_read(run: Run, log: Path, tmp_path: Path) -> None:
    copy, words = tmp_path / "copy", "correct horse battery\n"
    asked = run("log", "keys", "backup", log, "-o", copy, stdin=words * 2)
    assert asked.exit_code == 0, asked.output
    assert "correct horse" not in asked.output
    file = tmp_path / "words"
    file.write_text(words)
    back = run("log", "keys", "restore", log, copy, "--passphrase-file", file)
    assert back.stdout == "0 keys restored, 0 stay destroyed, 0 lost\n"
    file.write_text("another horse battery\n")
    wrong = run("log", "keys", "restore", log, copy, "--passphrase-file", file)
    assert (wrong.exit_code, "another passphrase" in wrong.stderr) == (3, True)
    assert (
        run(
            "log", "keys", "restore", log, copy, "--passphrase-file", file, "--key", file
        ).exit_code
        == 2
    )


def test_keys_that_are_lost_are_told(run: Run, log: Path, key: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    run("log", "keys", "backup", log, "-o", copy, "--key", key)
    with Log.open(log) as opened:
        opened.append("decision", {**BODY, "facts": opened.seal("carol", b"x")})
    shutil.rmtree(tmp_path / "config" / "keys" / "sets")
    back = run("log", "keys", "restore", log, copy, "--key", key)
    assert (back.exit_code, back.stdout) == (1, "3 keys restored, 0 stay destroyed, 1 lost\n")


def test_a_new_master_key(run: Run, log: Path, tmp_path: Path) -> None:
    master = tmp_path / "config" / "keys" / "master.key"
    old = master.read_bytes()
    done = run("log", "keys", "rotate-master")
    assert done.stdout == "the master key was changed; it wraps the keys of 1 sets\n"
    assert master.read_bytes() != old
    with Log.open(log) as opened:
        assert opened.seal("ann", b"y")["kid"] == "s-1"
