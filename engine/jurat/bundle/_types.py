"""The types that parameters and the columns of a bundle's own tables may declare."""

from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError, create_model

from jurat.model import Duration, Int64, Model, Strings, Time

from ._nodes import Node, Scalar

TYPES: dict[str, Any] = {
    "string": str,
    "int": Int64,
    "bool": bool,
    "double": float,
    "timestamp": Time,
    "duration": Duration,
    "list(string)": Strings,
    "map(string, string)": dict[str, str],
}

# CEL's reserved words (language definition, "Identifiers"): a column so named could not be read
RESERVED = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "false",
        "for",
        "function",
        "if",
        "import",
        "in",
        "let",
        "loop",
        "package",
        "namespace",
        "null",
        "return",
        "true",
        "var",
        "void",
        "while",
    ]
)


def normal(text: str) -> str:
    """A type as it is spelt in `TYPES`: blanks don't count."""
    return "".join(text.split()).replace(",", ", ")


def guess(node: Node) -> str:
    """The type that a value without one probably has."""
    value = node.value if isinstance(node, Scalar) else node.plain()
    for name in ("bool", "int", "double", "duration", "timestamp", "list(string)"):
        try:
            adapter(name).validate_python(value)
        except ValidationError:
            continue
        return name
    return "string"


@cache
def adapter(type_name: str) -> TypeAdapter[Any]:
    """Validates values of a type, strictly."""
    return TypeAdapter(TYPES[type_name], config=ConfigDict(strict=True))


def row_model(table: str, columns: dict[str, str]) -> type[Model]:
    """The model of the rows of a table of the bundle's own. Every row has an `id`.

    The columns are aliases: a column may have a name that a model's own method has.
    """
    from pydantic import Field

    fields: dict[str, Any] = {
        f"column_{name}": (TYPES[type_name] | None, Field(None, alias=name))
        for name, type_name in {"id": "string", **columns}.items()
    }
    made: type[Model] = create_model(
        f"Row_{table}",  # no model of jurat has such a name
        __base__=Model,
        __doc__=f"A row of the table {table}.",
        **fields,
    )
    return made
