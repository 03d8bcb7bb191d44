"""`jurat log publish`, `jurat log witness`, `jurat log verify --policy`: over real HTTP."""

import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from jurat.cli._witness_server import listen
from jurat.log import KeyStore, Witness, parse_vkey

NOW = "2026-05-25T12:00:00Z"
Run = Callable[..., Result]


@pytest.fixture
def log(run: Run, bundle: str, request_file: str, tmp_path: Path) -> Path:
    directory = tmp_path / "log"
    record(run, bundle, request_file, directory)
    return directory


def record(run: Run, bundle: str, request_file: str, directory: Path) -> None:
    args = ("eval", bundle, request_file, "--now", NOW, "--supports", "redact", "--log", directory)
    assert run(*args).exit_code == 0


@pytest.fixture
def served(run: Run, log: Path, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A witness of the log, listening: `URL VKEY`, and its port."""
    key = KeyStore().witness_key("witness.example/w1", create=True)
    logs = [parse_vkey(run("log", "checkpoint", log, "--vkey").stdout.strip())]
    server = listen(
        Witness(tmp_path / "seen", key, logs, clock=lambda: 1_779_710_400), "127.0.0.1", 0
    )
    port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{port} {key.cosigner.text}", port
    server.shutdown()
    thread.join()
    server.server_close()


def policy(run: Run, log: Path, witness: str, path: Path) -> Path:
    vkey = run("log", "checkpoint", log, "--vkey").stdout.strip()
    path.write_text(f"log {vkey}\nwitness w1 {witness.split(' ')[1]}\nquorum w1\n")
    return path


def test_a_witnessed_log_verifies_under_a_policy(
    run: Run, log: Path, served: tuple[str, int], bundle: str, request_file: str, tmp_path: Path
) -> None:
    file = policy(run, log, served[0], tmp_path / "policy")
    unseen = run("log", "verify", log, "--policy", file)
    assert (unseen.exit_code, "no checkpoint that witnesses signed" in unseen.stderr) == (1, True)
    for _ in range(2):
        copies = ("--copy", tmp_path / "copies")
        published = run("log", "publish", log, "--witness", served[0], *copies)
        assert published.exit_code == 0, published.stderr
        assert "signed by witness.example/w1" in published.stderr
        seen = run("log", "verify", log, "--policy", file)
        assert seen.exit_code == 0
        assert "the witnesses of the quorum 'w1' saw a checkpoint" in seen.stdout
        record(run, bundle, request_file, log)


def test_a_log_that_was_cut_is_not_verified(
    run: Run, log: Path, served: tuple[str, int], bundle: str, request_file: str, tmp_path: Path
) -> None:
    file = policy(run, log, served[0], tmp_path / "policy")
    shutil.copytree(log, tmp_path / "before")
    record(run, bundle, request_file, log)
    assert run("log", "publish", log, "--witness", served[0]).exit_code == 0
    shutil.copy(log / "witnessed", tmp_path / "before" / "witnessed")
    cut = run("log", "verify", tmp_path / "before", "--policy", file)
    assert (cut.exit_code, "the witnessed checkpoint covers" in cut.stderr) == (1, True)
    again = run("log", "publish", tmp_path / "before", "--witness", served[0])
    assert (again.exit_code, "the end was cut" in again.stderr) == (1, True)


def test_what_cannot_be_reached_is_told(run: Run, log: Path, served: tuple[str, int]) -> None:
    key = served[0].split(" ")[1]
    result = run("log", "publish", log, "--witness", f"http://user:secret@127.0.0.1:1/x {key}")
    assert result.exit_code == 1
    assert "http://127.0.0.1:1/x/add-checkpoint: can't be reached" in result.stderr
    assert "secret" not in result.stderr
    assert run("log", "publish", log).exit_code == 2
    assert run("log", "publish", log, "--witness", "nonsense").exit_code == 3
    assert run("log", "publish", log, "--copy", "x", "--every", "soon").exit_code == 2


def test_a_policy_that_is_none(run: Run, log: Path, tmp_path: Path) -> None:
    (tmp_path / "policy").write_text("quorum nobody\n")
    result = run("log", "verify", log, "--policy", tmp_path / "policy")
    assert (result.exit_code, "policy: line 1: 'nobody'" in result.stderr) == (3, True)


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("POST", "/add-checkpoint", {}, b"nonsense", 400),
        ("POST", "/other", {}, b"x", 404),
        ("GET", "/", {}, b"", 404),
        ("GET", f"/{'0' * 64}/checkpoint", {}, b"", 404),
        ("GET", "/../../secret/checkpoint", {}, b"", 404),
        ("POST", "/add-checkpoint", {"content-length": "99999999"}, b"", 413),
        ("POST", "/add-checkpoint", {"content-length": "-1"}, b"", 411),
        ("PUT", "/add-checkpoint", {}, b"", 501),
    ],
)
def test_a_witness_bears_bad_requests(
    served: tuple[str, int],
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    status: int,
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served[1], timeout=10)
    connection.request(method, path, body or None, headers)
    assert connection.getresponse().status == status
    connection.close()


def test_a_witness_served_by_the_command(run: Run, log: Path, tmp_path: Path) -> None:
    vkey = run("log", "checkpoint", log, "--vkey").stdout.strip()
    mine = run("log", "witness", "vkey", "--name", "w.example").stdout.strip()
    start = "from jurat.cli import main; main()"
    command = [sys.executable, "-c", start, "log", "witness", "serve", str(tmp_path / "d")]
    process = subprocess.Popen(
        [*command, "--name", "w.example", "--log", vkey, "--port", "0"],
        stderr=subprocess.PIPE,
        env={**os.environ, "JURAT_CONFIG_DIR": str(tmp_path / "config")},
        text=True,
    )
    try:
        assert process.stderr is not None
        address = process.stderr.readline().rsplit(" ", 1)[1].strip()
        published = run("log", "publish", log, "--witness", f"{address} {mine}")
        assert published.exit_code == 0, published.stderr
    finally:
        process.terminate()
        process.communicate(timeout=10)
    assert json.loads((log / "log.json").read_bytes())["vkeys"] == [vkey]


def test_a_witness_needs_a_log(run: Run, tmp_path: Path) -> None:
    assert run("log", "witness", "serve", tmp_path, "--name", "w").exit_code == 2
    wrong = run("log", "witness", "serve", tmp_path, "--name", "w", "--log", "nonsense")
    assert (wrong.exit_code, "verifier key" in wrong.stderr) == (2, True)
