"""What ships is an example to copy: held to every field, tried from every side."""

from importlib.metadata import entry_points
from typing import Any

import pytest

import jurat_policies
from jurat.bundle import Bundle, read_bundle
from jurat.engine import Engine
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


def _expected(bundle: Bundle, rule: str, outcome: str) -> bool:
    return any(rule in (getattr(case.expect, outcome) or ()) for case in bundle.tests)


def _not_fired(bundle: Bundle, rule: str) -> bool:
    return any(
        case.expect.effect == "allow" and rule not in (case.expect.fired or ())
        for case in bundle.tests
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_is_tried(name: str, bundles: dict[str, Bundle]) -> None:
    """There is a case in which it fires, one in which it doesn't, and one that lacks its fact."""
    bundle = bundles[name]
    for rule in bundle.rules:
        kind: Any = rule.implementation
        assert _expected(bundle, rule.id, "fired"), f"{rule.id} never fires"
        if rule.effect != "permit":
            assert _not_fired(bundle, rule.id), f"{rule.id} always fires"
        if kind is not None and kind.reads(rule.params):  # none for an expression
            assert _expected(bundle, rule.id, "unknown"), f"{rule.id} never lacks a fact"


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
