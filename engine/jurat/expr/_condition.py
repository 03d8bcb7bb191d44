"""A compiled condition: its conjuncts, its fast code and its meaning of record."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from operator import attrgetter
from typing import Any, Literal

from ._problem import place
from ._types import Call, Const, Fold, Ident, Items, Node, Select, children

Predicate = Callable[[Any, Any, Any], bool]


@dataclass(frozen=True, slots=True)
class ScopeTerm:
    """A conjunct of the form field ==, != or in literals: what an index may be built on."""

    path: str
    op: Literal["==", "!=", "in"]
    values: tuple[str | int | bool, ...]


class Roots:
    """How the variables are reached from (target, facts, now)."""

    def __init__(self, where: Mapping[str, str]) -> None:
        named = {"now": "now", **where}
        self.where = {**named, **{f".{name}": source for name, source in named.items()}}
        self.readers = {name: _reader(source) for name, source in self.where.items()}

    def scope(
        self, names: Sequence[str], target: Any, facts: Any, now: Any
    ) -> dict[str, Callable[[], Any]]:
        """What reads each of `names`, late."""
        return {name: partial(self.readers[name], target, facts, now) for name in names}


@lru_cache(maxsize=256)
def _reader(source: str) -> Callable[[Any, Any, Any], Any]:
    reader: Callable[[Any, Any, Any], Any] = eval(f"lambda target, facts, now: {source}", {})
    return reader


@lru_cache(maxsize=256)
def _roots(where: tuple[tuple[str, str], ...]) -> Roots:
    return Roots(dict(where))


@dataclass(frozen=True)
class Conjunct:
    """One operand of the top-level &&. `line` and `column` are 1-based in the condition."""

    text: str
    line: int
    column: int
    node: Node = field(repr=False)
    roots: Roots = field(repr=False, compare=False)

    @cached_property
    def scope(self) -> ScopeTerm | None:
        """What an index may use, where the conjunct has that form."""
        return _scope_term(self.node)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The dotted paths of the fields read, sorted."""
        return tuple(sorted(set(_paths(self.node, frozenset()))))

    def values(self, target: Any, facts: Any, now: Any) -> list[tuple[str, Any]]:
        """Each path with its value, or with the MissingFact that reading it raised."""
        found: list[tuple[str, Any]] = []
        for path in self.paths:
            root, *names = path.split(".")

    source, *above = where[root].split(".")  # a root stands at `target` or below `facts`
    get = attrgetter(".".join([*above, *names])) if above or names else _itself
    if source == "target":
        return lambda target, facts: get(target)
    return lambda target, facts: get(facts)


def _itself(value: Any) -> Any:
    return value


# -- what a tree tells ---------------------------------------------------------------------------


def _path(node: Node) -> str | None:
    if isinstance(node, Ident):
        return node.name.removeprefix(".")
    if isinstance(node, Select) and not node.test and node.operand.type.kind == "message":
        owner = _path(node.operand)
        return owner and f"{owner}.{node.field}"
    return None


def _idents(node: Node) -> Iterator[str]:
    if isinstance(node, Ident):
        yield node.name
    for child in children(node):
        yield from _idents(child)


def _paths(node: Node, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, Select) and node.test and node.operand.type.kind == "message":
        node = Select(node.type, node.at, node.operand, node.field, False)
    path = _path(node)
    if path:
        if path.split(".")[0] not in bound:
            yield path
        return
    if isinstance(node, Call) and node.function == "age":
        yield "now"
    if isinstance(node, Fold):
        yield from _paths(node.over, bound)
        for part in children(node)[1:]:
            yield from _paths(part, bound | {node.var})
        return
    for child in children(node):
        yield from _paths(child, bound)


def _scope_term(node: Node) -> ScopeTerm | None:
    if not isinstance(node, Call) or node.function not in ("_==_", "_!=_", "@in"):
        return None
    one, other = node.args
    if node.function != "@in" and isinstance(one, Const):
        one, other = other, one
    path = _path(one)
    if path is None or "." not in path or path.split(".")[0] in ("data", "org", "now"):
        return None
    literals: tuple[Node, ...] = (other,)
    if node.function == "@in":
        if not isinstance(other, Items):
            return None
        literals = other.items
    values = tuple(item.value for item in literals if isinstance(item, Const))
    if len(values) != len(literals) or any(not isinstance(v, str | int) for v in values):
        return None
    ops: dict[str, Literal["==", "!=", "in"]] = {"_==_": "==", "_!=_": "!=", "@in": "in"}
    return ScopeTerm(path, ops[node.function], values)


def _conjuncts(text: str, tree: Node, roots: Roots) -> Iterator[Conjunct]:
    ands = _ands(text) if "&&" in text else frozenset()
    leaves: list[Node] = []
    cuts: list[int] = []

    def flatten(node: Node) -> None:
        if isinstance(node, Call) and node.function == "_&&_" and node.at in ands:
            flatten(node.args[0])
            cuts.append(node.at)
            flatten(node.args[1])
        else:
            leaves.append(node)

    flatten(tree)
    starts = [0, *(cut + 2 for cut in cuts)]
    for node, start, end in zip(leaves, starts, [*cuts, len(text)], strict=True):
        part = text[start:end]
        start += len(part) - len(part.lstrip())
        line, column = place(text, start)
        yield Conjunct(part.strip(), line, column, node, roots)


_TOKEN = re.compile(
    r"""[rR](?:\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|"[^"]*"|'[^']*')"""
    r"""|\"{3}(?:\\[\s\S]|[^\\])*?\"{3}|'{3}(?:\\[\s\S]|[^\\])*?'{3}"""
    r"""|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|//[^\n]*|&&|[()\[\]{}]"""
)


def _ands(text: str) -> frozenset[int]:
    """The offsets of && outside brackets, strings and comments."""
    found, depth = set(), 0
    for token in _TOKEN.finditer(text):
        first = token[0]
        if first == "&&":
            if depth == 0:
                found.add(token.start())
        elif first in "([{":
            depth += 1
        elif first in ")]}":
            depth -= 1
    return frozenset(found)
