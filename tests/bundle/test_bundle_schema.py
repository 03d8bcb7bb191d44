"""The JSON Schema of a bundle's files says what reading says."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from jurat.bundle import bundle_schema, load_bundle
from jurat.bundle._nodes import SourceFile
from jurat.bundle._yaml import parse
from jurat.bundle.editing import file_schemas, schema_of, with_header
from jurat.bundle.source import read_files
from jurat.engine import shipped
from jurat.plugin import load_plugins


def parsed(files: Mapping[str, str]) -> dict[str, Any]:
    made = {}
    for name, text in files.items():
        if name.endswith(".yaml"):
            root, problems = parse(SourceFile(name, text))
            assert not problems
            if root is not None:  # a file with nothing but comments
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


def references(value: Any) -> Any:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_every_reference_in_it_leads_somewhere(schema: dict[str, Any]) -> None:
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
    assert of_each(registry, files)[file]
    assert load_bundle(files, registry)[1]


def test_every_kind_and_key_is_described(schema: dict[str, Any], registry: Any) -> None:
    rule = schema["$defs"]["rule"]
    kinds = {one["const"]: one["description"] for one in rule["properties"]["kind"]["oneOf"]}
    assert set(kinds) == set(registry.kinds)
    assert kinds["model.allowlist"] == "Only what is listed."
    for name in ("manifest", "rule", "obligation"):
        for key, spec in schema["$defs"][name]["properties"].items():
            assert spec["description"], (name, key)


def of_each(registry: Any, files: Mapping[str, str]) -> dict[str, list[str]]:
    """By file, what its own schema says against it."""
    schemas = file_schemas(registry)
    return {
        name: complaints(schemas[schema], value)
        for name, value in parsed(files).items()
        if (schema := schema_of(name))
    }


def test_each_sort_of_file_has_a_schema_that_needs_no_other(registry: Any) -> None:
    for schema in file_schemas(registry).values():
        Draft202012Validator.check_schema(schema)
        for reference in set(references(schema)):
            level: Any = schema
            for step in reference.removeprefix("#/").split("/"):
                level = level[step]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_file_of_a_shipped_bundle_fits_its_schema(name: str) -> None:
    read, problems = read_files(shipped()[name])
    assert not problems
    texts = {file: data.decode() for file, data in read.items() if data.strip()}
    found = of_each(load_plugins(), texts)
    assert len(found) >= 3
    assert {file: told for file, told in found.items() if told} == {}


@pytest.mark.parametrize(
    ("file", "line", "own"),
    [
        ("bundle.yaml", "# yaml-language-server: $schema=.jurat/schema/manifest.json", ""),
        ("rules/a.yaml", "# yaml-language-server: $schema=../.jurat/schema/rules.json", ""),
        ("data/projects.yaml", "# yaml-language-server: $schema=../.jurat/schema/table.projects.json",
         ""),
        ("data/tenants.yaml", "", ""),
        ("README.md", "", ""),
        ("rules/a.yaml", "", "# yaml-language-server: $schema=mine.json\n"),
    ],
)  # fmt: skip
def test_the_first_line_leads_to_the_schema_once(file: str, line: str, own: str) -> None:
    text = f"{own}a: 1\n"
    made = with_header(file, text)
    assert made == (f"{line}\n{text}" if line else text)
    assert with_header(file, made) == made
