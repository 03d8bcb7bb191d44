"""A JSON Schema for each sort of file of a bundle: what an editor without our server goes by."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from ._files import FOLDERS, MANIFEST, WAIVERS
from ._registry import Registry
from ._schema import DIALECT, Schema, bundle_schema
from ._tables import STANDARD
from ._variations import FIXTURES

FOLDER = ".jurat/schema"
"""Below a bundle's directory; what begins with a dot is no part of the bundle."""
_KEY = "# yaml-language-server: $schema="
_FIXTURES: Schema = {"type": "object", "additionalProperties": {"type": "object"}}


def file_schemas(registry: Registry) -> dict[str, Schema]:
    """JSON Schemas (2020-12) by their names below `FOLDER`, each complete in itself.

    They are `manifest`, `rules`, `waivers`, `tests`, `fixtures`, `detectors`, `vocabulary`, and
    `table.<name>` for each standard table, with .json behind.
    """
    whole = bundle_schema(registry)
    defs = whole["$defs"]
    made = {"fixtures.json": {"$schema": DIALECT, "title": "jurat fixtures", **_FIXTURES}}
    sorts = ("manifest", "rules", "waivers", "tests", "detectors", "vocabulary")
    for sort in (*sorts, *(f"table.{name}" for name in STANDARD)):
        needed = _reached(defs, sort)
        made[f"{sort}.json"] = {
            "$schema": DIALECT,
            "title": f"jurat {sort.removeprefix('table.')}",
            "$ref": f"#/$defs/{sort}",
            "$defs": {name: defs[name] for name in defs if name in needed},
        }
    return made


def schema_of(file: str) -> str | None:
    """The name of the schema of a file of a bundle; None for one that has none."""
    folder, _, name = file.partition("/")
    if file == MANIFEST:
        return "manifest.json"
    if file == WAIVERS:
        return "waivers.json"
    if file == FIXTURES:
        return "fixtures.json"
    if folder == "data":
        table = name.removesuffix(".yaml")
        if table == "vocabulary":
            return "vocabulary.json"
        return f"table.{table}.json" if table in STANDARD else None
    return f"{folder}.json" if folder in FOLDERS and name.endswith(".yaml") else None


def with_header(file: str, text: str) -> str:
    """The text of a file with the line at its top that leads editors to its schema."""
    schema = schema_of(file)
    if schema is None or _KEY in text:
        return text
    up = "../" * (len(PurePosixPath(file).parts) - 1)
    break_ = "\r\n" if "\r\n" in text else "\n"
    return f"{_KEY}{up}{FOLDER}/{schema}{break_}{text}"


def _reached(defs: Schema, name: str) -> set[str]:
    """The definitions that one needs, itself among them."""
    found: set[str] = set()
    left = [name]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += _references(defs[one])
    return found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].removeprefix("#/$defs/").partition("/")[0]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
