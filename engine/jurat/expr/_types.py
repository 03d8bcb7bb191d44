"""The types that conditions know, and the nodes of a checked tree."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Type:
    """A CEL type. `nullable` marks a field's wrapper type; `name` is that of a message."""

    kind: str
    args: tuple["Type", ...] = ()
    nullable: bool = False
    name: str = ""

    def __str__(self) -> str:
        inside = ", ".join(map(str, self.args))
        return f"{self.kind}({inside})" if inside else self.kind


BOOL, INT, DOUBLE, STRING = Type("bool"), Type("int"), Type("double"), Type("string")
TIMESTAMP, DURATION, NULL, DYN = Type("timestamp"), Type("duration"), Type("null"), Type("dyn")
SCALARS = {t.kind: t for t in (BOOL, INT, DOUBLE, STRING, TIMESTAMP, DURATION)}


def parse_type(text: str) -> Type:
    """The type that a column's declaration names. Raises ValueError."""
    text = text.strip()
    if text in SCALARS:
        return SCALARS[text]
    if text.startswith("list(") and text.endswith(")"):
        return Type("list", (parse_type(text[5:-1]),))
    if text.startswith("map(") and text.endswith(")"):
        key, found, value = text[4:-1].partition(",")
        if found and key.strip() in ("string", "int", "bool"):
            return Type("map", (parse_type(key), parse_type(value)))
    raise ValueError(
        f"unknown type {text!r}; use string, int, bool, double, timestamp, duration, "
        "list(…) or map(string, …)"
    )


@dataclass(frozen=True, slots=True)
class Const:
    type: Type
    at: int
    value: Any


@dataclass(frozen=True, slots=True)
class Ident:
    type: Type
    at: int
    name: str


@dataclass(frozen=True, slots=True)
class Select:
    """A field of a message, or a key of a map; `test` for has()."""

    type: Type
    at: int
    operand: "Node"
    field: str
    test: bool


@dataclass(frozen=True, slots=True)
class Call:
    type: Type
    at: int
    function: str
    args: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list literal."""

    type: Type
    at: int
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A map literal."""

    type: Type
    at: int
    items: tuple[tuple["Node", "Node"], ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """A macro over a list's items or a map's keys.

    `macro` is all, exists, exists_one or map; `keep` filters a map's items, None keeps all.
    """

    type: Type
    at: int
    macro: str
    var: str
    over: "Node"
    body: "Node"
    keep: "Node | None" = None


Node = Const | Ident | Select | Call | Items | Pairs | Fold


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below `node`."""
    match node:
        case Select():
            return (node.operand,)
        case Call():
            return node.args
        case Items():
            return node.items
        case Pairs():
            return tuple(part for pair in node.items for part in pair)
        case Fold():
            return (node.over, *((node.keep,) if node.keep else ()), node.body)
    return ()
