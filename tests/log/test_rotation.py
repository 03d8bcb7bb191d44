"""A log's signing key changes: both sign for a while, verifiers know the history, thieves gain
nothing from a key that was retired."""

import contextlib
import json
import shutil
import sys
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner
from log_kit import BODY, Crash, Disk, FaultySystem, make_log, segment

from jurat.cli._log import command
from jurat.log import (
    CommandSigner,
    KeyStore,
    Log,
    LogBroken,
    LogError,
    LogUnavailable,
    Publisher,
    check_proof,
    checkpoint,
    parse_vkey,
    prove,
    read_log,
    retire_key,
    rotate_key,
    verify,
)
from jurat.log import _layout as layout
from jurat.log._note import Checkpoint, sign_checkpoint
from jurat.log._tree import Tree, leaf_hash


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys", notify=lambda text: None)


@pytest.fixture
def place(tmp_path: Path, keys: KeyStore) -> Path:
    return make_log(tmp_path, [2])


def grow(place: Path, keys: KeyStore, count: int = 2) -> None:
    with Log.open(place, keys=keys) as log:
        for _ in range(count):
            log.append("decision", BODY).wait()


def lines_signing(place: Path) -> int:
    return checkpoint(place).count("\N{EM DASH} ")


def described(place: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((place / "log.json").read_bytes())
    return found


def test_both_sign_then_the_old_one_ends(place: Path, keys: KeyStore, tmp_path: Path) -> None:
    old = next(read_log(place)).body["vkey"]
    kept_before = checkpoint(place).encode()
    new = rotate_key(place, keys=keys)
    assert parse_vkey(new).name == parse_vkey(old).name
    grow(place, keys)
    assert lines_signing(place) == 2
    kept_between = checkpoint(place).encode()
    assert verify(place).size == 6
    for vkey in (old, new):
        assert verify(place, vkey=vkey, checkpoint=kept_between).size == 6
        assert check_proof(prove(place, 1), vkey=vkey).index == 1
    publisher = Publisher(place, copies=[tmp_path / "copy"], clock=lambda: 0)
    publisher.publish()
    assert retire_key(place, keys=keys) == old
    grow(place, keys)
    assert lines_signing(place) == 1
    for kept in (kept_before, kept_between):
        for vkey in (None, old, new):
            assert verify(place, vkey=vkey, checkpoint=kept).size == 9
    publisher.publish()  # one that has run all the time
    with Log.open(place, keys=keys, copies=[tmp_path / "copy"]):
        pass
    changes = [r.body["change"] for r in read_log(place) if r.body["type"] == "log.key"]
    assert changes == ["added", "retired"]
    assert described(place)["vkeys"] == [old, new]
    assert described(place)["valid"] == [[0, 7], [5, None]]
    assert check_proof(prove(place, 8), vkey=new).size == 9
    with pytest.raises(LogBroken):
        check_proof(prove(place, 8), vkey=old)
    third = rotate_key(place, keys=keys)
    retire_key(place, new, keys=keys)
    grow(place, keys)
    for vkey in (old, new, third):
        assert verify(place, vkey=vkey).size == 13


def test_old_key_need_not_be_kept(place: Path, keys: KeyStore, tmp_path: Path) -> None:
    rotate_key(place, keys=keys)
    retire_key(place, keys=keys)
    first = [path for path in (tmp_path / "keys" / "logs").iterdir() if "+" not in path.name]
    first[0].unlink()
    grow(place, keys)
    assert verify(place).size == 7
    second = next((tmp_path / "keys" / "logs").iterdir())
    second.unlink()
    with pytest.raises(LogError, match="is not here"):
        Log.open(place, keys=keys)


def test_what_cannot_be_changed(place: Path, keys: KeyStore) -> None:
    with pytest.raises(LogError, match="only key"):
        retire_key(place, keys=keys)
    with Log.open(place, keys=keys), pytest.raises(LogError, match="another writer"):
        rotate_key(place, keys=keys)
    with pytest.raises(LogError, match="not a verifier key"):
        retire_key(place, "x", keys=keys)
    old = next(read_log(place)).body["vkey"]
    rotate_key(place, keys=keys)
    with pytest.raises(LogError, match="already"):
        rotate_key(place, keys=keys, new=keys.signer_of(old))
    retire_key(place, keys=keys)
    with pytest.raises(LogError, match="no key of this log that signs"):
        retire_key(place, old, keys=keys)


def sign_on(place: Path, keys: KeyStore, vkey: str) -> None:
    """Append a record with a commit that only this key signs, as a thief of it would."""
    changed = segment(place).read_bytes().splitlines(keepends=True)
    leaves = [line[:-1] for line in changed if line.startswith(b'{"body"')]
    leaf = layout.make_leaf(b'{"type":"decision"}', leaf_hash(leaves[-1]), len(leaves))
    tree = Tree()
    tree.extend([leaf_hash(line) for line in [*leaves, leaf]])
    signer = keys.signer_of(vkey)
    note = sign_checkpoint(Checkpoint(vkey.split("+")[0], tree.size, tree.root()), signer)
    with segment(place).open("ab") as file:
        file.write(leaf + b"\n" + layout.make_commit(note) + b"\n")
    (place / "checkpoint").write_text(note)


def test_retired_key_signs_nothing_any_more(place: Path, keys: KeyStore) -> None:
    old = next(read_log(place)).body["vkey"]
    new = rotate_key(place, keys=keys)
    retire_key(place, keys=keys)
    grow(place, keys)
    sign_on(place, keys, old)
    for vkey in (None, old, new):
        with pytest.raises(LogBroken, match="not valid for"):
            verify(place, vkey=vkey)
    with pytest.raises(LogBroken):
        Log.open(place, keys=keys)
    with pytest.raises(LogBroken, match="not valid for"):
        prove(place, 1)


def test_key_that_nobody_appointed_signs_nothing(place: Path, keys: KeyStore) -> None:
    origin = str(described(place)["origin"])
    thief = keys.new_signer(origin).vkey
    sign_on(place, keys, thief)
    with pytest.raises(LogBroken, match="no known key"):
        verify(place)
    told = described(place)
    told["vkeys"] = [*told["vkeys"], thief]  # type: ignore[misc]  # JSON
    (place / "log.json").write_text(json.dumps(told))
    with pytest.raises(LogBroken):
        verify(place)
    told["valid"] = [[0, None], [2, None]]
    (place / "log.json").write_text(json.dumps(told))
    with pytest.raises(LogBroken):
        verify(place)


def test_log_of_another_that_names_the_given_key_is_not_its(
    place: Path, keys: KeyStore, tmp_path: Path
) -> None:
    """An attacker's log may appoint anybody's key; that does not make it that one's."""
    origin = str(described(place)["origin"])
    theirs = KeyStore(tmp_path / "thief", notify=lambda text: None)
    forged = tmp_path / "forged"
    Log.open(forged, keys=theirs, origin=origin).close()
    mine = next(read_log(place)).body["vkey"]
    with Log.open(forged, keys=theirs) as log:
        log.append("log.key", {"change": "added", "key": mine}).wait()
        size = log.size
    told = described(forged)
    told["vkeys"] = [*told["vkeys"], mine]  # type: ignore[misc]  # JSON
    told["valid"] = [[0, None], [size + 1, None]]
    (forged / "log.json").write_text(json.dumps(told))
    with pytest.raises(LogBroken, match="no commit is signed by the key given"):
        verify(forged, vkey=mine)
    assert verify(forged).size == size  # without a key known from elsewhere it says so itself


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.update(valid=[[0, None], [3, None]]),
        lambda told: told.update(valid=[[0, 6], [5, None]]),
        lambda told: told.update(vkeys=told["vkeys"][:1], valid=[[0, None]]),
        lambda told: told.update(vkeys=told["vkeys"][::-1]),
        lambda told: told.update(valid=[[0, None]]),
        lambda told: told.update(valid="x"),
        lambda told: told.pop("valid"),
    ],
    ids=["since", "until", "one key", "order", "too few", "no list", "none"],
)
def test_description_that_tells_other_keys_is_refused(
    place: Path, keys: KeyStore, change: object
) -> None:
    rotate_key(place, keys=keys)
    grow(place, keys, 3)
    told = described(place)
    change(told)  # type: ignore[operator]  # a parameter
    (place / "log.json").write_text(json.dumps(told))
    with pytest.raises(LogBroken):
        verify(place)


@pytest.mark.parametrize("which", [rotate_key, retire_key])
def test_crash_at_any_call_leaves_a_log_that_goes_on(tmp_path: Path, which: object) -> None:
    keys = KeyStore(tmp_path / "keys", notify=lambda text: None)
    place = make_log(tmp_path, [2])
    if which is retire_key:
        rotate_key(place, keys=keys)
    for crash_at in range(1, 100):
        copy = tmp_path / "run" / "log"
        shutil.rmtree(copy.parent, ignore_errors=True)
        shutil.copytree(place, copy)
        disk = Disk(crash_at)
        try:
            which(copy, keys=keys, system=disk)  # type: ignore[operator]  # a parameter
            return
        except (Crash, LogError):
            pass
        for state in islice(disk.states(), 6):  # lost sectors of a commit have a test of their own
            other = tmp_path / "state"
            shutil.rmtree(other, ignore_errors=True)
            shutil.copytree(copy, other)
            for path, data in state.items():
                target = other / path.relative_to(copy)
                if data is None and path.name != "log.json":  # replaced: there was one before
                    target.unlink(missing_ok=True)
                elif data is not None:
                    target.write_bytes(data)
            grow(other, keys, 1)
            assert verify(other).size
            grow(other, keys, 1)
            for vkey in (None, next(read_log(other)).body["vkey"]):
                assert verify(other, vkey=vkey).size
    pytest.fail("the run never ended")


SIGN = """
import base64, sys
from pathlib import Path
from cryptography.hazmat.primitives.serialization import load_pem_private_key
key = load_pem_private_key(Path(sys.argv[1]).read_bytes(), None)
signature = key.sign(sys.stdin.buffer.read())
sys.stdout.buffer.write(base64.b64encode(signature) + b"\\n" if sys.argv[2] == "b" else signature)
"""


@pytest.mark.parametrize("form", ["b", "raw"])
def test_command_signs(tmp_path: Path, keys: KeyStore, form: str) -> None:
    made = keys.new_signer("acme/ai")
    (pem,) = (tmp_path / "keys" / "logs").iterdir()
    command = [sys.executable, "-c", SIGN, str(pem), form]
    signer = CommandSigner(command, made.vkey)
    other = KeyStore(tmp_path / "none", notify=lambda text: None)
    with Log.open(tmp_path / "log", keys=other, signer=signer) as log:
        assert log.origin == "acme/ai"
        log.append("decision", BODY).wait()
    assert verify(tmp_path / "log", vkey=made.vkey).size == 2
    assert not (tmp_path / "none" / "logs").exists()
    with pytest.raises(LogError, match="is not here"):
        Log.open(tmp_path / "log", keys=other)
    new = rotate_key(tmp_path / "log", keys=other, signers=[signer])
    retire_key(tmp_path / "log", keys=other, signers=[signer])
    grow(tmp_path / "log", other, 1)
    assert verify(tmp_path / "log", vkey=new).size == 5


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import sys; sys.exit('no such slot')", "failed with 1: no such slot"),
        ("print('x')", "no signature of 64 bytes"),
        ("import base64; print(base64.b64encode(bytes(64)).decode())", "with another key"),
        ("import time; time.sleep(9)", "did not answer within 0.3 seconds"),
    ],
)
def test_command_that_does_not_sign_is_told(
    tmp_path: Path, keys: KeyStore, code: str, says: str
) -> None:
    made = keys.new_signer("acme/ai")
    timeout = 0.3 if "sleep" in code else 20
    signer = CommandSigner([sys.executable, "-c", code], made.vkey, timeout=timeout)
    with pytest.raises(LogError, match=says):
        Log.open(tmp_path / "log", keys=keys, signer=signer)
    with pytest.raises(LogError, match="cannot be run"):
        CommandSigner([str(tmp_path / "none")], made.vkey).sign(b"")
    with pytest.raises(LogError, match="is empty"):
        CommandSigner([], made.vkey)
    with pytest.raises(LogError, match="verifier key of the signing command"):
        CommandSigner(["x"], "y")


def test_signer_that_fails_later_fails_closed(tmp_path: Path, keys: KeyStore) -> None:
    real = keys.new_signer("acme/ai")

    class Fickle:
        works = True
        vkey = real.vkey

        def sign(self, message: bytes) -> bytes:
            if not self.works:
                raise LogError("the token was pulled")
            return real.sign(message)

    fickle = Fickle()
    with Log.open(tmp_path / "log", keys=keys, signer=fickle) as log:
        log.append("decision", BODY).wait()
        fickle.works = False
        with pytest.raises(LogUnavailable, match="the token was pulled"):
            log.append("decision", BODY).wait()
    fickle.works = True
    with Log.open(tmp_path / "log", keys=keys, signer=fickle) as log:
        log.append("decision", BODY).wait()
    assert verify(tmp_path / "log").size == 3


def test_fault_while_a_change_is_recorded(place: Path, keys: KeyStore) -> None:
    counter = FaultySystem(lambda name, number: None)
    rotate_key(shutil.copytree(place, place.with_name("whole")), keys=keys, system=counter)
    for at in range(1, len(counter.calls) + 1):
        copy = Path(shutil.copytree(place, place.with_name(str(at))))
        system = FaultySystem(
            lambda name, number, at=at: OSError(5, "I/O error") if number == at else None  # type: ignore[misc]  # mypy infers no types for a lambda's defaults
        )
        with contextlib.suppress(LogError):
            rotate_key(copy, keys=keys, system=system)
        grow(copy, keys, 1)
        assert verify(copy).size


def test_command_line(place: Path, keys: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*words: str) -> str:
        done = CliRunner().invoke(command, words, standalone_mode=False)
        assert not done.exception, done.output
        return done.stdout.strip()

    monkeypatch.setattr("jurat.log._rotate.KeyStore", lambda: keys)
    old = run("checkpoint", str(place), "--vkey")
    new = run("keys", "rotate", str(place))
    assert parse_vkey(new).name == parse_vkey(old).name
    assert run("keys", "retire", str(place)) == old
    assert "verified: 5 records" in run("verify", str(place), "--vkey", new)
    for words in (["rotate", str(place), "--new", "x y"], ["retire", str(place), "--signer", "'"]):
        assert CliRunner().invoke(command, ["keys", *words], standalone_mode=False).exception
