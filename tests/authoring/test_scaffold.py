"""What `jurat new` writes is canonical, loads, and its tests hold."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from jurat.authoring.fmt import formatted
from jurat.authoring.scaffold import NewRule, added, new_detector, new_rule
from jurat.bundle import load_bundle
from jurat.bundle.source import SourceFile, read_files
from jurat.engine import plan_of, run_cases, shipped, versions_of
from jurat.model import Request
from jurat.plugin import RuleKind, RuleParams, load_plugins

REGISTRY = load_plugins()
STARTER = {
    file.relative_to(root).as_posix(): file.read_bytes()
    for root in [shipped()["starter"]]
    for file in sorted(root.rglob("*.yaml"))
}
# What the starter has no tables for, and the examples of the documentation name.
NEEDS = {"expression", "org.required_settings", "prompt.registry", "data.classification"}


@cache
def begun(kind: str) -> NewRule:
    return new_rule(kind, STARTER, REGISTRY)


def canonical(path: str, text: str) -> None:
    assert formatted(SourceFile(path, text)) == text


@pytest.mark.parametrize("kind", sorted(REGISTRY.kinds))
def test_a_rule_of_every_kind(kind: str) -> None:
    made = begun(kind)
    canonical("rules/r.yaml", made.rule)
    assert f"  kind: {kind}\n" in made.rule
    for param in REGISTRY.kinds[kind].Params.model_fields:
        assert f"{param}: " in made.rule or f"{param}:\n" in made.rule
    assert bool(made.problems) == (kind in NEEDS), made.problems
    if made.problems:
        assert all(problem.file == f"rules/{made.id}.yaml" for problem in made.problems)
        return
    files = {**STARTER, f"rules/{made.id}.yaml": made.rule.encode()}
    if made.tests:
        canonical("tests/t.yaml", made.tests)
        files[f"tests/{made.id}.yaml"] = made.tests.encode()
    bundle, problems = load_bundle(files, REGISTRY)
    assert bundle is not None
    assert problems == []
    plan = plan_of(bundle, REGISTRY, versions_of(REGISTRY))
    wrong = [result.case.name for result in run_cases(plan) if result.failures]
    assert wrong == [*made.upset]  # none of those that came with it


def test_most_kinds_bring_tests_that_fire_and_pass() -> None:
    made = {kind: begun(kind).tests for kind in REGISTRY.kinds}
    both = [kind for kind, text in made.items() if "fired: [" in text and "passed: [" in text]
    assert len(both) >= 15, both


def test_an_id_that_is_taken_gets_a_number() -> None:
    first = new_rule("credential.age", STARTER, REGISTRY)
    files = {**STARTER, "rules/key-age.yaml": first.rule.encode()}
    second = new_rule("credential.age", files, REGISTRY)
    assert (first.id, second.id) == ("key-age", "key-age-2")
    assert new_rule("credential.age", STARTER, REGISTRY, id_="mine").id == "mine"


def test_problems_stand_where_the_rule_will(tmp_path: Path) -> None:
    made = new_rule("prompt.registry", STARTER, REGISTRY, file="starter")
    (problem,) = made.problems
    lines = added(STARTER["rules/starter.yaml"].decode(), made.rule).splitlines()
    assert problem.file == "rules/starter.yaml"
    assert lines[problem.line - 1] == "- id: prompts"


def test_a_kind_without_an_example_gives_what_its_schema_says() -> None:
    class Bare(RuleKind):
        """Too few words."""

        name = "acme.bare"
        judges = Request
        effects = {"advise"}

        class Params(RuleParams):
            most: int
            words: tuple[str, ...]
            loud: bool = False
            """Whether it is told loudly."""

    registry = replace(REGISTRY, kinds={"acme.bare": Bare()})
    made = new_rule("acme.bare", {}, registry)
    assert made.rule == (
        "- id: acme-bare\n"
        "  title: Too few words\n"
        "  kind: acme.bare\n"
        "  effect: advise\n"
        "  severity: medium\n"
        "  params:\n"
        "    most: 1\n"
        "    words: [value]\n"
        "    # loud: false   Whether it is told loudly.\n"
        "  owner: nobody-yet\n"
        "  remediation: Say here what someone who met this rule can do.\n"
    )


@pytest.mark.parametrize("id_", ["acme.customer-id", "x", "a1.b-2"])
def test_a_detector_finds_what_it_says(id_: str) -> None:
    text = new_detector(id_, None if id_ != "x" else "NINE")
    canonical("detectors/d.yaml", text)
    bundle, problems = load_bundle({**STARTER, f"detectors/{id_}.yaml": text.encode()}, REGISTRY)
    assert problems == []
    assert bundle is not None
    assert [detector.id for detector in bundle.detectors] == [id_]


def test_files_are_read(tmp_path: Path) -> None:
    for name, data in STARTER.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert dict(read_files(tmp_path)[0]) == STARTER
