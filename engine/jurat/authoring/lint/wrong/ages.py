"""Ages that contradict each other."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from jurat.canon import format_duration
from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

from .._pairs import implications, inputs_of, members

_RULE = """\
- id: {}
  title: Keys are rotated
  kind: credential.age
  on: [request, org_state]
  effect: deny
  severity: high
  params: {{max_age: {}}}
"""
_MANIFEST = "name: acme\nversion: 1.0.0\nrevision: 1\nmax_staleness: {}\n"


def _bundle(staleness: str) -> LintExample:
    files = {"bundle.yaml": _MANIFEST.format(staleness), "rules/a.yaml": _RULE.format("a", "60d")}
    return LintExample(files)


def _max_age(rule: Any) -> timedelta | None:
    age = getattr(rule.params, "max_age", None)
    return age if rule.kind == "credential.age" and isinstance(age, timedelta) else None


class ContradictoryAges(LintRule):
    """Two ages of which one makes the other pointless.

    State may be as old as a key: then a key that is too old by now may still look young. Or two
    rules bound the age of the same keys, and the longer bound never counts.
    """

    code, name = "JL112", "contradictory-ages"
    fires = _bundle("90d")
    passes = _bundle("24h")

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        rules = [rule for rule in subject.bundle.rules if _max_age(rule) is not None]
        stale = subject.bundle.max_staleness["credentials"]
        for rule in rules:
            age = _max_age(rule)
            assert age is not None
            if any(judged.input == "org_state" for judged in rule.judges) and stale >= age:
                old, bound = format_duration(stale), format_duration(age)
                message = (
                    f"credentials may be {old} stale, and rule {rule.id} bounds them to {bound}"
                )
                place = subject.at(rule, "params", "max_age")
                help = "lower `max_staleness` in bundle.yaml, to a day say"
                yield LintFinding(message, place, help)
        yield from _pointless(subject, [rule for rule in rules if rule.effect == "deny"])


def _pointless(subject: LintSubject, rules: list[Any]) -> Iterator[LintFinding]:
    known = members(subject, rules)
    for narrow, wide in implications(known, known):
        longer, shorter = _max_age(narrow), _max_age(wide)
        if longer is None or shorter is None or longer <= shorter:
            continue
        if not inputs_of(narrow) <= inputs_of(wide) or wide.mode != "enforce":
            continue
        message = (
            f"{format_duration(longer)} never counts: rule {wide.id} bounds the same keys to "
            f"{format_duration(shorter)}"
        )
        related = (subject.at(wide, "params", "max_age", message=f"rule {wide.id}"),)
        place = subject.at(narrow, "params", "max_age")
        yield LintFinding(message, place, f"take the rule out, or narrow {wide.id}", related)
