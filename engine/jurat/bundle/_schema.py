"""The JSON Schema of a bundle's files, for editors and `jurat schema`."""

import inspect
from collections.abc import Mapping
from typing import Any

from pydantic.errors import PydanticInvalidForJsonSchema

from jurat.model import Model, OrgState, Request, Response
from jurat.plugin import RuleKind

from ._keys import (
    CASE,
    DETECTOR,
    EXPECT,
    HEADER,
    HEADER_VALUE,
    LINT,
    MANIFEST,
    OBLIGATION,
    PARAMETER,
    REQUIRES,
)
from ._keys import RULE as RULE_KEYS
from ._keys import WAIVER as WAIVER_KEYS
from ._registry import Registry
from ._resources import resources
from ._rules import EXPRESSION
from ._shape import Keys
from ._tables import STANDARD
from ._types import TYPES
from ._vocabulary import ABOUT, COLUMNS, OWN

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def bundle_schema(registry: Registry) -> Schema:
    """JSON Schema (2020-12) of a bundle as one object: the parsed files by their names.

    What an editor needs for one sort of file stands under `$defs`: `manifest`, `rules`,
    `vocabulary`, `detectors`, `waivers`, `tests`, and `table.<name>` for each standard table. The
    params of each installed kind are at `params.<kind>`.
    """
    kinds = dict(sorted(registry.kinds.items()))
    tables = {f"data/{name}.yaml": _ref(f"table.{name}") for name in STANDARD}
    return {
        "$schema": DIALECT,
        "title": "jurat bundle",
        "description": "The files of a policy bundle, by name.",
        "type": "object",
        "properties": {
            "bundle.yaml": _ref("manifest"),
            "waivers.yaml": _ref("waivers"),
            "data/vocabulary.yaml": _ref("vocabulary"),
            "tests/fixtures.yaml": {"type": "object", "additionalProperties": {"type": "object"}},
            **tables,
        },
        "patternProperties": {
            r"^rules/[^/]+\.yaml$": _ref("rules"),
            r"^detectors/[^/]+\.yaml$": _ref("detectors"),
            r"^tests/(?!fixtures\.yaml$)[^/]+\.yaml$": _ref("tests"),
        },
        "required": ["bundle.yaml"],
        "$defs": {
            "manifest": _manifest(),
            "rules": {"type": "array", "items": _ref("rule")},
            "rule": _rule(kinds),
            "vocabulary": _vocabulary(),
            "detectors": {"type": "array", "items": _mapping(DETECTOR)},
            "waivers": {"type": "array", "items": _mapping(WAIVER_KEYS)},
            "tests": {"type": "array", "items": _case()},
            "obligation": _obligation(),
            "header_value": _mapping(HEADER_VALUE),
            "parameter": _mapping(PARAMETER),
            "param": _param(),
            **{f"params.{name}": _params(name, kind) for name, kind in kinds.items()},
            **{f"table.{name}": _table(name, model) for name, model in STANDARD.items()},
            **{
                f"input.{model.__name__}": _model(f"input.{model.__name__}", model)
                for model in (Request, Response, OrgState)
            },
        },
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _mapping(keys: Keys, **more: Any) -> Schema:
    """The schema of a mapping of a closed shape. `more` replaces the schemas of keys."""
    return {
        "type": "object",
        "properties": {
            name: {"description": key.about, **(more.get(name) or key.schema)}
            for name, key in keys.items()
        },
        "required": [name for name, key in keys.items() if key.required],
        "additionalProperties": False,
    }


def _manifest() -> Schema:
    types = {"type": "string", "enum": list(TYPES)}
    columns = {"type": "object", "additionalProperties": types}
    return _mapping(
        MANIFEST,
        requires=_mapping(REQUIRES),
        lint=_mapping(LINT),
        parameters={"type": "object", "additionalProperties": _ref("parameter")},
        tables={"type": "object", "additionalProperties": columns},
        assume={"type": "object", "propertyNames": {"pattern": "^/"}},
    )


def _rule(kinds: Mapping[str, RuleKind]) -> Schema:
    names = sorted({*kinds, EXPRESSION})
    described = [
        {"const": name, "description": _first_line(kinds[name]) if name in kinds else ""}
        for name in names
    ]
    schema = _mapping(
        RULE_KEYS,
        kind={"type": "string", "oneOf": described},
        over={"type": "string", "enum": sorted(resources())},
        obligation=_ref("obligation"),
        when={"type": ["string", "boolean"]},
    )
    schema["allOf"] = [_of_kind(name, kind) for name, kind in kinds.items()]
    schema["allOf"].append({"if": _kind_is(EXPRESSION), "then": {"required": ["when"]}})
    return schema


def _of_kind(name: str, kind: RuleKind) -> Schema:
    effects = {"effect": {"enum": sorted(kind.effects)}}
    then = {"properties": {"params": _ref(f"params.{name}"), **effects}}
    return {"if": _kind_is(name), "then": then}


def _kind_is(name: str) -> Schema:
    return {"properties": {"kind": {"const": name}}, "required": ["kind"]}


def _first_line(kind: RuleKind) -> str:
    return inspect.cleandoc(kind.__doc__ or "").partition("\n")[0]


def _params(name: str, kind: RuleKind) -> Schema:
    at = f"#/$defs/params.{name}/$defs/{{model}}"
    try:
        schema = kind.Params.model_json_schema(ref_template=at)
    except PydanticInvalidForJsonSchema:  # a plugin's field that only Python can check
        return {"type": "object", "description": f"The params of {name}."}
    made = {**_with_references(schema), "description": f"The params of {name}."}
    made.pop("title", None)
    return made


def _with_references(schema: Schema) -> Schema:
    """A schema of params in which a {param: name} may stand for each value."""
    made: Schema = {}
    for key, value in schema.items():
        if key == "$defs":
            made[key] = {name: _with_references(inner) for name, inner in value.items()}
        elif key in ("properties", "patternProperties"):
            made[key] = {name: _or_reference(inner) for name, inner in value.items()}
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            made[key] = _or_reference(value)
        elif key in ("anyOf", "oneOf", "allOf"):
            made[key] = [_with_references(inner) for inner in value]
        else:
            made[key] = value
    return made


def _or_reference(schema: Schema) -> Schema:
    outer: Schema = {
        key: schema[key] for key in ("description", "default", "title") if key in schema
    }
    inner = {key: value for key, value in schema.items() if key not in outer}
    return {**outer, "anyOf": [_with_references(inner), _ref("param")]}


def _param() -> Schema:
    return {
        "type": "object",
        "description": "The value of a parameter that bundle.yaml declares.",
        "properties": {"param": {"type": "string"}},
        "required": ["param"],
        "additionalProperties": False,
    }


def _obligation() -> Schema:
    schema = _mapping(OBLIGATION, header=_mapping(HEADER))
    return {**schema, "minProperties": 1, "maxProperties": 1}


def _vocabulary() -> Schema:
    words = {"type": "array", "items": {"type": "string", "minLength": 1}}
    return {
        "type": "object",
        "properties": {name: {"description": ABOUT[name], **words} for name in OWN},
    }


def _table(name: str, model: type[Model]) -> Schema:
    at = f"table.{name}"
    schema = _model(at, model)
    defs = schema.pop("$defs", {})
    for column, spec in schema.get("properties", {}).items():
        if vocabulary := COLUMNS.get((model.__name__, column)):
            spec["description"] = " ".join(
                part for part in (spec.get("description"), f"Vocabulary `{vocabulary}`.") if part
            )
    rows = {"anyOf": [schema, {"type": "null"}]}
    made: Schema = {
        "type": "object",
        "description": f"Rows of {name}, by id.",
        "additionalProperties": rows,
    }
    return {**made, "$defs": defs} if defs else made


def _model(at: str, model: type[Model]) -> Schema:
    return model.model_json_schema(ref_template=f"#/$defs/{at}/$defs/{{model}}", by_alias=True)


def _case() -> Schema:
    given = {"anyOf": [_ref(f"input.{name}") for name in ("Request", "Response", "OrgState")]}
    case = _mapping(
        CASE,
        expect=_mapping(EXPECT),
        given=given,
        state=_ref("input.OrgState"),
        stops=_ref("table.stops"),
    )
    # what a row or a fixture brings, the case need not say
    case["required"] = []
    case["anyOf"] = [
        {"required": ["name", "now", "given", "expect"]},
        {"required": ["name", "now", "base", "expect"]},
        {"required": ["rows"]},
    ]
    return case
