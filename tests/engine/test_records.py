"""What is written down of a decision: that it replays, what it must not hold, and when it fails."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from harness import engine, registry
from log_kit import FaultySystem

from jurat import Decision, Engine
from jurat.bundle import BundleError
from jurat.engine import Replayed, Replayer, replay
from jurat.log import KeyStore, Log, LogError, LogReader, Record, read_log, verify

NOW = "2026-05-25T12:00:00Z"
SSN = "123-45-6789"

FILES = {
    "bundle.yaml": "{name: recorded, version: 1.0.0, revision: 1}",
    "rules/r.yaml": """
- {id: let-in, title: T, kind: expression, effect: permit, severity: info, when: "true"}
- {id: models, title: T, kind: model.allowlist, effect: deny, severity: high,
   params: {models: [gpt-4.1]}}
- {id: pii, title: T, kind: pii.patterns, on: [request, response], effect: redact, severity: high,
   params: {entities: [US_SSN], operator: OPERATOR}}
- {id: key-age, title: T, kind: credential.age, on: [org_state], effect: deny, severity: high,
   params: {max_age: 60d}}
""".replace("OPERATOR", "label"),
}
OTHER = FILES | {
    "rules/r.yaml": FILES["rules/r.yaml"].replace("[gpt-4.1]", "[o3]"),
}
SNAPSHOT = {
    "type": "org_state",
    "credentials": {
        "observed_at": NOW,
        "items": {
            "old": {"created_at": "2026-01-01T00:00:00Z"},
            "new": {"created_at": "2026-05-01T00:00:00Z"},
            "undated": {},
        },
    },
}


def request(content: str = SSN, model: str = "gpt-4.1", **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": content}], **more}


def answer(content: str = SSN, **more: Any) -> dict[str, Any]:
    messages = [{"role": "assistant", "content": content}]
    return {"type": "response", "messages": messages, **more}


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys", notify=lambda told: None)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "log"


def decisions(place: Path) -> list[Record]:
    kinds = ("decision", "response", "audit")
    return [record for record in read_log(place) if record.body["type"] in kinds]


def mixed(loaded: Engine) -> list[Decision]:
    """Decisions of every sort."""
    state = {"observed_at": NOW, "projects": {"items": {"p": {"environment": "staging"}}}}
    first = loaded.evaluate(
        request(actor={"id": "ann"}, project={"id": "p"}), supports={"redact"}, now=NOW
    )
    made = [
        first,
        loaded.evaluate(answer(), parent=first, supports={"redact"}, now=NOW),
        loaded.evaluate(answer("fine", usage={"output_tokens": 3}, latency_us=5), now=NOW),
        loaded.evaluate(request(model="o3"), now=NOW),
        loaded.evaluate(request(), now=NOW),  # the obligation is not supported
        loaded.evaluate({}, now=NOW),
        loaded.evaluate(SNAPSHOT, now=NOW),
        loaded.evaluate({"type": "org_state"}, now=NOW),
        loaded.evaluate(b"{", now=NOW),
        loaded.evaluate({"modle": "x"}, now=NOW),
    ]
    loaded.arm_state(state)
    made += loaded.evaluate_many(
        [request("fine", project={"id": "p"}), request("fine", project={"id": "q"})], now=NOW
    )
    return made


MIXED = ["agrees"] * 8 + ["not-decided"] * 2 + ["agrees"] * 2


def test_every_record_replays(place: Path, keys: KeyStore) -> None:
    with engine(FILES, log=Log.open(place, keys=keys)) as loaded:
        made = mixed(loaded)
        assert loaded.log is not None
        loaded.log.close()
    told = list(replay(place, keys=keys))
    assert [one.verdict for one in told] == MIXED
    assert [one.was for one in told] == [(d.effect, d.value or "") for d in made]
    records = decisions(place)
    assert [record.body["id"] for record in records] == [decision.id for decision in made]
    assert [record.body["type"] for record in records[:7]] == (
        ["decision", "response", "response", "decision", "decision", "decision", "audit"]
    )
    assert records[1].body["parent"] == made[0].id
    assert records[1].body["performed"] == records[0].body["obl"]
    assert "performed" not in records[2].body
    assert "parent" not in records[2].body
    assert records[2].body["tokens"] == {"out": 3}
    assert verify(place).size


def test_what_is_not_recorded(place: Path, keys: KeyStore) -> None:
    """Neither content nor identity stands in clear, nor content under seal."""
    with engine(FILES, log=Log.open(place, keys=keys)) as loaded:
        mixed(loaded)
        assert loaded.log is not None
        loaded.log.close()
    for file in place.rglob("*"):
        if file.is_file():
            held = file.read_bytes()
            assert SSN.encode() not in held
            assert b'"ann"' not in held
    with LogReader(place, keys=keys) as log:
        for record in log.records():
            if "facts" in record.body:
                assert SSN.encode() not in (log.unseal(record.body["facts"]) or b"")


def edited(kind: str, **versions: str) -> Any:
    """The registry with another version of the built-in rules."""
    plugins = tuple(replace(plugin, version="99.0") for plugin in registry().plugins)
    return replace(registry(), plugins=plugins)


def replayed(
    place: Path, keys: KeyStore, *, bundle: Any = None, registry: Any = None
) -> list[Replayed]:
    with LogReader(place, keys=keys) as log:
        return list(Replayer(log, bundle=bundle, registry=registry).replay(log.records()))


def test_another_version_that_decides_alike_agrees(place: Path, keys: KeyStore) -> None:
    with engine(FILES, log=Log.open(place, keys=keys)) as loaded:
        mixed(loaded)
    assert [one.verdict for one in replayed(place, keys, registry=edited("rules"))] == MIXED


class _Lenient:
    """A kind of which a later version finds nothing."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kind, name)

    def compile(self, rule: Any, context: Any) -> Any:
        return lambda target, facts, now: ()


def lenient(version: str) -> Any:
    kinds = dict(registry().kinds)
    kinds["model.allowlist"] = _Lenient(kinds["model.allowlist"])  # type: ignore[assignment]  # acts as one
    plugins = tuple(replace(plugin, version=version) for plugin in registry().plugins)
    return replace(registry(), kinds=kinds, plugins=plugins)


def test_a_version_that_decides_otherwise_is_told_from_an_incident(
    place: Path, keys: KeyStore
) -> None:
    with engine(FILES, log=Log.open(place, keys=keys)) as loaded:
        loaded.evaluate(request("fine", model="o3"), now=NOW)
        loaded.evaluate(request("fine"), now=NOW)
    newer = replayed(place, keys, registry=lenient("99.0"))
    assert [one.verdict for one in newer] == ["engine-changed", "agrees"]
    assert newer[0].now == ("allow", "Permit")
    same = {plugin.version for plugin in registry().plugins}
    if len(same) == 1:
        told = replayed(place, keys, registry=lenient(same.pop()))
        assert [one.verdict for one in told] == ["disagrees", "agrees"]


def test_another_bundle_shows_its_impact(place: Path, keys: KeyStore) -> None:
    with engine(FILES, log=Log.open(place, keys=keys)) as loaded:
        loaded.evaluate(request("fine", model="o3"), now=NOW)
        loaded.evaluate(request("fine"), now=NOW)
        loaded.evaluate(request("fine", model="other"), now=NOW)
        loaded.evaluate(SNAPSHOT, now=NOW)
    told = replayed(place, keys, bundle=OTHER, registry=registry())
    assert [one.verdict for one in told] == ["changed", "changed", "agrees", "agrees"]
    assert [one.now[0] for one in told] == ["allow", "deny", "deny", "deny"]
    with pytest.raises(BundleError):
        replayed(place, keys, bundle=FILES | {"rules/r.yaml": "- {id: x"}, registry=registry())


def test_an_erased_subject_is_not_a_disagreement(place: Path, keys: KeyStore) -> None:
    with engine(FILES, log=Log.open(place, keys=keys)) as loaded:
        loaded.evaluate(request(actor={"id": "ann"}), supports={"redact"}, now=NOW)
        loaded.evaluate(request(actor={"id": "bob"}), supports={"redact"}, now=NOW)
        assert loaded.log is not None
        ref, origin = loaded.log.ref("ann"), loaded.log.origin
        loaded.log.close()
    subjects = keys.subject_keys(origin)
    assert subjects.destroy(ref)
    subjects.close()
    assert [one.verdict for one in replay(place, keys=keys)] == ["erased", "agrees"]
    assert verify(place).size


def test_a_bundle_that_the_log_lost(place: Path, keys: KeyStore) -> None:
    with engine(FILES, log=Log.open(place, keys=keys)) as loaded:
        loaded.evaluate(request(), now=NOW)
        assert loaded.log is not None
        loaded.log.close()
    for archive in (place / "bundles").iterdir():
        archive.unlink()
    assert [one.verdict for one in replay(place, keys=keys)] == ["no-bundle"]


def test_each_record_replays_under_the_bundle_that_decided_it(
    tmp_path: Path, place: Path, keys: KeyStore
) -> None:
    root = tmp_path / "bundle"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    with Engine.load(root, registry=registry(), log=Log.open(place, keys=keys)) as loaded:
        before = loaded.evaluate(request("fine"), now=NOW)
        (root / "rules/r.yaml").write_text(OTHER["rules/r.yaml"])
        loaded.reload()
        after = loaded.evaluate(request("fine"), now=NOW)
        assert loaded.log is not None
        loaded.log.close()
    assert (before.effect, after.effect) == ("allow", "deny")
    assert [one.verdict for one in replay(place, keys=keys)] == ["agrees", "agrees"]
    loads = [r.body["bundle"] for r in read_log(place) if r.body["type"] == "policy.load"]
    assert loads == [before.bundle, after.bundle]


# -- what a record must be able to hold

IDS = {
    "umlauts": "jürg.müller@exämple.ch",
    "another script": "山田太郎",
    "emoji": "🦊🦊",
    "right to left": "محمد",
    "zero width": "a\u200bb",
    "NUL": "a\0b",
    "a line break": "a\nb",
    "quotes": "\"'\\",
    "long": "x" * 100_000,
    "empty": "",
    "not normalised": "e\u0301",
    "an identifier": SSN,
}


@pytest.mark.parametrize("name", IDS)
def test_ids_of_any_script_are_recorded(name: str, place: Path, keys: KeyStore) -> None:
    id_ = IDS[name]
    given = request(
        "fine", actor={"id": id_, "kind": "user"}, project={"id": id_}, metadata={id_: id_}
    )
    with engine(FILES, log=Log.open(place, keys=keys)) as loaded:
        decision = loaded.evaluate(given, supports={"redact"}, now=NOW)
        assert decision.allowed
        assert decision.receipt is not None
        assert loaded.log is not None
        loaded.log.close()
    assert [one.verdict for one in replay(place, keys=keys)] == ["agrees"]
    assert verify(place).size
    if name == "an identifier":
        assert SSN not in str(decisions(place)[0].body)


def test_a_snapshot_with_a_lone_surrogate_is_refused(place: Path, keys: KeyStore) -> None:
    broken = {
        "type": "org_state",
        "projects": {"observed_at": NOW, "items": {"p": {"name": "\ud800"}}},
    }
    with engine(FILES, log=Log.open(place, keys=keys)) as loaded:
        decision = loaded.evaluate(broken, now=NOW)
    assert [reason.code for reason in decision.reasons] == ["invalid-input"]


# -- a log that fails


class Failing:
    """A system whose disk is full from when it is told."""

    def __init__(self) -> None:
        self.full = False
        self.system = FaultySystem(self._fault)

    def _fault(self, name: str, number: int) -> BaseException | None:
        return OSError(28, "No space left on device") if self.full and name == "write" else None


@pytest.fixture
def failing() -> Failing:
    return Failing()


@pytest.fixture
def loaded(place: Path, keys: KeyStore, failing: Failing) -> Iterator[Engine]:
    log = Log.open(place, keys=keys, system=failing.system)
    yield engine(FILES, log=log)
    failing.full = False
    with contextlib.suppress(LogError):
        log.close()


Ask = Callable[[Engine, Any], Decision]
ASKS: dict[str, Ask] = {
    "evaluate": lambda loaded, given: loaded.evaluate(given, supports={"redact"}, now=NOW),
    "aevaluate": lambda loaded, given: asyncio.run(
        loaded.aevaluate(given, supports={"redact"}, now=NOW)
    ),
    "evaluate_many": lambda loaded, given: loaded.evaluate_many(
        [given], supports={"redact"}, now=NOW
    )[0],
}


@pytest.mark.parametrize("how", ASKS)
def test_what_cannot_be_recorded_is_denied(loaded: Engine, failing: Failing, how: str) -> None:
    ask = ASKS[how]
    assert ask(loaded, request()).obligations
    failing.full = True
    decision = ask(loaded, request())
    assert (decision.effect, decision.value, decision.obligations) == ("deny", "Permit", ())
    assert {reason.code for reason in decision.reasons} == {"pii-found", "log-unavailable"}
    assert SSN not in str(decision.to_dict())
    denied = ask(loaded, request(model="o3"))
    assert (denied.effect, denied.value) == ("deny", "Deny")
    assert "log-unavailable" in {reason.code for reason in denied.reasons}
    unread = ask(loaded, b"{")
    assert {reason.code for reason in unread.reasons} == {"invalid-input", "log-unavailable"}


def test_an_answer_that_no_rule_judges_says_only_that_it_is_not_recorded(
    place: Path, keys: KeyStore, failing: Failing
) -> None:
    permits = FILES | {"rules/r.yaml": FILES["rules/r.yaml"].split("- {id: models")[0]}
    log = Log.open(place, keys=keys, system=failing.system)
    made = engine(permits, log=log)
    assert made.evaluate(answer(), now=NOW).allowed
    failing.full = True
    decision = made.evaluate(answer(), now=NOW)
    assert (decision.effect, decision.value) == ("deny", "NotApplicable")
    assert [reason.code for reason in decision.reasons] == ["log-unavailable"]
    failing.full = False
    with contextlib.suppress(LogError):
        log.close()


@pytest.mark.parametrize("durability", ["release", "buffered", "off"])
@pytest.mark.parametrize("how", ASKS)
def test_a_log_that_is_closed_denies(
    place: Path, keys: KeyStore, how: str, durability: Any
) -> None:
    log = Log.open(place, keys=keys, durability=durability)
    made = engine(FILES, log=log)
    assert ASKS[how](made, request()).allowed
    log.close()
    decision = ASKS[how](made, request())
    assert (decision.effect, decision.value) == ("deny", "Permit")
    assert "log-unavailable" in {reason.code for reason in decision.reasons}


def test_reload_that_cannot_be_recorded_keeps_what_is_armed(
    loaded: Engine, failing: Failing
) -> None:
    plans = loaded.plans
    failing.full = True
    with pytest.raises(LogError):
        loaded.reload()
    assert loaded.plans == plans


def test_a_bundle_that_cannot_be_armed_makes_no_log(place: Path) -> None:
    with pytest.raises(BundleError):
        engine(FILES | {"rules/r.yaml": "- {id: x"}, log=place)
    assert not place.exists()


def test_what_a_state_told_of_an_answer_and_to_several_bundles_replays(
    place: Path, keys: KeyStore
) -> None:
    def bundle(name: str, when: str, table: str = "") -> dict[str, str]:
        made = {
            "bundle.yaml": f"{{name: {name}, version: 1.0.0, revision: 1}}",
            "rules/r.yaml": "- {id: let-in, title: T, kind: expression, effect: permit, "
            "severity: info, when: 'true'}\n- {id: stop, title: T, kind: expression, "
            f"on: [request, response], effect: deny, severity: low, when: '{when}'}}\n",
        }
        return made | ({"data/projects.yaml": table} if table else {})

    state = {
        "observed_at": "2026-05-24T20:00:00Z",
        "projects": {"items": {"p": {"residency": "eu"}, "q": {}}},
        "credentials": {"items": {"k": {"fingerprint": "f", "status": "revoked"}}},
    }
    told = 'request.project.residency != "eu" || request.actor.credential.status == "active"'
    given = {"project": {"id": "p"}, "actor": {"id": "ann", "credential": {"fingerprint": "f"}}}
    log = Log.open(place, keys=keys)
    loaded = engine(
        bundle("zoo", told), bundle("ant", told, "p: {residency: us}\n"), state=state, log=log
    )
    first = loaded.evaluate(given, now=NOW)
    assert [reason.rule for reason in first.reasons] == ["ant/stop"]
    assert {one.code for one in first.advice} == {"state-ageing"}
    for project in ("p", "q", "r"):
        loaded.evaluate(given | {"project": {"id": project}}, now=NOW)
    loaded.evaluate(answer(), parent=first, now=NOW)
    loaded.evaluate(answer(), now=NOW)
    log.close()
    assert [one.verdict for one in replay(place, keys=keys)] == ["agrees"] * 6


def test_an_assumed_key_and_a_waived_rule_replay(place: Path, keys: KeyStore) -> None:
    files = FILES | {
        "bundle.yaml": "{name: recorded, version: 1.0.0, revision: 1, assume: {/project/id: p}}",
        "data/projects.yaml": "p: {environment: staging}\n",
        "waivers.yaml": "- {rule: models, scope: 'request.project.environment == \"staging\"', "
        "owner: ann, reason: moving, expires: 2026-06-01T00:00:00Z}\n",
    }
    log = Log.open(place, keys=keys)
    loaded = engine(files, log=log)
    assert loaded.evaluate(request("fine", model="o3"), now=NOW).allowed
    assert not loaded.evaluate(request("fine", model="o3", project={"id": "q"}), now=NOW).allowed
    log.close()
    assert [one.verdict for one in replay(place, keys=keys)] == ["agrees"] * 2
