"""Lint rules of plugins: they look beside jurat's own, and what is wrong with one is told."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from jurat.authoring.lint import Settings, all_rules, documentation, look, rule_named
from jurat.plugin import Registry, load_plugins

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
FILES = {"bundle.yaml": "name: acme\nversion: 1.0.0\nrevision: 1\n"}
RULE = """\
from jurat.plugin import LintExample, LintFinding, LintRule, hookimpl

class Contract(LintRule):
    '''A bundle names the contract that it follows from.'''
    code, name, needs = "{code}", "{name}", "files"
    fires = LintExample()
    passes = LintExample({{"bundle.yaml": "name: acme\\nversion: 1.0.0\\nrevision: 1\\n# contract 7\\n"}})

    def check(self, subject):
        if not any("contract" in c.text for c in subject.comments("bundle.yaml")):
            {act}

@hookimpl
def jurat_lint_rules():
    return [{given}]
"""
FINDS = 'yield LintFinding("no contract", subject.of(subject.root("bundle.yaml")), "name it")'
Load = Callable[..., Registry]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    monkeypatch.syspath_prepend(str(tmp_path))
    made: list[str] = []

    def loaded(
        code: str = "ACME101",
        name: str = "no-contract",
        act: str = FINDS,
        given: str = "Contract",
        module: str = "acme_lint",
    ) -> Registry:
        text = RULE.format(code=code, name=name, act=act, given=given)
        (tmp_path / f"{module}.py").write_text(text, "utf-8")
        made.append(module)
        points = [EntryPoint(each, each, "jurat") for each in made]
        return load_plugins(entry_points=[*entry_points(group="jurat"), *points], environ={})

    yield loaded
    for module in made:
        sys.modules.pop(module, None)


def test_it_looks_beside_our_own(load: Load) -> None:
    registry = load()
    assert registry.plugins[-1].lint_rules == ("ACME101",)
    (found,) = look(FILES, registry, Settings(("ACME",)), now=NOW).found
    assert (found.diagnostic.code, found.diagnostic.name) == ("ACME101", "no-contract")
    rule = rule_named("acme101", all_rules(registry))
    assert rule is not None
    assert "A bundle names the contract" in documentation(rule)
    ignored = {"bundle.yaml": "# jurat: ignore[ACME101] none yet\n" + FILES["bundle.yaml"]}
    looked = look(ignored, registry, Settings(("ACME", "JL0")), now=NOW)
    assert (looked.ignored, looked.found) == (1, ())


def test_one_that_fails_is_named_and_the_others_go_on(load: Load) -> None:
    registry = load(act='raise ValueError("hunter2")')
    looked = look({**FILES, "data/models.yaml": "a: {}\n"}, registry, Settings(), now=NOW)
    assert looked.failed == ("lint rule ACME101 no-contract: ValueError",)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"code": "JL999"}, "letters of your own"),
        ({"code": "acme1"}, "letters of your own"),
        ({"name": "No Contract"}, "lower case with hyphens"),
        ({"given": "Contract()"}, "subclasses of LintRule"),
    ],
)
def test_what_is_unfit_is_told(load: Load, changed: dict[str, str], says: str) -> None:
    (broken,) = load(**changed).broken
    assert says in broken.error


def test_a_code_and_a_name_are_taken_once(load: Load) -> None:
    load()
    (broken,) = load(module="globex_lint").broken
    assert "ACME101" in broken.error
    assert "taken by plugin acme_lint" in broken.error
    broken = load(module="initech_lint", code="INI101").broken[-1]
    assert "no-contract" in broken.error
