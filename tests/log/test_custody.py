"""Erasing a subject, holding it, and what a crash between the key and the record leaves."""

import json
from pathlib import Path
from typing import Any

import pytest
from log_kit import BODY, make_log, segment

from jurat.log import KeyStore, Log, LogError, LogHeld, custody_of, read_log, verify


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")


@pytest.fixture
def place(tmp_path: Path, keys: KeyStore) -> Path:
    """Two records each of ada and bob."""
    place = make_log(tmp_path, [])
    with Log.open(place, keys=keys) as log:
        for subject in ("ada.l", "bob", "ada.l", "bob"):
            facts = log.seal(subject, subject.encode())
            log.append("decision", BODY | {"facts": facts, "actor": {"ref": log.ref(subject)}})
    return place


def bodies(place: Path, kind: str) -> list[dict[str, Any]]:
    return [record.body for record in read_log(place) if record.body["type"] == kind]


def test_erase_destroys_the_key_and_records_it(place: Path, keys: KeyStore) -> None:
    whole = segment(place).read_bytes()
    with Log.open(place, keys=keys) as log:
        erased = log.erase("ada.l", by="dpo", ticket="DSR-7")
        assert erased is not None
        assert erased.recorded
        read = [log.unseal(body["facts"]) for body in bodies(place, "decision")]
        ref = log.ref("ada.l")
    assert read == [None, b"bob", None, b"bob"]
    (record,) = bodies(place, "erasure")
    assert record["kid"] == erased.kid
    assert record["ref"] == ref
    assert record["by"] == {"approver": "dpo", "ticket": "DSR-7"}
    assert verify(place).size == 6
    assert segment(place).read_bytes().startswith(whole)  # not a byte of the records changed
    assert b"ada.l" not in segment(place).read_bytes()


def test_no_copy_of_the_wrapped_key_stays_in_the_store(place: Path, keys: KeyStore) -> None:
    (store,) = keys.directory.rglob("subjects.sqlite")
    import sqlite3

    database = sqlite3.connect(store)
    wrapped = [row[0] for row in database.execute("SELECT wrapped FROM subject ORDER BY number")]
    database.close()
    with Log.open(place, keys=keys) as log:
        log.erase("ada.l")
    left = b"".join(path.read_bytes() for path in store.parent.iterdir())
    assert [key in left for key in wrapped] == [False, True]


def test_erase_of_nobody_and_twice(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        assert log.erase("carol") is None
        assert log.erase("ada.l") is not None
        assert log.erase("ada.l") is None
        assert log.erase(log.ref("bob")) is not None
    assert len(bodies(place, "erasure")) == 2


def test_a_crash_between_key_and_record_is_made_good_on_opening(
    place: Path, keys: KeyStore
) -> None:
    with Log.open(place, keys=keys) as log:
        erased = log._custody.erase("ada.l", by="dpo")  # and then the power goes out
    assert not bodies(place, "erasure")
    with Log.open(place, keys=keys) as log:
        assert log.erase("ada.l") is None
    (record,) = bodies(place, "erasure")
    assert erased is not None
    assert not erased.recorded
    assert (record["kid"], record["by"]) == (erased.kid, {"approver": "dpo"})
    with Log.open(place, keys=keys):
        pass
    assert len(bodies(place, "erasure")) == 1


def test_a_crash_after_the_record_repeats_it_under_its_id(
    place: Path, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Log.open(place, keys=keys) as log, monkeypatch.context() as patch:
        patch.setattr(log._custody._subjects, "settled", lambda id_: None)
        log.erase("ada.l")
    with Log.open(place, keys=keys):
        pass
    first, second = bodies(place, "erasure")
    assert first == second  # readers take records of one id for one


def test_a_key_erased_by_another_process_seals_no_more(
    place: Path, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the process that has the log open records it."""
    with Log.open(place, keys=keys) as log:
        old = log.seal("ada.l", b"before")
        custody, close = custody_of(place, keys)
        erased = custody.erase("ada.l", by="dpo")
        close()
        assert log.unseal(old) is None
        monkeypatch.setattr(log._sealer, "_look_at", 0.0)
        new = log.seal("ada.l", b"after")
        assert erased is not None
        assert new["kid"] != erased.kid == old["kid"]
        log.append("decision", BODY | {"facts": new}).wait()
        monkeypatch.setattr(log._sealer, "_look_at", 0.0)
        log.seal("bob", b"")
    assert [record["kid"] for record in bodies(place, "erasure")] == [erased.kid]
    with Log.open(place, keys=keys):
        pass
    assert len(bodies(place, "erasure")) == 1


def test_a_hold_forbids_to_erase_until_it_is_released(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        hold = log.hold("ada.l", reason="suit 12", by="legal", ticket="L-1")
        with pytest.raises(LogHeld, match=f"{hold.id}.*legal: suit 12"):
            log.erase("ada.l")
        assert log.erase("bob") is not None
    with Log.open(place, keys=keys) as log:
        assert log.holds() == [hold]
        with pytest.raises(LogHeld):
            log.erase("ada.l")
        assert log.release("ada.l", by="legal", reason="settled") == [hold]
        assert log.erase("ada.l") is not None
        ref = log.ref("ada.l")
    set_up, lifted = bodies(place, "hold")
    assert set_up["id"] == hold.id
    assert (set_up["ref"], set_up["reason"]) == (ref, "suit 12")
    assert set_up["by"] == {"approver": "legal", "ticket": "L-1"}
    assert (lifted["ref"], lifted["released"]) == (ref, [hold.id])
    assert verify(place).size == 9


def test_holds_of_two_matters_are_lifted_one_by_one(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        one = log.hold("ada.l", reason="suit 12", by="legal")
        two = log.hold("ada.l", reason="suit 13", by="legal")
        with pytest.raises(LogError, match="say which"):
            log.release("ada.l", by="legal")
        log.release(None, id=one.id, by="legal")
        with pytest.raises(LogHeld, match="suit 13"):
            log.erase("ada.l")
        assert log.release("ada.l", by="legal") == [two]
        with pytest.raises(LogError, match="no such hold"):
            log.release("ada.l", by="legal")


def test_a_hold_on_everybody_and_of_another_log_of_the_set(tmp_path: Path, keys: KeyStore) -> None:
    with (
        Log.open(tmp_path / "a", keys=keys, set_name="acme") as a,
        Log.open(tmp_path / "b", keys=keys, set_name="acme") as b,
    ):
        b.seal("ada.l", b"x")
        a.hold(None, reason="audit", by="legal")
        with pytest.raises(LogHeld, match="everybody"):
            b.erase("ada.l")
        b.release(None, by="legal")
        assert b.erase("ada.l") is not None


def test_a_hold_says_why_and_by_whom(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        for fields in ({"reason": " ", "by": "legal"}, {"reason": "suit", "by": ""}):
            with pytest.raises(LogError, match="why and by whom"):
                log.hold("ada.l", **fields)
        log.hold("ada.l", reason="suit", by="legal")
        with pytest.raises(LogError, match="by whom"):
            log.release("ada.l", by="")
    assert len(bodies(place, "hold")) == 1


def test_subjects_are_named_by_reference_only(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        log.hold("ada.l", reason="suit", by="legal")
        with pytest.raises(LogHeld) as caught:
            log.erase("ada.l")
    assert "ada.l" not in str(caught.value)
    assert "ada.l" not in json.dumps(bodies(place, "hold"))
