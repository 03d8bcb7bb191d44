"""Facts that nobody can supply."""

from collections.abc import Iterator, Mapping
from typing import Any

from jurat.bundle.source import Mapping as Node
from jurat.bundle.source import nearest
from jurat.expr.tree import Ident, Select, children, field_path
from jurat.expr.tree import Node as Part
from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

_RULE = """\
- id: stored
  title: Nothing is stored where retention is to be zero
  kind: expression
  effect: deny
  severity: medium
  when: request.project.retention == "zero" && request.params.store == true
"""
# What is joined from a table, by where conditions read it. With several, all must be there: which
# of them answers depends on the request. Its keys, and what the join works out, stay as they are.
_JOINED: Mapping[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "request.actor.credential": (("credentials",), frozenset({"id", "fingerprint"})),
    "request.actor": (("service_accounts", "users"), frozenset({"id", "kind", "credential"})),
    "request.project": (("projects",), frozenset({"id"})),
    "request.endpoint": (
        ("endpoints",),
        frozenset({"id", "provider", "region", "deployment", "residency"}),
    ),
    "request.prompt": (("prompts",), frozenset({"id", "version"})),
    "request.vendor": (("vendors",), frozenset({"id"})),
    "request.model_info": (("models",), frozenset({"id"})),
}


class NobodySupplies(LintRule):
    """A condition reads a fact that nobody can supply: it is a column of a table that the bundle
    has, and no row of the table has it.

    Where a bundle has a table, the table alone answers for all its columns, whatever the gateway
    sends. A column that no row has is absent for every request, so the condition always comes out
    the same way. Fill the column in, or leave the table to the gateway and the armed state.
    """

    code, name = "JL118", "fact-nobody-supplies"
    apart = True
    fires = LintExample(
        {"rules/a.yaml": _RULE, "data/projects.yaml": "proj-a: {environment: production}\n"}
    )
    passes = LintExample(
        {"rules/a.yaml": _RULE, "data/projects.yaml": "proj-a: {retention: zero}\n"}
    )

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        if not any(file.startswith("data/") for file in subject.texts):
            return
        known: dict[str, frozenset[str] | None] = {}
        for rule in subject.bundle.rules:
            if not any(judged.input == "request" for judged in rule.judges):
                continue
            condition = rule.judges[0].condition
            told = set()
            for part in condition.conjuncts if condition else ():
                for path, at in _paths(part.node):
                    place, column = _placed(path, rule.judges[0].resource)
                    tables, kept = _JOINED.get(place, ((), frozenset()))
                    if not tables or column in kept or path in told:
                        continue
                    columns = _columns(subject, tables, known)
                    if columns is None or column in columns:
                        continue
                    told.add(path)
                    files = " or ".join(f"data/{table}.yaml" for table in tables)
                    message = f"{path} is always absent: no row of {files} says `{column}`"
                    close = nearest(column, columns)
                    help = f"did you mean {close}? Or" if close else "Either"
                    help += f" fill `{column}` in: where the table is, nobody else is asked"
                    yield LintFinding(message, subject.in_condition(rule, at, len(path)), help)


def _placed(path: str, resource: str) -> tuple[str, str]:
    """Where a path is in a request: the joined thing, and its column."""
    root, _, rest = path.partition(".")
    if root == "project" or (root == resource and root != "request"):
        root = {"credential": "request.actor.credential", "principal": "request.actor",
                "actor": "request.actor"}.get(root, f"request.{root}")  # fmt: skip
        path = f"{root}.{rest}"
    for place in _JOINED:
        if path.startswith(f"{place}."):
            column = path.removeprefix(f"{place}.").partition(".")[0]
            if place == "request.actor" and column == "credential":
                continue
            return place, column
    return "", ""


def _paths(node: Part) -> Iterator[tuple[str, int]]:
    """The longest dotted paths in a condition, with the offset of each."""
    path = field_path(node) if isinstance(node, Select) else None
    if path:
        yield path, _start(node)
        return
    for child in children(node):
        yield from _paths(child)


def _start(node: Any) -> int:
    while isinstance(node, Select):
        node = node.operand
    return node.at if isinstance(node, Ident) else 0


def _columns(
    subject: LintSubject, tables: tuple[str, ...], known: dict[str, frozenset[str] | None]
) -> frozenset[str] | None:
    """The columns that any row of the tables has; None where a table is missing or has no row."""
    found: frozenset[str] = frozenset()
    for table in tables:
        if table not in known:
            root = subject.root(f"data/{table}.yaml")
            rows = [row for _, row in root.entries.values()] if isinstance(root, Node) else []
            columns = [frozenset(row.entries) for row in rows if isinstance(row, Node)]
            known[table] = frozenset().union(*columns) if rows else None
        columns_of = known[table]
        if columns_of is None:
            return None
        found |= columns_of
    return found
