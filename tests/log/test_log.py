"""Appending: receipts, line shape, sealed facts, packs, bundles, threads, tasks, forks."""

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from log_kit import BODY, lines, make_log, segment

from jurat.log import (
    KeyStore,
    Log,
    LogBroken,
    LogError,
    LogReader,
    LogUnavailable,
    System,
    checkpoint,
    read_log,
    verify,
)


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_line_has_the_shape_of_the_format(place: Path, keys: KeyStore) -> None:
    body = {
        "act": "chat.completions",
        "dec": "hmac:aa",
        "effect": "allow",
        "id": "0197",
        "ts": 1779710400000000,
    }
    with Log.open(place, keys=keys) as log:
        receipt = log.append("decision", body).wait()
    genesis, _, leaf, commit = lines(place)
    previous = base64.b64encode(hashlib.sha256(b"\x00" + genesis[:-1]).digest()).decode()
    assert leaf.decode() == (
        '{"body":{"act":"chat.completions","dec":"hmac:aa","effect":"allow","id":"0197",'
        '"ts":1779710400000000,"type":"decision"},"prev":"' + previous + '","seq":1,"v":1}\n'
    )
    assert receipt.leaf_hash == hashlib.sha256(b"\x00" + leaf[:-1]).digest()
    assert (receipt.origin, receipt.seq, receipt.size) == (log.origin, 1, 2)
    assert json.loads(genesis)["prev"] == base64.b64encode(bytes(32)).decode()
    assert list(json.loads(commit)) == ["checkpoint"]
    assert checkpoint(place) == json.loads(commit)["checkpoint"]


def test_genesis_and_description_agree(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys, origin="acme.example/ai", set_name="acme"):
        pass
    described = json.loads((place / "log.json").read_bytes())
    (genesis,) = read_log(place)
    assert genesis.body["vkey"] == described["vkeys"][0]
    assert described == {
        "durability": "sync",
        "format": "jurat-log/1",
        "lost_on_power_cut": "nothing that was acknowledged",
        "origin": "acme.example/ai",
        "set": "acme",
        "vkeys": [genesis.body["vkey"]],
    }


def test_log_goes_on_where_it_ended(place: Path, keys: KeyStore) -> None:
    for round_ in range(3):
        with Log.open(place, keys=keys) as log:
            assert log.append("decision", BODY | {"n": round_}).wait().seq == round_ + 1
    assert [record.body.get("n") for record in read_log(place)] == [None, 0, 1, 2]
    assert [record.seq for record in read_log(place, start=2)] == [2, 3]
    assert verify(place).size == 4


def test_threads_get_dense_unique_places_in_order(place: Path, keys: KeyStore) -> None:
    seen: list[list[int]] = [[] for _ in range(16)]
    with Log.open(place, keys=keys) as log:

        def work(mine: list[int]) -> None:
            for _ in range(25):
                mine.append(log.append("decision", BODY).wait(timeout=30).seq)

        threads = [threading.Thread(target=work, args=(mine,)) for mine in seen]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert log.unawaited == 0
    assert sorted(seq for mine in seen for seq in mine) == list(range(1, 401))
    assert all(mine == sorted(mine) for mine in seen)
    assert verify(place).size == 401


async def test_tasks_get_dense_unique_places(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:

        async def work() -> list[int]:
            return [(await log.append("decision", BODY)).seq for _ in range(10)]

        seen = await asyncio.gather(*[work() for _ in range(32)])
    assert sorted(seq for mine in seen for seq in mine) == list(range(1, 321))
    assert verify(place).size == 321


async def test_tasks_and_threads_share_a_log(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        in_threads = [
            asyncio.to_thread(lambda: [log.append("decision", BODY).wait().seq for _ in range(20)])
            for _ in range(4)
        ]

        async def work() -> list[int]:
            return [(await log.append("decision", BODY)).seq for _ in range(20)]

        seen = await asyncio.wait_for(asyncio.gather(*in_threads, *[work() for _ in range(4)]), 30)
    assert sorted(seq for mine in seen for seq in mine) == list(range(1, 161))


async def test_cancelled_task_harms_nobody(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:

        async def work() -> int:
            return (await log.append("decision", BODY)).seq

        doomed, fine = asyncio.create_task(work()), asyncio.create_task(work())
        await asyncio.sleep(0)
        doomed.cancel()
        assert await asyncio.wait_for(fine, 10) == 2
    assert verify(place).size == 3


def test_release_starts_without_anybody_waiting(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys, durability="release") as log:
        pending = log.append("decision", BODY)
        deadline = time.monotonic() + 10
        while not pending.settled and time.monotonic() < deadline:
            time.sleep(0.001)
        assert pending.settled
        assert log.unawaited == 1
        assert pending.wait().seq == 1
        assert log.unawaited == 0


def test_buffered_acknowledges_at_once_and_flushes_soon(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys, durability="buffered") as log:
        pending = log.append("decision", BODY)
        assert pending.wait().seq == 1
        deadline = time.monotonic() + 10
        while log.size < 2 and time.monotonic() < deadline:
            time.sleep(0.001)
        assert log.size == 2
        for _ in range(2_500):
            log.append("decision", BODY).wait()
            assert log.size >= log.append("decision", BODY).wait().seq - 1_000
        log.flush()
        assert log.size == 5_002
    assert verify(place).size == 5_002
    assert "10 ms or 1,000" in json.loads((place / "log.json").read_bytes())["lost_on_power_cut"]


def test_unawaited_records_are_counted_and_written_on_close(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        kept = [log.append("decision", BODY) for _ in range(5)]
        kept[0].wait()
        kept[0].wait()
        assert log.unawaited == 4
    assert kept[4].wait().seq == 5
    assert verify(place).size == 6


def test_closed_log_refuses(place: Path, keys: KeyStore) -> None:
    log = Log.open(place, keys=keys)
    log.close()
    log.close()
    with pytest.raises(LogUnavailable, match="closed"):
        log.append("decision", BODY).wait()
    with pytest.raises(LogUnavailable, match="closed"):
        log.flush()


def test_exit_flushes(tmp_path: Path) -> None:
    script = (
        "import sys; from jurat.log import *\n"
        "log = Log.open(sys.argv[1] + '/log', keys=KeyStore(sys.argv[1] + '/keys'))\n"
        "log.append('decision', {'effect': 'deny', 'dec': 'x'})\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)
    assert verify(tmp_path / "log").size == 2


def test_second_opener_is_refused(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys), pytest.raises(LogError, match="another writer"):
        Log.open(place, keys=keys)
    with Log.open(place, keys=keys) as log:
        assert log.append("decision", BODY).wait().seq == 1


def test_lock_dies_with_its_holder(tmp_path: Path, keys: KeyStore) -> None:
    script = (
        "import os, sys; from jurat.log import *\n"
        "log = Log.open(sys.argv[1] + '/log', keys=KeyStore(sys.argv[1] + '/keys'))\n"
        "log.append('decision', {'effect': 'deny', 'dec': 'x'}).wait()\n"
        "print('held', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LogError, match="another writer"):
            Log.open(tmp_path / "log", keys=keys)
        holder.kill()
    with Log.open(tmp_path / "log", keys=keys) as log:
        assert log.append("decision", BODY).wait().seq == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forked_child_refuses_and_the_parent_goes_on(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        pending = log.append("decision", BODY)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                log.append("decision", BODY).wait()
            except LogUnavailable:
                try:
                    pending.wait()
                except LogUnavailable:
                    log.close()
                    code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert pending.wait().seq == 1
        assert log.append("decision", BODY).wait().seq == 2
    assert verify(place).size == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_child_does_not_keep_the_lock(place: Path, keys: KeyStore) -> None:
    log = Log.open(place, keys=keys)
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(write_end)
        os.read(read_end, 1)  # until the parent is done
        os._exit(0)
    os.close(read_end)
    log.close()
    Log.open(place, keys=keys).close()
    os.close(write_end)
    os.waitpid(child, 0)


def test_sealed_facts_come_back(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        facts = log.seal("ada@example.com", b"the plain text")
        same, other, own = (
            log.seal("ada@example.com", b"x"),
            log.seal("bob", b"x"),
            log.seal(None, b"x"),
        )
        assert set(facts) == {"ct", "kid", "n"}
        assert log.unseal(facts) == b"the plain text"
        assert same["kid"] == facts["kid"]
        assert len({facts["kid"], other["kid"], own["kid"]}) == 3
        log.append("decision", BODY | {"facts": facts}).wait()
    text = segment(place).read_bytes()
    assert b"@example" not in text  # base64 has no such sign
    assert b"plain text" not in text
    with LogReader(place, keys=keys) as reader:
        *_, record = reader.records()
        assert reader.unseal(record.body["facts"]) == b"the plain text"


def test_changed_facts_do_not_unseal(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        facts, other = log.seal("ada", b"secret"), log.seal("bob", b"secret")
        for changed in (
            facts | {"ct": base64.b64encode(b"x" * 22).decode()},
            facts | {"n": other["n"]},
            facts | {"kid": other["kid"]},
            {"kid": facts["kid"]},
        ):
            with pytest.raises(LogBroken) as caught:
                log.unseal(changed)
            assert "secret" not in str(caught.value)


def test_closed_log_seals_nothing_and_a_foreign_master_key_opens_nothing(
    place: Path, keys: KeyStore, tmp_path: Path
) -> None:
    with Log.open(place, keys=keys) as log:
        facts = log.seal("ada", b"secret")
    with pytest.raises(LogError, match="cannot be used"):
        log.seal("bob", b"x")
    master = tmp_path / "keys" / "master.key"
    master.write_bytes(base64.b64encode(bytes(32)) + b"\n")
    with LogReader(place, keys=keys) as reader, pytest.raises(LogError, match="same copy"):
        reader.unseal(facts)


def test_facts_of_another_log_of_the_set_do_not_unseal(tmp_path: Path, keys: KeyStore) -> None:
    with (
        Log.open(tmp_path / "a", keys=keys, set_name="acme") as a,
        Log.open(tmp_path / "b", keys=keys, set_name="acme") as b,
    ):
        facts = a.seal("ada", b"secret")
        assert b.seal("ada", b"x")["kid"] == facts["kid"]
        with pytest.raises(LogBroken):
            b.unseal(facts)


def test_erased_subject_reads_as_none(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        before, other = log.seal("ada", b"secret"), log.seal("bob", b"kept")
        erased = log.erase("ada")
        assert erased is not None
        assert erased.kid == before["kid"]
        assert log.erase("ada") is None
        assert log.unseal(before) is None
        assert log.unseal(other) == b"kept"
        for kid in ("s-999", "s-0", "s-01", "s-\u0661", "s-" + "9" * 30, "", "x"):
            with pytest.raises(LogError, match="this key is not here"):
                log.unseal(before | {"kid": kid})
        after = log.seal("ada", b"new")
        assert after["kid"] != before["kid"]
        assert log.unseal(after) == b"new"
        assert log.unseal(before) is None


def test_unknown_key_is_not_an_erased_one(tmp_path: Path, place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        facts = log.seal("ada", b"secret")
    with (
        Log.open(tmp_path / "other", keys=KeyStore(tmp_path / "keys2")) as other,
        pytest.raises(LogError, match="JURAT_CONFIG_DIR"),
    ):
        other.unseal(facts)


def test_large_facts_go_into_a_pack(place: Path, keys: KeyStore) -> None:
    large = [os.urandom(20_000), os.urandom(300_000)]
    with Log.open(place, keys=keys) as log:
        for plain in large:
            log.append("decision", BODY | {"facts": log.seal("ada", plain)})
        log.append("decision", BODY | {"facts": log.seal("ada", b"x" * 16_000)}).wait()
    *_, first, second, third = read_log(place)
    assert set(first.body["facts"]) == {"kid", "n", "pack"}
    assert second.body["facts"]["pack"]["at"] == first.body["facts"]["pack"]["len"]
    assert "ct" in third.body["facts"]
    with Log.open(place, keys=keys) as log:
        assert [log.unseal(record.body["facts"]) for record in (first, second)] == large
        log.append("decision", BODY | {"facts": log.seal("ada", large[0])}).wait()
    *_, fourth = read_log(place)
    assert fourth.body["facts"]["pack"]["at"] == 320_032
    assert verify(place).size == 5


def test_too_large_a_record_is_refused_and_the_log_goes_on(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:
        with pytest.raises(LogError, match="at most 65535"):
            log.append("decision", BODY | {"text": "x" * 70_000})
        assert log.append("decision", BODY).wait().seq == 1
    assert verify(place).size == 2


def test_keyed_digests_are_hmac_under_derived_keys(place: Path, keys: KeyStore) -> None:
    import hmac

    with Log.open(place, keys=keys) as log:
        root = keys.digest_key(log.origin)
        for data, method, label in (
            (b"x" * 300, log.keyed, b"jurat digest v1"),
            (b"ada", lambda data: log.ref(data.decode()), b"jurat subject v1"),
        ):
            key = hmac.digest(root, label, "sha256")
            assert method(data) == "hmac:" + hmac.digest(key, data, "sha256").hex()


def test_bundles_are_kept(place: Path, keys: KeyStore) -> None:
    digest = "sha256:" + "ab" * 32
    with Log.open(place, keys=keys) as log:
        assert (
            log.store_bundle(digest, b"archive")
            == "sha256:" + hashlib.sha256(b"archive").hexdigest()
        )
        assert log.load_bundle(digest) == b"archive"
        with pytest.raises(LogError, match="no bundle"):
            log.load_bundle("sha256:" + "00" * 32)
        for bad in ("../../etc/passwd", "sha256:" + "AB" * 32, "ab" * 32):
            with pytest.raises(LogError, match="hexadecimal"):
                log.store_bundle(bad, b"x")
    with LogReader(place, keys=keys) as reader:
        assert reader.load_bundle(digest) == b"archive"


def test_keys_are_private_and_announced(place: Path, tmp_path: Path) -> None:
    said: list[str] = []
    keys = KeyStore(tmp_path / "keys", notify=said.append)
    with Log.open(place, keys=keys) as log:
        log.seal("ada", b"x")
    assert [text.split(":")[0].split(" of ")[0] for text in said] == [
        "made the signing key",
        "made the digest key",
        "made the master key",
    ]
    for path in (tmp_path / "keys").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    said.clear()
    Log.open(place, keys=keys).close()
    assert said == []


def test_keys_live_in_the_configured_directory(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JURAT_CONFIG_DIR", str(tmp_path / "config"))
    Log.open(place).close()
    assert (tmp_path / "config" / "keys" / "master.key").exists()
    monkeypatch.delenv("JURAT_CONFIG_DIR")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    if sys.platform == "linux":
        assert KeyStore().directory == tmp_path / "xdg" / "jurat" / "keys"


def damage_description(place: Path, keys: Path) -> None:
    (place / "log.json").write_text("{")


def other_format(place: Path, keys: Path) -> None:
    path = place / "log.json"
    path.write_text(path.read_text().replace("jurat-log/1", "jurat-log/9"))


def drop_description(place: Path, keys: Path) -> None:
    (place / "log.json").unlink()


def drop_signing_key(place: Path, keys: Path) -> None:
    for path in (keys / "logs").iterdir():
        path.unlink()


def open_key_to_others(place: Path, keys: Path) -> None:
    (keys / "master.key").chmod(0o644)


def damage_master_key(place: Path, keys: Path) -> None:
    (keys / "master.key").write_text("short")


def damage_subject_keys(place: Path, keys: Path) -> None:
    (store,) = keys.rglob("subjects.sqlite")
    store.write_bytes(b"no database" * 100)


def damage_signing_key(place: Path, keys: Path) -> None:
    for path in (keys / "logs").iterdir():
        path.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")


def exchange_signing_key(place: Path, keys: Path) -> None:
    other = make_log(place.parent / "more", [1])
    (theirs,) = (other.parent / "keys" / "logs").iterdir()
    (ours,) = (keys / "logs").iterdir()
    theirs.replace(ours)


def add_stray_segment(place: Path, keys: Path) -> None:
    (place / "seg" / "notes.txt").write_text("x")


@pytest.mark.parametrize(
    ("harm", "text"),
    [
        (damage_description, "not JSON"),
        (other_format, "newer jurat"),
        (drop_description, "log.json is missing"),
        (drop_signing_key, "signing key of log .* is not here"),
        (open_key_to_others, "chmod 600"),
        (damage_master_key, "not a key of 32 bytes"),
        (damage_subject_keys, "store of keys cannot be used"),
        (damage_signing_key, "not an Ed25519 key"),
        (exchange_signing_key, "not a key of log"),
        (add_stray_segment, "no segment"),
    ],
)
def test_what_keeps_a_log_from_opening(tmp_path: Path, harm: Any, text: str) -> None:
    place = make_log(tmp_path, [2])
    harm(place, tmp_path / "keys")
    before = segment(place).read_bytes()
    with pytest.raises(LogError, match=text):
        Log.open(place, keys=KeyStore(tmp_path / "keys"))
    assert segment(place).read_bytes() == before


def test_places_that_are_no_log(tmp_path: Path, keys: KeyStore) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x")
    with pytest.raises(LogError, match="directory, not a file"):
        Log.open(tmp_path / "file", keys=keys)
    with pytest.raises(LogError, match=r"not empty \(thesis.txt is there\)"):
        Log.open(tmp_path / "full", keys=keys)
    for reader in (verify, checkpoint, lambda place: list(read_log(place))):
        with pytest.raises(LogError, match="no such directory"):
            reader(tmp_path / "absent")
        with pytest.raises(LogError, match="not a decision log"):
            reader(tmp_path / "full")
        with pytest.raises(LogError, match="directory, not a file"):
            reader(tmp_path / "file")


@pytest.mark.parametrize("where", ["log/keys", "log", "."])
def test_keys_beside_the_records_are_refused(tmp_path: Path, where: str) -> None:
    with pytest.raises(LogError, match="beside the records"):
        Log.open(tmp_path / "log", keys=KeyStore(tmp_path / where))


@pytest.mark.parametrize(
    "origin", ["", "with space", "plus+sign", 'quo"te', "back\\slash", "\u00e9", "x" * 201]
)
def test_origins_that_no_note_can_carry(place: Path, keys: KeyStore, origin: str) -> None:
    if origin:
        with pytest.raises(LogError, match="origin"):
            Log.open(place, keys=keys, origin=origin)


def test_options_must_fit_the_log(place: Path, keys: KeyStore) -> None:
    Log.open(place, keys=keys, origin="acme/a", set_name="acme").close()
    with pytest.raises(LogError, match="this is the log 'acme/a'"):
        Log.open(place, keys=keys, origin="acme/b")
    with pytest.raises(LogError, match="of the set 'acme'"):
        Log.open(place, keys=keys, set_name="other")
    with pytest.raises(LogError, match="durability 'fast' is unknown"):
        Log.open(place, keys=keys, durability="fast")  # type: ignore[arg-type]  # the mistake under test


def test_own_record_types(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys, types={"acme.deploy": {"version"}}) as log:
        assert log.append("acme.deploy", {"version": "1.2"}).wait().seq == 1
        with pytest.raises(LogError, match="not registered"):
            log.append("acme.other", {})


def test_clock_going_backwards_is_recorded_as_it_is(place: Path, keys: KeyStore) -> None:
    times = iter([50, 40, 30])
    with Log.open(place, keys=keys, clock=lambda: next(times)) as log:
        log.append("decision", BODY)
        log.append("decision", BODY).wait()
    assert [record.body["ts"] for record in read_log(place)] == [50, 40, 30]
    assert verify(place).size == 3


class SlowSystem(System):
    """Syncs only when it is let."""

    def __init__(self) -> None:
        self.slow = False
        self.entered, self.go = threading.Event(), threading.Event()

    def sync(self, descriptor: int) -> None:
        if self.slow:
            self.entered.set()
            assert self.go.wait(30)
        super().sync(descriptor)


def test_waiting_ends_in_time_and_the_record_is_not_lost(place: Path, keys: KeyStore) -> None:
    system = SlowSystem()
    with Log.open(place, keys=keys, system=system) as log:
        system.slow = True
        leader = threading.Thread(target=log.append("decision", BODY).wait)
        leader.start()
        assert system.entered.wait(30)
        late = log.append("decision", BODY)
        with pytest.raises(LogUnavailable, match=r"within 0.01 seconds"):
            late.wait(timeout=0.01)
        assert not late.settled
        system.slow = False
        system.go.set()
        leader.join()
        assert late.wait().seq == 2
    assert verify(place).size == 3


async def test_slow_disk_does_not_stop_the_event_loop(place: Path, keys: KeyStore) -> None:
    system = SlowSystem()
    with Log.open(place, keys=keys, system=system) as log:
        system.slow = True

        async def record() -> int:
            return (await log.append("decision", BODY)).seq

        task = asyncio.create_task(record())
        while not system.entered.is_set():
            await asyncio.sleep(0.001)
        assert not task.done()
        system.go.set()
        assert await asyncio.wait_for(task, 30) == 1


def test_impatient_threads_lose_nothing(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:

        def work(patience: float) -> None:
            for _ in range(40):
                with contextlib.suppress(LogUnavailable):
                    log.append("decision", BODY).wait(timeout=patience)

        threads = [threading.Thread(target=work, args=(n * 0.0001,)) for n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()
        log.flush()
        assert log.size == 641
    assert verify(place).size == 641


async def test_log_survives_its_event_loops(place: Path, keys: KeyStore) -> None:
    with Log.open(place, keys=keys) as log:

        async def work() -> None:
            await asyncio.gather(*[asyncio.shield(_awaited(log)) for _ in range(5)])

        def loops() -> None:
            for _ in range(5):
                asyncio.run(work())

        await asyncio.gather(*[asyncio.to_thread(loops) for _ in range(4)])
    assert verify(place).size == 101


async def _awaited(log: Log) -> int:
    return (await log.append("decision", BODY)).seq
