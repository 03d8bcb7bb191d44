"""The quick way to a verdict on a record is the straightforward one's, or it gives none."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from harness import engine, registry
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import counting_rules, inputs, supports, worlds
from worlds import NOW, World, files

from jurat import Engine
from jurat.engine import History, Past, Replayed, Replayer, compile_bundles, versions_of
from jurat.log import KeyStore, Log, LogBroken, LogReader
from jurat.plan import Plan

FILES = {
    "bundle.yaml": "{name: acme, version: 1.0.0, revision: 1}",
    "rules/r.yaml": """
- {id: let-in, title: T, kind: expression, effect: permit, severity: info, on: request,
   when: request.actor.kind == "user"}
- {id: models, title: T, kind: model.allowlist, effect: deny, severity: high,
   params: {models: [gpt-4.1]}}
- {id: home, title: T, kind: network.allowlist, effect: deny, severity: high,
   params: {networks: [10.0.0.0/8]}}
- {id: short, title: T, kind: expression, effect: deny, severity: low, on: response,
   when: response.usage.output_tokens > 100}
""",
}
OTHER = FILES | {"rules/r.yaml": FILES["rules/r.yaml"].replace("[gpt-4.1]", "[o3]")}


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys", notify=lambda told: None)


def request(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"r-{number}",
        "model": "gpt-4.1",
        "actor": {"id": f"u-{number % 3}", "kind": "user", "limits": {"rpm": 5}},
        "source": {"ip": f"10.0.0.{number}"},
        "params": {"max_tokens": number},
        **more,
    }


def both(log: LogReader, **options: Any) -> tuple[list[Replayed], list[Replayed]]:
    """The verdicts on a log, the second time that it is replayed, and those of the careful way."""
    quick = Replayer(log, registry=registry(), **options)
    first = list(quick.leaves(log.leaves()))
    careful = Replayer(log, registry=registry(), carefully=True, **options)
    told = list(careful.leaves(log.leaves()))
    assert first == told
    return list(quick.leaves(log.leaves())), told


def quickly(log: LogReader, **options: Any) -> list[Replayed | None]:
    """What the quick way has to say of each decision, the second time."""
    replayer = Replayer(log, registry=registry(), **options)
    list(replayer.leaves(log.leaves()))
    assert replayer._quick is not None
    leaves = list(log.leaves())
    told = replayer._quick.replayed(leaves)
    kept = (b'"type":"decision"', b'"type":"response"')
    return [
        one for one, (_, leaf) in zip(told, leaves, strict=True) if any(k in leaf for k in kept)
    ]


def test_ordinary_records_are_told_of_quickly(tmp_path: Path, keys: KeyStore) -> None:
    place = tmp_path / "log"
    with (
        Log.open(place, keys=keys) as writer,
        Engine.load(FILES, log=writer, registry=registry()) as loaded,
    ):
        for number in range(5):
            parent = loaded.evaluate(request(number), now=NOW)
            answer = {"usage": {"output_tokens": number * 50}}
            loaded.evaluate({"type": "response", **answer}, parent=parent, now=NOW)
        loaded.evaluate(request(6, model="o3"), now=NOW)  # denied
        loaded.evaluate(request(7, source={"tls_version": "1.3"}), now=NOW)  # unknown
        loaded.evaluate(request(8, metadata={"team": "x"}), now=NOW)
        loaded.evaluate(request(9, messages=[{"role": "user", "content": "hi"}]), now=NOW)
    with LogReader(place, keys=keys) as log:
        told, careful = quickly(log), both(log)[1]
        assert told == careful
        assert {one.verdict for one in careful} == {"agrees"}
        told, careful = quickly(log, bundle=OTHER), both(log, bundle=OTHER)[1]
        assert told == careful
        assert {one.verdict for one in careful} == {"agrees", "changed"}


def test_forms_in_turn_are_told_of_quickly(tmp_path: Path, keys: KeyStore) -> None:
    """Among them two with the same number of keys."""
    place = tmp_path / "log"
    more: list[dict[str, Any]] = [
        {},
        {"source": {"tls_version": "1.3"}},
        {"source": {"ip": "fe80::1"}},
        {"project": None},
        {"classification": ["secret"], "time": NOW},
        {"params": {"max_tokens": 5, "n": 1, "stream": True, "store": False, "temperature": 1}},
        {"approvals": [{"rule": "models", "approver": "x", "granted_at": NOW}]},
    ]
    with (
        Log.open(place, keys=keys) as writer,
        Engine.load(FILES, log=writer, registry=registry()) as loaded,
    ):
        for number in range(4 * len(more)):
            loaded.evaluate(request(number, **more[number % len(more)]), now=NOW)
    with LogReader(place, keys=keys) as log:
        told, careful = quickly(log), both(log)[1]
        assert {one.verdict for one in careful} == {"agrees"}
        assert told == careful


Edit = Callable[[dict[str, Any]], None]


def edited(place: Path, number: int, edit: Edit) -> None:
    """Change the body of a record in place, as its writer could have."""
    (segment,) = (place / "seg").iterdir()
    lines = segment.read_bytes().split(b"\n")
    found = [at for at, line in enumerate(lines) if b'"facts":' in line]
    leaf = orjson.loads(lines[found[number % len(found)]])
    edit(leaf["body"])
    lines[found[number % len(found)]] = orjson.dumps(leaf, option=orjson.OPT_SORT_KEYS)
    segment.write_bytes(b"\n".join(lines))


def faults(log: Log) -> dict[str, Edit]:
    """What a body may come to hold that is not what was decided."""

    def facts(**odd: Any) -> Edit:
        sealed = log.seal("ann", orjson.dumps({"kind": "request", "now": NOW} | odd))
        return lambda body: body.update(facts=sealed)

    return {
        "effect": lambda body: body.update(effect="allow", value="Permit"),
        "value": lambda body: body.update(value="Deny"),
        "no value": lambda body: body.pop("value", None),
        "digest": lambda body: body.update(dec="hmac:" + "0" * 64),
        "no digest": lambda body: body.pop("dec", None),
        "type": lambda body: body.update(type="response"),
        "other type": lambda body: body.update(type="key.rotated"),
        "bundle": lambda body: body.update(bundle="sha256:" + "0" * 64),
        "bundles": lambda body: body.update(bundle={"one": body["bundle"]}),
        "masked": lambda body: body.update(masked=["/actor/id"]),
        "none masked": lambda body: body.update(masked=[]),
        "no facts": lambda body: body.pop("facts", None),
        "facts": facts(input={"model": "gpt-4.1"}),
        "time": facts(input={"model": "gpt-4.1"}, now="2026-W22-1T12:00:00Z"),
        "no time": facts(input={"model": "gpt-4.1"}, now="soon"),
        "kind": facts(input={"model": "gpt-4.1"}, kind="response"),
        "unknown field": facts(input={"modle": "gpt-4.1"}),
        "field in vain": facts(input={"model": "gpt-4.1"}, more=1),
        "wrong value": facts(input={"model": "gpt-4.1", "source": {"ip": "10.0.0"}}),
        "supports": facts(input={"model": "gpt-4.1"}, supports=["redact", "header"]),
        "counters": facts(input={"model": "gpt-4.1"}, counters={}),
        "odd counters": facts(input={"model": "gpt-4.1"}, counters={"k": [1] * 9}),
        "detections": facts(input={"model": "gpt-4.1"}, detections={"scanned": 1, "hits": []}),
        "odd detections": facts(input={"model": "gpt-4.1"}, detections={"hits": [["/x"]]}),
        "state": facts(input={"project": {"id": "p1"}}, state={"observed_at": NOW, "projects": {
            "items": {"p1": {"environment": "staging"}}}}),
    }  # fmt: skip


@st.composite
def counting_worlds(draw: st.DrawFn) -> World:
    world = draw(worlds(most=5))
    more = (draw(counting_rules("counting")),) if draw(st.booleans()) else ()
    return replace(world, rules=(*world.rules, *more))


@settings(max_examples=25, deadline=None)
@given(
    counting_worlds(),
    worlds(most=4, name="other"),
    st.lists(st.tuples(inputs(), supports()), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 99)), max_size=2),
    st.booleans(),
)
def test_of_any_history(
    world: World,
    other: World,
    given_: list[tuple[dict[str, Any], frozenset[str]]],
    wrongs: list[tuple[int, int]],
    erased: bool,
) -> None:
    with TemporaryDirectory() as root:
        keys = KeyStore(Path(root) / "keys", notify=lambda told: None)
        place = Path(root) / "log"
        with Log.open(place, keys=keys, durability="off") as writer:
            loaded = engine(world, log=writer)
            for document, able in (*given_, *given_):
                parent = loaded.evaluate(document, supports=able, now=NOW)
                loaded.evaluate({"type": "response", "status": 200}, parent=parent, now=NOW)
            loaded.close()
            if erased:
                writer.erase("svc-a")
            found = sorted(faults(writer).items())
        for number, which in wrongs:
            edited(place, number, found[which % len(found)][1])
        with LogReader(place, keys=keys) as log:
            quick, careful = both(log)
            assert quick == careful
            quick, careful = both(log, bundle=files(other))
            assert quick == careful
            _, plans = compile_bundles([files(other)], registry(), versions_of(registry()))
            history = History(log)
            for _ in range(2):
                for past in history.past(log.leaves()):
                    assert decided(history, plans, past) == decided(
                        history, plans, replace(past, read=None)
                    )


def decided(history: History, plans: tuple[Plan, ...], past: Past) -> tuple[Any, ...]:
    """What becomes of a past when it is decided."""
    decision = history.decide(plans, past)
    canonical = None if decision is None else decision.canonical()
    return canonical, past.standing, past.uncounted, past.estimated_tokens


def test_any_fault_among_ordinary_records_is_told(tmp_path: Path, keys: KeyStore) -> None:
    place = tmp_path / "log"
    with (
        Log.open(place, keys=keys) as writer,
        Engine.load(FILES, log=writer, registry=registry()) as loaded,
    ):
        for number in range(3):
            loaded.evaluate(request(number, model="o3"), now=NOW)
        found = faults(writer)
    verdicts = {}
    for number, (name, fault) in enumerate(found.items()):
        copied = tmp_path / f"log-{number}"
        copytree(place, copied)
        edited(copied, 1, fault)
        with LogReader(copied, keys=keys) as log:
            quick, careful = both(log)
            assert quick == careful, name
            verdicts[name] = [one.verdict for one in quick]
            quick, careful = both(log, bundle=OTHER)
            assert quick == careful, name
    # they are as they were, or say in other words what still decides the same
    alike = {"value", "none masked", "bundles", "type"}
    told = {name for name, each in verdicts.items() if each == ["agrees"] * 3}
    assert told == alike


LET_IN = FILES | {
    "waivers.yaml": """
- {rule: models, scope: 'request.actor.id == "u-1"', owner: o, reason: r, ticket: T-1,
   granted: "2026-01-01T00:00:00Z", expires: "2026-12-31T00:00:00Z"}
""",
    "rules/more.yaml": """
- {id: named, title: T, kind: expression, effect: require, severity: low,
   when: request.params.max_tokens > 2, obligation: {header: {name: x-law, value: v}}}
""",
}


def test_waivers_and_what_a_caller_can_do_decide_for_each(tmp_path: Path, keys: KeyStore) -> None:
    """Of requests that are denied alike, and let in by another bundle under conditions."""
    place = tmp_path / "log"
    with (
        Log.open(place, keys=keys) as writer,
        Engine.load(FILES, log=writer, registry=registry()) as loaded,
    ):
        for number in range(6):
            for able in ((), ("header",)):
                loaded.evaluate(request(number, model="o3"), supports=able, now=NOW)
    with LogReader(place, keys=keys) as log:
        quick, careful = both(log, bundle=LET_IN)
        assert quick == careful
        let_in = [number for number, one in enumerate(quick) if one.now[0] == "allow"]
        assert let_in == [2, 3, 9]  # the second caller; its later request where it is able


def test_what_was_told_before_a_wrong_leaf_comes_first(tmp_path: Path, keys: KeyStore) -> None:
    place = tmp_path / "log"
    with (
        Log.open(place, keys=keys) as writer,
        Engine.load(FILES, log=writer, registry=registry()) as loaded,
    ):
        for number in range(3):
            loaded.evaluate(request(number), now=NOW)
    with LogReader(place, keys=keys) as log:
        leaves = list(log.leaves())
        replayer = Replayer(log, registry=registry())
        list(replayer.leaves(leaves))

        def some() -> Iterator[tuple[int, bytes]]:
            yield from leaves
            raise OSError("no more")

        told = replayer.leaves(some())
        assert [next(told).verdict for _ in range(3)] == ["agrees"] * 3
        with pytest.raises(OSError, match="no more"):
            next(told)
        with pytest.raises(LogBroken):
            next(replayer.leaves([(leaves[-1][0] + 1, leaves[-1][1])]))
        told = replayer.leaves([*leaves, (leaves[-1][0] + 1, b"{}")])
        assert [next(told).verdict for _ in range(3)] == ["agrees"] * 3
        with pytest.raises(LogBroken):
            next(told)
