"""Rules that another rule makes pointless."""

from collections.abc import Iterator
from typing import Any

from jurat.plugin import SEVERITIES, LintExample, LintFinding, LintRule, LintSubject, RuleKind

from .._pairs import implications, inputs_of, members
from .conditions import always

_RULE = """\
- id: {id}
  title: {id}
  kind: expression
  effect: {effect}
  severity: {severity}
  when: '{when}'
"""
_STRENGTH = ("shadow", "warn", "enforce")
AZURE = 'request.provider == "azure"'
STORED = f"{AZURE} && request.params.store == true"


def _two(one: tuple[str, str], other: tuple[str, str], severity: str = "high") -> LintExample:
    pair = zip("ab", (one, other), strict=True)
    texts = (
        _RULE.format(id=id_, effect=effect, severity=severity, when=when)
        for id_, (effect, when) in pair
    )
    return LintExample({"rules/a.yaml": "".join(texts)})


def as_written(rule: Any) -> tuple[Any, ...]:
    """All that a rule does, but where it applies and how severe it is."""
    return (
        rule.kind,
        rule.effect,
        repr(rule.params),
        repr(rule.obligation),
        rule.on_error,
        tuple(sorted(inputs_of(rule))),
    )


def _strong(rule: Any) -> int:
    return _STRENGTH.index(rule.mode)


def pairs(subject: LintSubject) -> Iterator[tuple[Any, Any, bool]]:
    """Each rule with another that does the same wherever it applies, and whether they are equal."""
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for rule in subject.bundle.rules:
        if not _of_its_own(rule):
            groups.setdefault(as_written(rule), []).append(rule)
    waived = {waiver.rule for waiver in subject.bundle.waivers}
    for rules in groups.values():
        if len(rules) < 2:
            continue
        known = members(subject, rules)
        found = set(implications(known, known))
        for narrow, wide in sorted(found, key=lambda pair: (pair[0].id, pair[1].id)):
            if wide.id in waived or (wide.effect == "permit" and always(wide)):
                continue  # not the same where it is waived; a permit for all is told as that
            if _strong(wide) < _strong(narrow) or _level(wide) < _level(narrow):
                continue
            equal = (wide, narrow) in found
            if (
                equal
                and _level(wide) == _level(narrow)
                and wide.id > narrow.id
                and narrow.id not in waived
            ):
                continue  # told once, at the second
            yield narrow, wide, equal


def _of_its_own(rule: Any) -> bool:
    """Whether two rules that are written alike do different things: each counts by itself, or is
    approved by itself."""
    kind = type(rule.implementation) if rule.implementation is not None else RuleKind
    counts = kind.counters is not RuleKind.counters
    return counts or rule.kind.startswith("approval.")


def _level(rule: Any) -> int:
    return SEVERITIES.index(rule.severity)


class Shadowed(LintRule):
    """A rule that changes nothing: another of the same kind, params and effect applies wherever it
    does, and is as severe.

    Whoever edits the narrow rule sees no change. Take it out, or narrow the wide one. A rule that
    is more severe than the one above it is no finding, nor is one below a rule that is waived.
    """

    code, name = "JL104", "shadowed-rule"
    fires = _two(("deny", AZURE), ("deny", STORED))
    passes = _two(("deny", STORED), ("deny", 'request.provider == "openai"'))

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        told = set()
        for narrow, wide, equal in pairs(subject):
            if equal or narrow.id in told:
                continue
            told.add(narrow.id)
            message = (
                f"rule {narrow.id} changes nothing: {wide.id} does the same and applies wider"
            )
            related = (subject.at(wide, "id", message=f"rule {wide.id}"),)
            help = f"take it out, or narrow {wide.id}"
            yield LintFinding(message, subject.at(narrow, "id"), help, related)


class Duplicate(LintRule):
    """Two rules that say the same: kind, params, effect and a condition of the same meaning.

    Copies drift apart. Keep one.
    """

    code, name = "JL105", "duplicate-rule"
    fires = _two(("deny", AZURE), ("deny", '"azure" == request.provider'))
    passes = _two(("deny", AZURE), ("deny", 'request.provider == "openai"'))

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        told = set()
        for copy, first, equal in pairs(subject):
            if not equal or copy.id in told:
                continue
            told.add(copy.id)
            message = f"rule {copy.id} says the same as {first.id}"
            related = (subject.at(first, "id", message=f"rule {first.id}"),)
            yield LintFinding(message, subject.at(copy, "id"), "keep one of the two", related)


class Contradictory(LintRule):
    """A permit that lets nothing in: a deny rule fires wherever it applies.

    Deny overrides, so the permit never counts. One of the two conditions is not what was meant.
    """

    code, name, severity = "JL106", "contradictory-rules", "error"
    fires = _two(("permit", STORED), ("deny", AZURE))
    passes = _two(("permit", AZURE), ("deny", STORED))

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        rules = [rule for rule in subject.bundle.rules if rule.kind == "expression"]
        waived = {waiver.rule for waiver in subject.bundle.waivers}
        denies = [
            rule
            for rule in rules
            if rule.effect == "deny"
            and rule.mode == "enforce"
            and rule.id not in waived
            and ("request", "request") in inputs_of(rule)
        ]
        permits = [rule for rule in rules if rule.effect == "permit"]
        told = set()
        for permit, deny in implications(members(subject, permits), members(subject, denies)):
            if permit.id in told:
                continue
            told.add(permit.id)
            message = f"permit {permit.id} lets nothing in: {deny.id} denies wherever it applies"
            related = (subject.at(deny, "when", message=f"rule {deny.id}"),)
            help = "deny overrides permit: change one of the two conditions"
            yield LintFinding(message, subject.at(permit, "when"), help, related)
