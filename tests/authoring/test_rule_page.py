"""A rule as a policy document: what, why, who, which controls, exceptions, examples."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from jurat.authoring.explain import documentation, rule_page
from jurat.plan import Plan
from jurat.plugin import load_plugins

Planned = Callable[[Mapping[str, str]], Plan]
NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)


@pytest.fixture
def page(planned: Planned, files: dict[str, str]) -> Callable[..., dict[str, str]]:
    """The sections of a rule's page by heading; the first two lines under ""."""

    def made(rule: str, *, now: datetime = NOW, **more: str) -> dict[str, str]:
        plan = planned({**files, **more})
        return sections("\n".join(rule_page(plan, plan.bundle.rule_by_id[rule], now=now)))

    return made


def sections(text: str) -> dict[str, str]:
    head, *rest = text.split("\n\n")
    found = {"": head}
    for part in rest:
        heading, _, body = part.partition("\n")
        assert all(line.startswith("  ") for line in body.splitlines()), part
        assert heading not in found
        found[heading] = body
    return found


def test_it_reads_like_a_document(page: Callable[..., dict[str, str]]) -> None:
    found = page("models")
    assert (
        found[""] == "models: Reviewed models only | with a `pipe`\nacme-ai 1.0.0, rules/a.yaml:8"
    )
    assert list(found) == [
        "",
        "what",
        "why",
        "what comes of it",
        "who answers for it",
        "controls that it supports",
        "to mend it",
        "waivers in force at 2026-05-25T12:00:00Z",
        "facts that it needs",
        "limits",
        "it fires for",
        "it passes for",
        "the bundle's tests in which it fires",
        "the bundle's tests in which it does not",
        "the bundle's tests in which a fact is missing, or it fails",
    ]
    assert found["what"].startswith("  Only models on the list are called.\n  Fires where")
    assert '    models: ["gpt-4.1"]\n      What anyone may call.' in found["what"]
    assert found["why"].startswith("  Nobody reviewed the others.\n  A model is reviewed")
    assert found["who answers for it"] == "  ai-governance"
    assert "  ACME:1: Only what the board approved is called" in found["controls that it supports"]
    assert found["to mend it"] == "  Call a reviewed model."
    assert "/model" in found["facts that it needs"]
    assert found["the bundle's tests in which it fires"].startswith(
        '  another model is not (tests/a.yaml:6)\n    {"model": "gpt-4o-mini"'
    )
    assert "reviewed model is let in" in found["the bundle's tests in which it does not"]


def test_waivers_in_force_are_told_with_all_that_was_recorded(
    page: Callable[..., dict[str, str]],
) -> None:
    told = page("models")["waivers in force at 2026-05-25T12:00:00Z"]
    assert told == (
        "  Until 2026-06-01T00:00:00Z, for ann, T-1: migration; where\n"
        '    request.project.id == "proj-a"'
    )
    later = datetime(2026, 6, 1, tzinfo=UTC)
    assert page("models", now=later)["waivers in force at 2026-06-01T00:00:00Z"] == "  None."


def test_an_expression_is_its_condition(
    page: Callable[..., dict[str, str]], files: dict[str, str]
) -> None:
    found = page("callers")
    assert found["what"] == (
        "  It judges a request, and fires where this is true:\n    has(request.model)"
    )
    assert "Effect permit: where it is true, a request is let in" in found["what comes of it"]
    assert "A permit is not waived." in found["what comes of it"]
    assert not any(heading.startswith("waivers") for heading in found)
    assert "why" not in found
    described = files["rules/a.yaml"].replace(
        "has(request.model)", "has(request.model)\n  description: So."
    )
    assert page("callers", **{"rules/a.yaml": described})["why"] == "  So."


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("models", "A waiver may lift it."),
        ("models", "the answer is deny."),
        ("stored", "Mode shadow: it is recorded only"),
        ("background", "Mode warn: it is told"),
        (
            "large",
            "Effect advise: where it fires, that is told, and nothing is denied. Severity low.",
        ),
        ("lost", "it is passed over."),
    ],
)
def test_what_comes_of_it(rule: str, says: str, page: Callable[..., dict[str, str]]) -> None:
    assert says in " ".join(page(rule)["what comes of it"].split())


def test_the_bundles_mode_is_told(page: Callable[..., dict[str, str]]) -> None:
    manifest = "name: acme-ai\nversion: 1.0.0\nrevision: 1\nmode: warn\n"
    told = page("models", **{"bundle.yaml": manifest, "tests/a.yaml": ""})["what comes of it"]
    assert "Mode warn: it is told, and does not decide. The mode is the bundle's." in told


def test_what_is_missing_is_said(page: Callable[..., dict[str, str]]) -> None:
    found = page("lost")
    assert found["tests"] == "  No test of the bundle makes it fire."
    assert found["who answers for it"] == "  The rule names nobody."
    assert found["controls that it supports"] == (
        "  SOC2:CC99: (in no catalogue)\n  NOBODY:1: (in no catalogue)"
    )
    assert page("large")["controls that it supports"] == "  It names none."
    assert "supports nothing yet" in page("stored")["controls that it supports"]


def test_a_failing_test_is_no_example(page: Callable[..., dict[str, str]]) -> None:
    cases = """\
- name: it is said to pass
  now: 2026-05-25T12:00:00Z
  given: {model: gpt-4o-mini, project: null}
  expect: {passed: [models]}
"""
    assert "tests" in page("models", **{"tests/a.yaml": cases})


@pytest.mark.parametrize(
    ("obligation", "says"),
    [
        ("{header: {name: X-Team, value: a}}", 'the header X-Team, with "a", on the call to the'),
        (
            "{header: {name: X-Audit, value: {from: decision.id}}}",
            "the header X-Audit, with the decision.id, on the call",
        ),
        ("{route: [e1, e2]}", "the call goes to e1 or e2"),
        ("{hold_stream: true}", "the answer is held back until it was judged whole"),
        ("{approval: [ann]}", "an approval first, by ann"),
    ],
)
def test_what_a_require_asks_for(
    obligation: str, says: str, page: Callable[..., dict[str, str]], files: dict[str, str]
) -> None:
    rules = (
        "- {id: asked, title: Asked, kind: expression, effect: require, severity: low,\n"
        f"   when: 'true', obligation: {obligation}}}\n"
    )
    told = page("asked", **{"rules/b.yaml": rules, "tests/a.yaml": ""})["what comes of it"]
    assert f"What it asks for: {says}" in " ".join(told.split())


def test_many_tests_are_counted_and_long_ones_not_shown(
    page: Callable[..., dict[str, str]],
) -> None:
    long = "x" * 700
    cases = "".join(
        f"- name: case {number}\n  now: 2026-05-25T12:00:00Z\n"
        f"  given: {{model: other, project: null, metadata: {{a: {long}}}}}\n"
        "  expect: {fired: [models]}\n"
        for number in range(7)
    )
    told = page("models", **{"tests/a.yaml": cases})["the bundle's tests in which it fires"]
    assert long not in told
    assert told.splitlines()[4:] == ["  case 4 (tests/a.yaml:17)", "  and 2 more"]


def test_every_installed_kind_documents_itself() -> None:
    for name, kind in load_plugins().kinds.items():
        assert "## What it does" in documentation(kind), name
        assert "## Why" in documentation(kind), name
        assert "## Limits" in documentation(kind), name
