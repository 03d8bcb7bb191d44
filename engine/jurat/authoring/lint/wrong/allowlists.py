"""Allowlists that allow nothing, or everything."""

from collections.abc import Iterator
from typing import Any

from jurat.bundle.source import Mapping, Scalar, Sequence
from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

from .._extent import scalars

_MODELS = """\
- id: models
  title: Reviewed models only
  kind: model.allowlist
  effect: deny
  severity: high
  params: {{models: {}}}
"""
_EVERYTHING = frozenset({"*", "**", "*.*", "0.0.0.0/0", "::/0", ".*"})
_KINDS = ("allowlist", "egress")  # last words of kinds whose first param is what is allowed


def _models(text: str) -> LintExample:
    return LintExample({"rules/a.yaml": _MODELS.format(text)})


def _allowed(subject: LintSubject) -> Iterator[tuple[Any, str, Any]]:
    """Each rule of an allowlist kind with the name and the node of what it allows."""
    for rule in subject.bundle.rules:
        if rule.implementation is None or rule.kind.rpartition(".")[2] not in _KINDS:
            continue
        first = next(iter(type(rule.implementation).Params.model_fields), None)
        if first and (node := subject.node(rule, "params", first)) is not None:
            yield rule, first, node


class EmptyAllowlist(LintRule):
    """An allowlist with nothing on it: wherever the rule applies, everything is refused.

    Whoever empties a list often means to switch the rule off, and does the opposite. To refuse
    everything, say so by a rule of kind `expression`; to switch it off, take the rule out.
    """

    code, name = "JL109", "empty-allowlist"
    apart = True
    fires = _models("[]")
    passes = _models("[gpt-4.1]")

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for rule, name, node in _allowed(subject):
            if isinstance(node, Sequence) and not node.items:
                message = f"`{name}` of rule {rule.id} is empty, so it refuses everything"
                yield LintFinding(message, subject.of(node), "list what is allowed")


class WildcardAllowlist(LintRule):
    """An allowlist, or a list of networks, with an entry that everything matches.

    The rule passes whatever it judges, and looks like a control in every report. List what is
    meant.
    """

    code, name = "JL110", "wildcard-allowlist"
    apart = True
    fires = _models('[gpt-4.1, "*"]')
    passes = _models('["gpt-4.1-*"]')

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for rule, name, node in _allowed(subject):
            for scalar in scalars(node):
                if scalar.text.strip() in _EVERYTHING:
                    message = f"`{scalar.text}` in `{name}` of rule {rule.id} allows everything"
                    yield LintFinding(message, subject.of(scalar), "list what is meant")
        for file in subject.texts:
            root = subject.root(file) if file.startswith("data/") else None
            if isinstance(root, Mapping):
                yield from _rows(subject, root)


def _rows(subject: LintSubject, root: Mapping) -> Iterator[LintFinding]:
    for id_, (_, row) in root.entries.items():
        networks = row.get("networks") if isinstance(row, Mapping) else None
        for scalar in scalars(networks):
            if isinstance(scalar, Scalar) and scalar.text in ("0.0.0.0/0", "::/0"):
                message = f"`{scalar.text}` in the networks of {id_} is every address"
                yield LintFinding(message, subject.of(scalar), "list what is meant")
