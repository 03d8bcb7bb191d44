"""What a condition may name, by input and type judged, and compiling it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from jurat.model import Model, OrgState, Project, Request, Response

from ._align import place_in
from ._diagnostic import Diagnostic
from ._nodes import Node, Scalar
from ._resources import name_of
from ._shape import text_of

if TYPE_CHECKING:
    from jurat.expr import Condition, Problem, Schema


# The rows of a table: a model, or the types of the columns by name.
Row = type[Model] | Mapping[str, str]


class Conditions:
    """Compiles conditions against the tables and vocabularies of one bundle."""

    def __init__(
        self, tables: Mapping[str, Row], vocabulary: Mapping[str, frozenset[str]]
    ) -> None:
        self._tables = tables
        self._vocabulary = vocabulary
        self._schemas: dict[tuple[str, type[Model]], tuple[Schema, dict[str, str]]] = {}

    def text(self, node: Node, key: str, problems: list[Diagnostic]) -> Scalar | None:
        """The scalar of a condition, if it can be one."""
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node  # `when: true` is CEL too
        if text_of(node, f"`{key}`", problems) is None or not isinstance(node, Scalar):
            return None
        if node.style == ">":
            help = "write | instead, so that messages can point at the place"
            problems.append(node.problem("JB011", "a condition cannot be folded (>)", help))
            return None
        if not node.text.strip():
            problems.append(node.problem("JB040", "the condition is empty"))
            return None
        return node

    def compile(
        self, node: Scalar, judges: list[tuple[str, type[Model]]], problems: list[Diagnostic]
    ) -> "list[Condition] | None":
        """The condition for each (input, type), or None where it fits not all of them."""
        from jurat.expr import ConditionError, compile_condition

        made = []
        told: dict[tuple[int, int, str], tuple[Problem, list[str]]] = {}
        for input_, target in judges:
            schema, where = self._schema(input_, target)
            try:
                made.append(
                    compile_condition(node.text, schema, where=where, words=self._vocabulary.get)
                )
            except ConditionError as error:
                for problem in error.problems:
                    key = (problem.line, problem.column, problem.message)
                    told.setdefault(key, (problem, []))[1].append(input_)
        for problem, inputs in told.values():
            only = "" if len(inputs) == len(judges) else f" (on {', '.join(inputs)})"
            problems.append(_placed(node, problem, only))
        return None if told else made

    def _schema(self, input_: str, target: type[Model]) -> "tuple[Schema, dict[str, str]]":
        key = (input_, target)
        if key not in self._schemas:
            from jurat.expr import Schema

            roots, where = visible(input_, target)
            self._schemas[key] = (Schema(roots, tables=self._tables), where)
        return self._schemas[key]


def visible(input_: str, target: type[Model]) -> tuple[dict[str, type[Model]], dict[str, str]]:
    """The names that a condition sees: their models, and where a check finds each."""
    where = {"data": "facts.data"}
    if target is Request:
        return {"request": Request}, {"request": "target", **where}
    if target is Response:
        roots: dict[str, type[Model]] = {"response": Response, "request": Request}
        return roots, {"response": "target", "request": "facts.request", **where}
    roots, where = {"project": Project}, {"project": "facts.project", **where}
    if input_ == "org_state":
        roots["org"], where["org"] = OrgState, "facts.org"
    resource = name_of(target)
    if resource != "org":
        roots[resource], where[resource] = target, "target"
    return roots, where


def _placed(node: Scalar, problem: "Problem", only: str) -> Diagnostic:
    line, column = place_in(node, problem.line, problem.column)
    message, length = problem.message + only, problem.length or 1
    return node.file.problem("JB040", message, line, column, help=problem.help, length=length)
