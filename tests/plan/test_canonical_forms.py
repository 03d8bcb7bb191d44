"""The canonical bytes that replay makes are those that a decision gives of itself."""

from collections.abc import Iterator
from typing import Any

import pytest
from harness import engine
from hypothesis import given, settings
from strategies import inputs, supports, worlds
from worlds import NOW, World

from jurat import Decision
from jurat.engine import compile_bundles, run_cases, shipped, versions_of
from jurat.plan import CanonicalForms
from jurat.plugin import load_plugins


def decisions(name: str) -> Iterator[tuple[Decision, Decision]]:
    """Every test case of a shipped bundle, decided twice: for what reads a decision's reasons
    first keeps them."""
    registry = load_plugins()
    _, (plan,) = compile_bundles(name, registry, versions_of(registry))
    for one, other in zip(run_cases(plan), run_cases(plan), strict=True):
        if one.decision is not None and other.decision is not None:
            for kept in ("reasons", "advice"):  # a case that expects some has read them
                one.decision.__dict__.pop(kept, None)
            yield one.decision, other.decision


@pytest.mark.parametrize("name", sorted(shipped()))
def test_of_every_case_of_the_shipped_bundles(name: str) -> None:
    forms = CanonicalForms()
    for one, other in decisions(name):
        assert forms.of(one) == other.canonical()


def test_reasons_are_made_without_words_to_people() -> None:
    told = []
    for one, _ in decisions("openai-enterprise"):
        forms = CanonicalForms()  # a new one each time: it says nothing twice
        forms.of(one)
        told += [reason for reason in one.reasons if reason.code == "credential-too-old"]
    assert told
    assert not any(reason.message for reason in told)


@settings(max_examples=60, deadline=None)
@given(worlds(most=5), inputs(), inputs(), supports())
def test_of_any_decision(
    world: World, first: dict[str, Any], second: dict[str, Any], able: frozenset[str]
) -> None:
    loaded = engine(world)
    forms = CanonicalForms()
    for given_ in (first, second, first):
        made = loaded.evaluate(given_, supports=able, now=NOW)
        again = loaded.evaluate(given_, supports=able, now=NOW)
        assert forms.of(made) == again.canonical()


def test_what_is_to_be_done_is_part_of_it() -> None:
    """Two requests in which the same was found, at different places."""
    files = {
        "bundle.yaml": "{name: acme, version: 1.0.0, revision: 1}",
        "rules/r.yaml": """
- {id: let-in, title: T, kind: expression, effect: permit, severity: info, when: "true"}
- {id: pii, title: T, kind: pii.patterns, effect: redact, severity: high,
   params: {entities: [US_SSN], operator: label}}
""",
    }
    loaded, forms = engine(files), CanonicalForms()
    for text in ("SSN 123-45-6789", "My SSN is 123-45-6789", "SSN 123-45-6789"):
        body = {"messages": [{"role": "user", "content": text}]}
        made, again = (loaded.evaluate(body, supports={"redact"}, now=NOW) for _ in "ab")
        assert made.obligations
        assert forms.of(made) == again.canonical()
