"""What the tables of a bundle list, whether or not each row is fit: a broken row is told as that,
and what names it is no mistake of its own."""

from jurat.bundle.source import Mapping, Scalar, Sequence
from jurat.plugin import LintSubject


def listed(subject: LintSubject, table: str, *columns: str) -> set[str] | None:
    """The ids of a table's rows, and what their `columns` say; None where the bundle has no such
    table, or it can't be read."""
    file = f"data/{table}.yaml"
    if file not in subject.texts:
        return None
    root = subject.root(file)
    if not isinstance(root, Mapping):
        return None if subject.texts[file].strip() else set()
    found = set(root.entries)
    for _, row in root.entries.values():
        for column in columns:
            value = row.get(column) if isinstance(row, Mapping) else None
            for node in value.items if isinstance(value, Sequence) else (value,):
                if isinstance(node, Scalar):
                    found.add(node.text)
    return found
