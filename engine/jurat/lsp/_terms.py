"""What a condition names: its fields, their types and words, up to a place in its text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jurat.bundle import Bundle
from jurat.bundle.editing import EXPRESSION, judged, resources, visible
from jurat.bundle.source import Sequence
from jurat.expr import Schema
from jurat.expr.tree import Type
from jurat.model import Model, Request, Response, nested_model
from jurat.plugin import Registry

from ._cursor import Cursor

_PATH = re.compile(r"((?:[A-Za-z_]\w*(?:\[[^\]]*\])?\.)*)([A-Za-z_]\w*)?$")
_WHOLE = re.compile(r"[A-Za-z_]\w*(?:\[[^\]]*\])?(?:\.[A-Za-z_]\w*(?:\[[^\]]*\])?)*")
_BOUND = re.compile(r"([A-Za-z_][\w.]*)\.(?:all|exists|exists_one|filter|map)\(\s*(\w+)\s*,")
_COMPARED = re.compile(r"([A-Za-z_]\w*(?:\[[^\]]*\])?(?:\.\w+)*)\s*(?:==|!=|in)\s*(?:\[[^\]]*)?$")
FUNCTIONS: Mapping[str, str] = {
    "has": "has(x): true where x is known, false where it is absent.",
    "size": "size(x): how many characters, items or keys.",
    "matches": "matches(text, pattern): whether an RE2 pattern is found; anchor it with ^ and $.",
    "glob": "glob(text, pattern): the whole text; `*` is any run of characters, `?` one.",
    "inNetwork": "inNetwork(ip, cidr or list of them).",
    "age": "age(time): how long ago, as a duration.",
    "lower": "lower(text): without regard to case.",
    "duration": 'duration("72h"): a length of time.',
    "timestamp": 'timestamp("2026-05-25T12:00:00Z"): a time.',
    "int": "int(x): as a whole number.",
    "double": "double(x): as a number.",
    "string": "string(x): as a text.",
}
METHODS: Mapping[str, str] = {
    "startsWith": "text.startsWith(prefix)",
    "endsWith": "text.endsWith(suffix)",
    "contains": "text.contains(part)",
    "matches": "text.matches(pattern), by RE2",
    "size": "x.size()",
    "exists": "list.exists(x, condition)",
    "all": "list.all(x, condition)",
    "exists_one": "list.exists_one(x, condition)",
    "filter": "list.filter(x, condition)",
    "map": "list.map(x, value)",
}
_OF_TEXT = ("startsWith", "endsWith", "contains", "matches", "size")
_OF_LIST = ("exists", "all", "exists_one", "filter", "map", "size")


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: str
    words: frozenset[str] = frozenset()
    vocabulary: str = ""
    about: str = ""
    method: bool = False


class Terms:
    """What a condition of one rule or waiver may name."""

    def __init__(self, schema: Schema, models: Mapping[str, type[Any]]) -> None:
        self._schema = schema
        self._models = models

    def fields(self, text: str) -> tuple[str, list[Field]] | None:
        """What may follow at the end of `text`: the beginning of the word there, and the fields.
        None inside of a string."""
        if open_string(text) is not None:
            return None
        found = _PATH.search(text)
        path, prefix = (found[1], found[2] or "") if found else ("", "")
        before = text[: len(text) - len(path) - len(prefix)]
        if before.endswith(".") and not path:
            return prefix, [Field(n, "", about=METHODS[n], method=True) for n in METHODS]
        bound = self._bound(before)
        if not path:
            named = {**self._schema.roots, **bound}
            roots = [Field(name, self._called(type)) for name, type in named.items()]
            roots += [Field(n, "function", about=a, method=True) for n, a in FUNCTIONS.items()]
            return prefix, roots
        type = self._type(path.rstrip("."), bound)
        return prefix, [] if type is None else self._of(type)

    def field(self, text: str, at: int) -> tuple[str, Field] | None:
        """The path up to the word that an offset is in, and what that word is."""
        if open_string(text[:at]) is not None:
            return None
        for found in _WHOLE.finditer(text):
            if found.start() <= at <= found.end():
                end = re.compile(r"\w*").match(text, at)
                path = text[found.start() : end.end() if end else at]
                return path, self._field(path, self._bound(text[: found.start()]))
        return None

    def compared(self, text: str) -> tuple[str, Field] | None:
        """The path and field that a string open at the end of `text` is compared with."""
        start = open_string(text)
        found = _COMPARED.search(text[:start]) if start is not None else None
        if found is None:
            return None
        return found[1], self._field(found[1], self._bound(text[: found.start()]))

    # -- types

    def _field(self, path: str, bound: Mapping[str, Type]) -> Field:
        above, _, name = path.rpartition(".")
        name = name.partition("[")[0]
        if not above:
            if name in FUNCTIONS and name not in self._schema.roots:
                return Field(name, "function", about=FUNCTIONS[name], method=True)
            root = {**self._schema.roots, **bound}.get(name)
            return Field(name, self._called(root) if root else "")
        type = self._type(above, bound)
        for field in self._of(type) if type else ():
            if field.name == name:
                return field
        return Field(name, "")

    def _of(self, type: Type) -> list[Field]:
        if type.kind == "list":
            return [Field(n, "", about=METHODS[n], method=True) for n in _OF_LIST]
        if type.kind == "string":
            return [Field(n, "", about=METHODS[n], method=True) for n in _OF_TEXT]
        made = self._schema.objects.get(type.name)
        if made is None:
            return []
        model = self._models.get(made.title)
        found = []
        for name, spec in made.fields.items():
            info = model.model_fields.get(name) if model else None
            about = (info.description or "") if info else ""
            field = Field(name, self._called(spec.type), spec.words, spec.vocabulary, about)
            found.append(field)
        return found

    def _type(self, path: str, bound: Mapping[str, Type]) -> Type | None:
        type: Type | None = None
        for number, part in enumerate(re.split(r"\.(?![^\[]*\])", path)):
            name, index, _ = part.partition("[")
            if number == 0:
                type = bound.get(name) or self._schema.roots.get(name)
            elif type is not None and type.kind == "map":
                type = type.args[1]
            elif type is not None:
                spec = self._schema.field(type, name)
                type = spec.type if spec else None
            if index and type is not None:
                type = type.args[-1] if type.kind in ("list", "map") else None
        return type

    def _bound(self, text: str) -> dict[str, Type]:
        """The variables of comprehensions that are open at the end of `text`."""
        found: dict[str, Type] = {}
        for match in _BOUND.finditer(text):
            type = self._type(match[1], found)
            if type is not None and type.kind in ("list", "map"):
                found[match[2]] = type.args[0]
        return found

    def _called(self, type: Type) -> str:
        if type.name:
            made = self._schema.objects.get(type.name)
            return made.title if made else "object"
        inside = ", ".join(self._called(arg) for arg in type.args)
        return f"{type.kind}({inside})" if inside else type.kind


def open_string(text: str) -> int | None:
    """The offset of the quote that is open at the end of `text`."""
    start, index = None, 0
    while index < len(text):
        char = text[index]
        if start is None and char in "\"'":
            start = index
        elif start is not None and char == "\\":
            index += 1
        elif start is not None and char == text[start]:
            start = None
        index += 1
    return start


def terms_of(cursor: Cursor, registry: Registry, bundle: Bundle | None) -> Terms | None:
    """Those of the condition that a place is in."""
    pair = _judged(cursor, registry, bundle)
    if pair is None:
        return None
    roots, _ = visible(*pair)
    tables = {} if bundle is None else dict(bundle.models)
    return Terms(Schema(roots, tables=tables), _models([*roots.values(), *tables.values()]))


def _models(left: list[type[Any]]) -> dict[str, type[Any]]:
    """Models by name, and all within them: they know what their fields are about."""
    found: dict[str, type[Any]] = {}
    while left:
        model = left.pop()
        if found.setdefault(model.__name__, model) is model:
            inner = (nested_model(info.annotation)[0] for info in model.model_fields.values())
            left += [one for one in inner if one is not None and one.__name__ not in found]
    return found


def _judged(
    cursor: Cursor, registry: Registry, bundle: Bundle | None
) -> tuple[str, type[Model]] | None:
    """The first input and type that the item judges."""
    if cursor.file == "waivers.yaml":
        rule = bundle.rule_by_id.get(cursor.said("rule")) if bundle is not None else None
        judges = rule.judges if rule is not None else ()
        return (judges[0].input, judges[0].target) if judges else ("request", Request)
    kind, on, over = cursor.said("kind"), cursor.said("on"), cursor.said("over")
    listed = cursor.item.get("on") if cursor.item is not None else None
    wanted = [on]
    if isinstance(listed, Sequence):
        wanted = [str(word) for word in listed.plain()]
    found = registry.kinds.get(kind)
    if found is not None and kind != EXPRESSION:
        pairs = judged(found)
        return next((pair for pair in pairs if pair[0] in wanted), pairs[0] if pairs else None)
    if over in resources():
        return ("org_state" if "org_state" in wanted else "request"), resources()[over]
    return ("response", Response) if "response" in wanted else ("request", Request)
