"""The JSON Schema of a bundle's files says what reading says."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from jurat.bundle import bundle_schema, load_bundle
from jurat.bundle._nodes import SourceFile
from jurat.bundle._yaml import parse


def parsed(files: Mapping[str, str]) -> dict[str, Any]:
    made = {}
    for name, text in files.items():
        if name.endswith(".yaml"):
            root, _ = parse(SourceFile(name, text))
            assert root is not None
            made[name] = root.plain()
    return made


@pytest.fixture(scope="module")
def schema(registry: Any) -> dict[str, Any]:
    return bundle_schema(registry)


def complaints(schema: dict[str, Any], value: Any) -> list[str]:
    validator = Draft202012Validator(schema)
    return [error.json_path for error in validator.iter_errors(value)]


def test_it_is_a_schema_and_json(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema


def test_every_reference_in_it_leads_somewhere(schema: dict[str, Any]) -> None:
    def references(value: Any) -> Any:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for item in value.values():
                yield from references(item)
        elif isinstance(value, list):
            for item in value:
                yield from references(item)

    for reference in set(references(schema)):
        level: Any = schema
        for step in reference.removeprefix("#/").split("/"):
            level = level[step]


def test_a_good_bundle_fits(schema: dict[str, Any], good: dict[str, str]) -> None:
    assert complaints(schema, parsed(good)) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("bundle.yaml", "revision: 1", "revison: 1"),
        ("bundle.yaml", "revision: 1", "revision: one"),
        ("bundle.yaml", "credentials: 6h", "credentials: 6"),
        ("bundle.yaml", "until: timestamp", "until: time"),
        ("rules/a.yaml", "severity: info", "severity: hihg"),
        ("rules/a.yaml", "  title: Registered callers\n", ""),
        ("rules/a.yaml", "kind: model.allowlist", "kind: model.alowlist"),
        ("rules/a.yaml", "effect: permit", "effect: redact"),
        ("rules/a.yaml", "{models: {param: reviewed}}", "{model: [a]}"),
        ("rules/a.yaml", "{models: {param: reviewed}}", "{models: [a], networks: {fcat: x}}"),
        ("rules/a.yaml", "  when: request.actor.id in data.service_accounts\n", ""),
        ("rules/b.yaml", "[request, org_state]", "[requests]"),
        ("data/service_accounts.yaml", "project: proj-a", "projct: proj-a"),
        ("data/vocabulary.yaml", "model: [house-model]", "model: house-model"),
        ("detectors/a.yaml", "entity: ACME_CUSTOMER, ", ""),
        ("waivers.yaml", "owner: ann", "onwer: ann"),
        ("tests/a.yaml", "effect: allow", "effect: alow"),
        ("tests/a.yaml", "actor: {id", "actr: {id"),
    ],
)
def test_a_mistake_does_not_fit(
    file: str, old: str, new: str, schema: dict[str, Any], good: dict[str, str], registry: Any
) -> None:
    assert old in good[file]
    files = {**good, file: good[file].replace(old, new, 1)}
    assert complaints(schema, parsed(files))
    assert load_bundle(files, registry)[1]


def test_every_kind_and_key_is_described(schema: dict[str, Any], registry: Any) -> None:
    rule = schema["$defs"]["rule"]
    kinds = {one["const"]: one["description"] for one in rule["properties"]["kind"]["oneOf"]}
    assert set(kinds) == set(registry.kinds)
    assert kinds["model.allowlist"] == "Only what is listed."
    for name in ("manifest", "rule", "obligation"):
        for key, spec in schema["$defs"][name]["properties"].items():
            assert spec["description"], (name, key)
