"""Copies of keys, what a copy must not bring back, and a new master key that a crash can't lose."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from log_kit import BODY, Crash, FaultySystem

from jurat.log import (
    KeyStore,
    Log,
    LogError,
    LogHeld,
    LogReader,
    Secret,
    back_up,
    change_master_key,
    read_log,
    restore,
    verify,
)

KEY = Secret(key=bytes(range(32)))
WORDS = Secret(passphrase="correct horse battery")


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys", notify=lambda told: None)


@pytest.fixture
def place(tmp_path: Path, keys: KeyStore) -> Path:
    place = tmp_path / "log"
    with Log.open(place, keys=keys, origin="acme/log", set_name="acme") as log:
        write(log, "ada", "bob", "carol")
    return place


def write(log: Log, *subjects: str) -> None:
    for subject in subjects:
        facts = log.seal(subject, subject.encode())
        log.append("decision", BODY | {"facts": facts, "who": subject[::-1]}).wait()


def readable(place: Path, keys: KeyStore) -> dict[str, Any]:
    """What is sealed, by whom it is of; None for the erased, the error's text for the lost."""
    found: dict[str, Any] = {}
    with LogReader(place, keys=keys) as log:
        for record in log.records():
            if "facts" in record.body:
                try:
                    found[record.body["who"][::-1]] = log.unseal(record.body["facts"])
                except LogError as error:
                    found[record.body["who"][::-1]] = str(error)
    return found


def lose(keys: KeyStore) -> None:
    shutil.rmtree(keys.directory / "sets")
    (keys.directory / "master.key").unlink()


@pytest.mark.parametrize("secret", [KEY, WORDS])
def test_all_is_readable_again(place: Path, keys: KeyStore, secret: Secret) -> None:
    copy = back_up(place, secret, keys=keys)
    header = json.loads(copy.split(b"\n")[0])
    assert (header["format"], header["set"]) == ("jurat-keys/1", "acme")
    lose(keys)
    done = restore([place], copy, secret, keys=keys)
    assert (done.taken, done.destroyed, done.lost) == (3, 0, 0)
    assert readable(place, keys) == {"ada": b"ada", "bob": b"bob", "carol": b"carol"}
    with Log.open(place, keys=keys) as log:
        write(log, "ada", "dora")
        assert log.seal("dora", b"")["kid"] == "s-4"
    assert verify(place).size == 6


def test_what_was_erased_since_stays_erased(place: Path, keys: KeyStore) -> None:
    """Both where the store is lost and where it stands."""
    copy = back_up(place, KEY, keys=keys)
    with Log.open(place, keys=keys) as log:
        log.erase("ada")
    assert restore([place], copy, KEY, keys=keys).taken == 0
    assert readable(place, keys)["ada"] is None
    lose(keys)
    done = restore([place], copy, KEY, keys=keys)
    assert (done.taken, done.destroyed, done.lost) == (2, 1, 0)
    assert readable(place, keys) == {"ada": None, "bob": b"bob", "carol": b"carol"}
    with Log.open(place, keys=keys) as log:
        write(log, "ada")  # who comes back gets another key
    assert readable(place, keys)["ada"] == b"ada"


def test_what_is_newer_than_the_copy_is_lost_and_not_erased(place: Path, keys: KeyStore) -> None:
    copy = back_up(place, KEY, keys=keys)
    with Log.open(place, keys=keys) as log:
        write(log, "dora", "emil")
        log.erase("emil")
    lose(keys)
    done = restore([place], copy, KEY, keys=keys)
    assert (done.taken, done.destroyed, done.lost) == (3, 0, 1)
    found = readable(place, keys)
    assert "is lost: it is newer than the copy" in found["dora"]
    assert found["emil"] is None
    with Log.open(place, keys=keys) as log:
        assert log.seal("fay", b"")["kid"] == "s-6"


def test_holds_stand_as_the_log_tells(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        log.hold("ada", reason="suit 1", by="legal")
        copy = back_up(place, KEY, keys=keys)
        log.release("ada", by="legal")
        log.hold("bob", reason="suit 2", by="legal")
    lose(keys)
    restore([place], copy, KEY, keys=keys)
    with Log.open(place, keys=keys) as log:
        assert [hold.reason for hold in log.holds()] == ["suit 2"]
        with pytest.raises(LogHeld):
            log.erase("bob")
        assert log.erase("ada") is not None


def test_a_copy_opens_only_whole_and_with_its_secret(place: Path, keys: KeyStore) -> None:
    copy = back_up(place, KEY, keys=keys)
    raw = b"".join(key for _, _, key in exported(keys))
    assert not any(raw[at : at + 32] in copy for at in range(0, len(raw), 32))
    for secret, told in (
        (Secret(key=bytes(32)), "another passphrase or key"),
        (WORDS, "under a key file"),
        (Secret(), "under a key file"),
    ):
        with pytest.raises(LogError, match=told):
            restore([place], copy, secret, keys=keys)
    for changed in (
        copy.replace(b'"set":"acme"', b'"set":"acne"'),
        copy.replace(b"jurat-keys/1", b"jurat-keys/2"),
        copy[:-5],
        copy[:-12] + b"AAAA" + copy[-8:],
        b"",
        b"{}\n",
        b"x\nx",
    ):
        with pytest.raises(LogError):
            restore([place], changed, KEY, keys=keys)
    assert readable(place, keys)["ada"] == b"ada"


def exported(keys: KeyStore) -> list[tuple[int, str, bytes]]:
    store = keys.subject_keys("acme")
    try:
        return store.export()
    finally:
        store.close()


def test_weak_secrets_are_refused(place: Path, keys: KeyStore) -> None:
    for secret in (Secret(), Secret(passphrase="short"), Secret(key=b"short")):
        with pytest.raises(LogError, match=r"at least|bytes"):
            back_up(place, secret, keys=keys)


def test_a_copy_of_another_set_is_refused(place: Path, keys: KeyStore, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with Log.open(other, keys=keys, set_name="zeta") as log:
        write(log, "ada")
    copy = back_up(other, KEY, keys=keys)
    with pytest.raises(LogError, match="not of 'acme'"):
        restore([place], copy, KEY, keys=keys)


def test_a_store_that_began_anew_is_not_mixed(place: Path, keys: KeyStore) -> None:
    copy = back_up(place, KEY, keys=keys)
    (keys.directory / "sets" / "acme" / "subjects.sqlite").unlink()
    with Log.open(place, keys=keys) as log:
        log.seal("zoe", b"")
    with pytest.raises(LogError, match="move it away"):
        restore([place], copy, KEY, keys=keys)


# -- the master key


def test_a_new_master_key_wraps_all(place: Path, keys: KeyStore, tmp_path: Path) -> None:
    with Log.open(tmp_path / "other", keys=keys, set_name="zeta") as other:
        write(other, "ada")
        old = (keys.directory / "master.key").read_bytes()
        assert change_master_key(keys) == 2
        assert (keys.directory / "master.key").read_bytes() != old
        assert not (keys.directory / "master.key.old").exists()
        write(other, "bob")  # a log that is open goes on
        assert readable(tmp_path / "other", keys) == {"ada": b"ada", "bob": b"bob"}
    assert readable(place, keys) == {"ada": b"ada", "bob": b"bob", "carol": b"carol"}
    (keys.directory / "master.key").write_bytes(old)
    assert "not wrapped by this master key" in readable(place, keys)["ada"]


def test_a_crash_at_any_step_loses_no_key(place: Path, keys: KeyStore, tmp_path: Path) -> None:
    expected = {"ada": b"ada", "bob": b"bob", "carol": b"carol"}
    for crash_at in range(1, 50):
        copy = KeyStore(tmp_path / f"k{crash_at}", notify=lambda told: None)
        shutil.copytree(keys.directory, copy.directory)
        system = FaultySystem(
            lambda name, number, at=crash_at: Crash() if number == at else None  # type: ignore[misc]  # mypy infers no types for a lambda's defaults
        )
        try:
            change_master_key(copy, system=system)
            break
        except Crash:
            pass
        assert readable(place, copy) == expected
        change_master_key(copy)
        assert readable(place, copy) == expected
        assert not (copy.directory / "master.key.old").exists()
    else:
        pytest.fail("the run never ended")
    assert crash_at > 5


def test_a_crash_within_the_stores_change(
    place: Path, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jurat.log import _subjects

    count = 0

    def failing(self: Any, *args: Any) -> bytes:
        nonlocal count
        count += 1
        if count == 3:
            raise Crash
        return wrap(self, *args)

    wrap = _subjects.SubjectKeys._wrap
    with monkeypatch.context() as patch:
        patch.setattr(_subjects.SubjectKeys, "_wrap", failing)
        with pytest.raises(Crash):
            change_master_key(keys)
    assert (keys.directory / "master.key.old").exists()
    assert readable(place, keys) == {"ada": b"ada", "bob": b"bob", "carol": b"carol"}
    change_master_key(keys)
    assert readable(place, keys) == {"ada": b"ada", "bob": b"bob", "carol": b"carol"}
    assert len(list(read_log(place))) == 4
    assert os.listdir(keys.directory / "sets") == ["acme"]
