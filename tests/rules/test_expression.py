"""The engine judges this kind; how is tested there. Here is what the kind itself states."""

from typing import Any

import pytest

from jurat import Engine
from jurat.model import OrgState, Request
from jurat.plugin import CompileContext, RuleSpec
from jurat_rules.expression import Expression

SAMPLES: list[dict[str, Any]] = [{}]


def test_it_alone_permits() -> None:
    assert "permit" in Expression.effects
    assert "redact" not in Expression.effects  # what to redact is found by detectors


def test_it_judges_requests_first() -> None:
    assert Expression.judges[0] is Request


def test_it_judges_whatever_a_snapshot_holds() -> None:
    collections = {
        field.annotation.__args__[0].model_fields["items"].annotation.__args__[1]  # type: ignore[union-attr]  # X | None
        for name, field in OrgState.model_fields.items()
        if name not in ("type", "org", "observed_at")
    }
    assert collections <= set(Expression.judges)


def test_there_is_nothing_to_compile() -> None:
    spec: Any = RuleSpec
    context: Any = CompileContext
    with pytest.raises(NotImplementedError):
        Expression().compile(spec, context)


def test_params_are_empty() -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        Expression.Params.model_validate({"when": "true"})


def test_a_requirement_asks_and_a_constraint_tells() -> None:
    rule = "- {id: %s, title: T, kind: expression, effect: %s, severity: high, when: 'true'%s}\n"
    header = ", obligation: {header: {name: X-Team, value: a}}"
    files = {
        "bundle.yaml": "{name: a, version: 1.0.0, revision: 1}",
        "rules/r.yaml": rule % ("in", "permit", "")
        + rule % ("asks", "require", header)
        + rule % ("tells", "deny", "")
        + rule % ("hints", "advise", ""),
    }
    decision = Engine.load(files).evaluate({}, supports={"header"})
    assert {reason.rule: reason.code for reason in (*decision.reasons, *decision.advice)} == {
        "asks": "obligation-required",
        "tells": "condition-met",
        "hints": "condition-met",
    }
