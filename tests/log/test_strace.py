"""Faults at real system calls, injected by strace: nothing acknowledged is lost, nothing is
dropped without a word, and every log opens again and verifies."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jurat.log import KeyStore, Log, LogError, read_log, verify

# Told with pwrite, which is not injected: `+ log number` acknowledged, `- log number` refused.
WORKER = """
import os, sys
from pathlib import Path
from jurat.log import KeyStore, Log, LogError
root, logs = Path(sys.argv[1]), int(sys.argv[2])
told, end = os.open(root / "told", os.O_WRONLY | os.O_CREAT), 0
def tell(word, log, number):
    global end
    end += os.pwrite(told, f"{word} {log} {number}\\n".encode(), end)
keys = KeyStore(root / "keys", notify=lambda text: None)
for name in range(logs):
    number = 0
    for attempt in range(2):  # made, and opened again
        try:
            with Log.open(root / str(name), keys=keys, origin=f"log/{name}", set_name="s") as log:
                for _ in range(2):
                    number += 1
                    body = {"dec": "x", "effect": "allow", "n": number}
                    if number == 2:
                        body["facts"] = log.seal(None, bytes(17_000))
                    pending = log.append("decision", body)
                    try:
                        pending.wait()
                        tell("+", name, number)
                    except LogError:
                        tell("-", name, number)
        except LogError:
            pass
os.pwrite(told, b"end\\n", end)
"""


def can_inject() -> bool:
    if shutil.which("strace") is None:
        return False
    probe = ["strace", "-qq", "-o", "/dev/null", "-e", "inject=fdatasync:error=EIO", "true"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(
    not can_inject(), reason="needs strace, and leave to trace (ptrace): apt-get install strace"
)


def run(root: Path, call: str, inject: str, logs: int) -> tuple[list[tuple[int, int]], bool]:
    """What was acknowledged under the fault, and whether the worker came to its end."""
    KeyStore(root / "keys", notify=lambda told: None).subject_keys("s", create=True).close()
    command = ["strace", "-f", "-qq", "-o", str(root / "trace"), "-e", f"trace={call}"]
    command += ["-e", f"inject={call}:{inject}", sys.executable, "-c", WORKER]
    subprocess.run([*command, str(root), str(logs)], capture_output=True, check=False)
    assert "(INJECTED)" in (root / "trace").read_text() or "SIGKILL" in inject
    lines = (root / "told").read_text().splitlines() if (root / "told").exists() else []
    told = [line.split() for line in lines if line != "end"]
    return [(int(name), int(n)) for word, name, n in told if word == "+"], lines[-1:] == ["end"]


def check(root: Path, acknowledged: list[tuple[int, int]], logs: int) -> None:
    keys = KeyStore(root / "keys", notify=lambda told: None)
    for name in range(logs):
        place = root / str(name)
        wanted = [number for log, number in acknowledged if log == name]
        if not (place / "log.json").exists():
            assert wanted == []
            continue
        with Log.open(place, keys=keys) as log:
            log.append("decision", {"dec": "x", "effect": "allow", "n": 99}).wait()
        found = [record.body.get("n") for record in read_log(place)]
        kept = [number for number in found if number]
        assert [number for number in kept if number in {*wanted, 99}] == [*wanted, 99]
        assert len(set(kept)) == len(kept)
        assert verify(place).size == len(found)


def opened_by_one_log(root: Path) -> int:
    root.mkdir()
    KeyStore(root / "keys", notify=lambda told: None).subject_keys("s", create=True).close()
    command = ["strace", "-f", "-qq", "-o", str(root / "trace"), "-e", "trace=openat"]
    subprocess.run([*command, sys.executable, "-c", WORKER, str(root), "1"], check=True)
    return len((root / "trace").read_text().splitlines())


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("write", "EIO"),
        ("write", "ENOSPC"),
        ("fdatasync", "EIO"),
        ("fsync", "EIO"),
        ("rename", "EIO"),
        ("openat", "EMFILE"),
    ],
)
def test_errors_of_system_calls(tmp_path: Path, call: str, error: str) -> None:
    first = 2
    if call == "openat":  # Python opens what it imports before
        first = opened_by_one_log(tmp_path / "warm")
    acknowledged, ended = run(tmp_path, call, f"error={error}:when={first}+5", 6)
    assert ended
    assert acknowledged
    check(tmp_path, acknowledged, 6)


@pytest.mark.parametrize(
    ("call", "when"), [("write", 3), ("write", 8), ("fdatasync", 4), ("rename", 3), ("fsync", 5)]
)
def test_killed_at_a_system_call(tmp_path: Path, call: str, when: int) -> None:
    acknowledged, ended = run(tmp_path, call, f"signal=SIGKILL:when={when}", 3)
    assert not ended
    check(tmp_path, acknowledged, 3)


def test_a_fault_at_every_call_is_told(tmp_path: Path) -> None:
    """A disk that takes nothing at all: every record is refused, no log stands half made."""
    acknowledged, ended = run(tmp_path, "fdatasync", "error=EIO", 2)
    assert ended
    assert acknowledged == []
    with pytest.raises(LogError):
        list(read_log(tmp_path / "0"))
