"""Reading mappings of a closed shape: each key known, each value of its type, all problems told."""

import re
from collections.abc import Callable, Collection
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from jurat.canon import parse_time

from ._diagnostic import Diagnostic, mend, nearest
from ._nodes import Mapping, Node, Scalar, Sequence, described

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a mapping in a bundle: what it means, and its JSON Schema."""

    about: str
    schema: MappingABC[str, Any] = field(default_factory=dict)
    required: bool = False


Keys = MappingABC[str, Key]


class Fields:
    """The keys of one mapping. A getter gives None, and tells why, where a value is unfit.

    `what` names the mapping in messages: `a rule`. `fit` is false once anything was wrong.
    """

    def __init__(self, node: Mapping, keys: Keys, what: str, problems: list[Diagnostic]) -> None:
        self.node = node
        self.problems = problems
        self.fit = True
        meant = set()  # a misspelt key is not missing, too
        for name, (key, _) in node.entries.items():
            if name not in keys:
                meant.add(nearest(name, keys))
                message = f"`{name[:100]}` is no key of {what}"
                self.refuse("JB020", message, key, mend(name, keys))
        for name, spec in keys.items():
            if spec.required and name not in node.entries and name not in meant:
                self.refuse("JB021", f"{what} needs `{name}`", node, spec.about)

    def refuse(self, code: str, message: str, at: Node | str, help: str = "") -> None:
        """Tell a problem at a node, or at the value of a key of this mapping."""
        node = (self.get(at) or self.node) if isinstance(at, str) else at
        self.problems.append(node.problem(code, message, help))
        self.fit = False

    def get(self, key: str) -> Node | None:
        entry = self.node.entries.get(key)
        return entry[1] if entry else None

    def has(self, key: str) -> bool:
        return key in self.node.entries

    def text(
        self,
        key: str,
        pattern: re.Pattern[str] | None = None,
        help: str = "",
        *,
        limit: int = 4096,
    ) -> str | None:
        """A text that is not empty, at most `limit` long, and of the pattern if there is one."""
        node = self.get(key)
        if node is None:
            return None
        value = text_of(node, f"`{key}`", self.problems)
        if value is None:
            self.fit = False
        elif not value.strip():
            self.refuse("JB024", f"`{key}` is empty", node, help)
        elif len(value) > limit:
            self.refuse("JB024", f"`{key}` has more than {limit} characters", node)
        elif pattern is not None and not pattern.fullmatch(value):
            self.refuse("JB024", f"`{key}` cannot be {shown(node)}", node, help)
        else:
            return value
        return None

    def word(self, key: str, words: Collection[str], what: str = "") -> str | None:
        """One of a closed list of words."""
        node = self.get(key)
        if node is None:
            return None
        if (value := text_of(node, f"`{key}`", self.problems)) is None:
            self.fit = False
            return None
        if value not in words:
            message = f"{shown(node)} is no {what or key}"
            self.refuse("JB023", message, node, mend(value, words))
            return None
        return value

    def flag(self, key: str, default: bool) -> bool:
        node = self.get(key)
        if node is None:
            return default
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self.refuse("JB022", f"`{key}` is true or false, not {described(node)}", node)
        return default

    def number(self, key: str, least: int) -> int | None:
        node = self.get(key)
        if node is None:
            return None
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse("JB022", f"`{key}` is a whole number, not {described(node)}", node)
        elif value < least:
            self.refuse("JB024", f"`{key}` is at least {least}", node)
        else:
            return value
        return None

    def texts(self, key: str, check: Callable[[str], str] | None = None) -> tuple[str, ...]:
        """A list of texts. `check` gives "" for a good one and help for one that is not."""
        items = []
        for node in self.items(key):
            value = text_of(node, f"each of `{key}`", self.problems)
            if value is None:
                self.fit = False
            elif check is not None and (help := check(value)):
                self.refuse("JB024", f"{shown(node)} cannot stand in `{key}`", node, help)
            else:
                items.append(value)
        return tuple(items)

    def items(self, key: str) -> list[Node]:
        node = self.get(key)
        if node is None:
            return []
        if isinstance(node, Sequence):
            return node.items
        help = f"write {key}: [{node.text}]" if isinstance(node, Scalar) and node.text else ""
        self.refuse("JB022", f"`{key}` is a list, not {described(node)}", node, help)
        return []

    def mapping(self, key: str) -> Mapping | None:
        node = self.get(key)
        if node is None or isinstance(node, Mapping):
            return node
        self.refuse("JB022", f"`{key}` is a mapping, not {described(node)}", node)
        return None

    def time(self, key: str) -> datetime | None:
        return self._parsed(key, parse_time)

    def _parsed(self, key: str, parse: Callable[[str], T]) -> T | None:
        node = self.get(key)
        if node is None:
            return None
        value = parsed(node, f"`{key}`", parse, self.problems)
        self.fit = self.fit and value is not None
        return value


def parsed(
    node: Node, what: str, parse: Callable[[str], T], problems: list[Diagnostic]
) -> T | None:
    """The value of a text that `parse` reads, or None and a problem."""
    if not isinstance(node, Scalar) or node.value is None:
        problems.append(node.problem("JB022", f"{what} cannot be {described(node)}"))
        return None
    try:
        return parse(node.text)
    except ValueError as error:
        problems.append(node.problem("JB024", f"{what} cannot be {shown(node)}", str(error)))
        return None


def text_of(node: Node, what: str, problems: list[Diagnostic]) -> str | None:
    """The value of a text, or None and a problem."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return node.value
    help = f'write it in quotes: "{node.text}"' if isinstance(node, Scalar) and node.text else ""
    if isinstance(node, Scalar) and node.value is None:
        help = ""
    problems.append(node.problem("JB022", f"{what} is a text, not {described(node)}", help))
    return None


def mapping_of(node: Node, what: str, problems: list[Diagnostic]) -> Mapping | None:
    """A node that is a mapping, or None and a problem."""
    if isinstance(node, Mapping):
        return node
    problems.append(node.problem("JB022", f"{what} is a mapping, not {described(node)}"))
    return None


def list_of(node: Node, what: str, problems: list[Diagnostic]) -> list[Node]:
    """The items of a node that is a list, or [] and a problem. An empty file is an empty list."""
    if isinstance(node, Sequence):
        return node.items
    problems.append(node.problem("JB022", f"{what} is a list, not {described(node)}"))
    return []


def shown(node: Node) -> str:
    """A value as it stands in the bundle, short."""
    text = node.text if isinstance(node, Scalar) else described(node)
    text = "".join(char if char.isprintable() else " " for char in text[:61])
    return f"`{text}`" if len(text) <= 60 else f"`{text[:60]}…`"
