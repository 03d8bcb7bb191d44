"""Where what stands at a place is defined."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jurat.authoring.lint import items_of
from jurat.bundle.source import Mapping, Scalar
from jurat.plugin import Registry

from ._complete import is_condition
from ._cursor import Cursor, cursor_at
from ._desk import Desk
from ._place import offset_in
from ._positions import Positions
from ._terms import open_string, terms_of
from ._words import FIELD_IDS, Words

_RULES = ("fired", "passed", "not_applicable", "unknown", "error", "waived")


@dataclass(frozen=True, slots=True)
class Target:
    """A name in a file of the bundle: [start, end) of its text."""

    file: str
    start: int
    end: int


def definitions(
    file: str, text: str, offset: int, desk: Desk, words: Words, registry: Registry
) -> list[Target]:
    """The places that define what is at an offset of a file; [] for none."""
    cursor = cursor_at(file, text, offset)
    if cursor is None or cursor.node is None:
        return []
    if is_condition(cursor):
        return list(_in_condition(cursor, text, offset, desk, words, registry))
    word = cursor.node.text
    names = [step for step in cursor.path if isinstance(step, str)]
    last = names[-1] if names else ""
    if cursor.is_key and not _is_name(cursor, names):
        return []
    if file.startswith("rules/") and last == "param":
        return list(_key_of(desk, "bundle.yaml", ("parameters", word)))
    if file.startswith("tests/") and last == "base":
        return list(_key_of(desk, "tests/fixtures.yaml", (word,)))
    if (file == "waivers.yaml" and last == "rule") or (
        file.startswith("tests/") and last in _RULES and "expect" in names
    ):
        return list(_items(desk, "rules", "id", word))
    if last == "entities":
        return list(_items(desk, "detectors", "entity", word))
    return [target for target in _rows(desk, word, ()) if target.file != file or len(names) > 1]


def _is_name(cursor: Cursor, names: list[str]) -> bool:
    """Whether a key is a name of something, as those below `projects` in params are."""
    return cursor.file.startswith("rules/") and len(names) > 2 and names[0] == "params"


def _in_condition(
    cursor: Cursor, text: str, offset: int, desk: Desk, words: Words, registry: Registry
) -> Iterator[Target]:
    assert cursor.node is not None
    condition, within = cursor.node.text, offset_in(cursor, text, offset)
    terms = terms_of(cursor, registry, words.bundle)
    if within is None or terms is None:
        return
    start = open_string(condition[:within])
    if start is not None:
        end = condition.find(condition[start], start + 1)
        word = condition[start + 1 : end if end > 0 else len(condition)]
        compared = terms.compared(condition[: start + 1])
        path = compared[0] if compared else ""
        tables = next((t for e, t in FIELD_IDS.items() if f".{path}".endswith(f".{e}")), ())
        if found := re.search(r"data\.(\w+)\[$", condition[:start]):
            tables = (found[1],)
        yield from _rows(desk, word, tables)
        return
    named = terms.field(condition, within)
    if named is not None and named[0].startswith("data."):
        file = f"data/{named[0].split('.')[1].partition('[')[0]}.yaml"
        if file in desk.files:
            yield Target(file, 0, 0)


# -- looking for names


def _rows(desk: Desk, id_: str, tables: tuple[str, ...]) -> Iterator[Target]:
    """The rows of that id, in any table where none is named."""
    for file in sorted(desk.files):
        if file.startswith("data/") and file != "data/vocabulary.yaml":
            table = file.removeprefix("data/").removesuffix(".yaml")
            if not tables or table in tables:
                yield from _key_of(desk, file, (id_,))


def _key_of(desk: Desk, file: str, path: tuple[str, ...]) -> Iterator[Target]:
    node = desk.tree(file)
    for step in path[:-1]:
        node = node.get(step) if isinstance(node, Mapping) else None
    if isinstance(node, Mapping) and path[-1] in node.entries:
        yield _target(desk, node.entries[path[-1]][0])


def _items(desk: Desk, folder: str, key: str, word: str) -> Iterator[Target]:
    """The items of a folder's lists of which a key says `word`; they are many, so the text is
    searched, and what looks like it is all that is parsed."""
    likely = re.compile(
        rf"\b{key}:[ \t]*[\"']?{re.escape(word)}[\"']?[ \t]*(?:$|[,}}#])", re.MULTILINE
    )
    for file in sorted(desk.files):
        if not file.startswith(f"{folder}/"):
            continue
        text = desk.text(file)
        found = likely.search(text)
        if found is None:
            continue
        for item in items_of(text):
            if item.start <= found.start() < item.start + len(item.text):
                start = text.find(word, found.start())
                yield Target(file, start, start + len(word))


def _target(desk: Desk, node: Scalar) -> Target:
    file = node.file.path
    start = Positions(desk.text(file)).offset_of(node.line, node.column)
    return Target(file, start, start + node.length)
