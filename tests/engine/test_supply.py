"""Where an engine's bundles come from: signed, never older, taken up when they change."""

import contextlib
import http.server
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness import MOMENT, registry

from jurat import BundleError, Engine
from jurat.bundle import pack, read_bundle
from jurat.bundle.signature import SigningKey, Statement, add_signature, new_key
from jurat.log import Log, logs_in, open_worker, read_log, verify
from jurat.net import Fetched, NetError

OLD, NEW = (new_key(name, name.encode().ljust(32)) for name in ("old", "new"))
NOW = "2026-05-25T12:00:00Z"


def files(effect: str = "permit", revision: int = 1, name: str = "acme") -> dict[str, str]:
    return {
        "bundle.yaml": f"name: {name}\nversion: 1.0.0\nrevision: {revision}\n",
        "rules/r.yaml": f"- {{id: one, title: T, kind: expression, effect: {effect}, "
        "severity: low, when: 'true'}\n",
    }


def put(
    path: Path, made: Mapping[str, str], *keys: SigningKey, expires: datetime | None = None
) -> Path:
    """An archive, and its signature where there are keys."""
    archive = pack(made)
    path.write_bytes(archive)
    if keys:
        path.with_name(path.name + ".sig").write_text(signature(archive, *keys, expires=expires))
    return path


def signature(archive: bytes, *keys: SigningKey, expires: datetime | None = None) -> str:
    bundle = read_bundle(archive, registry())
    statement = Statement.of(bundle, archive, signed=MOMENT, expires=expires)
    text = None
    for key in keys:
        text = add_signature(statement, key, text)
    assert text is not None
    return text


def engine(source: Any, **options: Any) -> Engine:
    options.setdefault("trusted", [OLD.vkey])
    options.setdefault("clock", lambda: MOMENT)
    return Engine.load(source, registry=registry(), **options)


def codes(source: Any, **options: Any) -> set[str]:
    with pytest.raises(BundleError) as raised:
        engine(source, **options)
    return {problem.code for problem in raised.value.diagnostics}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return put(tmp_path / "acme.tar.gz", files(), OLD)


@pytest.fixture(autouse=True)
def keys_of_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JURAT_CONFIG_DIR", str(tmp_path / "config"))


# -- signatures


def test_a_signed_bundle_is_armed_and_its_signers_are_told(archive: Path) -> None:
    with engine(archive) as loaded:
        assert loaded.evaluate({}, now=NOW).allowed
        (armed,) = loaded.status.armed
    assert (armed.name, armed.revision, armed.signers) == ("acme", 1, (OLD.vkey,))


def test_what_is_not_signed_well_is_not_armed(tmp_path: Path, archive: Path) -> None:
    assert codes(files()) == {"JB093"}
    assert codes("starter") == {"JB093"}
    assert codes(put(tmp_path / "plain.tar.gz", files())) == {"JB093"}
    assert codes(archive, trusted=[NEW.vkey]) == {"JB093"}
    assert codes(archive, trusted=[OLD.vkey, NEW.vkey], threshold=2) == {"JB093"}
    archive.write_bytes(pack(files("deny")))
    assert codes(archive) == {"JB094"}
    late = put(tmp_path / "late.tar.gz", files(), OLD, expires=MOMENT)
    assert codes(late) == {"JB095"}
    # every bundle of several, all told at once
    assert codes([archive, put(tmp_path / "plain.tar.gz", files())]) == {"JB093", "JB094"}


def test_a_signature_that_tells_of_another_bundle_is_refused(tmp_path: Path) -> None:
    archive = pack(files())
    path = tmp_path / "a.tar.gz"
    path.write_bytes(archive)
    statement = Statement.of(read_bundle(archive, registry()), archive, signed=MOMENT)
    for changed in (replace(statement, revision=9), replace(statement, name="other")):
        path.with_name("a.tar.gz.sig").write_text(add_signature(changed, OLD))
        assert codes(path) == {"JB094"}


def test_the_signature_covers_the_tests(tmp_path: Path, archive: Path) -> None:
    test = "- {name: n, now: 2026-05-25T12:00:00Z, given: {}, expect: {effect: allow}}\n"
    more = {**files(), "tests/t.yaml": test}
    assert read_bundle(more, registry()).digest == read_bundle(files(), registry()).digest
    archive.write_bytes(pack(more))
    assert codes(archive) == {"JB094"}


@pytest.mark.parametrize(
    "options", [{"trusted": ["x"]}, {"threshold": 2}, {"trusted": [], "threshold": 2}]
)
def test_keys_that_are_none_are_told_at_once(archive: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"key|threshold"):
        engine(archive, **options)


def test_a_signature_that_expires_leaves_what_is_armed(tmp_path: Path) -> None:
    clock = [MOMENT]
    path = put(tmp_path / "a.tar.gz", files(), OLD, expires=MOMENT + timedelta(hours=1))
    with engine(path, clock=lambda: clock[0]) as loaded:
        clock[0] += timedelta(hours=1)
        with pytest.raises(BundleError):
            loaded.reload()
        assert loaded.evaluate({}, now=NOW).allowed
        failure = loaded.status.failure
    assert failure is not None
    assert (failure.codes, failure.at) == (("JB095",), clock[0])


# -- revisions


def test_an_older_revision_is_refused(tmp_path: Path) -> None:
    floor = tmp_path / "revisions"
    paths = {n: put(tmp_path / f"{n}.tar.gz", files(revision=n), OLD) for n in (1, 2, 3)}
    with engine(paths[2], revisions=floor):
        pass
    assert codes(paths[1], revisions=floor) == {"JB096"}
    with engine(paths[2], revisions=floor), engine(paths[3], revisions=floor):
        pass
    assert codes(paths[2], revisions=floor) == {"JB096"}
    other = put(tmp_path / "other.tar.gz", files(name="other"), OLD)
    with engine(other, revisions=floor):  # each name has a floor of its own
        pass


def test_two_contents_cannot_share_a_revision(tmp_path: Path, archive: Path) -> None:
    floor = tmp_path / "revisions"
    with engine(archive, revisions=floor):
        pass
    assert codes(put(tmp_path / "b.tar.gz", files("deny"), OLD), revisions=floor) == {"JB096"}


def test_the_floor_stands_beside_the_log(tmp_path: Path) -> None:
    path = put(tmp_path / "a.tar.gz", files(revision=2), OLD)
    log = tmp_path / "log"
    with engine(path, log=log):
        pass
    put(path, files(revision=1), OLD)
    assert codes(path, log=log) == {"JB096"}
    types = [(r.body["type"], r.body.get("codes"), r.body.get("signers")) for r in read_log(log)]
    assert types[1:] == [
        ("policy.load", None, [OLD.vkey]),
        ("policy.refused", ["JB096"], None),
    ]
    assert verify(log).size == 3


def test_the_logs_of_a_set_share_a_floor(tmp_path: Path) -> None:
    path = put(tmp_path / "a.tar.gz", files(revision=1), OLD)
    root = tmp_path / "set"
    open_worker(root).close()
    with engine(path, log=root):  # the first worker's log is taken
        put(path, files(revision=2), OLD)
        with engine(path, log=root):
            pass
    put(path, files(revision=1), OLD)
    assert codes(path, log=root) == {"JB096"}
    assert (root / "revisions.sqlite").is_file()
    assert all(verify(log).size for log in logs_in(root))
    path.with_name("a.tar.gz.sig").unlink()
    assert codes(path, log=root) == {"JB093"}
    last = [record.body for record in read_log(root / "w0")][-1]
    assert (last["type"], last["codes"]) == ("policy.refused", ["JB093"])


def test_without_a_log_the_floor_lives_as_long_as_the_engine(tmp_path: Path) -> None:
    path = put(tmp_path / "a.tar.gz", files(revision=2), OLD)
    with engine(path) as loaded:
        put(path, files("deny", revision=1), OLD)
        with pytest.raises(BundleError, match="older than 2"):
            loaded.reload()
        assert loaded.evaluate({}, now=NOW).allowed


def test_the_floor_holds_without_signatures(tmp_path: Path) -> None:
    floor = tmp_path / "revisions"
    with engine(files(revision=2), trusted=(), revisions=floor):
        pass
    assert codes(files(revision=1), trusted=(), revisions=floor) == {"JB096"}
    with engine(files(revision=1), trusted=()):  # nobody asked for it
        pass


def test_a_damaged_floor_arms_nothing(tmp_path: Path, archive: Path) -> None:
    floor = tmp_path / "revisions"
    floor.write_bytes(b"no database " * 100)
    assert codes(archive, revisions=floor) == {"JB001"}
    assert codes(archive, revisions=tmp_path / "none" / "revisions") == {"JB001"}


# -- what is refused is told


def test_a_refusal_is_recorded_where_a_log_was_made(tmp_path: Path, archive: Path) -> None:
    log = tmp_path / "log"
    assert codes(files(), log=log) == {"JB093"}
    assert not log.exists()  # none is made for a bundle that can't be armed
    with engine(archive, log=log) as loaded:
        archive.write_bytes(pack(files("deny")))
        with pytest.raises(BundleError):
            loaded.reload()
        (kept,) = loaded.status.armed
    assert codes(archive, log=log) == {"JB094"}
    refused = [r.body for r in read_log(log) if r.body["type"] == "policy.refused"]
    assert [body["armed"] for body in refused] == [[kept.digest], []]
    assert {body["source"] for body in refused} == {str(archive)}


def test_a_refusal_goes_into_an_open_log_and_leaves_it_open(tmp_path: Path) -> None:
    with contextlib.closing(Log.open(tmp_path / "log")) as log:
        assert codes(files(), log=log) == {"JB093"}
        log.append("policy.refused", {"codes": []}).wait()


def test_status_tells_what_is_armed_and_what_failed(tmp_path: Path) -> None:
    path = put(tmp_path / "a.tar.gz", files())
    with engine(path, trusted=()) as loaded:
        first = loaded.status
        assert (first.loads, first.refusals, first.failure, first.since) == (1, 0, None, MOMENT)
        assert first.armed[0].plan == loaded.plans[0].digest
        path.write_bytes(b"")
        with pytest.raises(BundleError):
            loaded.reload()
        failed = loaded.status
        assert failed.armed == first.armed
        assert failed.failure is not None
        assert failed.failure.codes == ("JB001",)
        put(path, files(revision=2))
        loaded.reload()
        assert (loaded.status.loads, loaded.status.refusals) == (2, 1)
        assert loaded.status.failure is None


# -- watching


def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def test_a_change_is_taken_up_and_a_bad_one_is_not(tmp_path: Path) -> None:
    root = tmp_path / "bundle"
    for name, text in files().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    rules = root / "rules" / "r.yaml"
    with engine(root, trusted=()) as loaded, loaded.watch(0.01):
        rules.write_text(files("deny")["rules/r.yaml"])
        until(lambda: loaded.status.loads == 2)
        assert not loaded.evaluate({}, now=NOW).allowed
        rules.write_text("- nonsense\n")
        until(lambda: loaded.status.refusals == 1)
        time.sleep(0.1)
        assert loaded.status.refusals == 1  # not tried again and again
        assert loaded.status.loads == 2
        (root / "rules" / "more.yaml").write_text(
            files()["rules/r.yaml"].replace("id: one", "id: two")
        )
        rules.unlink()
        until(lambda: loaded.status.loads == 3)
        assert loaded.evaluate({}, now=NOW).allowed


def test_an_archive_is_taken_up_when_its_signature_has_come(tmp_path: Path) -> None:
    path = put(tmp_path / "a.tar.gz", files(), OLD)
    with engine(path) as loaded, loaded.watch(0.01):
        path.write_bytes(pack(files("deny", revision=2)))
        until(lambda: loaded.status.refusals == 1)
        assert loaded.evaluate({}, now=NOW).allowed
        put(path, files("deny", revision=2), OLD)
        until(lambda: loaded.status.loads == 2)
        assert not loaded.evaluate({}, now=NOW).allowed


def test_no_request_is_dropped_while_bundles_are_swapped(tmp_path: Path) -> None:
    path = put(tmp_path / "a.tar.gz", files())
    wrong: list[str] = []
    stop = threading.Event()

    def ask(loaded: Engine) -> None:
        while not stop.is_set():
            decision = loaded.evaluate({}, now=NOW)
            if not decision.allowed:
                wrong.append(decision.reasons[0].code)

    with engine(path, trusted=()) as loaded, loaded.watch(0.01):
        threads = [threading.Thread(target=ask, args=(loaded,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for revision in range(2, 8):
            put(path, files(revision=revision))
            until(lambda revision=revision: loaded.status.armed[0].revision == revision)  # type: ignore[misc]  # of a lambda's default
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []


@pytest.mark.parametrize("interval", [0, -1])
def test_an_interval_is_above_zero(interval: float) -> None:
    with engine(files(), trusted=()) as loaded, pytest.raises(ValueError, match="above 0"):
        loaded.watch(interval)


# -- from another machine


class Store:
    """A server of files with entity tags, as `fetch` sees it."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.down = False

    def __call__(self, url: str, *, etag: str = "", most: int) -> Fetched | None:
        self.asked.append((url, etag))
        if self.down:
            raise NetError(f"{url}: can't be reached")
        if url not in self.files:
            raise NetError(f"{url}: answers 404")
        now = f'"{hash(self.files[url])}"'
        return None if etag == now else Fetched(self.files[url], now)

    def put(self, made: Mapping[str, str], *keys: SigningKey) -> None:
        archive = pack(made)
        self.files[URL] = archive
        self.files[f"{URL.partition('?')[0]}.sig?v=1"] = signature(archive, *keys).encode()


URL = "https://policy.example/acme.tar.gz?v=1"


def test_a_url_is_asked_with_the_tag_of_what_is_there() -> None:
    store = Store()
    store.put(files(), OLD)
    with engine(URL, fetch=store) as loaded:
        assert [etag for _, etag in store.asked] == ["", ""]
        with loaded.watch(0.01):
            until(lambda: len(store.asked) > 6)
            assert all(etag for _, etag in store.asked[2:])
            assert loaded.status.loads == 1
            store.put(files("deny", revision=2), OLD)
            until(lambda: loaded.status.loads == 2)
            store.down = True
            until(lambda: loaded.status.failure)
            assert not loaded.evaluate({}, now=NOW).allowed
            before, refusals = len(store.asked), loaded.status.refusals
            until(lambda: len(store.asked) > before + 3)
            assert loaded.status.refusals == refusals  # told once, however long it lasts
            store.down = False
            store.put(files("deny", revision=3), OLD)
            until(lambda: loaded.status.loads == 3)
            assert loaded.status.failure is None


def test_a_url_without_signature_is_refused() -> None:
    store = Store()
    store.put(files(), OLD)
    store.files = {URL: store.files[URL]}
    assert codes(URL, fetch=store) == {"JB001"}
    with engine(URL, fetch=store, trusted=()) as loaded:
        assert loaded.evaluate({}, now=NOW).allowed
    assert codes("http://policy.example/acme.tar.gz") == {"JB001"}


@pytest.fixture
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pack(files())
            if self.headers.get("If-None-Match") == '"1"':
                self.send_response(304)
                self.end_headers()
                return
            self.send_response(200 if self.path == "/acme.tar.gz" else 404)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_real_server(server: http.server.ThreadingHTTPServer) -> None:
    base = f"http://user:word@127.0.0.1:{server.server_port}"
    with engine(f"{base}/acme.tar.gz", trusted=()) as loaded:
        assert loaded.evaluate({}, now=NOW).allowed
        loaded.reload()
        assert loaded.status.loads == 2
    with pytest.raises(BundleError) as raised:
        engine(f"{base}/none", trusted=())
    assert "answers 404" in str(raised.value)
    assert "word" not in str(raised.value)


def test_times_are_the_clocks() -> None:
    assert engine(files(), trusted=(), clock=lambda: datetime(2027, 1, 1, tzinfo=UTC)).status.since
