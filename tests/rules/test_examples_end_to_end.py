"""Every kind's own examples, tried as a user would: a bundle with one rule, and the whole input."""

import json
from typing import Any

import pytest
from rule_samples import samples_of

import jurat_rules
from jurat.engine import Engine
from jurat.plugin import Example, RuleKind

PERMIT = {
    "id": "anyone",
    "title": "Anyone may call.",
    "kind": "expression",
    "effect": "permit",
    "severity": "info",
    "when": "true",
}


CASES = [
    (kind, params, effect)
    for kind in jurat_rules.jurat_rule_kinds()
    for params in samples_of(kind.name)
    for effect in sorted(kind.effects - {"permit"})
    if kind().examples(kind.Params.model_validate(params)) is not None
]


def _outcome(kind: type[RuleKind], params: Any, effect: str, example: Example) -> set[str]:
    rule = {
        "id": "rule",
        "title": "The rule.",
        "kind": kind.name,
        "on": [example.given.get("type", "request")],
        "effect": effect,
        "severity": "high",
        "params": params,
    }
    files = {
        "bundle.yaml": json.dumps({"name": "sample", "version": "1.0.0", "revision": 1}),
        "rules/sample.yaml": json.dumps([PERMIT, rule]),
    }
    for table, rows in example.data.items():
        files[f"data/{table}.yaml"] = json.dumps(rows)
    decision = Engine.load(files).evaluate(
        example.given, now=example.now, supports={"redact", "route", "header"}
    )
    return {trace.outcome for trace in decision.explain().rules if trace.id == "rule"}


@pytest.mark.parametrize(
    ("kind", "params", "effect"), CASES, ids=lambda case: getattr(case, "name", None)
)
def test_examples(kind: type[RuleKind], params: Any, effect: str) -> None:
    examples = kind().examples(kind.Params.model_validate(params))
    assert examples is not None
    for example in examples.fires:
        assert _outcome(kind, params, effect, example) == {"fired"}, example.note
    for example in examples.passes:
        assert _outcome(kind, params, effect, example) == {"passed"}, example.note
