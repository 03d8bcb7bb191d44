"""Conditions that can fail."""

from collections.abc import Iterator

from jurat.expr.tree import Call, Const, Node, children
from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

from .._logic import folded, named

_RULE = """\
- id: region
  title: The tenant's region is known
  kind: expression
  effect: deny
  severity: medium
  when: '{}'
"""
_LIMITS = 'data.tenants[request.project.id].region != "eu"'
_KNOWN = "request.project.id in data.tenants && "
_TABLE = "name: acme\nversion: 1.0.0\nrevision: 1\ntables: {tenants: {region: string}}\n"
_FILES = {"bundle.yaml": _TABLE, "data/tenants.yaml": "proj-a: {region: eu}\n"}


class DenyMayError(LintRule):
    """A deny rule that fails on some inputs, and so denies what it did not mean to.

    A key that a table does not have, and a division by what may be zero, are errors, and a deny
    rule that fails denies. Ask first, `key in data.table && …`: a part that is false makes the
    whole false.
    """

    code, name, confidence = "JL107", "deny-may-error", "medium"
    apart = True
    fires = LintExample({**_FILES, "rules/a.yaml": _RULE.format(_LIMITS)})
    passes = LintExample({**_FILES, "rules/a.yaml": _RULE.format(_KNOWN + _LIMITS)})

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for rule in subject.bundle.rules:
            if rule.effect != "deny" or not rule.judges or not rule.judges[0].condition:
                continue
            condition = rule.judges[0].condition
            nodes = [node for part in condition.conjuncts for node in _all(part.node)]
            asked = {
                (named(node.args[0]), named(node.args[1]))
                for node in nodes
                if isinstance(node, Call) and node.function == "@in"
            }
            for node in nodes:
                if not isinstance(node, Call):
                    continue
                if node.function == "_[_]":
                    held, key = map(named, node.args)
                    if (key, held) in asked or not held.startswith("data."):
                        continue
                    message = f"it fails where {held} has no {key}, and then denies"
                    help = f"ask first: `{key} in {held} &&`"
                elif node.function in ("_/_", "_%_"):
                    if not _may_be_zero(node.args[1]):
                        continue
                    message = f"it fails where {named(node.args[1])} is 0, and then denies"
                    help = f"ask first: `{named(node.args[1])} != 0 &&`"
                else:
                    continue
                yield LintFinding(message, subject.in_condition(rule, node.at), help)


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from _all(child)


def _may_be_zero(node: Node) -> bool:
    return not (isinstance(node, Const) or folded(node))
