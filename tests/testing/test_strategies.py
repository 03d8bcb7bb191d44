"""What strategies draw is valid, says all three of sent, null and not sent, and shrinks small."""

import json
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from jurat import Decision, OrgState, Request, Response, from_body
from jurat.bundle import Bundle
from jurat.engine import compile_bundles, versions_of
from jurat.model import (
    Actor,
    Approval,
    Credential,
    Endpoint,
    Message,
    MissingFact,
    Model,
    ModelInfo,
    Principal,
    Project,
    Prompt,
    Tool,
    Vendor,
    view_of,
)
from jurat.plugin import Detections, RuleSpec, load_plugins
from jurat.scan import Scanner
from jurat.testing import (
    UNSENT,
    bundles,
    credentials,
    decisions,
    detections,
    facts,
    messages,
    networks,
    org_states,
    provider_bodies,
    requests,
    resources,
    responses,
    rules,
    waivers,
)
from jurat.testing._strategies._probe import files_of
from jurat.wire import FORMATS

REGISTRY = load_plugins()
KINDS = sorted(REGISTRY.kinds)
SOME = settings(max_examples=20, deadline=None)
MODELS: list[type[Model]] = [
    Actor,
    Approval,
    Credential,
    Endpoint,
    ModelInfo,
    Principal,
    Project,
    Prompt,
    Tool,
    Vendor,
]


def sent(value: Model) -> dict[str, Any]:
    return value.model_dump(exclude_unset=True, by_alias=True)


def small(strategy: st.SearchStrategy[Any], condition: Any) -> Any:
    how = settings(
        max_examples=3000,
        database=None,
        derandomize=True,
        phases=(Phase.generate, Phase.shrink),
    )
    return find(strategy, condition, settings=how)


# -- inputs and their parts --------------------------------------------------------------------


@given(requests())
def test_requests_are_valid(request: Request) -> None:
    assert Request.model_validate(sent(request)) == request


@given(responses())
def test_responses_are_valid(response: Response) -> None:
    assert Response.model_validate(sent(response)) == response


@given(org_states())
def test_snapshots_are_valid(state: OrgState) -> None:
    assert OrgState.model_validate(sent(state)) == state


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_resources_are_valid(model: type[Model]) -> None:
    @SOME
    @given(resources(model))
    def valid(value: Model) -> None:
        assert type(value) is model
        assert model.model_validate(sent(value)) == value

    valid()


@pytest.mark.parametrize(
    "wanted",
    [
        lambda request: request.model is not None,
        lambda request: "model" in request.model_fields_set and request.model is None,
        lambda request: "model" not in request.model_fields_set,
        lambda request: request.actor and request.actor.credential,
        lambda request: request.actor and "id" not in request.actor.model_fields_set,
        lambda request: request.params and request.params.store is True,
        lambda request: request.messages and len(request.messages) > 1,
        lambda request: request.model and not request.model.isascii(),
    ],
    ids=range(8),
)
def test_requests_cover_what_is_sent_null_and_not_sent(wanted: Any) -> None:
    assert wanted(small(requests(), wanted))


def test_a_request_shrinks_to_what_matters() -> None:
    found = small(
        requests(),
        lambda r: r.actor and r.actor.credential and r.actor.credential.status == "revoked",
    )
    assert sent(found) == {"actor": {"credential": {"status": "revoked"}}}


def test_a_snapshot_shrinks_to_what_matters() -> None:
    found = small(
        org_states(),
        lambda state: (
            state.credentials and any(one.created_at for one in state.credentials.items.values())
        ),
    )
    (key,) = found.credentials.items.values()
    assert set(sent(key)) == {"created_at"}


@given(
    requests(
        model="gpt-4.1",
        source=UNSENT,
        project=resources(Project, environment=st.sampled_from(["production", "staging"])),
        params=None,
    )
)
def test_fields_are_given_as_values_strategies_or_not_at_all(request: Request) -> None:
    assert request.model == "gpt-4.1"
    assert "source" not in request.model_fields_set
    assert request.project is not None
    assert request.project.environment in ("production", "staging")
    assert "params" in request.model_fields_set
    assert request.params is None


@given(org_states(credentials={"items": {"key-1": {"status": "revoked"}}}))
def test_a_collection_is_given(state: OrgState) -> None:
    assert state.credentials is not None
    assert state.credentials.items["key-1"].status == "revoked"


@given(credentials(status=st.sampled_from(["active", None])))
def test_credentials(credential: Credential) -> None:
    assert credential.status in ("active", None)
    assert "status" in credential.model_fields_set


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: requests(modle="x"), "requests() has no option 'modle'; did you mean model?"),
        (lambda: credentials(creatd_at=None), "did you mean created_at?"),
        (lambda: org_states(projcts=None), "did you mean projects?"),
    ],
    ids=["requests", "credentials", "org_states"],
)
def test_a_name_that_is_no_field(call: Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    assert message in str(caught.value)


# -- messages ----------------------------------------------------------------------------------


SCANNER = Scanner(REGISTRY.detectors)


def texts(said: tuple[Message, ...]) -> list[str]:
    return [
        part if isinstance(part, str) else part["text"]
        for message in said
        for part in (
            [message.content] if isinstance(message.content, str) else message.content or ()
        )
    ]


def found(said: tuple[Message, ...]) -> set[str]:
    return {hit.entity for text in texts(said) for hit in SCANNER.scan(text)}


@given(messages(with_pii=False, max_size=3))
def test_messages_with_nothing_to_find(said: tuple[Message, ...]) -> None:
    assert len(said) <= 3
    assert not found(said)


@given(messages(with_pii=True, text=st.just("Hello.")))
def test_messages_with_something_to_find(said: tuple[Message, ...]) -> None:
    assert found(said)


@pytest.mark.parametrize(
    "entity", ["US_SSN", "CREDIT_CARD", "IBAN_CODE", "SECRET", "EMAIL_ADDRESS"]
)
def test_messages_with_a_value_of_an_entity(entity: str) -> None:
    @SOME
    @given(messages(with_pii=entity, text=st.just("Hello."), min_size=2, max_size=4))
    def holds(said: tuple[Message, ...]) -> None:
        assert 2 <= len(said) <= 4
        assert entity in found(said)

    holds()


@given(messages(roles="tool", min_size=1))
def test_roles_are_given(said: tuple[Message, ...]) -> None:
    assert {message.role for message in said} == {"tool"}


def test_an_entity_that_nobody_finds() -> None:
    with pytest.raises(ValueError, match="no detector finds 'US_SNN'; did you mean US_SSN"):
        messages(with_pii="US_SNN")


# -- networks ----------------------------------------------------------------------------------


@given(networks())
def test_networks_have_no_bits_beyond_the_prefix(network: str) -> None:
    assert str(ip_network(network)) == network


@given(networks(version=6, min_prefix=64))
def test_networks_of_a_version(network: str) -> None:
    made = ip_network(network)
    assert made.version == 6
    assert made.prefixlen >= 64


@given(networks(within="10.1.0.0/16"))
def test_networks_within_a_network(network: str) -> None:
    assert ip_network(network).subnet_of(ip_network("10.1.0.0/16"))  # type: ignore[arg-type]  # both are IPv4


def test_networks_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="at most 32"):
        networks(min_prefix=33)
    with pytest.raises(ValueError, match="no network of IPv6"):
        networks(version=6, within="10.0.0.0/8")


# -- bodies ------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_bodies_are_accepted(format: str) -> None:
    @SOME
    @given(provider_bodies(format))
    def accepted(body: dict[str, Any]) -> None:
        json.dumps(body)
        read = from_body(format, body)
        assert isinstance(read, FORMATS[format].kind)

    accepted()


@given(provider_bodies("openai.chat", model="gpt-4.1", text=st.just("SALT"), tools=UNSENT))
def test_keys_of_a_body_are_given(body: dict[str, Any]) -> None:
    assert body["model"] == "gpt-4.1"
    assert "tools" not in body


def test_a_format_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match=r"did you mean openai\.chat\?"):
        provider_bodies("openai.chatt")


# -- rules, bundles, waivers -------------------------------------------------------------------


def load(rules: list[dict[str, Any]], waivers: list[dict[str, Any]] | None = None) -> Bundle:
    files = files_of(rules, waivers or ())
    ((bundle,), _) = compile_bundles(files, REGISTRY, versions_of(REGISTRY))
    return bundle


@pytest.mark.parametrize("kind", KINDS)
def test_rules_of_every_kind_load(kind: str) -> None:
    drawn: list[dict[str, Any]] = []

    @settings(max_examples=12, deadline=None, database=None)
    @given(rules(kind))
    def draw(rule: dict[str, Any]) -> None:
        assert rule["kind"] == kind
        assert rule["effect"] in REGISTRY.kinds[kind].effects
        drawn.append({**rule, "id": f"r-{len(drawn)}"})

    draw()
    assert len(load(drawn).rules) == len(drawn)


@given(rules("credential.age", severity="high", owner=UNSENT, controls=["SOC2:CC6.1"]))
def test_keys_of_a_rule_are_given(rule: dict[str, Any]) -> None:
    assert rule["severity"] == "high"
    assert rule["controls"] == ["SOC2:CC6.1"]
    assert "owner" not in rule


@given(rules("credential.age", params={"max_age": "45d"}))
def test_params_are_given(rule: dict[str, Any]) -> None:
    assert rule["params"] == {"max_age": "45d"}
    load([rule])


def test_a_kind_that_is_not_installed() -> None:
    with pytest.raises(ValueError, match=r"did you mean credential\.age\?"):
        rules("credential.aeg")


@settings(max_examples=12, deadline=None)
@given(bundles(max_rules=4))
def test_bundles_load(bundle: Bundle) -> None:
    assert 1 <= len(bundle.rules) <= 4
    again, _ = compile_bundles(
        {name: data.decode() for name, data in bundle.files.items()},
        REGISTRY,
        versions_of(REGISTRY),
    )
    assert again[0].digest == bundle.digest


@settings(max_examples=12, deadline=None)
@given(bundles(rules=rules("credential.age"), mode="shadow", waived=False))
def test_bundles_of_given_rules(bundle: Bundle) -> None:
    assert {rule.kind for rule in bundle.rules} == {"credential.age"}
    assert bundle.mode == "shadow"
    assert not bundle.waivers


def test_bundles_have_waivers() -> None:
    seen: list[Any] = []

    @settings(max_examples=30, deadline=None, database=None)
    @given(bundles())
    def draw(bundle: Bundle) -> None:
        seen.extend(bundle.waivers)

    draw()
    assert seen


@settings(max_examples=20, deadline=None)
@given(waivers(rule="keys"), rules("credential.age", id="keys", waivable=True))
def test_waivers_load(waiver: dict[str, Any], rule: dict[str, Any]) -> None:
    (read,) = load([rule], [waiver]).waivers
    assert read.rule == "keys"
    assert read.granted is not None
    assert read.granted < read.expires


def test_waivers_hold_and_expire() -> None:
    now = datetime(2026, 5, 25, 12, tzinfo=UTC)
    assert small(waivers(now=now), lambda waiver: waiver["expires"] > "2026-05-25T12:00:00Z")
    assert small(waivers(now=now), lambda waiver: waiver["expires"] < "2026-05-25T12:00:00Z")


# -- facts and decisions -----------------------------------------------------------------------


@given(detections(entities=st.just("US_SSN")))
def test_detections(found: Detections) -> None:
    assert {hit.detection.entity for hit in found.hits} <= {"US_SSN"}
    assert all(hit.detection.start < hit.detection.end for hit in found.hits)


@settings(max_examples=40, deadline=None)
@given(facts(request=requests(project=UNSENT)), credentials())
def test_facts_are_what_a_check_takes(known: Any, credential: Credential) -> None:
    kind = REGISTRY.kinds["credential.age"]
    params = kind.Params.model_validate({"max_age": "60d"})
    spec = RuleSpec("r", kind.name, params, "deny", "high", "request", Credential)
    check = kind.compile(spec, None)  # type: ignore[arg-type]  # this kind looks nothing up
    try:
        findings = check(view_of(credential), known, known.now)  # type: ignore[arg-type]  # any model has a view
    except (MissingFact, ValueError):
        return
    assert all(finding.code.startswith("credential-") for finding in findings)


@given(facts(request=requests(project={"id": "proj-a"})))
def test_facts_have_tables_and_joins(known: Any) -> None:
    assert known.data.projects["proj-a"].environment == "production"
    assert known.request.project.environment == "production"
    with pytest.raises(MissingFact):
        known.table("credentials")


def test_decisions_have_several_values() -> None:
    values = set()

    @settings(max_examples=60, deadline=None, database=None)
    @given(decisions(bundle="starter"))
    def seen(decision: Decision) -> None:
        values.add(decision.value)

    seen()
    assert {"Permit", "Deny", "Indeterminate{DP}"} <= values


@settings(max_examples=15, deadline=None)
@given(decisions())
def test_decisions_of_drawn_bundles(decision: Decision) -> None:
    assert decision.effect in ("allow", "deny")
    assert decision.explain()
