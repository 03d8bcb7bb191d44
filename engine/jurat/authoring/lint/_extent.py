"""How far things reach in a file, and taking them out of it."""

from collections.abc import Iterator

from jurat.bundle.source import Mapping, Node, Scalar, Sequence
from jurat.plugin import Edit, LintSubject


def last_line(node: Node) -> int:
    """The last line of a thing, as far as that is known."""
    if isinstance(node, Mapping):
        values = (value for _, value in node.entries.values())
        return max([node.line, *map(last_line, values)])
    if isinstance(node, Sequence):
        return max([node.line, *map(last_line, node.items)])
    if isinstance(node, Scalar) and node.style in ("|", ">"):
        return node.line + node.text.rstrip("\n").count("\n") + 1
    return node.line + (node.text.count("\n") if isinstance(node, Scalar) else 0)


def scalars(node: Node | None) -> Iterator[Scalar]:
    """Every value in a tree; keys are none."""
    left = [node] if node is not None else []
    while left:
        one = left.pop()
        if isinstance(one, Scalar):
            yield one
        elif isinstance(one, Mapping):
            left += (value for _, value in one.entries.values())
        elif isinstance(one, Sequence):
            left += one.items


def sequences(node: Node | None) -> Iterator[Sequence]:
    """Every list in a tree."""
    left = [node] if node is not None else []
    while left:
        one = left.pop()
        if isinstance(one, Mapping):
            left += (value for _, value in one.entries.values())
        elif isinstance(one, Sequence):
            yield one
            left += one.items


def without_item(subject: LintSubject, items: Sequence, index: int) -> Edit | None:
    """Takes a short value out of a list; None where its place in the file is not plain."""
    node = items.items[index]
    file = node.file
    if not isinstance(node, Scalar) or not _on_one_line(node):
        return None
    if file.line(items.line)[items.column - 1 : items.column] != "[":  # a block list
        line = file.line(node.line)
        before, after = line[: node.column - 1], line[node.column - 1 + node.length :]
        if before.strip() != "-" or (after.strip() and not after.strip().startswith("#")):
            return None
        if len(items.items) == 1:
            return None
        return _lines(subject, file.path, node.line, node.line)
    if len(items.items) == 1:
        return None
    start = subject.offset(file.path, node.line, node.column)
    if index + 1 < len(items.items):
        following = items.items[index + 1]
        end = subject.offset(file.path, following.line, following.column)
    else:
        previous = items.items[index - 1]
        if not isinstance(previous, Scalar) or not _on_one_line(previous):
            return None
        end = start + node.length
        start = subject.offset(file.path, previous.line, previous.column) + previous.length
    if "#" in subject.texts[file.path][start:end]:
        return None
    return Edit(file.path, start, end)


def without_entry(subject: LintSubject, node: Node | None, key: str) -> Edit | None:
    """Takes a key that stands alone in its line out of a mapping; None where it does not."""
    if not isinstance(node, Mapping) or key not in node.entries:
        return None
    name, value = node.entries[key]
    line = node.file.line(name.line)
    if line[: name.column - 1].strip() or not isinstance(value, Scalar):
        return None
    if value.style not in ("|", ">") and not _on_one_line(value):
        return None
    if value.style not in ("|", ">"):
        after = line[value.column - 1 + value.length :].strip()
        if value.line != name.line or (after and not after.startswith("#")):
            return None
    return _lines(subject, node.file.path, name.line, last_line(value))


def without_block(subject: LintSubject, node: Node | None) -> Edit | None:
    """Takes an item of a block list with all its lines out; None where it is not written so."""
    if not isinstance(node, Mapping):
        return None
    line = node.file.line(node.line)
    if line[: node.column - 1].strip() != "-":
        return None
    _, last = max(node.entries.values(), key=lambda entry: entry[0].line)
    if not isinstance(last, Scalar) or not _on_one_line(last):
        return None
    return _lines(subject, node.file.path, node.line, last_line(node))


def _on_one_line(node: Scalar) -> bool:
    rest = node.file.line(node.line)[node.column - 1 :][: node.length]
    if node.style in ("'", '"'):
        return node.length > 1 and rest.endswith(node.style)
    return not node.style and rest == node.text


def _lines(subject: LintSubject, file: str, first: int, last: int) -> Edit:
    text = subject.texts[file]
    start = subject.offset(file, first, 1)
    end = subject.offset(file, last, 1)
    newline = text.find("\n", end)
    return Edit(file, start, len(text) if newline < 0 else newline + 1)
