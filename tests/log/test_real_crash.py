"""Real processes: killed at any moment, and stopped by a limit of the file system."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from log_kit import segment

from jurat.log import KeyStore, Log, LogReader, read_log, verify

WRITER = """
import sys
from jurat.log import KeyStore, Log, LogUnavailable
root, limit = sys.argv[1], int(sys.argv[2])
with Log.open(root + "/log", keys=KeyStore(root + "/keys")) as log:
    if limit:
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    print("open", flush=True)
    number = 0
    while True:
        number += 1
        pending = log.append("decision", {"dec": "x", "effect": "allow", "n": number})
        try:
            print(pending.wait().seq, flush=True)
        except LogUnavailable as error:
            print(error, flush=True)
            break
"""


def test_killed_writers_lose_nothing_that_they_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(3)
    acknowledged = 0
    for _ in range(6):
        command = [sys.executable, "-c", WRITER, str(tmp_path), "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "open\n"
            time.sleep(chance.uniform(0.005, 0.05))
            writer.kill()
            told = [
                line for line in writer.stdout.read().splitlines(keepends=True) if "\n" in line
            ]
        acknowledged = max(acknowledged, *map(int, told)) if told else acknowledged
        with Log.open(tmp_path / "log", keys=KeyStore(tmp_path / "keys")) as log:
            assert log.size > acknowledged
        assert verify(tmp_path / "log").size > acknowledged
    seqs = [record.seq for record in read_log(tmp_path / "log")]
    assert seqs == list(range(len(seqs)))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a file size limit")
def test_full_disk_drops_nothing_silently(tmp_path: Path) -> None:
    limit = 50_000
    command = [sys.executable, "-c", WRITER, str(tmp_path), str(limit)]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    _, *seqs, reason = told.splitlines()
    assert "could not be written (File too large)" in reason
    assert segment(tmp_path / "log").stat().st_size == limit  # a short write, then the error
    assert len(seqs) > 50
    with Log.open(tmp_path / "log", keys=KeyStore(tmp_path / "keys")) as log:
        assert log.append("decision", {"dec": "x", "effect": "deny"}).wait().seq == len(seqs) + 2
    numbers = [record.body.get("n") for record in read_log(tmp_path / "log")]
    assert numbers == [None, *range(1, len(seqs) + 1), None, None]
    *_, recovered, _ = read_log(tmp_path / "log")
    assert recovered.body["type"] == "recovered"
    assert verify(tmp_path / "log").size == len(seqs) + 3


MISSING = """
import resource, sys
from jurat.log import KeyStore, Log
root = sys.argv[1]
log = Log.open(root + "/log", keys=KeyStore(root + "/keys"), on_failure="gap")
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
missed = 0
for number in range(400):
    receipt = log.append("decision", {"dec": "x", "effect": "allow", "n": number}).wait()
    missed += receipt.gap is not None
print(missed, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a file size limit")
def test_killed_process_leaves_what_it_missed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MISSING, str(tmp_path)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        missed = int(writer.stdout.readline())
        writer.kill()
    assert missed > 200
    Log.open(tmp_path / "log", keys=KeyStore(tmp_path / "keys")).close()
    bodies = [record.body for record in read_log(tmp_path / "log")]
    written = sum(body["type"] == "decision" for body in bodies)
    gaps = [body for body in bodies if body["type"] == "gap"]
    assert written + sum(gap["count"] for gap in gaps) == 400
    assert gaps[-1]["reason"] == "File too large"
    assert verify(tmp_path / "log").size == len(bodies)


WORKER = """
import sys
from jurat.log import KeyStore, Log
root, name = sys.argv[1:]
keys = KeyStore(root + "/keys", notify=lambda text: None)
with Log.open(root + "/" + name, keys=keys, origin="acme/" + name, set_name="acme") as log:
    facts = [log.seal(f"subject-{number}", name.encode()) for number in range(20)]
    for sealed in facts:
        log.append("decision", {"dec": log.keyed(b"x"), "effect": "allow", "facts": sealed}).wait()
    print(" ".join(sealed["kid"] for sealed in facts), log.ref("ada"), flush=True)
"""


def test_workers_of_one_set_share_keys_from_the_first_moment(tmp_path: Path) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path), f"w{number}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    told = {worker.communicate(timeout=60)[0] for worker in workers}
    assert [worker.returncode for worker in workers] == [0] * 4
    assert len(told) == 1  # the same key ids and references for the same subjects
    for number in range(4):
        place = tmp_path / f"w{number}"
        assert verify(place).size == 21
        with LogReader(place, keys=KeyStore(tmp_path / "keys")) as reader:
            opened = {reader.unseal(r.body["facts"]) for r in reader.records(start=1)}
        assert opened == {f"w{number}".encode()}
