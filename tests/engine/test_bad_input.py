"""Whatever comes in, a decision comes out: bad inputs, bad bundles, bad surroundings, as tables."""

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness import MOMENT, engine, registry

from jurat import BundleError, Decision, Engine
from jurat.model import Request
from jurat.plugin import RuleKind, RuleParams

NOW = "2026-05-25T12:00:00Z"
CANARY = "canary-7f3a9c-value"

ALLOW_ALL = {
    "bundle.yaml": "{name: open, version: 1.0.0, revision: 1}",
    "rules/r.yaml": (
        "- {id: let-in, title: All, kind: expression, effect: permit, severity: info, "
        "when: 'true'}\n"
        "- {id: networks, title: Networks, kind: network.allowlist, effect: deny, severity: low, "
        "when: 'has(request.source.ip)', params: {networks: [10.0.0.0/8]}}\n"
    ),
}

GOOD = {"source": {"ip": "10.1.2.3"}}


@pytest.fixture(scope="module")
def loaded() -> Engine:
    return engine(ALLOW_ALL, max_input=4 * 2**20)


def nested(depth: int, opening: str = '{"metadata":', closing: str = "}") -> bytes:
    return (opening * depth + "1" + closing * depth).encode()


def with_time(text: str) -> dict[str, Any]:
    return {"time": text}


# name -> input, where its mistake must be told ("" where there is no one place)
INPUTS: dict[str, tuple[Any, str]] = {
    "empty": (b"", ""),
    "truncated": (b'{"model":"gpt-4.1","actor":{"id":"a"', ""),
    "truncated in a string": (b'{"model":"gpt-4', ""),
    "truncated in an escape": (b'{"model":"\\ud83', ""),
    "two documents": (b'{"model":"a"}{"model":"b"}', ""),
    "a key twice": (b'{"model":"gpt-4.1","model":"other"}', ""),
    "a key twice below": (b'{"actor":{"id":"a","id":"b"}}', ""),
    "not UTF-8": (b'{"model":"\xff\xfe"}', ""),
    "a byte order mark": (b'\xef\xbb\xbf{"model":"gpt-4.1"}', ""),
    "an array": (b"[]", ""),
    "null": (b"null", ""),
    "a number": (b"5", ""),
    "a list, not a mapping": ([], ""),
    "None": (None, ""),
    "an object of no kind": (object(), ""),
    "unknown type": ({"type": "reqest"}, "/type"),
    "type of a wrong type": ({"type": ["request"]}, "/type"),
    "wrong type at the top": ({"model": 5}, "/model"),
    "wrong type below": ({"actor": {"id": ["a"]}}, "/actor/id"),
    "text for an object": ({"actor": CANARY}, "/actor"),
    "an object for text": ({"model": {"name": CANARY}}, "/model"),
    "number as text": ({"estimated_tokens": "5"}, "/estimated_tokens"),
    "boolean as number": ({"estimated_tokens": True}, "/estimated_tokens"),
    "a float for a count": ({"estimated_tokens": 1.5}, "/estimated_tokens"),
    "negative count": ({"estimated_tokens": -1}, "/estimated_tokens"),
    "unknown key": ({"modle": CANARY}, "/modle"),
    "unknown key below": ({"actor": {"idd": CANARY}}, "/actor/idd"),
    "metadata that is no text": ({"metadata": {"k": 1}}, "/metadata/k"),
    "NaN": (b'{"params":{"temperature":NaN}}', ""),
    "Infinity": (b'{"params":{"temperature":-Infinity}}', ""),
    "huge integer": (b'{"estimated_tokens":' + b"9" * 400 + b"}", ""),
    "integer beyond 64 bits": ({"estimated_tokens": 2**63}, "/estimated_tokens"),
    "digits beyond what Python parses": (b'{"estimated_tokens":' + b"9" * 100_000 + b"}", ""),
    "naive time": (with_time("2026-05-25T12:00:00"), "/time"),
    "naive datetime": ({"time": datetime(2026, 5, 25)}, "/time"),
    "no time of the calendar": (with_time("2026-02-30T12:00:00Z"), "/time"),
    "a time in seconds": ({"time": 1779710400}, "/time"),
    "zoned IPv6": ({"source": {"ip": "fe80::1%eth0"}}, "/source/ip"),
    "an address with a port": ({"source": {"ip": "10.0.0.1:80"}}, "/source/ip"),
    "an octal address": ({"source": {"ip": "010.0.0.1"}}, "/source/ip"),
    "a network for an address": ({"source": {"ip": "10.0.0.0/8"}}, "/source/ip"),
    "deep nesting": (nested(100_000), ""),
    "deep arrays": (nested(100_000, "[", "]"), ""),
    "deep nesting in a value": (b'{"tool":{"arguments":' + nested(5_000) + b"}}", ""),
    "too many bytes": (b'{"model":"' + b"x" * (4 * 2**20) + b'"}', ""),
}


def never_told(decision: Decision) -> None:
    """The value that came in is in nothing that the decision says."""
    said = repr(decision) + str(decision.explain()) + json.dumps(decision.to_dict())
    assert CANARY not in said


@pytest.mark.parametrize("name", INPUTS)
def test_input_that_cannot_be_read(loaded: Engine, name: str) -> None:
    given, at = INPUTS[name]
    decision = loaded.evaluate(given, now=NOW)
    assert decision.effect == "deny"
    assert decision.value is None
    assert {reason.code for reason in decision.reasons} == {"invalid-input"}
    if at:
        assert at in {reason.at for reason in decision.reasons}
    never_told(decision)


def test_100_megabytes_are_refused_unread() -> None:
    decision = engine(ALLOW_ALL).evaluate(b'{"model":"' + b"x" * 100 * 2**20 + b'"}')
    assert [reason.code for reason in decision.reasons] == ["invalid-input"]


def test_every_mistake_of_an_input_is_told(loaded: Engine) -> None:
    decision = loaded.evaluate({"modle": "a", "model": 5, "source": {"ip": "nowhere"}})
    assert {reason.at for reason in decision.reasons} == {"/modle", "/model", "/source/ip"}


@pytest.mark.parametrize(
    ("address", "effect"),
    [
        ("10.1.2.3", "allow"),
        ("::ffff:10.1.2.3", "allow"),
        ("::ffff:203.0.113.1", "deny"),
        ("::10.1.2.3", "deny"),
        ("2001:db8::1", "deny"),
    ],
)
def test_mapped_addresses_are_the_addresses_they_map(
    loaded: Engine, address: str, effect: str
) -> None:
    assert loaded.evaluate({"source": {"ip": address}}, now=NOW).effect == effect


LONE = "\ud800 lone"


@pytest.mark.parametrize(
    "given",
    [
        {"model": LONE},
        {"actor": {"id": LONE}},
        {"metadata": {LONE: "v"}},
        {"metadata": {"k": LONE}},
        {"messages": [{"role": "user", "content": LONE}]},
        b'{"model":"\\ud800"}',
        b'{"messages":[{"role":"user","content":"\\udfff 123-45-6789"}]}',
    ],
)
@pytest.mark.parametrize("logged", [False, True])
def test_lone_surrogates_are_decided(given: Any, logged: bool, tmp_path: Path) -> None:
    """Allowed or refused as unreadable, but decided, also where it is recorded and scanned."""
    rules = ALLOW_ALL["rules/r.yaml"] + (
        "- {id: pii, title: PII, kind: pii.patterns, effect: redact, severity: high, "
        "params: {entities: [US_SSN]}}\n"
    )
    files = {**ALLOW_ALL, "rules/r.yaml": rules}
    with engine(files, **({"log": tmp_path / "log"} if logged else {})) as loaded:
        decision = loaded.evaluate(given, now=NOW, supports={"redact"})
        assert decision.effect in ("allow", "deny")
        assert decision.allowed or decision.reasons
        decision.to_dict()
        decision.canonical()
        str(decision.explain())
        if logged:
            assert decision.receipt is not None


# -- bundles


def problems(files: dict[str, str] | Path) -> list[str]:
    with pytest.raises(BundleError) as caught:
        Engine.load(files, registry=registry())
    assert str(caught.value)
    return [f"{d.file}:{d.line}:{d.column} {d.code}" for d in caught.value.diagnostics]


def test_all_problems_of_a_bundle_in_one_go() -> None:
    found = problems(
        {
            "bundle.yaml": "{name: bad, version: 1.0.0, revision: 1, mod: warn}",
            "rules/a.yaml": (
                "- {id: a, title: A, kind: expression, effect: permit, severity: inof, when: 'true'}\n"
                "- {id: b, title: B, kind: model.alowlist, effect: deny, severity: low}\n"
                "- {id: c, title: C, kind: expression, effect: deny, severity: low, "
                "when: request.modle == 'x'}\n"
                "- {id: d, title: D, kind: expression, effect: deny, severity: low, "
                "when: request.project.environment == 'prodution'}\n"
            ),
            "data/projects.yaml": "p1: {environmnt: production}\n",
            "rules/b.yaml": "- {id: a, title: Again, kind: expression, effect: deny, "
            "severity: low, when: 'true'}\n",
        }
    )
    places = {line.split(":")[0] for line in found}
    assert places >= {"bundle.yaml", "rules/a.yaml", "data/projects.yaml"}
    assert len(found) >= 7


BUNDLES: dict[str, dict[str, str]] = {
    "no manifest": {"rules/r.yaml": "[]"},
    "truncated YAML": {**ALLOW_ALL, "rules/r.yaml": "- {id: a, title: "},
    "a tab": {**ALLOW_ALL, "rules/r.yaml": "-\tid: a\n"},
    "a NUL": {**ALLOW_ALL, "rules/r.yaml": "- id: a\x00b\n"},
    "duplicate key": {**ALLOW_ALL, "bundle.yaml": "name: a\nname: b\nversion: 1.0.0\nrevision: 1"},
    "an alias": {**ALLOW_ALL, "bundle.yaml": "name: &a x\nversion: *a\nrevision: 1"},
    "billion laughs": {
        **ALLOW_ALL,
        "data/x.yaml": "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
    },
    "deep nesting": {**ALLOW_ALL, "data/projects.yaml": "[" * 10_000 + "]" * 10_000},
    "huge integer": {
        **ALLOW_ALL,
        "bundle.yaml": f"name: a\nversion: 1.0.0\nrevision: {'9' * 5000}",
    },
    "NaN": {**ALLOW_ALL, "bundle.yaml": "name: a\nversion: 1.0.0\nrevision: .nan"},
    "a list for a mapping": {**ALLOW_ALL, "bundle.yaml": "[]"},
    "an empty manifest": {**ALLOW_ALL, "bundle.yaml": ""},
    "naive time in a table": {**ALLOW_ALL, "data/credentials.yaml": "k: {created_at: 2026-05-25}"},
    "a condition that is no yes or no": {
        **ALLOW_ALL,
        "rules/r.yaml": "- {id: a, title: A, kind: expression, effect: deny, severity: low, "
        "when: request.model}",
    },
}


@pytest.mark.parametrize("name", BUNDLES)
def test_bundle_that_cannot_be_loaded(name: str) -> None:
    assert problems(BUNDLES[name])


def test_a_bundle_that_is_not_there(tmp_path: Path) -> None:
    assert problems(tmp_path / "nothing")


def test_a_bundle_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "bundle.yaml").write_bytes(b"name: \xff\xfe\n")
    assert problems(tmp_path)


@pytest.fixture
def on_disk(tmp_path: Path) -> Path:
    root = tmp_path / "bundle"
    for name, text in ALLOW_ALL.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_bundle_edited_while_running_counts_from_reload_on(on_disk: Path) -> None:
    loaded = Engine.load(on_disk, registry=registry(), clock=lambda: MOMENT)
    before = loaded.evaluate({"source": {"ip": "192.0.2.1"}})
    rules = on_disk / "rules/r.yaml"
    rules.write_text(rules.read_text().replace("10.0.0.0/8", "192.0.2.0/24"))
    assert loaded.evaluate({"source": {"ip": "192.0.2.1"}}).canonical() == before.canonical()
    loaded.reload()
    assert loaded.evaluate({"source": {"ip": "192.0.2.1"}}).allowed
    rules.write_text("- {id: broken")
    with pytest.raises(BundleError):
        loaded.reload()
    assert loaded.evaluate({"source": {"ip": "192.0.2.1"}}).allowed, "the last good plan stays"


# -- plugins


class _Raising(RuleKind):
    """Raises where it is told to."""

    name = "bad.kind"
    judges = Request
    effects = {"deny"}

    class Params(RuleParams):
        where: str
        """compile, check, exit, wrong, none"""

    def compile(self, rule: Any, context: Any) -> Any:
        where = rule.params.where
        if where == "compile":
            raise ZeroDivisionError(CANARY)
        if where == "nothing":
            return None

        def check(request: Any, facts: Any, now: datetime) -> Any:
            match where:
                case "check":
                    raise ZeroDivisionError(CANARY)
                case "exit":
                    raise SystemExit(CANARY)
                case "recursion":
                    return check(request, facts, now)
                case "wrong":
                    return CANARY
                case "none":
                    return None
                case "attribute":
                    return request.no_such_field
            return ()

        return check


def raising(where: str) -> Engine:
    kinds = {**registry().kinds, "bad.kind": _Raising()}
    files = {
        "bundle.yaml": "{name: bad, version: 1.0.0, revision: 1}",
        "rules/r.yaml": "- {id: let-in, title: All, kind: expression, effect: permit, "
        "severity: info, when: 'true'}\n"
        f"- {{id: bad, title: Bad, kind: bad.kind, effect: deny, severity: low, "
        f"params: {{where: {where}}}}}\n",
    }
    return engine(files, registry=replace(registry(), kinds=kinds))


@pytest.mark.parametrize("where", ["compile", "nothing"])
def test_a_plugin_that_breaks_while_compiling_is_a_problem_of_the_bundle(where: str) -> None:
    with pytest.raises(BundleError) as caught:
        raising(where)
    assert CANARY not in str(caught.value)
    assert "bad.kind" in str(caught.value) or "bad" in str(caught.value)


@pytest.mark.parametrize("where", ["check", "exit", "recursion", "wrong", "none", "attribute"])
def test_a_plugin_that_breaks_while_checking_denies(where: str) -> None:
    decision = raising(where).evaluate({"model": "gpt-4.1"})
    assert (decision.effect, decision.value) == ("deny", "Indeterminate{DP}")
    assert [reason.code for reason in decision.reasons] == ["check-failed"]
    assert decision.would_allow
    never_told(decision)


# -- surroundings


def test_a_clock_that_goes_backwards(tmp_path: Path) -> None:
    ticks: Iterator[datetime] = iter([MOMENT, MOMENT - timedelta(hours=1), MOMENT])
    last = [MOMENT]

    def clock() -> datetime:
        last[0] = next(ticks, last[0])
        return last[0]

    with engine(ALLOW_ALL, clock=clock, log=tmp_path / "log") as loaded:
        decisions = [loaded.evaluate(GOOD) for _ in range(4)]
        assert all(decision.allowed for decision in decisions)
        assert len({decision.id for decision in decisions}) == 4


def test_the_clock_is_read_once(tmp_path: Path) -> None:
    reads = []

    def clock() -> datetime:
        reads.append(1)
        return datetime.now(UTC)

    loaded = engine(ALLOW_ALL, clock=clock)
    reads.clear()  # when it was armed is told by the clock, too
    loaded.evaluate(GOOD)
    assert len(reads) == 1


needs_permissions = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)


@needs_permissions
def test_a_log_directory_that_may_not_be_written(tmp_path: Path) -> None:
    from jurat import LogError

    root = tmp_path / "log"
    root.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(LogError):
        engine(ALLOW_ALL, log=root)


def test_a_log_directory_that_is_a_file(tmp_path: Path) -> None:
    from jurat import LogError

    (tmp_path / "log").write_text("not a log")
    with pytest.raises(LogError):
        engine(ALLOW_ALL, log=tmp_path / "log")


def _full(*args: Any, **kwargs: Any) -> Any:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("call", ["write", "fdatasync", "pwrite", "writev"])
def test_a_full_disk_denies_what_cannot_be_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    if not hasattr(os, call):
        pytest.skip(f"no os.{call} on this platform")
    with engine(ALLOW_ALL, log=tmp_path / "log") as loaded:
        assert loaded.evaluate(GOOD).allowed
        used: list[bool] = []

        def full(*args: Any, **kwargs: Any) -> Any:
            used.append(True)
            return _full()

        with monkeypatch.context() as patch:
            patch.setattr(os, call, full)
            decision = loaded.evaluate(GOOD)
        if not used:
            pytest.skip(f"the log does not use os.{call}")
        assert decision.effect == "deny"
        assert decision.value == "Permit", "a failed log keeps the table's value"
        assert "log-unavailable" in {reason.code for reason in decision.reasons}


def test_a_fault_of_ours_denies_and_says_nothing_of_the_input(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("sk-proj-secret")

    loaded = engine(
        {"bundle.yaml": "{name: b, version: 1.0.0, revision: 1}", "rules/r.yaml": "[]"}
    )
    monkeypatch.setattr("jurat.plan.Plan.decide", broken)
    decision = loaded.evaluate({"model": "m"})
    assert (decision.effect, decision.value) == ("deny", None)
    [reason] = decision.reasons
    assert reason.code == "internal-error"
    assert "RuntimeError" in reason.message
    assert "secret" not in reason.message
