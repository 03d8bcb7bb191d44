"""What stands at a place of a file, though the file may be half typed.

For what is there, the piece around the place is parsed. For what is being typed, a word is put in
at the place, and the piece made to parse: as it is, with the word as a key, with brackets closed,
without what follows, and at last with nothing but the lines that the place is below.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jurat.authoring.lint import Item, is_list, items_of
from jurat.bundle.source import Mapping, Node, Scalar, Sequence, SourceFile, parse

_WORD = "jurat0cursor0jurat"
_CLOSES = {"[": "]", "{": "}"}
_ROW = re.compile(r"^[^\s#{}\[\]-]", re.MULTILINE)
_KEY = re.compile(r"^[ -]*([A-Za-z_][\w.-]*):[ \t]+(\S.*?)[ \t]*(?:#.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a tree.

    `path` leads to the node there; `is_key` where it is the key that `path` ends with. `above`
    are the nodes on the way, the root first. `node` is the word or text at the place, None where
    there is none. `before` is what of it stands before the place, `after` what stands behind.
    """

    file: str
    path: tuple[str | int, ...]
    is_key: bool
    above: tuple[Node, ...]
    node: Scalar | None
    before: str = ""
    after: str = ""
    beside: str = ""
    """The text of the item around it."""

    def said(self, key: str) -> str:
        """The text of a key of the item that the place is in: of a rule its kind, say."""
        item = self.item
        value = item.get(key) if item is not None else None
        if isinstance(value, Scalar):
            return value.text.replace(_WORD, "")
        for found in _KEY.finditer(self.beside):
            if found[1] == key:
                return found[2].strip("'\"")
        return ""

    @property
    def item(self) -> Mapping | None:
        """The mapping that is an item of the file's list."""
        return next((node for node in self.above if isinstance(node, Mapping)), None)

    @property
    def siblings(self) -> frozenset[str]:
        """The keys beside the one at the place."""
        holder = self.above[-1] if self.above else None
        if not isinstance(holder, Mapping):
            return frozenset()
        return frozenset(key for key in holder.entries if _WORD not in key)


def piece_at(file: str, text: str, offset: int) -> Item:
    """The item of a list, or the row of a table, that an offset is in; of any other file all of
    it."""
    if file.startswith("data/"):
        return _row_at(text, offset)
    if not is_list(file):
        return Item(1, 0, text)
    found = Item(1, 0, "")
    for item in items_of(text):
        if item.start > offset:
            break
        found = item
    return found


def _row_at(text: str, offset: int) -> Item:
    """The lines from a key at the margin to the next one."""
    start, end = 0, len(text)
    for found in _ROW.finditer(text):
        if found.start() <= offset:
            start = found.start()
        else:
            end = found.start()
            break
    if "{" in text[:1] or not _ROW.match(text, start):
        return Item(1, 0, text)
    return Item(len((text[:start] + "x").splitlines()), start, text[start:end])


def cursor_at(file: str, text: str, offset: int) -> Cursor | None:
    """What stands at an offset of a file; None where it can't be read."""
    item = piece_at(file, text, offset)
    source = SourceFile(file, item.alone)
    root, _ = parse(source)
    if root is None:
        return None
    before = source.text[: offset - item.shift]
    line = len((before + "x").splitlines())
    column = len((before + "x").splitlines()[-1])
    return _at(file, root, line, column, item.text)


def _at(file: str, root: Node, line: int, column: int, beside: str) -> Cursor:
    place, path, above = (line, column), list[str | int](), [root]
    node: Node = root
    while True:
        step = _step(node, place)
        if step is None:
            break
        name, key, value = step
        path.append(name)
        if key is not None and _holds(key, place):
            return Cursor(file, tuple(path), True, tuple(above), key, beside=beside)
        node = value
        above.append(node)
    scalar = node if isinstance(node, Scalar) else None
    if scalar is not None:
        above.pop()
    return Cursor(file, tuple(path), False, tuple(above), scalar, beside=beside)


def _step(node: Node, place: tuple[int, int]) -> tuple[str | int, Scalar | None, Node] | None:
    """The last entry or item that begins at or before a place."""
    found: tuple[str | int, Scalar | None, Node] | None = None
    if isinstance(node, Mapping):
        for name, (key, value) in node.entries.items():
            if (key.line, key.column) <= place:
                found = (name, key, value)
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            if (item.line, item.column) <= place:
                found = (index, None, item)
    return found


def _holds(key: Scalar, place: tuple[int, int]) -> bool:
    return key.line == place[0] and key.column <= place[1] <= key.column + max(1, key.length)


# -- what is being typed


def typed_at(file: str, text: str, offset: int) -> Cursor | None:
    """The place at which something is being typed; None where nobody can tell."""
    item = piece_at(file, text, offset)
    at = offset - item.start
    if is_list(file) and at == len(item.text) and text[:offset][-1:] in ("\n", ""):
        return Cursor(file, (), False, (), None)  # at the margin: a new item
    for made in _attempts(item.text, at):
        root, _ = parse(SourceFile(file, made))
        found = _find(file, root, item.text) if root is not None else None
        if found is not None:
            return found
    return None


def _attempts(text: str, at: int) -> Iterator[str]:
    before, after = text[:at], text[at:]
    line_end = after.find("\n")
    rest, below = (after, "") if line_end < 0 else (after[:line_end], after[line_end:])
    closers = _closers(before)
    for end in (below, ""):
        yield before + _WORD + rest + end
        if not rest.strip(" \t}],"):
            yield before + _WORD + ": x" + rest + end
        yield before + _WORD + closers + end
        yield before + _WORD + ": x" + closers + end
        for quote in "\"'":
            yield before + _WORD + quote + closers + end
    chain = "".join(_chain(before))
    yield chain + _WORD
    yield chain + _WORD + ": x"
    yield chain + _WORD + _closers(chain)


def _closers(text: str) -> str:
    """The brackets that are open at the end of a text, closed."""
    stack: list[str] = []
    quote = ""
    for index, char in enumerate(text):
        if quote:
            if char == quote and not (quote == '"' and text[index - 1 : index] == "\\"):
                quote = ""
        elif char in "\"'" and text[index - 1 : index] in ("", " ", "[", "{", ",", "(", ":"):
            quote = char
        elif char == "#" and text[index - 1 : index].isspace():
            continue
        elif char in _CLOSES:
            stack.append(_CLOSES[char])
        elif char in "]}" and stack and stack[-1] == char:
            stack.pop()
        elif char == "\n" and not stack:
            quote = ""
    return "".join(reversed(stack))


def _chain(before: str) -> list[str]:
    """The line that ends the text, under the lines that it is indented below."""
    *lines, last = before.splitlines(keepends=True) or [""]
    if before.endswith("\n"):
        lines, last = [*lines, last], ""
    kept, depth = [last], _depth(last) if last.strip() else len(last)
    for line in reversed(lines):
        if line.strip() and not line.lstrip().startswith("#") and _depth(line) < depth:
            kept.append(line)
            depth = _depth(line)
    return kept[::-1]


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _find(file: str, root: Node, beside: str) -> Cursor | None:
    """The node that the word was put into."""
    left: list[tuple[Node, tuple[str | int, ...], tuple[Node, ...]]] = [(root, (), ())]
    while left:
        node, path, above = left.pop()
        if isinstance(node, Scalar):
            if _WORD in node.text:
                before, _, after = node.text.partition(_WORD)
                return Cursor(file, path, False, above, node, before, after, beside)
        elif isinstance(node, Mapping):
            for name, (key, value) in node.entries.items():
                if _WORD in name:
                    before, _, after = name.partition(_WORD)
                    whole = (*path, before + after)
                    return Cursor(file, whole, True, (*above, node), key, before, after, beside)
                left.append((value, (*path, name), (*above, node)))
        elif isinstance(node, Sequence):
            left += [
                (item, (*path, index), (*above, node)) for index, item in enumerate(node.items)
            ]
    return None
