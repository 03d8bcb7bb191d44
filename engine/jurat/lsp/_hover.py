"""What stands at a place, explained."""

import re

from jurat.authoring.explain import documentation
from jurat.authoring.lint import all_rules, rule_named
from jurat.authoring.lint import documentation as lint_page
from jurat.bundle import explain_code
from jurat.bundle.source import Mapping, Node
from jurat.plugin import Registry, zone_of

from ._complete import about_field, is_condition
from ._cursor import Cursor, cursor_at
from ._place import offset_in
from ._shape import Shape
from ._terms import open_string, terms_of
from ._words import FIELD_IDS, Words

_CODE = re.compile(r"\b(J[BL]\d{3}|[A-Z]{2,6}\d{3})\b")
_TABLES = ("projects", "service_accounts", "users", "endpoints", "credentials", "prompts", "roles",
           "vendors", "models")  # fmt: skip

_JOINED = {
    "actor.credential": (("credentials",), "request.actor.credential.id"),
    "credential": (("credentials",), "request.actor.credential.id"),
    "actor": (("service_accounts", "users"), "request.actor.id"),
    "project": (("projects",), "request.project.id"),
    "endpoint": (("endpoints",), "request.endpoint.id"),
    "model_info": (("models",), "request.model"),
    "prompt": (("prompts",), "request.prompt.id"),
    "vendor": (("vendors",), "request.provider"),
}


def hover(
    file: str, text: str, offset: int, shape: Shape, words: Words, registry: Registry
) -> str:
    """Markdown about what is at an offset of a file, "" for nothing to say."""
    if code := _code(text, offset, registry):
        return code
    cursor = cursor_at(file, text, offset)
    if cursor is None or cursor.node is None:
        return ""
    if is_condition(cursor):
        return _condition(cursor, text, offset, words, registry)
    kind = cursor.said("kind") if file.startswith("rules/") else ""
    if cursor.is_key:
        return _key(cursor, shape, kind) or _row(cursor.node.text, words)
    return _value(cursor, shape, words, registry, kind)


def _code(text: str, offset: int, registry: Registry) -> str:
    """The page of a code in a comment."""
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line = text[start : len(text) if end < 0 else end]
    for found in _CODE.finditer(line):
        in_comment = "#" in line[: found.start()]
        if in_comment and found.start() <= offset - start <= found.end():
            rule = rule_named(found[1], all_rules(registry))
            if rule is not None:
                return f"```text\n{lint_page(rule)}```"
            try:
                return f"```text\n{explain_code(found[1])}\n```"
            except KeyError:
                return ""
    return ""


def _key(cursor: Cursor, shape: Shape, kind: str) -> str:
    about = shape.about(cursor.file, cursor.path, kind)
    type = shape.title(cursor.file, cursor.path, kind)
    if not about and not type:
        return ""
    title = f"**{cursor.path[-1]}**" + (f" ({type})" if type else "")
    values = [entry.word for entry in shape.values(cursor.file, cursor.path, kind)]
    listed = f"\n\nOne of {', '.join(f'`{v}`' for v in values[:20])}." if values else ""
    return f"{title}\n\n{about}{listed}".strip()


def _value(cursor: Cursor, shape: Shape, words: Words, registry: Registry, kind: str) -> str:
    assert cursor.node is not None
    word = cursor.node.text
    names = [step for step in cursor.path if isinstance(step, str)]
    if cursor.file.startswith("rules/") and names == ["kind"] and word in registry.kinds:
        return f"# {word}\n\n{documentation(registry.kinds[word])}"
    for entry in words.at(cursor):
        if entry.word == word:
            return f"**{word}**\n\n{_more(word, entry.about, words)}"
    for entry in shape.values(cursor.file, cursor.path, kind):
        if entry.word == word:
            about = shape.about(cursor.file, cursor.path, kind)
            return f"**{word}**\n\n{entry.about or about}"
    if zone := zone_of(None, word):
        return f"**{word}**: a region in the zone `{zone}`"
    return _row(word, words)


def _more(word: str, about: str, words: Words) -> str:
    if about == "region":
        zone = zone_of(None, word)
        return f"A region in the zone `{zone}`." if zone else "A region that lies in no zone."
    if about == "entity":
        bundle = words.bundle
        ids = sorted(bundle.vocabulary.get(f"entity {word}", ())) if bundle else []
        return "What is found by " + ", ".join(f"`{id_}`" for id_ in ids[:20]) + "."
    row = _row(word, words)
    return row.partition("\n\n")[2] if row else about


def _condition(cursor: Cursor, text: str, offset: int, words: Words, registry: Registry) -> str:
    assert cursor.node is not None
    terms = terms_of(cursor, registry, words.bundle)
    within = offset_in(cursor, text, offset)
    if terms is None or within is None:
        return ""
    condition = cursor.node.text
    start = open_string(condition[:within])
    if start is not None:
        end = condition.find(condition[start], start + 1)
        word = condition[start + 1 : end if end > 0 else len(condition)]
        compared = terms.compared(condition[: start + 1])
        if compared is not None:
            tables = next(
                (t for e, t in FIELD_IDS.items() if f".{compared[0]}".endswith(f".{e}")), ()
            )
            if row := _row(word, words, tables):
                return row
            if compared[1].vocabulary:
                return f"**{word}**\n\n{_more(word, compared[1].vocabulary, words)}"
        return _row(word, words)
    found = terms.field(condition, within)
    if found is None or not (found[1].type or found[1].about):
        return ""
    path, field = found
    about = " ".join(part for part in (about_field(field), _source(path, words)) if part)
    return f"`{path}`: {field.type}\n\n{about}".strip()


def _source(path: str, words: Words) -> str:
    """Where a fact comes from, if a table of the bundle answers for it."""
    for place, (tables, key) in _JOINED.items():
        if f".{path}".startswith((f".request.{place}.", f".{place}.")):
            there = [table for table in tables if words.tree(f"data/{table}.yaml") is not None]
            column = path.rpartition(".")[2]
            if there and column not in ("id", "credential"):
                files = " or ".join(f"`data/{table}.yaml`" for table in there)
                return f"Joined from {files} by `{key}`."
            return ""
    return ""


def _row(id_: str, words: Words, tables: tuple[str, ...] = ()) -> str:
    """What a table of the bundle says of an id."""
    for table in tables or _TABLES:
        root = words.tree(f"data/{table}.yaml")
        row = root.get(id_) if isinstance(root, Mapping) else None
        if row is not None:
            lines = "\n".join(_lines(row))
            return f"**{id_}** in `data/{table}.yaml`\n\n```yaml\n{lines}\n```"
    return ""


def _lines(row: Node) -> list[str]:
    plain = row.plain()
    if not isinstance(plain, dict):
        return ["{}"]
    return [f"{key}: {value}" for key, value in list(plain.items())[:20]]
