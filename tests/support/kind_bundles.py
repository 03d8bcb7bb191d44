"""A small bundle for each rule kind that ships: what its laws are tried on."""

import json
from collections.abc import Iterator
from typing import Any

from rule_samples import samples_of

import jurat_rules
from jurat.plugin import Examples, RuleKind

PERMIT = {
    "id": "anyone",
    "title": "Anyone may call.",
    "kind": "expression",
    "effect": "permit",
    "severity": "info",
    "when": "true",
}


def kind_bundles() -> dict[str, dict[str, str]]:
    """By the name of the kind, the files of a bundle with a rule for each of its samples."""
    kinds = jurat_rules.jurat_rule_kinds()
    return {kind.name: _files(kind) for kind in kinds if kind.name != "expression"}


def _files(kind: type[RuleKind]) -> dict[str, str]:
    rules: list[dict[str, Any]] = []
    tables: dict[str, dict[str, Any]] = {}
    for number, params in enumerate(samples_of(kind.name)):
        examples = kind().examples(kind.Params.model_validate(params))
        for example in _each(examples):
            for name, rows in example.data.items():
                tables[name] = {**rows, **tables.get(name, {})}
        rules += [
            {
                "id": f"r{number}-{effect}",
                "title": "The rule.",
                "kind": kind.name,
                "on": _inputs(examples),
                "effect": effect,
                "severity": "high",
                "params": params,
            }
            for effect in sorted(kind.effects - {"advise"})
        ]
    manifest = {"name": kind.name.replace(".", "-").replace("_", "-"), "version": "1.0.0"}
    return {
        "bundle.yaml": json.dumps({**manifest, "revision": 1}),
        "rules/sample.yaml": json.dumps([PERMIT, *rules]),
        **{f"data/{name}.yaml": json.dumps(rows) for name, rows in tables.items()},
    }


def _each(examples: Examples | None) -> Iterator[Any]:
    if examples is not None:
        yield from (*examples.fires, *examples.passes)


def _inputs(examples: Examples | None) -> list[str]:
    """The inputs that the examples are."""
    found = {example.given.get("type", "request"): None for example in _each(examples)}
    return list(found) or ["request"]
