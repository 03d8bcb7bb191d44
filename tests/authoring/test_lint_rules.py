"""Every lint rule: its documentation, its two examples, and that it is found."""

import sys
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pytest

from jurat.authoring.lint import (
    Settings,
    all_rules,
    documentation,
    look,
    own_rules,
    rule_named,
    settings_from,
)
from jurat.bundle import pack
from jurat.plugin import LEAST, LintExample, LintRule, Registry, load_plugins

RULES = own_rules()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where plugins of examples are imported from."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("example_"):
            del sys.modules[name]


def with_plugin(code: str, registry: Registry, folder: Path) -> Registry:
    if not code:
        return registry
    module = f"example_{sha256(code.encode()).hexdigest()[:8]}"
    (folder / f"{module}.py").write_text(code, "utf-8")
    own = EntryPoint(module, module, "jurat")
    made = load_plugins(entry_points=[*entry_points(group="jurat"), own], environ={})
    assert not made.broken, made.broken
    return made


def found(example: LintExample, rule: LintRule, registry: Registry) -> list[Any]:
    files = {**LEAST, **example.files}
    settings = Settings(select=(rule.code, "JL307") if rule.code < "JL100" else (rule.code,))
    settings = settings.over(settings_from(example.settings, "pyproject.toml"))
    source: Any = pack(files) if example.packed else files
    looked = look(source, registry, settings, now=datetime.fromisoformat(example.now))
    assert not looked.failed, looked.failed
    assert looked.loaded, [each.diagnostic for each in looked.found]
    return [each.diagnostic for each in looked.found if each.diagnostic.code == rule.code]


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_the_examples_do_what_they_say(rule: LintRule, registry: Registry, folder: Path) -> None:
    there = found(rule.fires, rule, with_plugin(rule.fires.plugin, registry, folder))
    assert there
    assert all(item.line and item.help and item.source_line for item in there)
    passes = with_plugin(rule.passes.plugin, registry, folder)
    assert found(rule.passes, rule, passes) == []


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_the_documentation_has_what_why_and_both_examples(rule: LintRule) -> None:
    text = documentation(rule)
    assert rule.code in text
    assert rule.name in text
    assert len((rule.__doc__ or "").split()) > 12
    assert rule.__doc__ != LintRule.__doc__
    assert "It fires on" in text
    assert "It does not on" in text


def test_codes_and_names_are_unique_and_of_their_family(registry: Registry) -> None:
    families = {
        "itself": "0",
        "wrong": "1",
        "text": "2",
        "security": "3",
        "state": "4",
        "care": "5",
    }
    names = [rule.name for rule in all_rules(registry)]
    assert len(set(names)) == len(names)
    for rule in RULES:
        family = type(rule).__module__.split(".")[-2]
        assert rule.code.startswith(f"JL{families[family]}"), rule.code
        assert rule_named(rule.code.lower(), RULES) is rule
        assert rule_named(rule.name, RULES) is rule
