"""What a rule is seen to do: found, minimal, kept, and missed once it is gone."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

import jurat_policies
from jurat.authoring.explain import rule_page
from jurat.bundle import Bundle, BundleError
from jurat.engine import compile_bundles, outcomes_by_rule, run_case, versions_of
from jurat.plan import Decision, Plan
from jurat.plugin import Registry, load_plugins
from jurat.testing import Certificate, Witness, certify, kept_certificate, liveness_changes
from jurat.testing._liveness import FILE, assert_live, told
from jurat.testing._mentions_mend import mendings, obstacles

RULES = """
- {id: callers, title: Who, kind: expression, effect: permit, severity: info,
   when: 'request.action in ["chat.completions", "embeddings"]'}
- {id: teams, title: Scope and rest, kind: expression, effect: deny, severity: high,
   when: 'request.action == "embeddings" && size(request.actor.groups) > 1'}
- {id: preview, title: All scope, kind: expression, effect: deny, severity: high,
   when: 'request.model in ["gpt-4.5-preview"]'}
- {id: models, title: A kind, kind: model.allowlist, effect: deny, severity: high,
   params: {models: [gpt-4.1, gpt-4.5-preview]}}
- {id: hint, title: Advice, kind: model.allowlist, effect: advise, severity: low,
   params: {models: [gpt-4.1]}}
- {id: watched, title: Shadow, kind: model.allowlist, effect: deny, severity: low, mode: shadow,
   params: {models: [gpt-4.1]}}
- {id: numbers, title: Redacts, kind: pii.patterns, effect: redact, severity: high,
   params: {entities: [US_SSN]}}
- {id: often, title: Counts, kind: limits.rate, effect: deny, severity: high,
   params: {by: [project], rpm: 3}}
- {id: keys, title: Young keys, kind: credential.age, effect: deny, severity: high,
   params: {max_age: 90d}}
- {id: answers, title: Answers, kind: expression, 'on': [response], effect: deny, severity: high,
   when: 'response.status >= 500'}
- {id: never, title: Dead, kind: expression, effect: deny, severity: high,
   when: 'request.model == "gpt-4.1" && request.model == "gpt-4.1-mini"'}
"""
CASE = """
- name: an ordinary question
  now: 2026-05-25T12:00:00Z
  given:
    action: chat.completions
    model: gpt-4.1
    project: {id: p1}
    actor: {id: ann, kind: user, groups: [a, b], credential: {id: k1, created_at: 2026-05-01T00:00:00Z}}
    messages: [{role: user, content: Good morning.}]
  expect: {effect: allow}
"""
FILES = {
    "bundle.yaml": "name: live\nversion: 1.0.0\nrevision: 1\n",
    "rules/live.yaml": RULES,
    "tests/live.yaml": CASE,
}
DEAD = {("never", "fires"), ("never", "decides")}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_plugins()


@pytest.fixture(scope="module")
def load(registry: Registry) -> Callable[..., Plan]:
    def load(files: Any) -> Plan:
        _, (plan,) = compile_bundles(files, registry, versions_of(registry))
        return plan

    return load


@pytest.fixture(scope="module")
def plan(load: Callable[..., Plan]) -> Plan:
    return load(FILES)


@pytest.fixture(scope="module")
def certificate(plan: Plan, registry: Registry) -> Certificate:
    return certify(plan, registry, tries=300)


def decide(plan: Plan, witness: Witness) -> Decision:
    decision = run_case(plan, witness.case()).decision
    assert decision is not None
    return decision


def witnesses(certificate: Certificate, what: str) -> Iterator[tuple[str, Witness]]:
    for rule, entries in certificate.rules.items():
        if isinstance(witness := entries.get(what), Witness):
            yield rule, witness


def test_what_is_live_is_found_and_what_is_dead_is_not(certificate: Certificate) -> None:
    lacking = {(rule, what): tries for rule, what, tries in certificate.not_found}
    assert lacking.keys() == DEAD
    assert all(tries >= 300 for tries in lacking.values())
    assert (
        set(certificate.rules["hint"]) == set(certificate.rules["watched"]) == {"fires", "passes"}
    )
    assert set(certificate.rules["numbers"]) == {"fires", "passes", "decides"}


def test_each_input_shows_what_it_is_kept_for(plan: Plan, certificate: Certificate) -> None:
    assert len(list(witnesses(certificate, "fires"))) == 10
    for rule, witness in witnesses(certificate, "fires"):
        assert "fired" in outcomes_by_rule(decide(plan, witness))[rule]
    at_rest = dict.fromkeys(certificate.rules, "passed")
    at_rest |= {
        "callers": "not_applicable",
        "preview": "not_applicable",
        "never": "not_applicable",
    }
    assert dict(certificate.rests) == at_rest
    for rule, witness in witnesses(certificate, "passes"):
        assert outcomes_by_rule(decide(plan, witness))[rule] == {at_rest[rule]}


def without(files: Mapping[str, str], rule: str) -> dict[str, str]:
    from jurat.bundle._yaml import parse
    from jurat.bundle.source import SourceFile

    root, _ = parse(SourceFile("rules/live.yaml", files["rules/live.yaml"]))
    rules = [item.plain() for item in root.items]  # type: ignore[union-attr]  # a list
    return {**files, "rules/live.yaml": json.dumps([one for one in rules if one["id"] != rule])}


def test_without_the_rule_that_alone_decides_it_is_decided_otherwise(
    plan: Plan, certificate: Certificate, load: Callable[..., Plan]
) -> None:
    seen = set()
    for rule, witness in witnesses(certificate, "decides"):
        before, after = decide(plan, witness), decide(load(without(FILES, rule)), witness)
        assert (before.effect, before.obligations) != (after.effect, after.obligations), rule
        seen.add((rule, before.effect))
    deny = {rule for rule, effect in seen if effect == "deny"}
    assert deny >= {"teams", "preview", "models", "often", "keys", "answers"}
    # the one by an obligation, or by an image that can't be scanned
    assert {rule for rule, _ in seen} - deny <= {"callers", "numbers"}
    assert {rule for rule, _ in seen} == deny | {"callers", "numbers"}


def less(node: Any) -> Iterator[Any]:
    """`node` with one thing left out, at any depth."""
    for key in range(len(node)) if isinstance(node, list) else node:
        rest = node.copy()
        child = rest.pop(key)
        yield rest
        if isinstance(child, dict | list):
            for inner in less(child):
                whole = node.copy()
                whole[key] = inner
                yield whole


def test_no_part_of_an_input_can_be_left_out(plan: Plan, certificate: Certificate) -> None:
    for rule, witness in witnesses(certificate, "fires"):
        whole = witness.to_dict()
        for name in ("given", "supports", "facts"):
            for rest in less(whole.get(name, {})):
                smaller = Witness.from_dict({**whole, name: rest})
                outcomes = outcomes_by_rule(decide(plan, smaller))
                assert "fired" not in outcomes.get(rule, ()), (rule, name, rest)
    (given,) = {
        json.dumps(w.given) for rule, w in witnesses(certificate, "fires") if rule == "models"
    }
    assert set(json.loads(given)) == {"model"}


def kept(files: Mapping[str, Any], certificate: Certificate) -> dict[str, Any]:
    return {
        **{name: text.encode() for name, text in files.items()},
        FILE: certificate.to_bytes(),
    }


def test_it_is_made_again_byte_for_byte(
    plan: Plan, certificate: Certificate, load: Callable[..., Plan], registry: Registry
) -> None:
    assert certify(plan, registry, tries=300).to_bytes() == certificate.to_bytes()
    again = load(kept(FILES, certificate))
    assert again.bundle.digest == plan.bundle.digest
    assert kept_certificate(again.bundle) == certificate
    assert certify(again, registry, tries=300).to_bytes() == certificate.to_bytes()
    assert liveness_changes(again, registry, tries=300) == []
    assert list(json.loads(certificate.to_bytes())["rules"]) == sorted(certificate.rules)


CHANGES = [
    # what is written in place of what, and what comes of it: (rule, dead)
    ("max_age: 90d", "max_age: 20000d", {("keys", False)}),
    ('["gpt-4.5-preview"]', '["gpt-4.5-preview"] && request.model == "gpt-4.1"', {("preview", True)}),
    ("response.status >= 500", "response.status >= 500 && response.status < 100", {("answers", True)}),
    ("id: hint", "id: notice", {("notice", False), ("hint", False)}),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES, ids=[c[1] for c in CHANGES])
def test_a_change_after_which_a_rule_is_dead_is_told_first(
    old: str,
    new: str,
    expected: set[tuple[str, bool]],
    certificate: Certificate,
    load: Callable[..., Plan],
    registry: Registry,
) -> None:
    assert old in RULES
    changed = load(kept({**FILES, "rules/live.yaml": RULES.replace(old, new)}, certificate))
    changes = liveness_changes(changed, registry, tries=300)
    assert {(one.rule, one.dead) for one in changes} == expected
    dead = {one.what for one in changes if one.dead}
    assert dead == ({"fires", "decides"} if any(dead for _, dead in expected) else set())
    for one in changes:
        assert told(one).startswith(f"{one.rule}: ")
        assert ("tries nothing was found" in told(one)) == one.dead
        assert "impossible" not in told(one)


def test_what_was_dead_before_is_no_change(
    certificate: Certificate, load: Callable[..., Plan], registry: Registry
) -> None:
    gone = load(
        {
            **kept(FILES, certificate),
            "rules/live.yaml": without(FILES, "never")["rules/live.yaml"].encode(),
        }
    )
    assert [(one.rule, one.gone) for one in liveness_changes(gone, registry)] == [("never", True)]


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"liveness": 2, "bundle": "live", "rules": {}}',
     b'{"liveness": 1, "bundle": "live", "rules": {"models": {"fires": {"given": {}}}}}',
     b'{"liveness": 1, "bundle": "live", "rules": {"models": {"fires": {"given": {}, "now": "soon"}}}}',
     b'{"liveness": 1, "bundle": "live", "rules": {"models": {"fires": {"given": 3, "now": "2026-05-25T12:00:00Z"}}}}'],
)  # fmt: skip
def test_a_certificate_that_is_none_says_how_to_make_one(
    data: bytes, load: Callable[..., Plan]
) -> None:
    broken = load({**{k: v.encode() for k, v in FILES.items()}, FILE: data})
    with pytest.raises(ValueError, match="jurat laws --liveness"):
        kept_certificate(broken.bundle)


def test_a_certificate_that_others_wrote_breaks_nothing(
    certificate: Certificate, load: Callable[..., Plan], registry: Registry
) -> None:
    """Of what can't be decided, nothing is shown; and so it is searched for anew."""
    made = json.loads(certificate.to_bytes())
    odd = (
        {"type": "answer"},
        {"stops": {"a": {"until": "soon"}}},
        {"given": {"model": 3}},
        {"facts": {"/x": 1}},
    )
    for rule, change in zip(("models", "callers", "hint", "teams"), odd, strict=True):
        made["rules"][rule]["fires"] |= change
    files = {**kept(FILES, certificate), FILE: json.dumps(made).encode()}
    changes = liveness_changes(load(files), registry, tries=300)
    assert {one.rule for one in changes} <= {"models", "callers", "hint", "teams"}
    assert not any(one.dead for one in changes)


# -- a rule's page


def page(plan: Plan, rule: str) -> list[str]:
    lines = rule_page(plan, plan.bundle.rule_by_id[rule], now=datetime(2026, 5, 25, tzinfo=UTC))
    parts = "\n".join(lines).split("\n\n")
    (found,) = [p for p in parts if p.startswith("inputs that show")] or [""]
    return [line.strip() for line in found.splitlines()[1:]]


def test_it_stands_on_the_page_of_the_rule(
    plan: Plan, certificate: Certificate, load: Callable[..., Plan]
) -> None:
    assert page(plan, "models") == []  # nothing is kept
    kept_with = load(kept(FILES, certificate))
    assert page(kept_with, "preview") == [
        'It fires for {"model": "gpt-4.5-preview"} at 2026-05-25T12:00:00Z',
        'It does not apply to {"model": "gpt-4.1"} at 2026-05-25T12:00:00Z',
        *page(kept_with, "preview")[2:],
    ]
    assert page(kept_with, "preview")[2].startswith('It alone decides on {"action": "')
    fires, _, decides = page(kept_with, "never")
    tries = certificate.rules["never"]["fires"]
    assert (fires, decides) == (
        f"It fires for: not found in {tries} tries",
        f"It alone decides on: not found in {tries} tries",
    )
    assert "with facts {" in " ".join(page(kept_with, "often"))


def test_what_holds_no_more_is_not_shown_as_if_it_did(
    certificate: Certificate, load: Callable[..., Plan]
) -> None:
    changed = RULES.replace('["gpt-4.5-preview"]', '["gpt-4.1"]')
    told = page(load(kept({**FILES, "rules/live.yaml": changed}, certificate)), "preview")
    assert told[0].startswith("It fires for: nothing that is certified any more;")
    broken = load({**kept(FILES, certificate), FILE: b"{}"})
    assert "make it anew with `jurat laws --liveness`" in " ".join(page(broken, "preview"))


# -- what stands beside a rule is taken out of the way

BESIDE = """
- {id: listed, title: T, kind: expression, 'on': [org_state], over: project, effect: deny,
   severity: high, when: '!(project.id in data.projects)'}
- {id: kept, title: T, kind: expression, 'on': [org_state], over: project, effect: deny,
   severity: high, when: 'project.retention != "zero"'}
- {id: owned, title: T, kind: expression, 'on': [org_state], over: project, effect: deny,
   severity: high, when: '!has(project.owner)'}
- {id: in-use, title: T, kind: expression, 'on': [org_state], over: project, effect: deny,
   severity: high, when: 'project.status in ["archived", "active"]'}
- {id: far, title: T, kind: expression, 'on': [org_state], over: project, effect: deny,
   severity: high, when: 'project.residency != "eu"'}
"""
BESIDE_FILES = {
    "bundle.yaml": "name: beside\nversion: 1.0.0\nrevision: 1\n",
    "rules/r.yaml": BESIDE,
    "data/projects.yaml": "p1: {environment: production}\n",
    "tests/t.yaml": json.dumps(
        [
            {
                "name": "a project that is not listed",
                "now": "2026-05-25T12:00:00Z",
                "type": "org_state",
                "given": {
                    "observed_at": "2026-05-25T12:00:00Z",
                    "projects": {"items": {"p2": {}}},
                },
                "expect": {"effect": "deny"},
            }
        ]
    ),
}


def test_what_else_stands_against_an_input_is_taken_out_of_the_way(
    load: Callable[..., Plan], registry: Registry
) -> None:
    plan = load(BESIDE_FILES)
    certificate = certify(plan, registry, tries=1)
    witness = certificate.rules["listed"]["decides"]
    assert isinstance(witness, Witness)
    assert {reason.rule for reason in decide(plan, witness).reasons} == {"listed"}
    (project,) = witness.given["projects"]["items"].values()
    assert project.keys() == {"retention", "owner", "status", "residency"}


def test_what_stands_in_the_way_is_told_by_rule_and_place(load: Callable[..., Plan]) -> None:
    plan = load(BESIDE_FILES)
    items = {"p2": {"retention": "default", "status": "x", "owner": "ann", "residency": "us"}}
    given = {"observed_at": "2026-05-25T12:00:00Z", "projects": {"items": items}}
    decision = decide(plan, Witness(given, "2026-05-25T12:00:00Z", "org_state"))
    at = "/projects/items/p2"
    assert obstacles(decision, ["listed"]) == {("kept", at), ("far", at)}
    values = {"/projects/items/*/retention": ("zero", None), "/projects/source": ("x", None)}
    made = [
        one["projects"]["items"]["p2"]
        for one in mendings(given, frozenset({("kept", at)}), values)
    ]
    rest = {"status": "x", "owner": "ann", "residency": "us"}
    assert made == [
        {**rest, "retention": None},
        {**rest, "retention": "zero"},
        rest,
    ]
    assert items["p2"]["retention"] == "default"


# -- what ships


@pytest.mark.parametrize("name", jurat_policies.names())
def test_the_rules_that_ship_are_as_live_as_they_were(name: str) -> None:
    """`jurat laws --liveness` on its directory certifies what has changed on purpose."""
    assert_live(name)


def _shipped(name: str) -> Bundle:
    registry = load_plugins()
    (bundle,), _ = compile_bundles(name, registry, versions_of(registry))
    return bundle


@pytest.mark.parametrize("name", jurat_policies.names())
def test_every_rule_that_ships_was_seen_to_fire(name: str) -> None:
    bundle = _shipped(name)
    certificate = kept_certificate(bundle)
    assert certificate is not None
    mend = f"run `jurat laws --liveness policies/jurat_policies/{name}`"
    assert certificate.rules.keys() == {rule.id for rule in bundle.rules}, mend
    silent = {rule for rule, what, _ in certificate.not_found if what == "fires"}
    assert silent == set(), mend


def test_a_shipped_rule_that_is_dead_is_seen(load: Callable[..., Plan]) -> None:
    files = dict(_shipped("starter").files)
    file = "rules/starter.yaml"
    kind = b"kind: model.allowlist\n"
    assert kind in files[file]
    files[file] = files[file].replace(
        kind, kind + b'  when: request.model == "gpt-4.1" && request.model == "o4-mini"\n'
    )
    bundle = load(files).bundle
    with pytest.raises(
        AssertionError, match=r"models: in \d+ tries nothing was found for which it fires"
    ):
        assert_live(bundle, tries=50)
    with pytest.raises(AssertionError, match=r"has no liveness\.json"):
        assert_live(load(FILES).bundle)
    with pytest.raises(BundleError):
        assert_live("no/such/bundle")
