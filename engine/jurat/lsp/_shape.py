"""What may stand at a path of a bundle's file, by the JSON Schema of bundles."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
_FOLDERS = {"rules": "rules", "tests": "tests", "detectors": "detectors"}
_FILES = {
    "bundle.yaml": "manifest",
    "waivers.yaml": "waivers",
    "data/vocabulary.yaml": "vocabulary",
}
_VOCABULARY = re.compile(r"Vocabulary `([a-z_]+)`")


@dataclass(frozen=True, slots=True)
class Entry:
    """A key that may stand in a mapping, or a value that may stand at a key."""

    word: str
    about: str = ""
    required: bool = False


class Shape:
    """Reads the schema. `kind` in what follows is the rule kind that the item names, or ""."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._defs = schema["$defs"]

    def keys(self, file: str, path: Path, kind: str) -> list[Entry]:
        """The keys that a mapping at `path` may have."""
        found: dict[str, Entry] = {}
        for schema in self._at(file, path, kind):
            required = schema.get("required", ())
            for name, inner in schema.get("properties", {}).items():
                if name not in found and name != "param":
                    about = str(inner.get("description", ""))
                    found[name] = Entry(name, about, name in required)
        return list(found.values())

    def values(self, file: str, path: Path, kind: str) -> list[Entry]:
        """The words that may stand at `path`, where it is a closed list of them."""
        found: dict[str, Entry] = {}
        for schema in self._at(file, path, kind):
            words = schema.get("enum", [schema["const"]] if "const" in schema else ())
            for word in words:
                if isinstance(word, str):
                    found.setdefault(word, Entry(word, str(schema.get("description", ""))))
            if schema.get("type") == "boolean" or schema.get("const") is True:
                for word in ("true", "false"):
                    found.setdefault(word, Entry(word))
        return list(found.values())

    def about(self, file: str, path: Path, kind: str) -> str:
        """What the key that `path` ends with means."""
        if not path:
            return ""
        *above, last = path
        for entry in self.keys(file, tuple(above), kind):
            if entry.word == last:
                return entry.about
        return ""

    def vocabulary(self, file: str, path: Path, kind: str) -> str:
        """The vocabulary that a column is of, "" for none."""
        found = _VOCABULARY.search(self.about(file, path, kind))
        return found[1] if found else ""

    def holds_mapping(self, file: str, path: Path, kind: str) -> bool:
        return any("properties" in schema for schema in self._at(file, path, kind))

    def title(self, file: str, path: Path, kind: str) -> str:
        """What the type of a value is called: `integer`, `list`, …"""
        types: list[str] = []
        for schema in self._at(file, path, kind):
            said = schema.get("type")
            for word in said if isinstance(said, list) else [said]:
                if isinstance(word, str) and word not in ("null", *types):
                    types.append(word)
        return " or ".join({"array": "list", "object": "mapping"}.get(w, w) for w in types)

    # -- walking

    def _at(self, file: str, path: Path, kind: str) -> list[dict[str, Any]]:
        name = self._root(file)
        found = list(self._flat({"$ref": f"#/$defs/{name}"}, kind)) if name else []
        for step in path:
            found = [
                flat
                for schema in found
                for inner in self._below(schema, step)
                for flat in self._flat(inner, kind)
            ]
        return found

    def _root(self, file: str) -> str:
        if file in _FILES:
            return _FILES[file]
        folder, _, name = file.partition("/")
        if folder == "data":
            table = f"table.{name.removesuffix('.yaml')}"
            return table if table in self._defs else ""
        return "" if file == "tests/fixtures.yaml" else _FOLDERS.get(folder, "")

    def _below(self, schema: Mapping[str, Any], step: str | int) -> Iterator[dict[str, Any]]:
        if isinstance(step, int):
            if isinstance(schema.get("items"), dict):
                yield schema["items"]
        elif step in schema.get("properties", {}):
            yield schema["properties"][step]
        elif isinstance(schema.get("additionalProperties"), dict):
            yield schema["additionalProperties"]

    def _flat(
        self, schema: Mapping[str, Any], kind: str, depth: int = 0
    ) -> Iterator[dict[str, Any]]:
        """A schema as the alternatives that it stands for, without references."""
        if depth > 12:
            return
        if "$ref" in schema:
            node: Any = self._schema
            for part in str(schema["$ref"]).removeprefix("#/").split("/"):
                node = node[part]
            yield from self._flat(node, kind, depth + 1)
        plain = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        yield plain
        for word in ("anyOf", "oneOf", "allOf"):
            for inner in schema.get(word, ()):
                if "if" in inner:
                    if kind and inner["if"]["properties"]["kind"]["const"] == kind:
                        yield from self._flat(inner["then"], kind, depth + 1)
                else:
                    yield from self._flat(inner, kind, depth + 1)
