"""What may be typed at a place."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jurat.bundle import Bundle
from jurat.bundle.source import Scalar
from jurat.plugin import Registry

from ._cursor import Cursor, typed_at
from ._shape import Entry, Shape
from ._terms import Field, open_string, terms_of
from ._words import FIELD_IDS, Words

CONDITIONS = {"rules": "when", "waivers.yaml": "scope"}
_PLAIN = re.compile(r"[A-Za-z_][\w.\-]*(?::[\w.\-()]+)?", re.ASCII)
_NOT_TEXTS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "~"})
_RULE = """\
- id: ${1:acme-rule}
  title: ${2:What the rule demands}
  kind: ${3:expression}
  effect: ${4|deny,permit,redact,require,advise|}
  severity: ${5|high,info,low,medium,critical|}
  when: ${6:request.action == "chat.completions"}
"""
_CASE = """\
- name: ${1:what the case shows}
  now: ${2:2026-01-01T00:00:00Z}
  given: {$3}
  expect: {effect: ${4|deny,allow|}}
"""
_WAIVER = """\
- rule: ${1:rule}
  scope: ${2:request.project.id == "proj-a"}
  owner: $3
  reason: $4
  granted: $5
  expires: $6
"""
_SNIPPETS = {
    "rules": ("- a rule", _RULE),
    "tests": ("- a case", _CASE),
    "waivers.yaml": ("- a waiver", _WAIVER),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to offer. [start, end) of the file's text is replaced by `text`, in which `$1`
    is a gap to fill if it is a `snippet`."""

    label: str
    text: str
    start: int
    end: int
    sort: str
    """What it is: key, value, field, function or snippet."""
    detail: str = ""
    about: str = ""
    first: bool = False
    snippet: bool = False


def choices(
    file: str,
    text: str,
    offset: int,
    shape: Shape,
    words: Words,
    registry: Registry,
) -> list[Choice]:
    """What may stand at an offset of a file, the likely first."""
    cursor = typed_at(file, text, offset)
    if cursor is None:
        return []
    if cursor.node is None:
        return _new_item(file, offset)
    if is_condition(cursor):
        return list(_in_condition(cursor, offset, words, registry, words.bundle))
    kind = cursor.said("kind") if file.startswith("rules/") else ""
    start, end = offset - len(cursor.before), offset + len(cursor.after)
    if cursor.is_key:
        entries = shape.keys(file, cursor.path[:-1], kind)
        found = [*_keys(cursor, entries), *_keys(cursor, words.keys(cursor))]
        return [_key(entry, start, end, text) for entry in found]
    made = [
        _value(entry, cursor.node, start, end) for entry in _values(cursor, shape, words, kind)
    ]
    if not cursor.node.style and shape.holds_mapping(file, cursor.path, kind):
        entries = shape.keys(file, cursor.path, kind)
        made += [_key(entry, start, end, text) for entry in _keys(cursor, entries)]
    return made


def is_condition(cursor: Cursor) -> bool:
    """Whether the text at a place is a condition."""
    key = CONDITIONS.get(cursor.file.partition("/")[0])
    return not cursor.is_key and len(cursor.path) == 2 and cursor.path[1] == key


def _keys(cursor: Cursor, entries: Iterable[Entry]) -> list[Entry]:
    there = cursor.siblings if cursor.is_key else frozenset[str]()
    return [entry for entry in entries if entry.word not in there]


def _values(cursor: Cursor, shape: Shape, words: Words, kind: str) -> Iterator[Entry]:
    seen = set()
    own = list(words.at(cursor))
    for entry in [*own, *(() if own else shape.values(cursor.file, cursor.path, kind))]:
        if entry.word not in seen:
            seen.add(entry.word)
            yield entry


def _key(entry: Entry, start: int, end: int, text: str) -> Choice:
    follows = text[end : end + 1] == ":"
    detail = "required" if entry.required else ""
    made = entry.word if follows else f"{entry.word}: "
    return Choice(entry.word, made, start, end, "key", detail, entry.about, entry.required)


def _value(entry: Entry, node: Scalar, start: int, end: int) -> Choice:
    plain = _PLAIN.fullmatch(entry.word) and entry.word not in _NOT_TEXTS
    quoted = entry.word if node.style or plain else f'"{entry.word}"'
    if entry.word in ("true", "false") and not entry.about:
        quoted = entry.word
    return Choice(entry.word, quoted, start, end, "value", "", entry.about)


def _new_item(file: str, offset: int) -> list[Choice]:
    found = _SNIPPETS.get(file.partition("/")[0])
    if found is None:
        return []
    label, text = found
    return [Choice(label, text, offset, offset, "snippet", snippet=True)]


# -- conditions


def _in_condition(
    cursor: Cursor, offset: int, words: Words, registry: Registry, bundle: Bundle | None
) -> Iterator[Choice]:
    terms = terms_of(cursor, registry, bundle)
    if terms is None:
        return
    compared = terms.compared(cursor.before)
    if compared is not None:
        start = open_string(cursor.before)
        typed = cursor.before[(start or 0) + 1 :]
        for entry in literals(*compared, words):
            yield Choice(
                entry.word, entry.word, offset - len(typed), offset, "value", "", entry.about
            )
        return
    found = terms.fields(cursor.before)
    if found is None:
        return
    prefix, fields = found
    for field in fields:
        sort = "function" if field.method else "field"
        yield Choice(
            field.name,
            field.name,
            offset - len(prefix),
            offset,
            sort,
            field.type,
            about_field(field),
            first=not field.method,
        )


def literals(path: str, field: Field, words: Words) -> Iterator[Entry]:
    """The texts that a field may be compared with."""
    for word in sorted(field.words):
        yield Entry(word)
    if field.vocabulary:
        yield from words.words(field.vocabulary)
    for ending, tables in FIELD_IDS.items():
        if path == ending or path.endswith(f".{ending}"):
            yield from words.ids(*tables)


def about_field(field: Field) -> str:
    """What a field is, in a line."""
    parts = [field.about]
    if field.words:
        parts.append("One of " + ", ".join(sorted(field.words)) + ".")
    elif field.vocabulary and "Vocabulary" not in field.about:
        parts.append(f"A word of the vocabulary `{field.vocabulary}`.")
    return " ".join(part for part in parts if part)
