"""Matching who somebody is, or what is called, by a part of a text."""

import re
from collections.abc import Iterator
from typing import Any

from jurat.expr.tree import Call, Const, Node, Select, children, field_path
from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject, Place

_PERMIT = """\
- id: callers
  title: Our people
  kind: expression
  effect: permit
  severity: info
  when: '{}'
"""
_IDENTITY = frozenset({"id", "email", "model", "provider", "fingerprint", "host", "owner", "name",
                       "project", "team", "sha256"})  # fmt: skip
_FLAGS = re.compile(r"\(\?[a-zA-Z]*i")


def _permit(when: str) -> LintExample:
    return LintExample({"rules/a.yaml": _PERMIT.format(when)})


def _opening(subject: LintSubject) -> Iterator[tuple[Any, str, Node]]:
    """The calls that open something by being true: in permits, in scopes of waivers, and under a
    negation in constraints. Each with its item and the key of its condition."""
    bundle = subject.bundle
    for rule in bundle.rules:
        condition = rule.judges[0].condition if rule.judges else None
        for part in condition.conjuncts if condition else ():
            for node in _calls(part.node, rule.effect == "permit"):
                yield rule, "when", node
    for waiver in bundle.waivers:
        for part in waiver.conditions[0].conjuncts if waiver.conditions else ():
            for node in _calls(part.node, True):
                yield waiver, "scope", node


def _calls(node: Node, opens: bool) -> Iterator[Node]:
    if isinstance(node, Call):
        if node.function == "!_":
            yield from _calls(node.args[0], not opens)
            return
        if opens:
            yield node
        if node.function == "_?_:_":
            yield from _calls(node.args[0], False)
            yield from (n for arg in node.args[1:] for n in _calls(arg, opens))
            return
    for child in children(node):
        yield from _calls(child, opens)


def _identity(node: Node) -> str | None:
    """The path of a fact that says who or what something is."""
    if isinstance(node, Select) and node.field in _IDENTITY:
        return field_path(node)
    return None


class Unanchored(LintRule):
    """Who somebody is is told by a part of a text, so that others fit, too.

    `matches` searches: `matches(request.actor.email, "@acme.com")` is true for
    `ann@acme.com.example.org` as well. Anchor the pattern with `^` and `$` and escape its dots,
    or compare with `==`, `in` or `glob`, which take the whole. The end of an address counts with
    its `@` or dot: `endsWith("@acme.com")`.
    """

    code, name = "JL202", "unanchored-identity"
    apart = True
    fires = _permit('request.actor.email.contains("@acme.com")')
    passes = _permit('request.actor.email.endsWith("@acme.com")')

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for item, key, node in _opening(subject):
            if not isinstance(node, Call) or len(node.args) != 2:
                continue
            path, other = _identity(node.args[0]), node.args[1]
            if path is None or not isinstance(other, Const) or not isinstance(other.value, str):
                continue
            place = subject.in_condition(item, other.at, len(other.value) + 2, key)
            text = other.value
            if node.function == "contains":
                message = f"{path} counts if it has {text!r} anywhere"
                yield LintFinding(message, place, "compare the whole, by ==, in, endsWith or glob")
            elif node.function == "matches" and not _anchored(text):
                message = f"the pattern for {path} is not anchored, so a part of it is enough"
                yield LintFinding(message, place, "begin it with ^ and end it with $")
            elif node.function == "endsWith" and _is_domain(path, text):
                message = f"{path} ends with {text!r} in other domains, too"
                yield LintFinding(message, place, f'write "@{text}" or ".{text}"')


def _anchored(pattern: str) -> bool:
    """Whether every alternative of the pattern is bound at both ends."""
    depth, parts, start, index = 0, [], 0, 0
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            index += 1
        elif char == "[":
            end = pattern.find("]", index + 2)
            index = end if end > 0 else len(pattern)
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif char == "|" and not depth:
            parts.append(pattern[start:index])
            start = index + 1
        index += 1
    parts.append(pattern[start:])
    begins = re.compile(r"(\(\?[a-zA-Z]+\))?(\^|\\A)")
    ends = re.compile(r"(?<!\\)(\\\\)*(\$|\\z)$")
    return all(begins.match(part) and ends.search(part) for part in parts)


def _is_domain(path: str, text: str) -> bool:
    leaf = path.rpartition(".")[2]
    return leaf in ("email", "host") and "." in text and text[:1] not in ("@", ".", "")


class CaseBlind(LintRule):
    """An identifier is compared without regard to case.

    Ids of accounts, projects, keys and models are exact: two that differ in case are two things,
    and whoever may choose one can choose it to look like another. Case folding also takes letters
    of other scripts for Latin ones (the sign of the kelvin for a k). Compare exactly.
    """

    code, name = "JL205", "case-blind-identifier"
    apart = True
    fires = _permit('lower(request.actor.id) == "svc-chatbot"')
    passes = _permit('request.actor.id == "svc-chatbot"')

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for item, key, node in _opening(subject):
            if not isinstance(node, Call) or not node.args:
                continue
            path = _identity(node.args[0])
            if path is None or path.rpartition(".")[2] in ("email", "host"):
                continue
            if node.function == "lower":
                place: Place = subject.in_condition(item, max(0, node.at - 5), 5, key)
            elif node.function == "matches" and _folds(node.args[1]):
                place = subject.in_condition(item, node.args[1].at, 1, key)
            else:
                continue
            message = f"{path} is compared without regard to case"
            yield LintFinding(message, place, "compare it as it is written")


def _folds(node: Node) -> bool:
    return (
        isinstance(node, Const) and isinstance(node.value, str) and bool(_FLAGS.search(node.value))
    )
