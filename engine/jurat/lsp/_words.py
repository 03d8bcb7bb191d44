"""The words that an editor offers where no closed list says them: ids, models, controls, …"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jurat.authoring.explain import catalogues_for, documentation
from jurat.authoring.lint import items_of
from jurat.bundle import Bundle, BundleError
from jurat.bundle.editing import EXPRESSION
from jurat.bundle.source import Mapping as Node
from jurat.bundle.source import Scalar
from jurat.plugin import Registry

from ._cursor import Cursor
from ._desk import Desk
from ._shape import Entry, Shape

_RULES = ("fired", "passed", "not_applicable", "unknown", "error", "waived")
_ACTORS = ("service_accounts", "users")
# by the last keys of a path in an input or a table, the tables whose ids stand there
_IDS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("project", "id"): ("projects",),
    ("actor", "project"): ("projects",),
    ("actor", "id"): _ACTORS,
    ("endpoint", "id"): ("endpoints",),
    ("credential", "id"): ("credentials",),
    ("credential", "owner"): _ACTORS,
    ("prompt", "id"): ("prompts",),
    ("obligation", "route"): ("endpoints",),
    ("project",): ("projects",),
    ("owner_id",): _ACTORS,
}
# the same by field path in a condition
FIELD_IDS: Mapping[str, tuple[str, ...]] = {
    "project.id": ("projects",),
    "actor.project": ("projects",),
    "credential.project": ("projects",),
    "actor.id": _ACTORS,
    "endpoint.id": ("endpoints",),
    "credential.id": ("credentials",),
    "prompt.id": ("prompts",),
    "request.model": ("models",),
    "request.provider": ("vendors",),
}
# params whose values (or, below a key, whose keys) are words of a vocabulary or ids of tables
_PARAMS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "models": ("model", ("models",)),
    "regions": ("region", ()),
    "entities": ("entity", ()),
    "packs": ("pack", ()),
    "environments": ("environment", ()),
    "residency": ("residency", ()),
    "statuses": ("approval_status", ()),
    "permissions": ("action", ()),
    "needs": ("action", ()),
    "projects": ("model", ("models",)),
    "actors": ("model", ("models",)),
    "roles": ("model", ("models",)),
}
_PARAM_KEYS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "projects": ("", ("projects",)),
    "actors": ("", _ACTORS),
    "roles": ("", ("roles",)),
    "regions": ("residency", ()),
    "residency": ("classification", ()),
}
_ID = re.compile(r"""(?:^- |[{,]\s*|^[ ]+)id:[ \t]*["']?([A-Za-z0-9][\w.-]*)""", re.MULTILINE)


class Words:
    """What one bundle, with the plugins that are installed, has names for."""

    def __init__(self, desk: Desk, registry: Registry, shape: Shape) -> None:
        self._desk = desk
        self._registry = registry
        self._shape = shape

    @property
    def bundle(self) -> Bundle | None:
        return self._desk.bundle

    def tree(self, file: str) -> Any:
        """The tree of a file of the bundle, None where it has none."""
        return self._desk.tree(file)

    def at(self, cursor: Cursor) -> Iterator[Entry]:
        """The words that may stand at a place as a value."""
        names = [step for step in cursor.path if isinstance(step, str)]
        last = names[-1] if names else ""
        if last == "param" and cursor.file.startswith("rules/") and "params" in names:
            yield from self.parameters()
        elif cursor.file.startswith("rules/"):
            yield from self._in_rule(names, cursor.said("kind"))
        elif cursor.file == "waivers.yaml" and last == "rule":
            yield from self.rules()
        elif cursor.file.startswith("tests/") and (
            last == "base" or (last in _RULES and "expect" in names)
        ):
            yield from self.fixtures() if last == "base" else self.rules()
        else:
            yield from self._in_data(cursor, names, last)

    def keys(self, cursor: Cursor) -> Iterator[Entry]:
        """The keys that may stand at a place and that no schema lists."""
        names = [step for step in cursor.path[:-1] if isinstance(step, str)]
        if cursor.file.startswith("rules/") and len(names) == 2 and names[0] == "params":
            vocabulary, tables = _PARAM_KEYS.get(names[1], ("", ()))
            yield from self.words(vocabulary)
            yield from self.ids(*tables)

    def _in_rule(self, names: list[str], kind: str) -> Iterator[Entry]:
        if names == ["kind"]:
            yield from self.kinds()
        elif names == ["controls"]:
            yield from self.controls()
        elif names == ["effect"]:
            yield from self.effects(kind)
        elif names == ["obligation", "route"]:
            yield from self.ids("endpoints")
        elif names[:1] == ["params"] and len(names) > 1:
            vocabulary, tables = _PARAMS.get(names[1], ("", ()))
            if kind.startswith("tool.") and vocabulary == "model":
                return
            yield from self.words(vocabulary)
            yield from self.ids(*tables)

    def _in_data(self, cursor: Cursor, names: list[str], last: str) -> Iterator[Entry]:
        tables = _IDS.get(tuple(names[-2:])) or (
            _IDS.get((last,), ()) if cursor.file.startswith("data/") else ()
        )
        yield from self.ids(*tables)
        if cursor.file.startswith("data/"):
            yield from self.words(self._shape.vocabulary(cursor.file, _plain(cursor.path), ""))
            if last == "permissions":
                yield from self.words("action")
        if last == "model" and "given" in names:
            yield from self.words("model")
        if last == "action" and "given" in names:
            yield from self.words("action")

    # -- by sort

    def words(self, vocabulary: str) -> Iterator[Entry]:
        bundle = self.bundle
        for word in sorted(bundle.words(vocabulary)) if bundle and vocabulary else ():
            yield Entry(word, vocabulary.replace("_", " "))

    def ids(self, *tables: str) -> Iterator[Entry]:
        for table in tables:
            root = self._desk.tree(f"data/{table}.yaml")
            for id_ in root.entries if isinstance(root, Node) else ():
                yield Entry(id_, f"data/{table}.yaml")

    def rules(self) -> Iterator[Entry]:
        """Those that can be read, and what looks like one that is being typed."""
        known = self.bundle.rule_by_id if self.bundle else {}
        for file in sorted(self._desk.files):
            for item in items_of(self._desk.text(file)) if file.startswith("rules/") else ():
                if found := _ID.search(item.text):
                    rule = known.get(found[1])
                    yield Entry(found[1], rule.title if rule else "")

    def kinds(self) -> Iterator[Entry]:
        for name, kind in sorted(self._registry.kinds.items()):
            yield Entry(name, _first(kind))
        if EXPRESSION not in self._registry.kinds:
            yield Entry(EXPRESSION, "The condition is the rule.")

    def effects(self, kind: str) -> Iterator[Entry]:
        for entry in self._shape.values("rules/r.yaml", (0, "effect"), ""):
            found = self._registry.kinds.get(kind)
            if found is None or entry.word in found.effects:
                yield entry

    def controls(self) -> Iterator[Entry]:
        if self.bundle is None:
            return
        try:
            catalogues = catalogues_for(self.bundle)
        except BundleError:  # an installed catalogue is broken: `jurat report` says so
            return
        for catalogue in catalogues.values():
            for id_, text in catalogue.controls.items():
                yield Entry(id_, f"{text} ({catalogue.title})")

    def parameters(self) -> Iterator[Entry]:
        root = self._desk.tree("bundle.yaml")
        declared = root.get("parameters") if isinstance(root, Node) else None
        for name, (_, node) in declared.entries.items() if isinstance(declared, Node) else ():
            about = node.get("description") if isinstance(node, Node) else None
            yield Entry(name, about.text if isinstance(about, Scalar) else "")

    def fixtures(self) -> Iterator[Entry]:
        root = self._desk.tree("tests/fixtures.yaml")
        for name in root.entries if isinstance(root, Node) else ():
            yield Entry(name, "tests/fixtures.yaml")


def _plain(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The path of a column, without the places in its list."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return path


def _first(kind: object) -> str:
    return " ".join(documentation(kind).split("\n\n")[0].split())
