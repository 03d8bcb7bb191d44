"""What a bundle mentions, its neighbours, and the documents that are made of it."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

import pytest

from jurat.bundle import Bundle, read_bundle
from jurat.canon import format_time, parse_time
from jurat.engine import resolve, shipped
from jurat.model import OrgState, Request, Response, validate
from jurat.plugin import load_plugins
from jurat.testing import Mentions, documents, mentions, scenes
from jurat.testing._mentions_fields import MODELS, fields_of
from jurat.testing._mentions_near import near_network, near_text, near_time

REGISTRY = load_plugins()
NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
RULES = """
- {id: callers, title: Who, kind: expression, effect: permit, severity: info,
   when: 'request.actor.id in data.service_accounts && request.estimated_tokens < 1000'}
- {id: zone, title: Where, kind: expression, effect: deny, severity: high,
   when: 'request.endpoint.region in ["eastus", "westus"]'}
- {id: age, title: How old, kind: credential.age, 'on': [request, org_state], effect: deny,
   severity: high, params: {max_age: 60d}}
- {id: networks, title: Whence, kind: network.allowlist, effect: deny, severity: high,
   params: {networks: [10.0.1.0/24]}}
- {id: models, title: Which, kind: model.allowlist, effect: deny, severity: high,
   params: {models: [gpt-4.1-mini]}}
- {id: text, title: What, kind: pii.patterns, effect: redact, severity: high,
   params: {entities: [US_SSN]}}
- {id: freeze, title: When, kind: access.window, effect: deny, severity: high,
   params: {zone: UTC, freezes: [{from: 2026-12-19, to: 2027-01-03, why: year's end}]}}
"""
TESTS = """
- {name: one, now: 2026-05-25T12:00:00Z, expect: {effect: deny},
   given: {model: gpt-4.1-mini, actor: {id: svc-a, team: search}, project: {id: proj-a},
           time: 2026-05-25T11:00:00Z}}
- {name: two, now: 2026-06-25T12:00:00Z, expect: {effect: deny}, given: {model: o4-mini}}
- {name: three, now: 2026-05-25T12:00:00Z, expect: {effect: deny}, given: {model: gpt-4.1}}
- {name: broken, now: 2026-05-25T12:00:00Z, expect: {reasons: [invalid-input]},
   given: {model: 7}}
"""
FILES = {
    "bundle.yaml": "{name: mentioned, version: 1.0.0, revision: 1}",
    "rules/r.yaml": RULES,
    "tests/t.yaml": TESTS,
    "data/service_accounts.yaml": "svc-a: {networks: [192.168.1.100/32]}",
    "data/projects.yaml": "proj-a: {environment: production}",
}


def made(files: dict[str, str] = FILES) -> tuple[Bundle, Mentions]:
    bundle = read_bundle(files, REGISTRY)
    return bundle, mentions(bundle, REGISTRY)


def test_ages_at_a_limit_under_and_over_it() -> None:
    _, known = made()
    limit = NOW - timedelta(days=60)
    values = known.values["/actor/credential/created_at"]
    times = {parse_time(value) for value in values if value}
    assert {limit, limit - timedelta(seconds=1), limit + timedelta(seconds=1)} <= times
    assert values[-1] is None
    assert "/credentials/items/*/created_at" in known.by_input["org_state"]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("/source/ip", {"10.0.1.0", "10.0.1.255", "10.0.0.255", "10.0.2.0", "192.168.1.101"}),
        ("/model", {"gpt-4.1-mini", "GPT-4.1-MINI", "gpt-4.1-min", "gpt-4.1", "unlisted-model"}),
        ("/actor/id", {"svc-a", "unlisted-id"}),
        ("/actor/team", {"search"}),
        ("/project/id", {"proj-a"}),
        ("/estimated_tokens", {999, 1000, 1001}),
        ("/endpoint/region", {"eastus", "westus"}),
    ],
)
def test_values_and_their_neighbours(at: str, expected: set[Any]) -> None:
    _, known = made()
    assert expected <= {value for value in known.values[at] if value is not None}


def test_clocks_are_those_of_tests_and_params() -> None:
    _, known = made()
    assert known.now == NOW
    assert known.clocks[0] == NOW
    assert datetime(2026, 6, 25, 12, tzinfo=UTC) in known.clocks
    assert datetime(2026, 12, 19, 12, tzinfo=UTC) in known.clocks


def test_messages_have_what_is_looked_for() -> None:
    _, known = made()
    said = [str(value) for value in known.values["/messages"]]
    assert any("123-45-6789" in text for text in said)
    assert any("image_url" in text for text in said)


def test_what_no_rule_reads_and_no_test_sends_is_left_out() -> None:
    _, known = made()
    assert "/params/store" not in known.values
    assert "/response" not in known.by_input["response"]
    assert known.read_by["request"]["zone"] == {"/endpoint/region"}


def test_invalid_inputs_of_tests_are_no_bases() -> None:
    _, known = made()
    assert all(base.given.get("model") != 7 for base in known.bases["request"])


def test_a_bundle_without_anything() -> None:
    _, known = made({"bundle.yaml": FILES["bundle.yaml"]})
    assert known.now == NOW
    assert known.values == {}
    assert list(islice(documents(known, Random(1)), 3)) == [{}, {}, {}]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_value_and_document_is_valid(name: str) -> None:
    bundle = read_bundle(resolve(name), REGISTRY)
    known = mentions(bundle, REGISTRY)
    for input, model in MODELS.items():
        for document in islice(documents(known, Random(1), input), 300):
            validate(model, document)
        for scene in islice(scenes(known, Random(2), input), 300):
            validate(model, scene.given)
            assert scene.now.tzinfo is UTC


def test_documents_are_the_same_for_the_same_seed() -> None:
    _, known = made()
    first, second, other = (list(islice(documents(known, Random(seed)), 50)) for seed in (1, 1, 2))
    assert first == second
    assert first != other


def test_documents_change_bases_and_leave_them_as_they_are() -> None:
    _, known = made()
    before = repr(known.bases)
    drawn = list(islice(documents(known, Random(1)), 500))
    assert repr(known.bases) == before
    assert {repr(document) for document in drawn} > {repr(known.bases["request"][0].given)}
    assert any("model" not in document for document in drawn)
    assert any(document.get("model", "") is None for document in drawn)


def test_scenes_keep_ages_under_another_clock() -> None:
    _, known = made()
    base = known.bases["request"][0]
    kept = [
        scene.now
        for scene in islice(scenes(known, Random(1)), 500)
        if scene.case is base.case
        and scene.given.get("time") == format_time(scene.now - timedelta(hours=1))
    ]
    assert len(set(kept)) > 3
    assert NOW in kept


def test_a_search_for_a_rule_changes_what_it_reads() -> None:
    _, known = made()
    changed = 0
    for document in islice(documents(known, Random(1), rule="zone"), 300):
        changed += "region" in document.get("endpoint", {})
        assert "source" not in document or document["source"] in [
            base.given.get("source") for base in known.bases["request"]
        ]
    assert changed > 50


def test_a_rule_among_many_has_values_of_its_own() -> None:
    many = "".join(
        f"- {{id: r-{n}, title: R, kind: expression, effect: deny, severity: low, "
        f"when: 'request.project.id == \"proj-{n}\"'}}\n"
        for n in range(300)
    )
    _, known = made({"bundle.yaml": FILES["bundle.yaml"], "rules/r.yaml": many})
    assert "proj-299" not in known.values["/project/id"]
    assert "proj-299" in known.values_by("request", "r-299")["/project/id"]
    drawn = list(islice(documents(known, Random(1), rule="r-299"), 200))
    assert sum(one.get("project") == {"id": "proj-299"} for one in drawn) > 5


# -- neighbours --------------------------------------------------------------------------------


def test_near_networks_at_the_ends_of_all_addresses() -> None:
    assert set(near_network("0.0.0.0/1")) >= {"0.0.0.0", "127.255.255.255", "128.0.0.0"}
    assert "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff" in near_network("2001:db8::/32")
    assert not list(near_network("no network"))


def test_near_names() -> None:
    assert set(near_text("gpt-4.1")) == {"GPT-4.1", "gpt-4.", "gpt-4.1-2", "gpt"}
    assert {"gpt-x", "gpt-"} <= set(near_text("gpt-*"))


def test_near_times_stay_in_the_calendar() -> None:
    assert list(near_time(NOW, timedelta(days=3_000_000)))
    assert all(parse_time(time) for time in near_time(NOW, timedelta(days=1_000_000)))


def test_every_field_of_the_models_is_known() -> None:
    assert "/actor/credential/created_at" in fields_of("request")
    assert "/request/actor/id" in fields_of("response")
    assert "/credentials/items/*/status" in fields_of("org_state")
    assert not {"/tool/arguments", "/type"} & fields_of("request").keys()
    assert {Request, Response, OrgState} == set(MODELS.values())
