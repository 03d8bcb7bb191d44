"""A log for each process under one set: opened, killed, verified and asked as one."""

import csv
import io
import json
import os
import random
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from log_kit import BODY

from jurat.cli import main as _main  # noqa: F401  # the command below hangs under it
from jurat.cli._log import command
from jurat.log import (
    KeyStore,
    Log,
    LogBroken,
    LogError,
    Query,
    checkpoint,
    export_csv,
    export_jsonl,
    export_tiles,
    logs_in,
    open_worker,
    query_set,
    read_log,
    read_set,
    set_name,
    summarise,
    verify,
    verify_set,
)


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys", notify=lambda text: None)


@pytest.fixture
def place(tmp_path: Path, keys: KeyStore) -> Path:
    """A set of three logs whose records alternate in time."""
    root = tmp_path / "set"
    logs = [
        open_worker(root, keys=keys, set_name="acme/ai", clock=lambda: 1_779_710_399_000_000)
        for _ in range(3)
    ]
    for number in range(12):
        body = BODY | {"n": number, "ts": 1_779_710_400_000_000 + number, "act": f"a{number % 2}"}
        logs[number % 3].append("decision", body).wait()
    for log in logs:
        log.close()
    return root


def numbers(found: list[object]) -> list[object]:
    return [number for number in found if number is not None]


def test_each_worker_takes_the_first_free_log(tmp_path: Path, keys: KeyStore) -> None:
    root = tmp_path / "set"
    first, second = open_worker(root, keys=keys), open_worker(root, keys=keys)
    assert [log.directory.name for log in (first, second)] == ["w0", "w1"]
    assert first.origin == f"{set_name(root)}/w0"
    with pytest.raises(LogError, match="another writer"):
        Log.open(root / "w0", keys=keys)
    first.close()
    third = open_worker(root, keys=keys)
    assert third.directory.name == "w0"
    assert third.ref("ada") == second.ref("ada")
    second.close()
    third.close()
    assert [path.name for path in logs_in(root)] == ["w0", "w1"]
    with pytest.raises(LogError, match="not 'other'"):
        open_worker(root, keys=keys, set_name="other")
    with pytest.raises(LogError, match="single log"):
        open_worker(root / "w0", keys=keys)
    with pytest.raises(LogError, match="give one of them, like"):
        list(read_log(root))


def test_verified_and_asked_as_one(place: Path) -> None:
    found = verify_set(place)
    assert [(one.origin, one.size) for one in found] == [(f"acme/ai/w{n}", 5) for n in range(3)]
    merged = list(read_set(place))
    assert [r.body["n"] for _, r in merged if "n" in r.body] == list(range(12))
    assert [log for log, r in merged if "n" in r.body] == ["w0", "w1", "w2"] * 4
    newest = list(query_set(place, Query(type="decision"), limit=5))
    assert [record.body["n"] for _, record in newest] == [11, 10, 9, 8, 7]
    since = datetime.fromtimestamp(1_779_710_400, UTC)
    total = summarise(place, Query(type="decision", since=since))
    assert (total.origin, total.size, total.records, total.allowed) == ("acme/ai", 15, 12, 12)
    assert [(line.name, line.count) for line in total.actions] == [("a0", 6), ("a1", 6)]
    assert [line.count for line in total.days] == [12]


def test_exported_as_one(place: Path, tmp_path: Path) -> None:
    out = io.StringIO()
    assert export_jsonl(place, out) == 15
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["body"]["origin"] for line in lines if line["seq"] == 0] == [
        f"acme/ai/w{n}" for n in range(3)
    ]
    out = io.StringIO()
    assert export_csv(place, out) == 15
    rows = list(csv.reader(io.StringIO(out.getvalue())))
    assert rows[0][:2] == ["log", "seq"]
    assert [row[0] for row in rows[1:] if row[3] == "decision"] == ["w0", "w1", "w2"] * 4
    assert export_tiles(place, tmp_path / "tiles") == 15
    for name in ("w0", "w1", "w2"):
        assert (tmp_path / "tiles" / name / "checkpoint").read_text() == checkpoint(place / name)


def test_a_log_removed_edited_or_exchanged_shows(place: Path, tmp_path: Path) -> None:
    kept = [checkpoint(log).encode() for log in logs_in(place)]
    vkeys = [next(read_log(log)).body["vkey"] for log in logs_in(place)]
    assert len(verify_set(place, checkpoints=kept, vkeys=vkeys)) == 3
    last = Path(shutil.copytree(place, tmp_path / "a"))
    shutil.rmtree(last / "w2")
    assert len(verify_set(last)) == 2  # nothing in the rest tells
    for given in ({"checkpoints": kept}, {"vkeys": vkeys}):
        with pytest.raises(LogBroken, match="no log 'acme/ai/w2'"):
            verify_set(last, **given)
    middle = Path(shutil.copytree(place, tmp_path / "b"))
    shutil.rmtree(middle / "w1")
    with pytest.raises(LogBroken, match="none w1 before it"):
        verify_set(middle)
    other = Path(shutil.copytree(place, tmp_path / "c"))
    shutil.rmtree(other / "w1")
    shutil.copytree(other / "w0", other / "w1")
    with pytest.raises(LogBroken, match="has its log w1"):
        verify_set(other)
    edited = Path(shutil.copytree(place, tmp_path / "d"))
    (path,) = (edited / "w1" / "seg").iterdir()
    path.write_bytes(path.read_bytes().replace(b'"n":4', b'"n":5'))
    with pytest.raises(LogBroken) as caught:
        verify_set(edited)
    assert caught.value.seq == 2
    assert "w1" in str(caught.value.file)
    empty = tmp_path / "e"
    empty.mkdir()
    shutil.copy(place / "set.json", empty)
    with pytest.raises(LogError, match="no log yet"):
        verify_set(empty)


def test_command_line_over_a_set(place: Path, tmp_path: Path) -> None:
    def run(*words: str) -> str:
        done = CliRunner().invoke(command, words, standalone_mode=False)
        assert not done.exception, done.output
        return done.output

    told = json.loads(run("verify", str(place), "--format", "json"))
    assert (told["verified"], told["set"], len(told["logs"])) == (True, "acme/ai", 3)
    text = run("verify", str(place))
    assert "the set acme/ai, 3 logs with 15 records" in text
    assert "no more logs than these" in text
    single = json.loads(run("verify", str(place / "w0"), "--format", "json"))
    assert set(single) == {"verified", "origin", "size", "root", "proven", "not_proven"}
    assert run("query", str(place), "--type", "decision", "--limit", "1").startswith("w2")
    assert len(run("show", str(place)).splitlines()) == 15
    assert len(run("tail", str(place), "-n", "4").splitlines()) == 4
    assert "12" in run("summary", str(place), "--type", "decision")
    run("publish", str(place), "--copy", str(tmp_path / "copies"))
    assert len(list((tmp_path / "copies").glob("*.checkpoint"))) == 3
    run("export", str(place), "--format", "csv", "-o", str(tmp_path / "all.csv"))


WORKER = """
import sys
from jurat.log import KeyStore, open_worker
root = sys.argv[1]
keys = KeyStore(root + "/keys", notify=lambda text: None)
with open_worker(root + "/set", keys=keys) as log:
    number = 0
    while True:
        number += 1
        body = {"dec": "x", "effect": "allow", "who": sys.argv[2], "n": number}
        seq = log.append("decision", body).wait().seq
        print(log.directory.name, seq, number, flush=True)
"""


def test_killed_workers_lose_nothing_that_they_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(5)
    acknowledged: set[tuple[str, int, str, int]] = set()
    for turn in range(2):
        workers = []
        for which in range(2):
            who = f"{turn}-{which}"
            words = [sys.executable, "-c", WORKER, str(tmp_path), who]
            workers.append((who, subprocess.Popen(words, stdout=subprocess.PIPE, text=True)))
        for who, worker in workers:
            assert worker.stdout is not None
            log, seq, number = worker.stdout.readline().split()
            acknowledged.add((log, int(seq), who, int(number)))
        time.sleep(chance.uniform(0.01, 0.06))
        for who, worker in workers:
            worker.kill()
            assert worker.stdout is not None
            for line in worker.stdout.read().splitlines(keepends=True):
                if line.endswith("\n") and len(line.split()) == 3:
                    log, seq, number = line.split()
                    acknowledged.add((log, int(seq), who, int(number)))
            worker.stdout.close()
            worker.wait()
    root = tmp_path / "set"
    keys = KeyStore(tmp_path / "keys", notify=lambda text: None)
    for path in logs_in(root):
        Log.open(path, keys=keys).close()
        seqs = [record.seq for record in read_log(path)]
        assert seqs == list(range(len(seqs)))
    assert len(verify_set(root)) == 2
    found = {
        (log, record.seq, record.body["who"], record.body["n"])
        for log, record in read_set(root)
        if "who" in record.body
    }
    assert acknowledged <= found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forked_workers_open_logs_of_their_own(tmp_path: Path, keys: KeyStore) -> None:
    root = tmp_path / "set"
    with open_worker(root, keys=keys) as mine:
        children = []
        for _ in range(3):
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    with open_worker(root, keys=keys) as log:
                        log.append("decision", BODY).wait()
                        time.sleep(0.3)
                        code = 0
                finally:
                    os._exit(code)
            children.append(child)
        for child in children:
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert mine.append("decision", BODY).wait().seq == 1
    assert [one.size for one in verify_set(root)] == [2, 2, 2, 2]
    assert verify(root / "w0").size == 2
