"""The tree that a YAML file becomes: values that know where they stand."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from ._diagnostic import Diagnostic, diagnostic


@dataclass(frozen=True)
class SourceFile:
    """One text file of a bundle."""

    path: str
    """Relative to the bundle, with `/`."""
    text: str

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def problem(
        self, code: str, message: str, line: int, column: int, *, help: str = "", length: int = 1
    ) -> Diagnostic:
        """A diagnostic at a place of this file."""
        return diagnostic(
            code,
            message,
            self.path,
            line,
            column,
            help=help,
            source_line=self.line(line),
            length=length,
        )


class Node:
    """A value and the line and column (from 1) at which it starts."""

    __slots__ = ("column", "file", "length", "line")
    what: ClassVar[str]

    def __init__(self, file: SourceFile, line: int, column: int, length: int) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.length = length
        """Characters to underline in that line."""

    def plain(self) -> Any:
        """The value as nothing but dicts, lists, strings, numbers, bools and None."""
        raise NotImplementedError

    def problem(self, code: str, message: str, help: str = "") -> Diagnostic:
        """A diagnostic at this place."""
        return self.file.problem(
            code, message, self.line, self.column, help=help, length=self.length
        )

    def at(self, path: tuple[str | int, ...]) -> "Node":
        """The node at `path` below this one, or the last one on the way that exists."""
        node: Node = self
        for step in path:
            if isinstance(node, Mapping) and step in node.entries:
                node = node.entries[str(step)][1]
            elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
            elif isinstance(node, Mapping | Sequence):
                continue  # a step that is no part of the file, like the branch of a union
            else:
                break
        return node


class Scalar(Node):
    """A text, number, bool or null."""

    __slots__ = ("style", "text", "value")
    what = "text"

    def __init__(
        self,
        file: SourceFile,
        line: int,
        column: int,
        length: int,
        value: Any,
        text: str,
        style: str,
    ) -> None:
        super().__init__(file, line, column, length)
        self.value = value
        self.text = text
        """What stands in the file, unquoted and unescaped."""
        self.style = style
        """"" for a plain scalar, else one of ' " | >."""

    def plain(self) -> Any:
        return self.value


class Mapping(Node):
    """Keys with their values, in the order of the file."""

    __slots__ = ("entries",)
    what = "a mapping"

    def __init__(self, file: SourceFile, line: int, column: int, length: int) -> None:
        super().__init__(file, line, column, length)
        self.entries: dict[str, tuple[Scalar, Node]] = {}

    def plain(self) -> dict[str, Any]:
        return {key: value.plain() for key, (_, value) in self.entries.items()}

    def get(self, key: str) -> Node | None:
        entry = self.entries.get(key)
        return entry[1] if entry else None


class Sequence(Node):
    """A list."""

    __slots__ = ("items",)
    what = "a list"

    def __init__(self, file: SourceFile, line: int, column: int, length: int) -> None:
        super().__init__(file, line, column, length)
        self.items: list[Node] = []

    def plain(self) -> list[Any]:
        return [item.plain() for item in self.items]


def described(node: Node) -> str:
    """What `node` is, in a reader's words: `a list`, `the number 3`, …"""
    if not isinstance(node, Scalar):
        return node.what
    if node.value is None:
        return "empty" if not node.text else "null"
    if isinstance(node.value, bool):
        return f"the boolean {node.text}"
    if isinstance(node.value, int | float):
        return f"the number {node.text[:40]}"
    return "a text"
