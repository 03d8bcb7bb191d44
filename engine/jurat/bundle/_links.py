"""What the tables of a bundle say of each other: references that lead nowhere, rows told twice."""

from collections.abc import Iterator
from collections.abc import Mapping as MappingABC

from ._diagnostic import Diagnostic, mend
from ._nodes import Mapping, Node, Scalar, Sequence
from ._shape import shown

Roots = MappingABC[str, Node | None]

# (table, column) -> the table that has what the column names, and what that is called
_REFERENCES: MappingABC[tuple[str, str], tuple[str, str]] = {
    ("service_accounts", "project"): ("projects", "project"),
    ("service_accounts", "projects"): ("projects", "project"),
    ("service_accounts", "roles"): ("roles", "role"),
    ("users", "project"): ("projects", "project"),
    ("users", "projects"): ("projects", "project"),
    ("users", "roles"): ("roles", "role"),
    ("credentials", "project"): ("projects", "project"),
    ("endpoints", "model"): ("models", "model"),
}
# columns by which a row is found, beside its id
_KEYS: MappingABC[str, tuple[tuple[str, ...], str]] = {
    "credentials": (("fingerprint",), "credential"),
    "endpoints": (("provider", "region", "deployment"), "endpoint"),
}


def check_links(roots: Roots, problems: list[Diagnostic]) -> None:
    """Tell dangling references and rows that stand twice.

    `roots` are the tables that could be read, by name: one that is not there is not held against
    those that name its rows.
    """
    for (table, column), (other, what) in _REFERENCES.items():
        if other in roots:
            known = _ids(roots, other)
            for item in _values(roots, table, column):
                if item.value not in known:
                    message = f"there is no {what} {shown(item)} in data/{other}.yaml"
                    help = mend(item.text, sorted(known)) or "the table is empty"
                    problems.append(item.problem("JB053", message, help))
    for table, (columns, what) in _KEYS.items():
        _check_keys(roots, table, columns, what, problems)
    accounts = _rows(roots, "service_accounts")
    for id_, (key, _) in _rows(roots, "users").items():
        if id_ in accounts:
            first = accounts[id_][0]
            message = f"{shown(key)} is a service account, too"
            help = f"its row there is {_place(first)}; take one of the two out"
            problems.append(key.problem("JB054", message, help))


def _check_keys(
    roots: Roots, table: str, columns: tuple[str, ...], what: str, problems: list[Diagnostic]
) -> None:
    """A row is also found by these columns, where it has them all: so no two may share them."""
    first: dict[tuple[str, ...], Scalar] = {}
    for key, row in _rows(roots, table).values():
        cells = [row.get(column) for column in columns] if isinstance(row, Mapping) else []
        scalars = [
            cell for cell in cells if isinstance(cell, Scalar) and isinstance(cell.value, str)
        ]
        if len(scalars) != len(columns):
            continue
        other = first.setdefault(tuple(cell.text for cell in scalars), key)
        if other is not key:
            named = " and ".join(f"`{column}`" for column in columns)
            message = f"another {what} has the same {named}"
            help = f"it is {shown(other)}, {_place(other)}"
            problems.append(scalars[-1].problem("JB054", message, help))


def _rows(roots: Roots, table: str) -> MappingABC[str, tuple[Scalar, Node]]:
    root = roots.get(table)
    return root.entries if isinstance(root, Mapping) else {}


def _ids(roots: Roots, table: str) -> set[str]:
    """The ids of a table's rows; of models, the aliases too."""
    ids = set(_rows(roots, table))
    if table == "models":
        ids.update(item.text for item in _values(roots, "models", "aliases"))
    return ids


def _values(roots: Roots, table: str, column: str) -> Iterator[Scalar]:
    """The texts in a column: one, or the items of a list."""
    for _, row in _rows(roots, table).values():
        cell = row.get(column) if isinstance(row, Mapping) else None
        for item in cell.items if isinstance(cell, Sequence) else (cell,):
            if isinstance(item, Scalar) and isinstance(item.value, str):
                yield item


def _place(node: Node) -> str:
    return f"{node.file.path}:{node.line}:{node.column}"
