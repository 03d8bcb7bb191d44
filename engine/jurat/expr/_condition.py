"""A compiled condition: its conjuncts, its fast code and its meaning of record."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache, partial
from keyword import iskeyword
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any, Literal

from jurat.model import MissingFact

from ._check import check
from ._fast import Fast
from ._judge import Truth, combine, evaluate, guard, read, truth
from ._problem import ConditionError, place, problem
from ._schema import Schema
from ._types import Call, Const, Fold, Ident, Items, Node, Select, children
from ._words import misspelt

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
            try:
                value = self.roots.readers[root](target, facts, now)
                for name in names:
                    value = read(value, name)
            except MissingFact as missing:
                value = missing
            except (AttributeError, LookupError, TypeError):
                continue
            found.append((path, value))
        return found


class Condition:
    """A checked condition. Made by `compile_condition`."""

    def __init__(self, text: str, tree: Node, schema: Schema, roots: Roots) -> None:
        self.text = text
        self.schema = schema
        self.roots = roots
        self.conjuncts = tuple(_conjuncts(text, tree, roots))
        self._names = tuple(sorted({"now", *_idents(tree)} & self.roots.readers.keys()))

    def __repr__(self) -> str:
        return f"<condition {self.text!r}>"

    def _nodes(self, which: Sequence[int]) -> list[Node]:
        return [self.conjuncts[n].node for n in which]

    def lines(self, which: Sequence[int], namespace: dict[str, object], result: str) -> list[str]:
        """Statements over target, facts and now that bind the bool `result`.

        Constants and helpers are added to `namespace`, named by content. Whatever the statements
        raise means: ask `judge`.
        """

        def constant(value: Any) -> str:
            if value is None or isinstance(value, bool | int | str):
                return repr(value)
            name = (
                "K_"
                + hashlib.sha256(_content(value).encode("utf-8", "surrogatepass")).hexdigest()[:16]
            )
            namespace.setdefault(name, value)
            return name

        def helper(name: str, function: Any) -> str:
            namespace.setdefault(f"F_{name}", function)
            return f"F_{name}"

        fast = _Fast(self.schema, self.roots.where, constant, helper)
        return fast.conjunction(self._nodes(which), result)

    def function(self, which: Sequence[int]) -> Predicate:
        """The conjunction as a compiled function; equal shapes share their code."""
        namespace: dict[str, object] = {}
        constants: list[str] = []

        def constant(value: Any) -> str:
            if value is None or isinstance(value, bool):
                return repr(value)
            constants.append(name := f"K{len(constants)}")
            namespace[name] = value
            return name

        def helper(name: str, function: Any) -> str:
            namespace[f"F_{name}"] = function
            return f"F_{name}"

        fast = _Fast(self.schema, self.roots.where, constant, helper)
        lines = fast.conjunction(self._nodes(which), "result")
        return FunctionType(_code("\n    ".join(lines)), namespace)

    def judge(self, which: Sequence[int], target: Any, facts: Any, now: Any) -> Truth:
        """The conjunction's truth, errors and unknowns absorbed as CEL says. Never raises."""
        scope = self.roots.scope(self._names, target, facts, now)
        return truth(guard(
            lambda: combine((evaluate(node, scope) for node in self._nodes(which)), False)
        ))  # fmt: skip


class _Fast(Fast):
    def __init__(self, schema: Schema, *args: Any) -> None:
        super().__init__(*args)
        self.schema = schema

    def scalar(self, node: Select) -> bool:
        spec = self.schema.field(node.operand.type, node.field)
        return spec is not None and spec.type.kind != "message"


@lru_cache(maxsize=4096)
def _code(body: str) -> CodeType:
    source = f"def condition(target, facts, now):\n    {body}\n    return result\n"
    module = compile(source, "<condition>", "exec")
    return next(c for c in module.co_consts if isinstance(c, CodeType))


def _content(value: Any) -> str:
    if isinstance(value, frozenset):
        return "frozenset" + repr(sorted(map(repr, value)))
    if isinstance(value, float | tuple | datetime | timedelta):
        return repr(value)
    parts = getattr(value, "prefixes", None)
    return repr(sorted((b, s, sorted(v)) for b, s, v in parts)) if parts else f"object {id(value)}"


def compile_condition(
    text: str,
    schema: Schema,
    *,
    where: Mapping[str, str],
    words: Callable[[str], frozenset[str] | None] = lambda vocabulary: None,
) -> Condition:
    """The condition `text`, checked against `schema`.

    `where` gives the Python source that reaches each variable from the names target, facts and
    now. `words` gives the words of a closed vocabulary, None where it is not checked. Raises
    ConditionError with every problem.
    """
    tree = check(text, schema)
    problems = misspelt(text, tree, schema, words)
    if tree.type.kind != "bool":
        problems.append(problem(text, 0, len(text), f"a condition is true or false, not {tree.type}",
                                "compare the value with something"))  # fmt: skip
    if problems:
        raise ConditionError(problems)
    return Condition(text, tree, schema, _roots(tuple(sorted(where.items()))))


def compile_path(
    text: str, schema: Schema, *, where: Mapping[str, str]
) -> Callable[[Any, Any], Any]:
    """A reader (target, facts) -> value of the field at a dotted path. Raises ConditionError."""
    tree = check(text, schema)
    path = field_path(tree)
    if path is None or path == "now":
        raise ConditionError([problem(text, 0, len(text), "a fact is a dotted path",
                                      "write it like request.actor.networks")])  # fmt: skip
    root, *names = path.split(".")
    whole = ".".join([where[root], *names])  # a root stands at `target` or below `facts`
    if not any(map(iskeyword, names)):
        return _path_reader(whole)
    source, _, rest = whole.partition(".")
    get = attrgetter(rest)  # like `model_info.class`, which no expression of Python can name
    if source == "target":
        return lambda target, facts: get(target)
    return lambda target, facts: get(facts)


@lru_cache(maxsize=256)
def _path_reader(source: str) -> Callable[[Any, Any], Any]:
    reader: Callable[[Any, Any], Any] = eval(f"lambda target, facts: {source}", {})
    return reader


# -- what a tree tells ---------------------------------------------------------------------------


def field_path(node: Node) -> str | None:
    if isinstance(node, Ident):
        return node.name.removeprefix(".")
    if isinstance(node, Select) and not node.test and node.operand.type.kind == "message":
        owner = field_path(node.operand)
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
    path = field_path(node)
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
    path = field_path(one)
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
