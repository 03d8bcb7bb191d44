"""data/stops.yaml: rows that stop nothing, or that nobody answers for, are refused.

A misspelt stop would be the worst kind of silence: an incident that goes on.
"""

from collections.abc import Iterable
from collections.abc import Mapping as MappingABC
from typing import Any

from jurat.plugin import providers

from ._diagnostic import Diagnostic, mend
from ._nodes import Mapping, Node
from ._shape import shown

TARGETS = ("model", "project", "actor", "credential", "provider", "endpoint", "tool")
_LONGEST = 500  # characters of `who` and `why`: they stand in every reason


def check_stop(node: Node, row: MappingABC[str, Any], problems: list[Diagnostic]) -> None:
    """A row says what it stops, by whose order, why, and ends after it begins."""

    def refuse(column: str, message: str, help: str) -> None:
        problems.append(node.at((column,)).problem("JB056", message, help))

    given = [column for column in TARGETS if row[column] is not None]
    for column in given:
        if not row[column].strip():
            refuse(column, f"`{column}` is empty", "take it out, or say what is stopped")
    if row["everything"] and given:
        what = f"the stop says `everything` and `{given[0]}`, which is narrower"
        refuse("everything", what, "keep one of them")
    elif not given and not row["everything"]:
        targets = ", ".join(TARGETS)
        refuse("", "the stop has no target", f"give {targets}, or everything: true")
    for column, about in (("who", "who ordered the stop"), ("why", "why it is ordered")):
        if not (row[column] or "").strip():
            help = f"write {about}: those who are stopped are told so"
            refuse(column, f"the stop does not say `{column}`", help)
        elif len(row[column]) > _LONGEST:
            refuse(column, f"`{column}` has more than {_LONGEST} characters", "tell it in short")
    since, until = row["since"], row["until"]
    if since is not None and until is not None and until <= since:
        refuse("until", "the stop ends before it begins", "`until` is later than `since`")


def check_references(
    root: Node | None, tables: MappingABC[str, MappingABC[str, Any]], problems: list[Diagnostic]
) -> None:
    """What a stop names is there, where a table of the bundle says what there is."""
    known: dict[str, tuple[Iterable[str], str]] = {}
    for column, table in (("project", "projects"), ("endpoint", "endpoints")):
        if table in tables:
            known[column] = tables[table], table
    if "vendors" in tables or "endpoints" in tables:
        named = {row.provider for row in tables.get("endpoints", {}).values()} - {None}
        known["provider"] = {*named, *tables.get("vendors", ()), *providers()}, "vendors"
    for _, node in root.entries.values() if isinstance(root, Mapping) else ():
        for column, (words, table) in known.items():
            value = node.get(column) if isinstance(node, Mapping) else None
            word = None if value is None else value.plain()
            if value is not None and isinstance(word, str) and word not in words:
                message = f"the stop names {column} {shown(value)}, which is not listed"
                help = mend(word, sorted(words)) or f"data/{table}.yaml has no such row"
                problems.append(value.problem("JB056", message, help))
