"""Conditions that say nothing, or never come true."""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

from jurat.expr.tree import Call, Const, Node, children
from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

from .._logic import constant, meet_ever, part_cases

_RULE = """\
- id: production
  title: Production calls reviewed models
  kind: {kind}
  effect: deny
  severity: high
  when: {when}
"""
_LOGIC = frozenset({"_&&_", "_||_", "!_", "_?_:_"})


def _rule(when: str, kind: str = "expression") -> LintExample:
    params = "" if kind == "expression" else "  params: {models: [gpt-4.1]}\n"
    return LintExample({"rules/a.yaml": _RULE.format(when=when, kind=kind) + params})


def always(rule: Any) -> bool:
    """Whether the rule's condition is true wherever its facts are known."""
    conditions = [judged.condition for judged in rule.judges]
    return bool(conditions) and all(
        condition is not None and all(constant(condition, c.node) for c in condition.conjuncts)
        for condition in conditions
    )


def never(subject: LintSubject, rule: Any) -> bool:
    """Whether the rule's condition is true for no input at all."""
    return bool(rule.judges) and all(
        subject.cases(judged.condition) == () for judged in rule.judges
    )


class ConstantCondition(LintRule):
    """A part of a condition is always true or never true, whatever the input says.

    It reads as if it decided something. Found by computing what needs no input, and by the values
    that a fact can have: a text can't be two things at once, a number can't be both below 5 and
    above 7. Where a part is always true, leave it out; where it never is, the condition was meant
    otherwise.
    """

    code, name = "JL101", "constant-condition"
    apart = True
    fires = _rule("""'request.action == "embeddings" && size(request.messages) >= 0'""")
    passes = _rule("""'request.action == "embeddings" && size(request.messages) >= 5'""")

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for rule in subject.bundle.rules:
            condition = rule.judges[0].condition if rule.judges else None
            if condition is None or never(subject, rule):
                continue
            if always(rule):
                if rule.kind != "expression":
                    message = "the condition is always true"
                    place = subject.at(rule, "when")
                    yield LintFinding(message, place, "leave `when` out: the rule always applies")
                continue
            for conjunct in condition.conjuncts:
                for node, value in _constant_parts(condition, conjunct.node):
                    length = len(conjunct.text) if node is conjunct.node else 1
                    start = _start(node)
                    if node is conjunct.node:
                        start = _offset(condition.text, conjunct.line, conjunct.column)
                    word = "always true" if value else "never true"
                    help = "leave it out, or say what was meant"
                    place = subject.in_condition(rule, start, length)
                    yield LintFinding(f"this part of the condition is {word}", place, help)


def _constant_parts(condition: Any, node: Node) -> Iterator[tuple[Node, bool]]:
    """The largest parts that never vary."""
    value = constant(condition, node)
    if value is not None:
        yield node, value
    elif isinstance(node, Call) and node.function in _LOGIC:
        for child in node.args:
            if child.type.kind == "bool":
                yield from _constant_parts(condition, child)


def _start(node: Node) -> int:
    """Where the text of a node begins: its operator stands behind its first operand."""
    if isinstance(node, Const):
        return node.at
    return min([node.at, *map(_start, children(node))])


def _offset(text: str, line: int, column: int) -> int:
    return sum(len(part) + 1 for part in text.split("\n")[: line - 1]) + column - 1


class DeadRule(LintRule):
    """A rule whose condition is never true: it never applies.

    Whoever counts on it is mistaken. Its parts contradict each other, or one of them is never
    true. Nothing is guessed: each fact has one value at a time, and words of closed lists are all
    the words there are.
    """

    code, name, severity = "JL102", "dead-rule", "error"
    apart = True
    fires = _rule("""'request.provider == "azure" && request.provider == "openai"'""")
    passes = _rule("""'request.provider == "azure" || request.provider == "openai"'""")

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for rule in subject.bundle.rules:
            if not never(subject, rule):
                continue
            condition = rule.judges[0].condition
            parts = condition.conjuncts
            message = f"rule {rule.id} never applies: its condition is never true"
            place, related = subject.at(rule, "when"), ()
            for part in parts:
                if constant(condition, part.node) is False:
                    start = _offset(condition.text, part.line, part.column)
                    place = subject.in_condition(rule, start, len(part.text))
                    message = f"rule {rule.id} never applies: this part is never true"
                    break
            else:
                for one, other in combinations(parts, 2):
                    first, second = part_cases(condition, one), part_cases(condition, other)
                    if first is None or second is None or meet_ever(first, second):
                        continue
                    start = _offset(condition.text, other.line, other.column)
                    place = subject.in_condition(rule, start, len(other.text))
                    message = f"rule {rule.id} never applies: this contradicts `{one.text[:80]}`"
                    break
            help = "say what was meant, `||` perhaps, or take the rule out"
            yield LintFinding(message, place, help, related)


class AlwaysOn(LintRule):
    """A constraint whose condition is always true: it fires for every input.

    A deny rule like that denies everything, a `require` or `advise` asks it of everyone. To shut
    everything off for a while there is `data/stops.yaml`, whose rows say since when, by whom and
    why.
    """

    code, name = "JL103", "always-on-rule"
    apart = True
    fires = _rule('\'request.provider == "azure" || request.provider != "azure"\'')
    passes = _rule("""'request.provider != "azure"'""")

    def check(self, subject: LintSubject) -> Iterable[LintFinding]:
        for rule in subject.bundle.rules:
            if rule.kind == "expression" and rule.effect != "permit" and always(rule):
                message = f"the condition is always true, so {rule.id} fires for every input"
                help = "say when it is to fire, or take the rule out"
                yield LintFinding(message, subject.at(rule, "when"), help)
