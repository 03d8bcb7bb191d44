"""Models that are named and not registered, or retired."""

import re
from collections.abc import Iterator
from typing import Any

from jurat.bundle.source import Mapping, Scalar, Sequence
from jurat.expr.tree import Call, Const, Items, Node, children, field_path
from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject, Place

from .._tables import listed

_RULE = """\
- id: models
  title: Reviewed models only
  kind: model.allowlist
  effect: deny
  severity: high
  params: {models: [gpt-4.1, gpt-4o]}
"""
_DATED = re.compile(r"(.+)-(?:20\d\d-?\d\d-?\d\d)")
_OVER = ("retired", "blocked")


def _register(text: str) -> LintExample:
    return LintExample({"rules/a.yaml": _RULE, "data/models.yaml": text})


def _named(subject: LintSubject) -> Iterator[tuple[str, Place]]:
    """Each model that a rule allows or an endpoint serves, with its place. One that is named to be
    denied may well be retired, or in no register."""
    for rule in subject.bundle.rules:
        if rule.kind == "model.allowlist":
            for name in ("models", "projects", "actors", "roles"):
                yield from _lists(subject, subject.node(rule, "params", name))
        permits = rule.effect == "permit" and rule.judges
        condition = rule.judges[0].condition if permits else None
        for part in condition.conjuncts if condition else ():
            for const in _compared(part.node):
                yield const.value, subject.in_condition(rule, const.at, len(const.value) + 2)
    root = subject.root("data/endpoints.yaml")
    for _, row in root.entries.values() if isinstance(root, Mapping) else ():
        model = row.get("model") if isinstance(row, Mapping) else None
        if isinstance(model, Scalar) and isinstance(model.value, str):
            yield model.value, subject.of(model)


def _lists(subject: LintSubject, node: Any) -> Iterator[tuple[str, Place]]:
    if isinstance(node, Mapping):
        for _, value in node.entries.values():
            yield from _lists(subject, value)
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Scalar) and isinstance(item.value, str):
            yield item.value, subject.of(item)


def _compared(node: Node) -> Iterator[Const]:
    """The literals that `request.model` is compared with."""
    if isinstance(node, Call) and node.function in ("_==_", "_!=_", "@in"):
        for one, other in (node.args, node.args[::-1]):
            if field_path(one) == "request.model":
                for item in other.items if isinstance(other, Items) else (other,):
                    if isinstance(item, Const) and isinstance(item.value, str):
                        yield item
    for child in children(node):
        yield from _compared(child)


def _rows(subject: LintSubject) -> dict[str, Any] | None:
    """The register by model and alias; None where the bundle has none."""
    tables = subject.bundle.tables
    if "models" not in tables.names:
        return None
    rows = dict(tables["models"])
    for row in tables["models"].values():
        for alias in row.__dict__.get("aliases") or ():
            rows.setdefault(alias, row)
    return rows


def _row(rows: dict[str, Any], name: str) -> Any:
    if name in rows:
        return rows[name]
    dated = _DATED.fullmatch(name)
    return rows.get(dated[1]) if dated else None


class Unregistered(LintRule):
    """A rule allows, or an endpoint serves, a model that the bundle's register does not list.

    Where a bundle has `data/models.yaml`, it alone says which models there are: this one has no
    status, price or end. Register it, or take it out.
    """

    code, name = "JL401", "model-not-registered"
    apart = True
    fires = _register("gpt-4.1: {status: approved}\n")
    passes = _register("gpt-4.1: {status: approved}\ngpt-4o: {status: approved}\n")

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        known = listed(subject, "models", "aliases")
        if known is None:
            return
        for name, place in _named(subject):
            if any(char in name for char in "*?[") or _row(dict.fromkeys(known, name), name):
                continue
            message = f"model {name} is not in data/models.yaml"
            yield LintFinding(message, place, "register it there, or take it out here")


class Retired(LintRule):
    """A rule allows, or an endpoint serves, a model that is retired: its status says so, or its
    end has come.

    Calls of it fail at the provider, or are answered by another model. Name its successor.
    """

    code, name = "JL402", "retired-model"
    apart = True
    fires = _register("gpt-4.1: {status: approved}\ngpt-4o: {retires: 2026-05-01T00:00:00Z}\n")
    passes = _register("gpt-4.1: {status: approved}\ngpt-4o: {retires: 2026-12-01T00:00:00Z}\n")

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        rows = _rows(subject)
        for name, place in _named(subject) if rows else ():
            row = _row(rows or {}, name)
            if row is None:
                continue
            status, ends = row.__dict__.get("status"), row.__dict__.get("retires")
            if status in _OVER:
                message = f"model {name} is {status} in data/models.yaml"
            elif ends is not None and ends <= subject.now:
                message = f"model {name} was retired on {ends:%Y-%m-%d}"
            else:
                continue
            yield LintFinding(message, place, "name its successor, or take it out")
