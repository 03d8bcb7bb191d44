"""A record that does not decide to itself names what differs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from harness import registry

from jurat import Engine
from jurat.engine import Replayed, Replayer, versions_of
from jurat.log import KeyStore, Log, LogBroken, LogReader

NOW = "2026-05-25T12:00:00Z"
FILES = {
    "bundle.yaml": "{name: acme, version: 1.0.0, revision: 1}",
    "rules/r.yaml": """
- {id: let-in, title: T, kind: expression, effect: permit, severity: info, when: "true"}
- {id: models, title: T, kind: model.allowlist, effect: deny, severity: high,
   params: {models: [gpt-4.1]}}
""",
}
REQUESTS = [{"model": "o3", "actor": {"id": "ann"}}, {"model": "gpt-4.1", "actor": {"id": "bob"}}]


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys", notify=lambda told: None)


@pytest.fixture
def place(tmp_path: Path, keys: KeyStore) -> Path:
    place = tmp_path / "log"
    with (
        Log.open(place, keys=keys) as log,
        Engine.load(FILES, log=log, registry=registry()) as engine,
    ):
        for request in REQUESTS:
            engine.evaluate(request, now=NOW)
    return place


def replayed(place: Path, keys: KeyStore, given: Any = None) -> list[Replayed]:
    with LogReader(place, keys=keys) as log:
        return list(Replayer(log, registry=given or registry()).leaves(log.leaves()))


class _Lenient:
    """A kind that finds nothing."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kind, name)

    def compile(self, rule: Any, context: Any) -> Any:
        return lambda target, facts, now: ()


def lenient(version: str | None = None) -> Any:
    kinds = dict(registry().kinds)
    kinds["model.allowlist"] = _Lenient(kinds["model.allowlist"])  # type: ignore[assignment]  # acts as one
    plugins = tuple(
        replace(plugin, version=version or plugin.version) for plugin in registry().plugins
    )
    return replace(registry(), kinds=kinds, plugins=plugins)


def test_a_plugin_of_another_version_is_named(place: Path, keys: KeyStore) -> None:
    one, other = replayed(place, keys, lenient("99.0"))
    assert (one.verdict, other.verdict) == ("engine-changed", "agrees")
    assert one.differs == ("plugins", "outcomes", "effect")
    (was,) = {plugin.version for plugin in registry().plugins if plugin.name == "rules"}
    assert f"rules {was} -> 99.0" in one.why
    assert "rule models: fired -> passed" in one.why
    assert "deny (Deny) -> allow (Permit)" in one.why


def test_the_same_plan_that_decides_otherwise_is_an_incident(place: Path, keys: KeyStore) -> None:
    one, other = replayed(place, keys, lenient())
    assert (one.verdict, other.verdict) == ("disagrees", "agrees")
    assert one.differs == ("outcomes", "effect")
    assert "a rule reads what no fact holds" in one.why


Edit = Callable[[dict[str, Any]], None]


def edited(place: Path, number: int, edit: Edit) -> None:
    """Change the body of the record of a decision in place, as its writer could have."""
    (segment,) = (place / "seg").iterdir()
    lines = segment.read_bytes().split(b"\n")
    found = [at for at, line in enumerate(lines) if b'"type":"decision"' in line]
    leaf = orjson.loads(lines[found[number]])
    edit(leaf["body"])
    lines[found[number]] = orjson.dumps(leaf, option=orjson.OPT_SORT_KEYS)
    segment.write_bytes(b"\n".join(lines))


def test_an_effect_in_clear_that_is_not_what_was_digested(place: Path, keys: KeyStore) -> None:
    edited(place, 0, lambda body: body.update(effect="allow", value="Permit"))
    one, _ = replayed(place, keys)
    assert (one.verdict, one.was, one.now) == (
        "disagrees",
        ("allow", "Permit"),
        ("deny", "Deny"),
    )
    assert one.differs == ("effect",)


def test_facts_that_are_not_those_that_were_digested(place: Path, keys: KeyStore) -> None:
    """Facts of another record under the same key: unsealed well, and told nevertheless."""
    with Log.open(place, keys=keys) as log:
        sealed = log.seal(
            "ann",
            orjson.dumps(
                {
                    "input": {"actor": {"id": "ann"}, "model": "gpt-4.1"},
                    "kind": "request",
                    "now": NOW,
                }
            ),
        )
    edited(place, 0, lambda body: body.update(facts=sealed))
    one, _ = replayed(place, keys)
    assert one.verdict == "disagrees"
    assert one.differs == ("facts", "outcomes", "effect")
    assert "not the one that the record digests" in one.why


def test_a_reason_alone_may_differ(place: Path, keys: KeyStore) -> None:
    edited(place, 1, lambda body: body.update(dec="hmac:" + "0" * 64))
    _, other = replayed(place, keys)
    assert other.verdict == "disagrees"
    assert other.differs == ("reasons",)


def test_an_engine_of_another_version_is_named(
    place: Path, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = {**versions_of(registry()), "jurat": "99.0"}
    monkeypatch.setattr("jurat.engine._replay.versions_of", lambda given: newer)
    one, _ = replayed(place, keys, lenient())
    assert one.verdict == "engine-changed"
    assert one.differs[0] == "engine"
    assert "-> 99.0" in one.why


def test_a_bundle_that_was_exchanged_is_named(place: Path, keys: KeyStore) -> None:
    (archive,) = (place / "bundles").iterdir()
    archive.write_bytes(b"no archive")
    assert {one.verdict for one in replayed(place, keys)} == {"no-bundle"}
    assert {one.differs for one in replayed(place, keys)} == {("bundle",)}


def test_facts_that_no_longer_fit_are_named_without_their_values(
    place: Path, keys: KeyStore
) -> None:
    with Log.open(place, keys=keys) as log:
        odd = {"input": {"modle": "Ärger"}, "kind": "request", "now": NOW}
        sealed = log.seal("ann", orjson.dumps(odd))
    edited(place, 0, lambda body: body.update(facts=sealed))
    one, _ = replayed(place, keys)
    assert (one.verdict, one.differs) == ("disagrees", ("facts",))
    assert "did you mean model" in one.why
    assert "Ärger" not in one.why


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        ({"now": "2026-05-25"}, "its time is none"),
        ({"kind": "invoice"}, "of a kind that is not known"),
        ({"counters": {"k": [1, 2, 3, 4, 5, 6, 7]}}, "its counts"),
        ({"detections": {"scanned": 1, "hits": [["/x"]]}}, "its detections"),
        ({"supports": "redact"}, "not written as this version writes them"),
    ],
)
def test_facts_of_another_form_are_told_and_end_nothing(
    place: Path, keys: KeyStore, odd: dict[str, Any], told: str
) -> None:
    facts = {"input": {"model": "o3"}, "kind": "request", "now": NOW} | odd
    with Log.open(place, keys=keys) as log:
        sealed = log.seal("ann", orjson.dumps(facts))
    edited(place, 0, lambda body: body.update(facts=sealed))
    one, other = replayed(place, keys)
    assert (one.verdict, one.differs) == ("disagrees", ("facts",))
    assert told in one.why
    assert other.verdict == "agrees"


def test_what_is_remembered_of_a_key_is_forgotten_when_it_is_destroyed(
    place: Path, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LogReader(place, keys=keys) as log:
        replayer = Replayer(log, registry=registry())
        assert {one.verdict for one in replayer.leaves(log.leaves())} == {"agrees"}
        with Log.open(place, keys=keys) as writer:
            writer.erase("ann")
        monkeypatch.setattr(log._sealer, "_look_at", 0.0)  # a second later
        told = [one.verdict for one in replayer.leaves(log.leaves())]
        assert told == ["erased", "agrees"]


def test_a_leaf_that_is_no_record_stops_a_replay(place: Path, keys: KeyStore) -> None:
    with LogReader(place, keys=keys) as log:
        (seq, leaf), *_ = [one for one in log.leaves() if b'"decision"' in one[1]]
        replayer = Replayer(log, registry=registry())
        with pytest.raises(LogBroken):
            list(replayer.leaves([(seq + 1, leaf)]))
        with pytest.raises(LogBroken):
            list(replayer.leaves([(seq, leaf[:-1])]))


def test_facts_in_a_pack_replay(place: Path, keys: KeyStore) -> None:
    messages = [{"role": "user", "content": "x" * number} for number in range(2_000)]
    with (
        Log.open(place, keys=keys) as log,
        Engine.load(FILES, log=log, registry=registry()) as engine,
    ):
        engine.evaluate({"model": "o3", "messages": messages}, now=NOW)
    assert list((place / "packs").iterdir())
    assert [one.verdict for one in replayed(place, keys)] == ["agrees"] * 3
