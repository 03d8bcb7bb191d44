import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.bundle import BundleError
from jurat.engine import Engine
from jurat_rules.kill_switch import KillSwitch

SAMPLES: list[dict[str, Any]] = [{}]

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
STOPPED = ["stopped"]
REQUEST: dict[str, Any] = {
    "actor": {"id": "svc-1", "credential": {"id": "key-1", "fingerprint": "sha256:ab"}},
    "project": {"id": "proj-a"},
    "provider": "openai",
    "model": "gpt-4.1",
    "endpoint": {"id": "ep-1", "provider": "openai", "model": None},
    "tools": [
        {"name": "refund", "server": None, "host": None, "kind": "function"},
        {"name": None, "server": "github", "host": "mcp.example.com", "kind": "mcp"},
    ],
}


def stop(**columns: Any) -> dict[str, Any]:
    return {"who": "on-call", "why": "it leaks", **columns}


def rule(bench: Any, *rows: dict[str, Any], **tables: Any) -> Any:
    stops = {f"inc-{number}": row for number, row in enumerate(rows, 1)}
    return bench(KillSwitch)(tables={"stops": stops, **tables})


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        (stop(everything=True), STOPPED),
        (stop(project="proj-a"), STOPPED),
        (stop(project="proj-b"), []),
        (stop(actor="svc-1"), STOPPED),
        (stop(actor="svc-2"), []),
        (stop(credential="key-1"), STOPPED),
        (stop(credential="sha256:ab"), STOPPED),
        (stop(credential="key-2"), []),
        (stop(provider="openai"), STOPPED),
        (stop(provider="azure"), []),
        (stop(endpoint="ep-1"), STOPPED),
        (stop(endpoint="ep-2"), []),
        (stop(model="gpt-4.1"), STOPPED),
        (stop(model="gpt-4.1-mini"), []),  # a longer name is another model
        (stop(tool="refund"), STOPPED),
        (stop(tool="github"), STOPPED),
        (stop(tool="mcp.example.com"), STOPPED),
        (stop(tool="other"), []),
        # every target that is given must match
        (stop(project="proj-a", model="gpt-4.1"), STOPPED),
        (stop(project="proj-a", model="o3"), []),
        (stop(project="proj-b", model="gpt-4.1"), []),
        (stop(project="proj-a", actor="svc-1", tool="refund", provider="openai"), STOPPED),
        (stop(), []),  # refused by the loader; never taken for everything
    ],
)
def test_targets(bench: Any, row: dict[str, Any], codes: list[str]) -> None:
    assert rule(bench, row).codes(REQUEST) == codes


@pytest.mark.parametrize(
    ("since", "until", "codes"),
    [
        (None, None, STOPPED),
        (NOW, None, STOPPED),  # from its very moment
        (NOW + timedelta(seconds=1), None, []),
        (None, NOW + timedelta(seconds=1), STOPPED),
        (None, NOW, []),  # and not at its last
        (NOW - timedelta(days=2), NOW - timedelta(days=1), []),
        (NOW - timedelta(days=2), NOW + timedelta(days=1), STOPPED),
    ],
)
@pytest.mark.parametrize("targets", [{"everything": True}, {"project": "proj-a"}])
def test_times(bench: Any, since: Any, until: Any, codes: list[str], targets: Any) -> None:
    assert rule(bench, stop(since=since, until=until, **targets)).codes(REQUEST) == codes


def test_without_table_or_rows_it_passes(bench: Any) -> None:
    assert bench(KillSwitch)().codes({}) == []
    assert rule(bench).codes({}) == []
    ended = stop(everything=True, until=NOW)
    assert rule(bench, ended, stop(project="p", since=NOW + timedelta(1))).codes({}) == []


REGISTER = {"gpt-4.1": {"aliases": ["chat-default"]}, "gpt-4.1-mini": {}}


@pytest.mark.parametrize(
    ("stopped", "model", "codes"),
    [
        ("gpt-4.1", "gpt-4.1-2025-04-14", STOPPED),
        ("gpt-4.1-2025-04-14", "gpt-4.1-2025-04-14", STOPPED),
        ("gpt-4.1-2025-04-14", "gpt-4.1", []),
        ("gpt-4.1", "chat-default", STOPPED),
        ("chat-default", "gpt-4.1", STOPPED),
        ("gpt-4.1", "ft:gpt-4.1-2025-04-14:acme::1", STOPPED),
        ("ft:gpt-4.1-2025-04-14:acme::1", "gpt-4.1-2025-04-14", []),
        ("gpt-4.1-mini", "chat-default", []),
        ("gpt-4.1", None, []),
    ],
)
def test_names_of_a_model(bench: Any, stopped: str, model: Any, codes: list[str]) -> None:
    compiled = rule(bench, stop(model=stopped), models=REGISTER)
    assert compiled.codes({"model": model}) == codes


ENDPOINTS = {
    "mini": {"deployment": "d1", "model": "gpt-4.1-mini"},
    "plain": {"provider": "openai"},
}


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"model": "gpt-4.1-mini"}, STOPPED),
        ({"model": "o3", "endpoint": {"model": "gpt-4.1-mini"}}, STOPPED),  # what is served
        ({"model": "gpt-4.1-mini", "endpoint": {"model": "o3"}}, STOPPED),  # what is named
        ({"endpoint": {"model": "o3"}}, []),  # the served one is what matters
        ({"model": "o3", "endpoint": {"deployment": "d1"}}, ["unknown /endpoint/model"]),
        ({"model": "o3", "endpoint": {"id": "x"}}, []),
        ({"model": "o3", "endpoint": None}, []),
        ({"endpoint": {"model": None}}, ["unknown /model"]),
        ({}, ["unknown /model"]),
    ],
)
def test_both_models_count(bench: Any, given: Any, codes: list[str]) -> None:
    assert rule(bench, stop(model="gpt-4.1-mini")).codes(given) == codes


def test_table_of_endpoints_says_what_is_served(bench: Any) -> None:
    one = rule(bench, stop(model="gpt-4.1-mini"), endpoints=ENDPOINTS)
    assert one.codes({"model": "o3"}) == ["unknown /endpoint/model"]
    assert one.codes({"model": "gpt-4.1-mini"}) == STOPPED
    assert one.codes({"model": "o3", "endpoint": {"model": None}}) == []
    plain = rule(bench, stop(model="gpt-4.1-mini"), endpoints={"plain": ENDPOINTS["plain"]})
    assert plain.codes({"model": "o3"}) == []


@pytest.mark.parametrize(
    ("row", "given", "codes"),
    [
        (stop(project="p"), {}, ["unknown /project/id"]),
        (stop(actor="a"), {}, ["unknown /actor/id"]),
        (stop(credential="c"), {}, ["unknown /actor/credential/id"]),
        (
            stop(credential="c"),
            {"actor": {"credential": {"fingerprint": "f"}}},
            ["unknown /actor/credential/id"],
        ),
        (stop(credential="f"), {"actor": {"credential": {"fingerprint": "f"}}}, STOPPED),
        (stop(provider="p"), {}, ["unknown /provider"]),
        (stop(provider="p"), {"endpoint": {"provider": "p"}}, STOPPED),
        (stop(provider="p"), {"endpoint": {"provider": "q"}}, []),
        (stop(provider="p"), {"provider": "q", "endpoint": {"provider": "p"}}, STOPPED),
        (stop(provider="p"), {"endpoint": {"provider": None}}, ["unknown /provider"]),
        (stop(endpoint="e"), {}, ["unknown /endpoint/id"]),
        (stop(tool="t"), {}, ["unknown /tools"]),
        (stop(tool="t"), {"tools": None}, []),
        (stop(tool="t"), {"tools": [{}]}, ["unknown /tools/0/name"]),
        (stop(tool="t"), {"tools": [{"name": "x"}]}, ["unknown /tools/0/server"]),
        (stop(tool="t"), {"tools": [{"name": "x", "kind": "function"}]}, []),
        (stop(tool="t"), {"tool": {"server": "s"}}, ["unknown /tool/name"]),
        (stop(tool="t"), {"tool": {"server": "s", "name": "t"}}, STOPPED),
        (stop(tool="s/t"), {"tool": {"server": "s", "name": "t"}}, STOPPED),
        (stop(tool="mcp:s/t"), {"tool": {"server": "s", "name": "t"}}, STOPPED),
        (stop(tool="mcp:s/*"), {"tool": {"server": "s", "name": "t"}}, STOPPED),
        (stop(tool="mcp:s/*"), {"tools": [{"server": "s", "name": None}]}, STOPPED),
        (stop(tool="function:t"), {"tool": {"server": None, "name": "t"}}, STOPPED),
        (stop(tool="hosted:t"), {"tools": [{"name": "t", "kind": "function"}]}, []),
        (stop(tool="hosted:t"), {"tools": [{"name": "t", "kind": "hosted"}]}, STOPPED),
        (stop(tool="t"), {"action": "embeddings"}, []),
        (stop(tool="t"), {"action": "embeddings", "tools": [{"name": "t"}]}, STOPPED),
        (stop(tool="t"), {"action": "responses", "tool": None}, ["unknown /tools"]),
        (stop(tool="t"), {"action": "mcp.tool_call", "tools": None}, ["unknown /tool/name"]),
        (stop(tool="s/u"), {"tool": {"server": "s", "name": "t"}}, []),
        # null is known to be absent: nothing that could be stopped
        (stop(project="p"), {"project": None}, []),
        (stop(actor="a"), {"actor": None}, []),
        (stop(credential="c"), {"actor": {"credential": None}}, []),
        (stop(provider="p"), {"provider": None}, []),
        (stop(endpoint="e"), {"endpoint": None}, []),
        (stop(tool="t"), {"tool": None}, []),
        # another target rules it out, whatever is missing
        (stop(project="p", actor="a"), {"project": {"id": "q"}}, []),
        (stop(project="p", actor="a"), {"project": {"id": "p"}}, ["unknown /actor/id"]),
        (stop(project="p", actor="a"), {"actor": {"id": "b"}}, []),
        # one that is not in force needs nothing
        (stop(project="p", until=NOW), {}, []),
    ],
)
def test_missing_and_absent(bench: Any, row: Any, given: Any, codes: list[str]) -> None:
    assert rule(bench, row).codes(given) == codes


def test_a_stop_that_is_known_to_hit_needs_no_other_fact(bench: Any) -> None:
    two = rule(bench, stop(credential="c"), stop(project="proj-a"), stop(tool="t"))
    assert two.codes({"project": {"id": "proj-a"}}) == STOPPED
    assert rule(bench, stop(actor="a"), stop(everything=True)).codes({}) == STOPPED


def test_every_stop_that_hits_is_told_once(bench: Any) -> None:
    both = rule(bench, stop(model="gpt-4.1"), stop(everything=True), stop(provider="openai"))
    request = {**REQUEST, "endpoint": {"model": "gpt-4.1", "provider": "openai"}}
    assert [f.evidence["stop"] for f in both(request)] == ["inc-1", "inc-2", "inc-3"]


def test_finding(bench: Any) -> None:
    row = stop(project="proj-a", model="gpt-4.1", until=NOW + timedelta(days=1))
    (finding,) = rule(bench, row)(REQUEST)
    assert finding.message == (
        "stop inc-1 (project proj-a, model gpt-4.1) by on-call: it leaks; "
        "until 2026-05-26T12:00:00Z"
    )
    assert finding.at == "/project/id"
    assert finding.evidence == {"stop": "inc-1", "until": "2026-05-26T12:00:00Z"}
    (finding,) = rule(bench, stop(everything=True))(REQUEST)
    assert finding.message.endswith("until it is lifted")


WORDS = st.sampled_from(["a", "b"])
ROWS = st.dictionaries(
    st.sampled_from(["project", "actor", "provider", "endpoint"]), WORDS, min_size=1
)


@given(
    rows=st.lists(ROWS, max_size=5),
    facts=st.dictionaries(
        st.sampled_from(["project", "actor", "provider", "endpoint"]),
        st.sampled_from(["a", "b", None]),
    ),
    drop=st.integers(0, 4),
)
def test_against_a_plain_reading_of_the_table(
    bench: Any, rows: list[dict[str, str]], facts: dict[str, Any], drop: int
) -> None:
    request = {k: v if k == "provider" else {"id": v} for k, v in facts.items()}

    def plain(rows: list[dict[str, str]]) -> str:
        verdicts = []
        for row in rows:
            seen = [None if k not in facts else facts[k] == v for k, v in row.items()]
            verdicts.append(False if False in seen else None if None in seen else True)
        return "fires" if True in verdicts else "unknown" if None in verdicts else "passes"

    def told(rows: list[dict[str, str]]) -> str:
        codes = rule(bench, *(stop(**row) for row in rows)).codes(request)
        if not codes:
            return "passes"
        return "fires" if set(codes) == {"stopped"} else "unknown"

    assert told(rows) == plain(rows)
    fewer = rows[:drop] + rows[drop + 1 :]
    if told(rows) == "passes":  # lifting a stop stops nothing more
        assert told(fewer) == "passes"


# -- through the engine

PERMIT = (
    "- {id: anyone, title: Anyone, kind: expression, effect: permit, severity: info, when: 'true'}"
)
KILL = "- {id: kill, title: Stops, kind: kill.switch, effect: deny, severity: critical}"
CALL = {
    "actor": {"id": "svc-1"},
    "project": {"id": "proj-a"},
    "model": "gpt-4.1",
    "endpoint": {"id": "ep-1", "provider": "openai", "model": None},
}


def bundle(stops: str | None, **more: str) -> dict[str, str]:
    files = {
        "bundle.yaml": json.dumps({"name": "sample", "version": "1.0.0", "revision": 1}),
        "rules/all.yaml": f"{PERMIT}\n{KILL}\n",
        **{name.replace("__", "/") + ".yaml": text for name, text in more.items()},
    }
    return files if stops is None else {**files, "data/stops.yaml": stops}


def test_an_incident(tmp_path: Path) -> None:
    def write(stops: str | None) -> None:
        for name, text in bundle(stops).items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)

    write(None)
    engine = Engine.load(tmp_path)
    assert engine.evaluate(CALL, now=NOW).allowed
    write(
        "inc-7: {project: proj-a, who: on-call, why: answers leak the prompt,\n"
        "        since: 2026-05-25T11:00:00Z, until: 2026-05-25T13:00:00Z}\n"
    )
    assert engine.evaluate(CALL, now=NOW).allowed  # not yet loaded
    engine.reload()
    decision = engine.evaluate(CALL, now=NOW)
    (reason,) = decision.reasons
    assert (decision.effect, reason.rule, reason.code, reason.at) == (
        "deny",
        "kill",
        "stopped",
        "/project/id",
    )
    for told in ("inc-7", "on-call", "answers leak the prompt", "2026-05-25T13:00:00Z"):
        assert told in reason.message
    assert engine.evaluate({**CALL, "project": {"id": "proj-b"}}, now=NOW).allowed
    unsure = engine.evaluate({k: v for k, v in CALL.items() if k != "project"}, now=NOW)
    assert (unsure.effect, unsure.reasons[0].at) == ("deny", "/project/id")
    assert engine.evaluate(CALL, now=NOW + timedelta(hours=1)).allowed  # it has ended
    write("")
    engine.reload()
    assert engine.evaluate(CALL, now=NOW).allowed


CASE = """
- name: a call goes through
  now: 2026-05-25T12:00:00Z
  given: {model: gpt-4.1, project: {id: proj-a}}
  expect: {effect: allow, passed: [kill]}
- name: a stopped project does not
  now: 2026-05-25T12:00:00Z
  given: {model: gpt-4.1, project: {id: proj-a}}
  stops: {inc-1: {project: proj-a, who: on-call, why: a drill}}
  expect: {effect: deny, fired: [kill], reasons: [stopped]}
- name: nor what may be in a stopped project
  now: 2026-05-25T12:00:00Z
  given: {model: gpt-4.1}
  stops: {inc-1: {project: proj-a, who: on-call, why: a drill}}
  expect: {effect: deny, unknown: [kill]}
"""
ALL = "inc-9: {everything: true, who: ciso, why: everything leaks}\n"


@pytest.mark.parametrize("stops", [None, ALL])
def test_a_stop_never_keeps_a_bundle_from_being_armed(stops: str | None) -> None:
    engine = Engine.load(bundle(stops, tests__kill=CASE))
    assert engine.evaluate(CALL, now=NOW).allowed is (stops is None)


def test_a_case_with_a_bad_stop_is_refused_in_its_place() -> None:
    bad = CASE.replace(
        "who: on-call, why: a drill}}\n  expect: {effect: deny, fired",
        "who: x}}\n  expect: {effect: deny, fired",
    )
    with pytest.raises(BundleError) as caught:
        Engine.load(bundle(None, tests__kill=bad))
    (problem,) = caught.value.diagnostics
    assert problem.code == "JB056"
    assert problem.where == "tests/kill.yaml:9:18"


TABLES = {
    "data__projects": "proj-prod: {environment: production}\n",
    "data__endpoints": "azure-weu: {provider: azure, region: westeurope}\n",
}


@pytest.mark.parametrize(
    ("row", "column", "message", "help"),
    [
        ("{who: a, why: b}", 8, "no target", "everything: true"),
        ("{everything: false, who: a, why: b}", 8, "no target", "give model"),
        ("{everything: true, actor: x, who: a, why: b}", 21, "narrower", "one of them"),
        ("{actor: x, why: b}", 8, "`who`", "who ordered"),
        ("{actor: x, who: a}", 8, "`why`", "why it is"),
        ("{actor: x, who: ' ', why: b}", 24, "`who`", ""),
        ("{actor: '', who: a, why: b}", 16, "`actor` is empty", ""),
        (f"{{actor: x, who: a, why: {'b' * 501}}}", 32, "`why` has more", ""),
        (
            "{actor: x, who: a, why: b, since: 2026-05-25T12:00:00Z, until: 2026-05-25T12:00:00Z}",
            71,
            "ends before",
            "later than",
        ),
        ("{project: proj-prd, who: a, why: b}", 18, "`proj-prd`, which is not", "`proj-prod`"),
        ("{endpoint: azure-web, who: a, why: b}", 19, "`azure-web`, which", "`azure-weu`"),
        ("{provider: azur, who: a, why: b}", 19, "`azur`, which", "`azure`"),
        ("{modell: gpt-4.1, who: a, why: b}", 9, "`modell` is no key", "`model`"),
        ("{model: gtp-4.1, who: a, why: b}", 16, "`gtp-4.1` is no model", "`gpt-4.1`"),
        ("{actor: x, who: a, why: b, until: tomorrow}", 42, "cannot stand here", "RFC 3339"),
        ("stopped", 8, "is a mapping of its columns", ""),
    ],
)
def test_bad_rows(row: str, column: int, message: str, help: str) -> None:
    with pytest.raises(BundleError) as caught:
        Engine.load(bundle(f"\ninc-1: {row}\n", **TABLES))
    (problem,) = caught.value.diagnostics
    assert problem.where == f"data/stops.yaml:2:{column}"
    assert message in problem.message
    assert help in problem.help


ROUTE = (
    "- {id: eu, title: EU, kind: data.residency, effect: require, severity: high}\n"
    "- {id: kill, title: Stopped, kind: kill.switch, effect: deny, severity: critical%s}\n"
)
EU = "{provider: azure, region: westeurope, sku: Standard, residency: eu}"
TWO_IN_EU = f"weu-1: {EU}\nweu-2: {EU}\n"


@pytest.mark.parametrize("mode", ["", ", mode: shadow"])
def test_a_route_leaves_out_what_is_stopped(mode: str) -> None:
    call = {"model": "gpt-4.1", "project": {"id": "proj-a", "residency": "eu"}, "endpoint": None}

    def routes(stops: str) -> Any:
        files = bundle(stops, data__endpoints=TWO_IN_EU)
        files["rules/all.yaml"] = f"{PERMIT}\n{ROUTE % mode}"
        decision = Engine.load(files).evaluate(call, supports={"route"}, now=NOW)
        return decision.allowed and [one.endpoints for one in decision.obligations]

    assert routes("") == [("weu-1", "weu-2")]
    assert routes("inc-7: {endpoint: weu-1, who: on-call, why: it leaks}") == [("weu-2",)]
    ended = "inc-7: {endpoint: weu-1, who: on-call, why: it leaks, until: 2026-05-25T12:00:00Z}"
    assert routes(ended) == [("weu-1", "weu-2")]
    assert routes("inc-7: {provider: azure, who: on-call, why: it leaks}") is False
