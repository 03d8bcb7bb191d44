"""What is known of the things that a request names: tables, an armed state, the caller's word."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from harness import engine

from jurat import Decision, Engine
from jurat.engine import replay
from jurat.model import InvalidInput, OrgState

NOW = "2026-05-25T12:00:00Z"
MINUTES_OLD = "2026-05-25T11:50:00Z"
HOURS_OLD = {0: NOW, 11: "2026-05-25T01:00:00Z", 12: "2026-05-25T00:00:00Z"}
HOURS_OLD |= {24: "2026-05-24T12:00:00Z", 25: "2026-05-24T11:00:00Z"}


def files(
    when: str, tables: Mapping[str, str] | None = None, manifest: str = ""
) -> dict[str, str]:
    """A bundle that lets in what `when` is true of."""
    return {
        "bundle.yaml": f"{{name: facts, version: 1.0.0, revision: 1{manifest}}}",
        "rules/r.yaml": "- id: let-in\n  title: T\n  kind: expression\n  effect: permit\n"
        f"  severity: info\n  when: |\n    {when}\n",
        **{f"data/{name}.yaml": text + "\n" for name, text in (tables or {}).items()},
    }


def state(observed_at: Any = MINUTES_OLD, **collections: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        name: {"source": "made", "items": items} for name, items in collections.items()
    }
    return made if observed_at is None else {"observed_at": observed_at, **made}


def ask(bundle: Mapping[str, str], given: Any, snapshot: Any = None) -> Decision:
    return engine(bundle, state=snapshot).evaluate(given, now=NOW)


def missing(decision: Decision) -> list[str]:
    return [reason.at for reason in decision.reasons if reason.code == "missing-fact"]


def advice(decision: Decision) -> list[tuple[str, str]]:
    return [(one.code, one.at) for one in decision.advice]


EU = files("request.project.residency == 'eu'")
IN_P = {"project": {"id": "p"}}
AT_E = {"endpoint": {"id": "e"}}


# -- where the bundle has no table, the armed state answers

JOINS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "projects": ("request.project.residency == 'eu'", IN_P, {"p": {"residency": "eu"}}),
    "principals": (
        "request.actor.team == 'ml'",
        {"actor": {"id": "ann", "kind": "user"}},
        {"ann": {"team": "ml"}},
    ),
    "credentials": (
        "request.actor.credential.status == 'active'",
        {"actor": {"credential": {"id": "k"}}},
        {"k": {"status": "active"}},
    ),
    "endpoints": ("request.endpoint.residency == 'eu'", AT_E, {"e": {"residency": "eu"}}),
    "vendors": ("request.vendor.dpa", {"provider": "openai"}, {"openai": {"dpa": True}}),
}


@pytest.mark.parametrize("name", JOINS)
def test_an_armed_state_answers(name: str, tmp_path: Path) -> None:
    when, given, items = JOINS[name]
    column = when.split(" ")[0].removeprefix("request").replace(".", "/")
    with engine(files(when), log=tmp_path / "log") as loaded:
        nothing = loaded.evaluate(given, now=NOW)
        loaded.arm_state(state(**{name: items}))
        listed = loaded.evaluate(given, now=NOW)
        loaded.arm_state(state(**{name: {id_: {} for id_ in items}}))
        told_nothing = loaded.evaluate(given, now=NOW)
        loaded.arm_state(state(**{name: {}}))
        unlisted = loaded.evaluate(given, now=NOW)
        loaded.arm_state(state("2026-05-20T12:00:00Z", **{name: items}))
        stale = loaded.evaluate(given, now=NOW)
        loaded.evaluate({}, now=NOW)
        loaded.arm_state(None)
        taken_away = loaded.evaluate(given, now=NOW)
    assert missing(nothing) == missing(taken_away) == missing(told_nothing) == [column]
    assert listed.allowed
    assert "does not tell it" in told_nothing.reasons[0].message
    assert (unlisted.effect, missing(unlisted)) == ("deny", [])
    assert missing(stale) == [column]
    assert f"{name} were observed 5d ago, more than the 1d" in stale.reasons[0].message
    assert {one.verdict for one in replay(tmp_path / "log")} == {"agrees"}


@pytest.mark.parametrize(
    ("given", "collections"),
    [
        ({}, {"projects": {}, "endpoints": {}, "vendors": {}, "credentials": {}}),
        ({"actor": {"id": "ann"}}, {"principals": {}}),
        ({"actor": {"id": "ann"}}, {"principals": {"ann": {"kind": "user"}}}),
        ({"actor": {"kind": "user"}}, {"principals": {"ann": {"kind": "user"}}}),
        ({"provider": "openai", "endpoint": {"provider": "x"}}, {"vendors": {"x": {}}}),
        ({"actor": {"credential": {"fingerprint": "f"}}}, {"credentials": {"k": {}}}),
    ],
)
@pytest.mark.parametrize("tables", [{}, {"service_accounts": "svc: {team: ml}"}])
def test_what_a_state_does_not_tell_replays(
    given: Any, collections: Any, tables: Any, tmp_path: Path
) -> None:
    """That the armed state has a collection is a fact, also where no item of it was read."""
    when = (
        "request.project.residency == 'eu' || request.actor.team == 'ml' || "
        "request.endpoint.residency == 'eu' || request.vendor.dpa || "
        "request.actor.credential.status == 'active'"
    )
    with engine(files(when, tables), state=state(**collections), log=tmp_path / "log") as loaded:
        assert not loaded.evaluate(given, now=NOW).allowed
    assert [one.verdict for one in replay(tmp_path / "log")] == ["agrees"]


def test_the_bundles_table_beats_the_state() -> None:
    bundle = EU | {"data/projects.yaml": "p: {residency: us}\n"}
    snapshot = state(projects={"p": {"residency": "eu"}})
    decision = ask(bundle, IN_P, snapshot)
    assert (decision.value, decision.advice) == ("NotApplicable", ())


@pytest.mark.parametrize(
    "broken",
    [
        b"{",
        b"[]",
        {"type": "request"},
        {"projects": 5},
        {"no_such": {}},
        {"projects": {"items": {"p": {"residency": "\ud800"}}}},
    ],
)
def test_what_is_no_snapshot_is_not_armed(broken: Any) -> None:
    loaded = engine(EU, state=state(projects={"p": {"residency": "eu"}}))
    with pytest.raises(InvalidInput):
        loaded.arm_state(broken)
    assert loaded.evaluate(IN_P, now=NOW).allowed, "the last good state stays armed"
    loaded.reload()
    assert loaded.evaluate(IN_P, now=NOW).allowed, "and is armed again with new plans"
    with pytest.raises(InvalidInput):
        engine(EU, state=broken)


@pytest.mark.parametrize(
    "snapshot",
    [
        b'{"observed_at":"2026-05-25T11:50:00Z","projects":{"items":{"p":{"residency":"eu"}}}}',
        (
            b'{"type":"org_state","observed_at":"2026-05-25T11:50:00Z",'
            b'"projects":{"items":{"p":{"residency":"eu"}}}}'
        ),
        OrgState.model_validate(state(projects={"p": {"residency": "eu"}})),
    ],
)
def test_a_snapshot_comes_in_any_form(snapshot: Any) -> None:
    assert ask(EU, IN_P, snapshot).allowed


# -- age


@pytest.mark.parametrize(
    ("hours", "ageing", "stale"),
    [
        (0, False, False),
        (11, False, False),
        (12, True, False),
        (24, True, False),
        (25, False, True),
    ],
)
def test_state_has_age(hours: int, ageing: bool, stale: bool) -> None:
    """Advice from half of what is allowed, unknown above it: 24h where nothing else is said."""
    snapshot = state(HOURS_OLD[hours], projects={"p": {"residency": "eu"}})
    decision = ask(EU, IN_P, snapshot)
    assert decision.allowed == (not stale)
    assert advice(decision) == ([("state-ageing", "/projects")] if ageing else [])
    if ageing:
        assert f"observed {'12h' if hours == 12 else '1d'} ago" in decision.advice[0].message
    if stale:
        assert missing(decision) == ["/project/residency"]
        assert "observed 1d1h ago" in decision.reasons[0].message


@pytest.mark.parametrize(
    ("staleness", "allowed"), [("2h", True), ("5m", False), ("{projects: 5m}", False)]
)
def test_the_bundle_says_how_old_state_may_be(staleness: str, allowed: bool) -> None:
    bundle = files("request.project.residency == 'eu'", manifest=f", max_staleness: {staleness}")
    snapshot = state(projects={"p": {"residency": "eu"}})
    assert ask(bundle, IN_P, snapshot).allowed == allowed


def test_a_collection_may_be_newer_than_its_snapshot() -> None:
    snapshot = state("2026-05-20T12:00:00Z", projects={"p": {"residency": "eu"}})
    assert not ask(EU, IN_P, snapshot).allowed
    snapshot["projects"]["observed_at"] = MINUTES_OLD
    assert ask(EU, IN_P, snapshot).allowed


def test_state_that_nobody_dated_does_not_count() -> None:
    decision = ask(EU, IN_P, state(None, projects={"p": {"residency": "eu"}}))
    assert missing(decision) == ["/project/residency"]
    assert "no observed_at" in decision.reasons[0].message


def test_age_is_counted_from_each_decision() -> None:
    loaded = engine(EU, state=state(projects={"p": {"residency": "eu"}}))
    assert loaded.evaluate(IN_P, now=NOW).allowed
    assert not loaded.evaluate(IN_P, now="2026-05-27T12:00:00Z").allowed
    assert loaded.evaluate(IN_P, now=NOW).allowed


# -- a caller who claims something else than is on record


@pytest.mark.parametrize("source", ["table", "state"])
@pytest.mark.parametrize(
    ("given", "at", "when"),
    [
        (
            {"project": {"id": "p", "residency": "us"}},
            "/project/residency",
            "request.project.residency == 'eu'",
        ),
        (
            {"actor": {"id": "svc", "kind": "service_account", "project": "other"}},
            "/actor/project",
            "request.actor.project == 'p'",
        ),
        (
            {"endpoint": {"id": "e", "residency": "eu"}},
            "/endpoint/residency",
            "request.endpoint.residency == 'us'",
        ),
        (
            {"actor": {"credential": {"id": "k", "status": "active"}}},
            "/actor/credential/status",
            "request.actor.credential.status == 'revoked'",
        ),
    ],
)
def test_the_record_beats_the_word(source: str, given: Any, at: str, when: str) -> None:
    rows: dict[str, dict[str, dict[str, Any]]] = {
        "projects": {"p": {"residency": "eu"}},
        "service_accounts": {"svc": {"project": "p", "kind": "service_account"}},
        "endpoints": {"e": {"residency": "us"}},
        "credentials": {"k": {"status": "revoked"}},
    }
    if source == "table":
        tables = {name: str(table).replace("'", '"') for name, table in rows.items()}
        decision = ask(files(when, tables), given)
    else:
        rows["principals"] = rows.pop("service_accounts")
        decision = ask(files(when), given, state(**rows))
    assert decision.allowed, decision.to_dict()
    assert advice(decision) == [("fact-overridden", at)]
    said = str(decision.to_dict())
    assert "other" not in said


def test_a_word_that_agrees_is_no_advice() -> None:
    bundle = EU | {"data/projects.yaml": "p: {residency: eu}\n"}
    assert ask(bundle, {"project": {"id": "p", "residency": "eu"}}).advice == ()


@pytest.mark.parametrize("claimed", ["user", "workload", None])
def test_a_registered_service_account_is_one_whatever_it_claims(claimed: str | None) -> None:
    bundle = files(
        "request.actor.kind == 'service_account' && request.actor.team == 'ml'",
        {"service_accounts": "svc: {team: ml}", "users": "ann: {team: people}"},
    )
    actor = {"id": "svc"} if claimed is None else {"id": "svc", "kind": claimed}
    decision = ask(bundle, {"actor": actor})
    assert decision.allowed
    assert advice(decision) == ([] if claimed is None else [("fact-overridden", "/actor/kind")])


@pytest.mark.parametrize(
    ("rows", "kind", "answers"),
    [
        ("svc: {team: ml}", "user", False),
        ("svc: {team: ml}", "service_account", True),
        ("svc: {kind: workload}", "service_account", False),
        ("svc: {kind: workload}", "workload", True),
        ("svc: {team: ml}\nw: {kind: workload}", "service_account", False),
        ("{}", "user", True),
    ],
)
def test_who_does_not_say_who_it_is_may_be_any_that_is_registered(
    rows: str, kind: str, answers: bool
) -> None:
    bundle = files(f"request.actor.kind == '{kind}'", {"service_accounts": rows})
    decision = ask(bundle, {"actor": {"kind": kind}})
    assert decision.allowed == answers
    if not answers:
        assert [reason.at for reason in decision.reasons] == ["/actor/id"]


def test_a_user_cannot_borrow_a_service_accounts_row_and_the_other_way() -> None:
    tables = {"service_accounts": "svc: {team: ml}", "users": "ann: {team: ml}"}
    bundle = files("request.actor.team == 'ml'", tables)
    assert ask(bundle, {"actor": {"id": "ann", "kind": "user"}}).allowed
    assert not ask(bundle, {"actor": {"id": "ann", "kind": "service_account"}}).allowed
    assert not ask(bundle, {"actor": {"id": "svc2", "kind": "service_account"}}).allowed


# -- what rows may be named by


@pytest.mark.parametrize(
    ("endpoint", "residency"),
    [
        ({"id": "e"}, "eu"),
        ({"provider": "azure", "region": "westeurope", "deployment": "d"}, "eu"),
        ({"provider": "azure", "region": "westeurope", "deployment": "x"}, None),
        ({"provider": "azure", "region": "eastus", "deployment": "d"}, None),
        ({"provider": "azure", "region": "westeurope"}, "missing"),
        ({"id": "unlisted"}, None),
        ({"id": "e", "deployment": "d"}, "eu"),
        ({"id": "e", "deployment": None}, "eu"),
        ({"id": "e", "deployment": "x"}, None),  # on Azure the caller's body may name it
        ({"id": None}, None),
        (None, None),
    ],
)
@pytest.mark.parametrize("source", ["table", "state"])
def test_an_endpoint_by_id_or_by_deployment(
    source: str, endpoint: Any, residency: str | None
) -> None:
    row = {"provider": "azure", "region": "westeurope", "deployment": "d", "residency": "eu"}
    tables = {"endpoints": str({"e": row}).replace("'", '"')} if source == "table" else {}
    snapshot = None if source == "table" else state(endpoints={"e": row})
    decision = ask(
        files("request.endpoint.residency == 'eu'", tables), {"endpoint": endpoint}, snapshot
    )
    assert decision.allowed == (residency == "eu")
    assert missing(decision) == (["/endpoint/id"] if residency == "missing" else [])


@pytest.mark.parametrize(
    ("credential", "allowed"),
    [
        ({"id": "k"}, True),
        ({"fingerprint": "f1"}, True),
        ({"fingerprint": "f2"}, False),
        ({"id": "k2", "fingerprint": "f1"}, False),
        ({"id": None, "fingerprint": None}, False),
    ],
)
@pytest.mark.parametrize("source", ["table", "state"])
def test_a_credential_by_id_or_fingerprint(source: str, credential: Any, allowed: bool) -> None:
    row = {"fingerprint": "f1", "status": "active"}
    tables = {"credentials": str({"k": row}).replace("'", '"')} if source == "table" else {}
    snapshot = None if source == "table" else state(credentials={"k": row})
    decision = ask(
        files("request.actor.credential.status == 'active'", tables),
        {"actor": {"credential": credential}},
        snapshot,
    )
    assert decision.allowed == allowed
    assert missing(decision) == []


MODELS = {
    "models": '{"gpt-4.1": {"status": "approved", "aliases": ["fast"]}, "o3": {"status": "retired"}}'
}


LIVE = "request.model_info.status == 'approved'"


@pytest.mark.parametrize(
    ("model", "allowed"),
    [("gpt-4.1", True), ("fast", True), ("o3", False), ("unlisted", False), (None, False)],
)
@pytest.mark.parametrize("tables", [{}, {"endpoints": "any: {region: eastus}"}])
def test_a_model_by_id_or_alias(model: str | None, allowed: bool, tables: Any) -> None:
    decision = ask(files(LIVE, MODELS | tables), {"model": model})
    assert decision.allowed == allowed
    assert missing(decision) == []


@pytest.mark.parametrize(
    ("model", "endpoint", "allowed", "asked"),
    [
        ("o3", {"id": "e"}, True, []),  # the endpoint serves what it serves
        ("gpt-4.1", {"id": "old"}, False, []),
        ("gpt-4.1", {"id": "any"}, True, []),
        ("gpt-4.1", {"id": "unlisted"}, True, []),
        ("gpt-4.1", {}, False, ["/endpoint/id"]),
    ],
)
def test_the_model_is_the_one_that_will_be_served(
    model: str, endpoint: Any, allowed: bool, asked: list[str]
) -> None:
    endpoints = {"endpoints": '{"e": {"model": "fast"}, "old": {"model": "o3"}, "any": {}}'}
    decision = ask(files(LIVE, MODELS | endpoints), {"model": model, "endpoint": endpoint})
    assert decision.allowed == allowed
    assert missing(decision) == asked


def test_a_deployment_must_say_what_it_serves() -> None:
    endpoint = {"provider": "azure", "deployment": "d"}
    given = {"model": "gpt-4.1", "endpoint": endpoint}
    assert missing(ask(files(LIVE, MODELS), given)) == ["/endpoint/model"]
    assert ask(files(LIVE, MODELS), given | {"endpoint": endpoint | {"model": None}}).allowed


def test_a_model_is_unknown_where_the_endpoints_is() -> None:
    """A named endpoint whose model the state no longer tells: the request's name is no answer."""
    bundle = files("request.model_info.status == 'approved'", MODELS)
    given = {"model": "gpt-4.1", "endpoint": {"id": "e"}}
    serving = {"e": {"model": "o3"}}
    assert not ask(bundle, given, state(endpoints=serving)).allowed
    stale = ask(bundle, given, state("2026-05-20T12:00:00Z", endpoints=serving))
    assert not stale.allowed
    assert missing(stale) == ["/endpoint/model"]


@pytest.mark.parametrize(
    ("prompt", "allowed", "asked"),
    [
        ({"id": "greet", "version": "2"}, True, []),
        ({"id": "greet", "version": "1"}, False, []),
        ({"id": "greet"}, False, ["/prompt/version"]),
        ({"version": "2"}, False, ["/prompt/id"]),
    ],
)
def test_a_prompt_by_id_and_version(prompt: Any, allowed: bool, asked: list[str]) -> None:
    tables = {"prompts": '{"greet@2": {"status": "approved"}}'}
    decision = ask(files("request.prompt.status == 'approved'", tables), {"prompt": prompt})
    assert decision.allowed == allowed
    assert missing(decision) == asked


def test_vendor_by_the_endpoints_provider() -> None:
    tables = {"vendors": "openai: {dpa: true}", "endpoints": "e: {provider: openai}"}
    bundle = files("request.vendor.dpa", tables)
    assert ask(bundle, AT_E).allowed
    assert ask(bundle, {"provider": "openai"}).allowed
    assert not ask(bundle, {"provider": "other"}).allowed
    assert missing(ask(bundle, {"endpoint": {"id": "unlisted"}})) == []


# -- assume


ASSUMED = ", assume: {/project/environment: production, /metadata/team: ml}"


def test_assume_stands_in_for_what_was_not_sent_alone() -> None:
    bundle = files(
        "request.project.environment == 'production' && request.metadata.team == 'ml'",
        manifest=ASSUMED,
    )
    decision = ask(bundle, {})
    assert decision.allowed
    assert decision.assumed == {"/project/environment": "production", "/metadata/team": "ml"}
    assert decision.to_dict()["assumed"] == decision.assumed
    known = ask(bundle, {"project": {"environment": "staging"}, "metadata": {"team": "ml"}})
    assert (known.effect, known.assumed) == ("deny", {})
    absent = ask(bundle, {"project": {"environment": None}, "metadata": {"other": "x"}})
    assert (absent.effect, absent.assumed) == ("deny", {"/metadata/team": "ml"})


def test_assume_names_what_is_joined() -> None:
    """An assumed key is joined on, and an assumed column stands in where the state is silent."""
    keyed = files("request.project.residency == 'eu'", manifest=", assume: {/project/id: p}")
    decision = ask(keyed | {"data/projects.yaml": "p: {residency: eu}\n"}, {})
    assert (decision.allowed, decision.assumed) == (True, {"/project/id": "p"})
    column = files(
        "request.project.residency == 'eu'", manifest=", assume: {/project/residency: eu}"
    )
    silent = ask(column, IN_P, state(projects={"p": {}}))
    assert (silent.allowed, silent.assumed) == (True, {"/project/residency": "eu"})
    told = ask(column, IN_P, state(projects={"p": {"residency": "us"}}))
    assert (told.allowed, told.assumed) == (False, {})
    unlisted = ask(column, IN_P, state(projects={}))
    assert (unlisted.allowed, unlisted.assumed) == (False, {})


def test_an_assumed_value_replays(tmp_path: Path) -> None:
    bundle = files("request.project.environment == 'production'", manifest=ASSUMED)
    with engine(bundle, log=tmp_path / "log") as loaded:
        assert loaded.evaluate({}, now=NOW).allowed
    assert [one.verdict for one in replay(tmp_path / "log")] == ["agrees"]


def test_arming_waits_for_nobody(tmp_path: Path) -> None:
    """A decision keeps the state it was made on."""
    loaded: Engine = engine(EU, state=state(projects={"p": {"residency": "eu"}}))
    decision = loaded.evaluate(IN_P, now=NOW)
    loaded.arm_state(state(projects={}))
    assert decision.explain().rules[0].outcome == "fired"
    assert not loaded.evaluate(IN_P, now=NOW).allowed


@pytest.mark.parametrize(
    ("serves", "observed_at", "effect", "asked"),
    [
        ({"model": "gpt-4.1"}, MINUTES_OLD, "allow", []),
        ({"model": None}, MINUTES_OLD, "allow", []),
        ({"model": "o3"}, MINUTES_OLD, "deny", []),
        ({"model": "o3"}, "2026-05-20T12:00:00Z", "deny", ["/endpoint/model"]),
        ({}, MINUTES_OLD, "deny", ["/endpoint/model"]),
    ],
)
def test_a_list_of_models_does_not_open_as_the_state_ages(
    serves: Any, observed_at: str, effect: str, asked: list[str]
) -> None:
    bundle = files("true")
    bundle["rules/m.yaml"] = (
        "- {id: models, title: T, kind: model.allowlist, effect: deny, severity: low, "
        "params: {models: [gpt-4.1]}}\n"
    )
    given = {"model": "gpt-4.1", "endpoint": {"id": "e"}}
    decision = ask(bundle, given, state(observed_at, endpoints={"e": serves}))
    assert decision.effect == effect
    assert missing(decision) == asked


def test_new_plans_keep_the_state_that_is_armed() -> None:
    loaded = engine(EU)
    loaded.arm_state(state(projects={"p": {"residency": "eu"}}))
    loaded.reload()
    assert loaded.evaluate(IN_P, now=NOW).allowed
    loaded.arm_state(None)
    loaded.reload()
    assert missing(loaded.evaluate(IN_P, now=NOW)) == ["/project/residency"]


def test_an_assumed_deployment_is_not_taken_for_the_callers_word() -> None:
    """It names the endpoint where no id does; where one does, the row answers."""
    assumed = {"/endpoint/provider": "azure", "/endpoint/region": "eastus"}
    manifest = ", assume: {/endpoint/provider: azure, /endpoint/region: eastus}"
    tables = {"endpoints": "e: {provider: azure, region: westeurope, deployment: d}"}
    bundle = files("request.endpoint.region == 'westeurope'", tables, manifest)
    named = ask(bundle, AT_E)
    assert (named.allowed, named.assumed, named.advice) == (True, {}, ())
    deployed = ask(bundle, {"endpoint": {"deployment": "d", "region": "westeurope"}})
    assert (deployed.allowed, deployed.assumed) == (True, {"/endpoint/provider": "azure"})
    bare = ask(files("request.endpoint.region == 'eastus'", manifest=manifest), AT_E)
    assert (bare.allowed, bare.assumed) == (True, assumed)
