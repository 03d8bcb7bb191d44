"""The laws hold: of every kind that ships, of every bundle that ships, of a stranger's plugin."""

import importlib.util
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from harness import registry
from hypothesis import Phase, given, settings
from kind_bundles import kind_bundles

import jurat_policies
from jurat.bundle import Bundle
from jurat.plugin import load_plugins
from jurat.testing import LAWS, Laws, bundles
from jurat.testing._laws import Bench
from jurat.testing._laws._bench import benches

KINDS = kind_bundles()
# how many inputs a law tries here: the profile that the tests run in says it
EXAMPLES = {"quick": 6, "ci": 12}.get(settings.get_current_profile_name(), 1000)
SEED = 1
PATIENT = timedelta(seconds=10)  # a busy machine is no fault of a rule


@cache
def bench_of_kind(kind: str) -> Bench:
    (bench,) = benches(KINDS[kind], registry())
    return bench


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind(kind: str, law: str) -> None:
    LAWS[law](bench_of_kind(kind), max_examples=EXAMPLES, seed=SEED, deadline=PATIENT)


@cache
def bench_of_bundle(name: str) -> Bench:
    (bench,) = benches(name, load_plugins(pins=["rules"]))
    return bench


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", jurat_policies.names())
def test_every_bundle(name: str, law: str) -> None:
    LAWS[law](bench_of_bundle(name), max_examples=EXAMPLES * 2, seed=SEED, deadline=PATIENT)


PROFILE = settings.get_current_profile_name()


@settings(
    max_examples={"quick": 2, "ci": 5}.get(PROFILE, 200),
    derandomize=PROFILE != "nightly",  # the same in every run, until somebody searches
    phases=[Phase.generate],  # the law has made the input small already
)
@given(bundles())
def test_any_bundle(bundle: Bundle) -> None:
    """Rules of any kind with any params, modes, waivers and tables beside each other."""
    (bench,) = benches(bundle, registry())
    for law in LAWS.values():
        law(bench, max_examples=EXAMPLES, seed=SEED, deadline=PATIENT)


def sample() -> ModuleType:
    path = Path(__file__).parents[1] / "plugin" / "sample" / "acme_rules.py"
    spec = importlib.util.spec_from_file_location("acme_rules", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


(ACME,) = sample().jurat_rule_kinds()


class TestStranger(Laws):
    """Three lines in a stranger's file of tests."""

    bundle = {
        "bundle.yaml": "{name: hours, version: 1.0.0, revision: 1}",
        "rules/r.yaml": """
- {id: all, title: All, kind: expression, effect: permit, severity: info, when: "true"}
- {id: hours, title: Office hours, kind: acme.call_window, effect: deny, severity: high,
   params: {from_hour: 8, to_hour: 18}}
""",
    }
    registry = replace(registry(), kinds={**registry().kinds, ACME.name: ACME()})
    max_examples = EXAMPLES
    seed = SEED
    deadline = PATIENT


def test_the_class_has_every_law() -> None:
    tests = {name for name in vars(Laws) if name.startswith("test_")}
    assert tests == {f"test_{law.replace('-', '_')}" for law in LAWS}
