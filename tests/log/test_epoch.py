"""A log that was rolled back: never signed on, but begun anew, with what was known of it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from log_kit import BODY, Crash, FaultySystem, lines, make_log, segment

from jurat.cli._log import command
from jurat.log import (
    KeyStore,
    Log,
    LogBroken,
    LogError,
    Publisher,
    checkpoint,
    logs_in,
    new_epoch,
    open_worker,
    read_log,
    verify,
    verify_set,
)
from jurat.log import _layout as layout
from jurat.log._note import Checkpoint, sign_checkpoint
from jurat.log._tree import Tree, leaf_hash


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys", notify=lambda text: None)


@pytest.fixture
def place(tmp_path: Path, keys: KeyStore) -> Path:
    """A log of 6 records, rolled back to 3, whose newest checkpoint lies in `copies`."""
    made = make_log(tmp_path, [2], origin="acme/ai")
    snapshot = shutil.copytree(made, tmp_path / "snapshot")
    with Log.open(made, keys=keys) as log:
        for number in range(3):
            log.append("decision", BODY | {"n": 10 + number}).wait()
    Publisher(made, copies=[tmp_path / "copies"], clock=lambda: 0).publish()
    (tmp_path / "newest").write_text(checkpoint(made))
    shutil.rmtree(made)
    shutil.copytree(snapshot, made)
    return made


def test_rolled_back_log_goes_on_as_another(place: Path, keys: KeyStore, tmp_path: Path) -> None:
    copies = [tmp_path / "copies"]
    with pytest.raises(LogBroken, match="the end was cut"):
        Log.open(place, keys=keys, copies=copies)
    old = verify(place)
    assert new_epoch(place, copies=copies, reason="restored", keys=keys) == "acme/ai/epoch-2"
    with Log.open(place, keys=keys, copies=copies, origin="acme/ai") as log:
        assert log.origin == "acme/ai/epoch-2"
        assert log.append("decision", BODY).wait().seq == 1
        Publisher(place, copies=copies, clock=lambda: 0).publish()
    first = next(read_log(place)).body
    assert first["after"] == (tmp_path / "newest").read_text()
    assert first["found"]["size"] == 3
    assert (first["epoch"], first["reason"], first["set"]) == (2, "restored", "acme/ai")
    found = verify(place, vkey=first["vkey"])
    assert found.size == 2
    assert any("Of 6 records" in line and "3 were found" in line for line in found.proven)
    assert any("epochs/1" in line for line in found.not_proven)
    assert verify(place, jobs=2) == verify(place)
    ended = place / "epochs" / "1"
    assert verify(ended) == old
    with pytest.raises(LogBroken, match="the end was cut"):
        verify(ended, checkpoint=(tmp_path / "newest").read_bytes())
    with pytest.raises(LogError, match="has ended"):
        Log.open(ended, keys=keys)
    with pytest.raises(LogError, match="open it as always"):
        new_epoch(place, copies=copies, keys=keys)
    assert len(list(copies[0].glob("*.checkpoint"))) == 2  # nothing of the old one was replaced


def test_second_roll_back_begins_a_third(place: Path, keys: KeyStore, tmp_path: Path) -> None:
    copies = [tmp_path / "copies"]
    new_epoch(place, copies=copies, keys=keys)
    snapshot = shutil.copytree(place, tmp_path / "again")
    with Log.open(place, keys=keys) as log:
        log.append("decision", BODY).wait()
    newest = checkpoint(place).encode()
    shutil.rmtree(place)
    shutil.copytree(snapshot, place)
    assert new_epoch(place, checkpoint=newest, keys=keys) == "acme/ai/epoch-3"
    assert next(read_log(place)).body["found"]["size"] == 1
    assert verify(place).size == 1
    assert sorted(path.name for path in (place / "epochs").iterdir()) == ["1", "2"]


def test_log_that_was_not_rolled_back_gets_no_epoch(tmp_path: Path, keys: KeyStore) -> None:
    place = make_log(tmp_path, [2])
    for given in (None, checkpoint(place).encode()):
        with pytest.raises(LogError, match="open it as always"):
            new_epoch(place, keys=keys, checkpoint=given)
    with Log.open(place, keys=keys), pytest.raises(LogError, match="another writer"):
        new_epoch(place, keys=keys)
    stranger = make_log(tmp_path / "other", [5])
    with pytest.raises(LogBroken, match="not a checkpoint of this log"):
        new_epoch(place, checkpoint=checkpoint(stranger).encode(), keys=keys)
    with pytest.raises(LogBroken, match="not a checkpoint of this log"):
        new_epoch(place, checkpoint=b"x", keys=keys)
    assert not (place / "epochs").exists()


def test_crash_at_any_call_is_completed_by_the_next_opening(
    place: Path, keys: KeyStore, tmp_path: Path
) -> None:
    (place / "bundles").mkdir()
    (place / "bundles" / ("0" * 64)).write_bytes(b"bundle")
    for crash_at in range(1, 200):
        copy = Path(shutil.copytree(place, tmp_path / "run" / str(crash_at)))
        system = FaultySystem(lambda name, number, at=crash_at: Crash() if number == at else None)  # type: ignore[misc]  # mypy infers no types for a lambda's defaults
        copies = [tmp_path / "copies"]
        try:
            new_epoch(copy, copies=copies, keys=keys, system=system)
            return
        except Crash:
            pass
        for _ in range(2):
            if (copy / "epoch.json").exists() or (copy / "epochs").exists():
                with Log.open(copy, keys=keys) as log:
                    assert log.origin == "acme/ai/epoch-2"
                    log.append("decision", BODY).wait()
            else:
                new_epoch(copy, copies=copies, keys=keys)
        assert not (copy / "epoch.json").exists()
        geneses = [r for r in read_log(copy) if r.body["type"] == "genesis"]
        assert [record.body.get("epoch") for record in geneses] == [2]
        assert verify(copy).origin == "acme/ai/epoch-2"
        assert verify(copy / "epochs" / "1").size == 3
        assert (copy / "epochs" / "1" / "bundles" / ("0" * 64)).read_bytes() == b"bundle"
        assert (copy / "bundles" / ("0" * 64)).exists()
    pytest.fail("the run never ended")


def forged(place: Path, keys: KeyStore, **changes: Any) -> None:
    """Record 0 changed and signed anew by the log's own key, as its holder could."""
    changed = lines(place)
    genesis = json.loads(changed[0])
    genesis["body"] |= changes
    genesis["body"] = {name: value for name, value in genesis["body"].items() if value is not None}
    text = json.dumps(genesis["body"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    leaf = layout.make_leaf(text.encode(), bytes(32), 0)
    tree = Tree()
    tree.extend([leaf_hash(leaf)])
    vkey = genesis["body"]["vkey"]
    note = sign_checkpoint(Checkpoint(vkey.split("+")[0], 1, tree.root()), keys.signer_of(vkey))
    segment(place).write_bytes(leaf + b"\n" + layout.make_commit(note) + b"\n")
    (place / "checkpoint").unlink()


def test_record_of_a_new_epoch_must_hold(place: Path, keys: KeyStore, tmp_path: Path) -> None:
    new_epoch(place, copies=[tmp_path / "copies"], keys=keys)
    first = next(read_log(place)).body
    older = (place / "epochs" / "1" / "checkpoint").read_text()
    whole = {path: path.read_bytes() for path in (segment(place), place / "checkpoint")}
    forged(place, keys)
    assert verify(place).size == 1  # the forging itself is sound
    attacks: list[dict[str, Any]] = [
        {"after": older},  # hides what was published: the old key appointed after another
        {"after": "x"},
        {"appointed": first["appointed"].replace("6\n", "7\n", 1)},
        {"appointed": first["after"]},
        {"appointed": None},
        {"before": []},
        {"before": [first["vkey"]]},
        {"epoch": 3},
        {"epoch": "2"},
        {"found": None},
        {"found": {"size": 3}},
    ]
    for changes in attacks:
        for path, data in whole.items():
            path.write_bytes(data)
        forged(place, keys, **changes)
        with pytest.raises(LogBroken, match="new epoch"):
            verify(place)


def test_a_worker_of_a_set_goes_on(tmp_path: Path, keys: KeyStore) -> None:
    root = tmp_path / "set"
    open_worker(root, keys=keys, set_name="acme").close()
    snapshot = shutil.copytree(root / "w0", tmp_path / "snapshot")
    with open_worker(root, keys=keys) as log:
        log.append("decision", BODY).wait()
    newest = checkpoint(root / "w0").encode()
    shutil.rmtree(root / "w0")
    shutil.copytree(snapshot, root / "w0")
    new_epoch(root / "w0", checkpoint=newest, keys=keys)
    with open_worker(root, keys=keys) as log:
        assert log.origin == "acme/w0/epoch-2"
        log.append("decision", BODY).wait()
    assert len(logs_in(root)) == 1
    assert verify_set(root)[0].size == 2


def test_command_line(
    place: Path, keys: KeyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jurat.log._new_epoch.KeyStore", lambda: keys)
    words = ["new-epoch", str(place), "--checkpoint", str(tmp_path / "newest"), "--reason", "x"]
    done = CliRunner().invoke(command, words, standalone_mode=False)
    assert done.output == "acme/ai/epoch-2\n"
    told = CliRunner().invoke(command, ["verify", str(place)], standalone_mode=False).output
    assert "epoch 2" in told
