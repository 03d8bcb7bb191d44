"""What ships is an example to copy: held to every field, tried from every side."""

from collections.abc import Sequence
from importlib.metadata import entry_points

import pytest

import jurat_policies
from jurat.authoring._catalogues import catalogues_for
from jurat.authoring.cases import cover
from jurat.bundle import Bundle, Rule, read_bundle
from jurat.engine import (
    CaseResult,
    Engine,
    compile_bundles,
    outcomes_by_rule,
    run_cases,
    versions_of,
)
from jurat.plan import Plan
from jurat.plugin import Registry, load_plugins

NAMES = jurat_policies.names()


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_plugins()


@pytest.fixture(scope="module")
def bundles(registry: Registry) -> dict[str, Bundle]:
    return {name: read_bundle(jurat_policies.path(name), registry) for name in NAMES}


def test_names() -> None:
    assert set(NAMES) >= {"starter", "openai-enterprise"}
    with pytest.raises(LookupError, match="starter"):
        jurat_policies.path("stater")


def test_every_bundle_has_its_entry_point() -> None:
    found = {
        point.name: point.load()
        for point in entry_points(group="jurat_bundles")
        if point.module == "jurat_policies"
    }
    assert found == {name: jurat_policies.path(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_it_arms_by_name(name: str) -> None:
    Engine.load(name).close()  # its own tests are the self-test


@pytest.mark.parametrize("name", NAMES)
def test_it_begins_by_watching(name: str, registry: Registry) -> None:
    """One word is added for the first week; the tests stay, and arm it."""
    files = dict(read_bundle(jurat_policies.path(name), registry).files)
    files["bundle.yaml"] += b"mode: shadow\n"
    with Engine.load({path: data.decode() for path, data in files.items()}) as engine:
        decision = engine.evaluate({"model": "gpt-4.1"}, now="2026-05-25T12:00:00Z")
    assert decision.allowed
    assert decision.would is not None


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_filled_in(name: str, bundles: dict[str, Bundle]) -> None:
    bundle = bundles[name]
    assert bundle.name == name
    assert bundle.description
    assert bundle.owner
    for rule in bundle.rules:
        assert rule.title, rule.id
        assert rule.owner, rule.id
        assert rule.controls, rule.id
        assert rule.remediation.endswith("."), rule.id
        assert rule.description.rstrip().endswith("."), rule.id


@pytest.mark.parametrize("name", NAMES)
def test_its_controls_are_those_of_catalogues(name: str, bundles: dict[str, Bundle]) -> None:
    known = {
        control
        for catalogue in catalogues_for(bundles[name]).values()
        for control in catalogue.controls
    }
    named = {control for rule in bundles[name].rules for control in rule.controls}
    assert named <= known


def test_the_enterprise_supports_every_framework(bundles: dict[str, Bundle]) -> None:
    named = {
        control.partition(":")[0]
        for rule in bundles["openai-enterprise"].rules
        for control in rule.controls
    }
    assert named == {
        *("SOC2", "GDPR", "HIPAA", "PCI", "CCPA"),
        *("ISO42001", "NIST-AI-RMF", "OWASP-LLM"),
    }


def _needs(rule: Rule) -> list[set[str]]:
    """What cases must show of a rule: one outcome of each set.

    It fires; it doesn't; a fact that it needs is missing. A condition that is all of the rule has
    no third answer beside true and not applicable. A rule that reads nothing but the text lacks
    no fact: an input without a text is an input without a hit.
    """
    kind = rule.implementation
    needs = [{"fired"}, {"passed"} if kind else {"passed", "not_applicable"}]
    if kind is None or rule.when or kind.reads(rule.params):
        needs.append({"unknown"})
    return needs


def _lacking(plan: Plan, results: Sequence[CaseResult]) -> dict[str, list[list[str]]]:
    """The rules of a bundle with the outcomes that none of its cases, decided, brings about."""
    shown: dict[str, set[str]] = {rule.id: set() for rule in plan.bundle.rules}
    for result in results:
        assert result.decision is not None
        for rule_id, outcomes in outcomes_by_rule(result.decision).items():
            shown[rule_id] |= outcomes
    lacking = {
        rule.id: [sorted(one) for one in _needs(rule) if not one & shown[rule.id]]
        for rule in plan.bundle.rules
    }
    return {rule_id: missed for rule_id, missed in lacking.items() if missed}


Tried = dict[str, tuple[Plan, list[CaseResult]]]


@pytest.fixture(scope="module")
def tried(registry: Registry) -> Tried:
    made = {}
    for name in NAMES:
        _, (plan,) = compile_bundles(name, registry, versions_of(registry))
        made[name] = (plan, run_cases(plan))
    return made


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_is_tried(name: str, tried: Tried) -> None:
    assert _lacking(*tried[name]) == {}, "outcomes that no case of the bundle shows"


@pytest.mark.parametrize("name", NAMES)
def test_every_condition_is_seen_to_hold_and_not_to(name: str, tried: Tried) -> None:
    """What is left of coverage: rules beside which another one always denies, too."""
    for rule in cover(*tried[name]).rules:
        assert set(rule.missing) <= {"decides alone"}, rule.rule


def test_a_rule_that_is_not_tried_is_found(registry: Registry) -> None:
    files = dict(read_bundle(jurat_policies.STARTER, registry).files)
    files["rules/new.yaml"] = b"""
- {id: new, title: A, kind: network.allowlist, effect: advise, severity: low,
   params: {networks: [192.0.2.0/24]}, when: request.action == "videos.create"}
"""
    text = {path: data.decode() for path, data in files.items()}
    _, (plan,) = compile_bundles(text, registry, versions_of(registry))
    assert set(_lacking(plan, run_cases(plan))) == {"new"}


@pytest.mark.parametrize("name", NAMES)
def test_every_case_says_something_else(name: str, bundles: dict[str, Bundle]) -> None:
    names = [case.name for case in bundles[name].tests]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", NAMES)
def test_every_input_it_judges_is_tried(name: str, bundles: dict[str, Bundle]) -> None:
    bundle = bundles[name]
    judged = {one.input for rule in bundle.rules for one in rule.judges}
    assert {case.type for case in bundle.tests} == judged


def test_starter_is_short(bundles: dict[str, Bundle]) -> None:
    """Understood in five minutes: a handful of rules, and no table to fill in."""
    starter = bundles["starter"]
    assert len(starter.rules) <= 6
    assert not list(starter.tables)
    lines = (jurat_policies.STARTER / "rules" / "starter.yaml").read_text().splitlines()
    assert len(lines) <= 90


def test_enterprise_serves_every_zone(bundles: dict[str, Bundle]) -> None:
    rows = bundles["openai-enterprise"].tables["endpoints"].values()
    served: dict[str | None, set[str]] = {}
    for row in rows:
        served.setdefault(row.__dict__["residency"], set()).add(row.__dict__["region"])
    assert served == {
        "eu": {"westeurope", "francecentral"},
        "us": {"eastus", "westus"},
        "apac": {"japaneast", "australiaeast"},
        "global": {"global"},
    }
