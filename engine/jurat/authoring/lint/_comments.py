"""The comments of a YAML file: what follows a `#` that stands in no text."""

import re

from jurat.bundle.source import Mapping, Node, Scalar, Sequence, SourceFile
from jurat.plugin import Comment

_MARK = re.compile(r"(?:^|(?<=\s))#(.*)")


def comments_of(file: SourceFile, root: Node | None) -> tuple[Comment, ...]:
    """In the order of the file. None are known of a file that is no YAML."""
    if root is None or "#" not in file.text:
        return ()
    texts = _texts_with_marks(root)
    found = []
    start = 0
    for number, line in enumerate(file.text.splitlines(keepends=True), 1):
        if "#" in line:
            for match in _MARK.finditer(line.rstrip("\r\n")):
                if not any(_inside(text, number, match.start() + 1) for text in texts):
                    found.append(_comment(file, number, line, match, start))
                    break
                if rest := _later(line, match.end(0), match.start(), texts, number):
                    found.append(_comment(file, number, line, rest, start))
                    break
        start += len(line)
    return tuple(found)


def _later(
    line: str, end: int, at: int, texts: list[Scalar], number: int
) -> "re.Match[str] | None":
    """The first mark after one that stands in a text: `"# a"  # b`."""
    for match in _MARK.finditer(line.rstrip("\r\n"), at + 1):
        if not any(_inside(text, number, match.start() + 1) for text in texts):
            return match
        return _later(line, end, match.start(), texts, number)
    return None


def _comment(
    file: SourceFile, number: int, line: str, match: "re.Match[str]", start: int
) -> Comment:
    return Comment(
        file.path,
        number,
        match.start() + 1,
        start + match.start(),
        match[1].strip(),
        not line[: match.start()].strip(),
    )


def _texts_with_marks(root: Node) -> list[Scalar]:
    """The quoted and literal texts with a `#`; a plain one can have none after a blank."""
    found, left = [], [root]
    while left:
        node = left.pop()
        if isinstance(node, Scalar):
            if node.style and "#" in node.text:
                found.append(node)
        elif isinstance(node, Mapping):
            for key, value in node.entries.values():
                left += (key, value)
        elif isinstance(node, Sequence):
            left += node.items
    return found


def _inside(text: Scalar, line: int, column: int) -> bool:
    if text.style in ("|", ">"):
        return text.line < line <= text.line + _height(text)
    end_line, end_column = _end(text)
    return (text.line, text.column) <= (line, column) < (end_line, end_column)


def _height(text: Scalar) -> int:
    """How many lines of the file a block text takes: all that are empty or indented like it."""
    lines = text.file.lines[text.line :]
    depth = next((len(line) - len(line.lstrip()) for line in lines if line.strip()), 0)
    count = 0
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip()) < depth:
            break
        count += 1
    return count


def _end(text: Scalar) -> tuple[int, int]:
    """The place after a quoted text."""
    quote, row, column = text.style, text.line - 1, text.column
    lines = text.file.lines
    while row < len(lines):
        line = lines[row]
        while column < len(line):
            if quote == '"' and line[column] == "\\":
                column += 2
                continue
            if line[column] == quote:
                if quote == "'" and line[column + 1 : column + 2] == "'":
                    column += 2
                    continue
                return row + 1, column + 2
            column += 1
        row, column = row + 1, 0
    return row + 1, 1
