"""Obligations that cannot both be performed."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from jurat.plugin import Header, LintExample, LintFinding, LintRule, LintSubject, Route

from .._logic import covers
from .._pairs import inputs_of, members

_RULE = """\
- id: {id}
  title: The team is told
  kind: expression
  effect: require
  severity: low
  when: 'request.provider == "azure"{more}'
  obligation: {{header: {{name: X-Team, value: {value}}}}}
"""


def _two(other: str) -> LintExample:
    one = _RULE.format(id="a", more="", value="red")
    return LintExample({"rules/a.yaml": one + other})


class ConflictingObligations(LintRule):
    """Two rules ask for what can't both be done: one header with two values, or routes that have
    no endpoint in common.

    Wherever both apply the request is denied (`obligation-conflict`). Reported where one of the
    two applies wherever the other does.
    """

    code, name, severity = "JL115", "conflicting-obligations", "error"
    fires = _two(_RULE.format(id="b", more=" && request.params.store == true", value="blue"))
    passes = _two(_RULE.format(id="b", more=" && request.params.store == true", value="red"))

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        rules = [
            rule
            for rule in subject.bundle.rules
            if isinstance(rule.obligation, Header | Route) and rule.mode == "enforce"
        ]
        for (one, cases), (other, others) in combinations(members(subject, rules), 2):
            what = _conflict(one.obligation, other.obligation)
            if not what or not inputs_of(one) & inputs_of(other):
                continue
            if not any(covers(a, b) or covers(b, a) for a in cases for b in others):
                continue
            message = (
                f"rules {one.id} and {other.id} ask for {what}, so where both apply all is denied"
            )
            related = (subject.at(one, "obligation", message=f"rule {one.id}"),)
            help = "let their conditions exclude each other"
            yield LintFinding(message, subject.at(other, "obligation"), help, related)


def _conflict(one: Any, other: Any) -> str:
    if isinstance(one, Header) and isinstance(other, Header):
        same = one.name.lower() == other.name.lower()
        return f"two values of {one.name}" if same and one.value != other.value else ""
    if isinstance(one, Route) and isinstance(other, Route):
        common = set(one.endpoints) & set(other.endpoints)
        return "" if common else "routes without an endpoint in common"
    return ""
