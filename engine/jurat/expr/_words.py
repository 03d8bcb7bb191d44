"""Literals compared with fields of closed vocabularies must be words of these."""

from collections.abc import Callable, Iterator

from ._check import suggest
from ._problem import Problem, problem
from ._schema import Field, Schema
from ._types import Call, Const, Items, Node, Select, children


def misspelt(
    text: str, tree: Node, schema: Schema, words: Callable[[str], frozenset[str] | None]
) -> list[Problem]:
    """A problem for each literal that no input's word could equal."""
    found = []
    for spec, literal in _compared(tree, schema):
        known = spec.words or (words(spec.vocabulary) if spec.vocabulary else None)
        if known is not None and literal.value not in known:
            called = f" ({spec.vocabulary.replace('_', ' ')})" if spec.vocabulary else ""
            found.append(problem(
                text, literal.at, len(literal.value) + 2,
                f'"{literal.value}" is no word of this field{called}',
                suggest(literal.value, known),
            ))  # fmt: skip
    return found


def _compared(node: Node, schema: Schema) -> Iterator[tuple[Field, Const]]:
    if isinstance(node, Call) and node.function in ("_==_", "_!=_", "@in"):
        for one, other in (node.args, node.args[::-1]):
            spec = schema.field(one.operand.type, one.field) if isinstance(one, Select) else None
            if spec and (spec.words or spec.vocabulary):
                literals = other.items if isinstance(other, Items) else (other,)
                for literal in literals:
                    if isinstance(literal, Const) and isinstance(literal.value, str):
                        yield spec, literal
    for child in children(node):
        yield from _compared(child, schema)
