"""`{param: name}`: the whole value of a declared parameter."""

from collections.abc import Mapping as MappingABC

from ._bundle import Parameter
from ._diagnostic import Diagnostic, mend
from ._nodes import Mapping, Node, Scalar, Sequence
from ._shape import text_of

PARAM = "param"


class Unresolved(Exception):
    """A reference to a parameter leads nowhere, which has been told."""


def substituted(
    node: Node, parameters: MappingABC[str, Parameter | None], problems: list[Diagnostic]
) -> Node:
    """`node` with every reference to a parameter replaced; itself where there is none.

    What a parameter's value consists of stands at the place of the reference. Raises Unresolved,
    after it has told the problem, where a reference leads nowhere.
    """
    if isinstance(node, Mapping):
        if len(node.entries) == 1 and PARAM in node.entries:
            return _value(node, parameters, problems)
        made = {
            key: (at, substituted(value, parameters, problems))
            for key, (at, value) in node.entries.items()
        }
        if all(made[key][1] is value for key, (_, value) in node.entries.items()):
            return node
        mapping = Mapping(node.file, node.line, node.column, node.length)
        mapping.entries = made
        return mapping
    if isinstance(node, Sequence):
        items = [substituted(item, parameters, problems) for item in node.items]
        if all(new is old for new, old in zip(items, node.items, strict=True)):
            return node
        sequence = Sequence(node.file, node.line, node.column, node.length)
        sequence.items = items
        return sequence
    return node


def _value(
    node: Mapping, parameters: MappingABC[str, Parameter | None], problems: list[Diagnostic]
) -> Node:
    value = node.entries[PARAM][1]
    name = text_of(value, f"`{PARAM}`", problems)
    if name is None:
        raise Unresolved
    if name not in parameters:
        help = mend(name, parameters) or "declare it in bundle.yaml under `parameters`"
        problems.append(value.problem("JB037", f"there is no parameter `{name[:60]}`", help))
        raise Unresolved
    if (parameter := parameters[name]) is None:
        raise Unresolved
    return _pinned(parameter.value, node)


def _pinned(value: object, at: Node) -> Node:
    """A value as nodes that all stand at one place."""
    if isinstance(value, dict):
        mapping = Mapping(at.file, at.line, at.column, at.length)
        for key, item in value.items():
            name = Scalar(at.file, at.line, at.column, at.length, key, key, "'")
            mapping.entries[key] = (name, _pinned(item, at))
        return mapping
    if isinstance(value, list):
        sequence = Sequence(at.file, at.line, at.column, at.length)
        sequence.items = [_pinned(item, at) for item in value]
        return sequence
    text = value if isinstance(value, str) else str(value)
    return Scalar(at.file, at.line, at.column, at.length, value, text, "")
