"""Waivers that are over, or excuse more than they should."""

from collections.abc import Iterator
from typing import Any

from jurat.canon import format_duration
from jurat.plugin import Fix, LintExample, LintFinding, LintRule, LintSubject

from .._extent import without_block
from .._logic import constant, implies, meet_ever

_RULES = """\
- id: stored
  title: Answers are not stored
  kind: expression
  effect: deny
  severity: medium
  when: request.params.store == true
"""
_WAIVER = """\
- rule: stored
  scope: '{scope}'
  owner: platform-lead
  reason: the pilot keeps its answers for a week
  granted: 2026-05-01T00:00:00Z
  expires: {expires}T00:00:00Z
"""


def _waiver(
    scope: str = 'request.project.id == "proj-pilot"', expires: str = "2026-06-01"
) -> LintExample:
    waiver = _WAIVER.format(scope=scope, expires=expires)
    return LintExample({"rules/a.yaml": _RULES, "waivers.yaml": waiver})


class BroadWaiver(LintRule):
    """A waiver that excuses the whole rule: its scope is true wherever the rule applies.

    Name what it is for: the project, the account, the key. To switch a rule off altogether, change
    the rule, in a review of the rule.
    """

    code, name = "JL304", "broad-waiver"
    fires = _waiver(scope="request.params.store == true")
    passes = _waiver()

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for waiver in subject.bundle.waivers:
            rule = subject.bundle.rule_by_id.get(waiver.rule)
            if rule is None or not waiver.conditions or not rule.judges:
                continue
            if all(
                _whole(subject, judged.condition, scope)
                for judged, scope in zip(rule.judges, waiver.conditions, strict=True)
            ):
                message = f"the waiver excuses all of rule {waiver.rule}"
                place = subject.at(waiver, "scope")
                yield LintFinding(message, place, "name what it is for, like a project")


def _whole(subject: LintSubject, when: Any, scope: Any) -> bool:
    if all(constant(scope, part.node) for part in scope.conjuncts):
        return True
    narrow, wide = subject.cases(when), subject.cases(scope)
    return bool(narrow) and wide is not None and implies(tuple(narrow or ()), tuple(wide))


class ExpiredWaiver(LintRule):
    """A waiver that has ended. It has no effect any more, and the rule holds again.

    It stays in the history of the repository; take it out of the file. (`--unsafe-fixes` does, as
    that changes the digest.)
    """

    code, name = "JL305", "expired-waiver"
    apart = True
    fires = _waiver(expires="2026-05-20")
    passes = _waiver()

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for waiver in subject.bundle.waivers:
            if waiver.expires <= subject.now:
                edit = without_block(subject, subject.node(waiver))
                fix = Fix("take the waiver out", (edit,)) if edit else None
                message = f"the waiver of rule {waiver.rule} ended on {waiver.expires:%Y-%m-%d}"
                place = subject.at(waiver, "expires")
                yield LintFinding(message, place, "take it out, or grant another", fix=fix)


class DeadWaiver(LintRule):
    """A waiver that excuses nothing: its scope is never true where its rule applies.

    Whoever was granted it is denied all the same. Its parts contradict each other, or the
    condition of the rule.
    """

    code, name, severity = "JL310", "dead-waiver", "error"
    fires = _waiver(scope="request.params.store == false")
    passes = _waiver()

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for waiver in subject.bundle.waivers:
            rule = subject.bundle.rule_by_id.get(waiver.rule)
            if rule is None or not waiver.conditions or not rule.judges:
                continue
            pairs = [
                (subject.cases(judged.condition), subject.cases(scope))
                for judged, scope in zip(rule.judges, waiver.conditions, strict=True)
            ]
            if any(when is None or scope is None for when, scope in pairs):
                continue
            if not any(meet_ever(tuple(when or ()), tuple(scope or ())) for when, scope in pairs):
                message = (
                    f"the waiver excuses nothing: rule {waiver.rule} never applies in its scope"
                )
                place = subject.at(waiver, "scope")
                yield LintFinding(message, place, "say what was meant, or take it out")


class LongWaiver(LintRule):
    """A waiver that lasts so long that it is a change of the rule.

    What is excused for more than a year (setting `waiver`) belongs into the rule, where it is
    reviewed as such. Where nobody says since when it holds, it counts from now.
    """

    code, name = "JL306", "long-waiver"
    apart = True
    fires = _waiver(expires="2029-05-01")
    passes = _waiver()

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        longest = subject.limit("waiver")
        for waiver in subject.bundle.waivers:
            lasts = waiver.expires - (waiver.granted or subject.now)
            if lasts > longest:
                message = f"the waiver of rule {waiver.rule} lasts {lasts.days} days"
                help = f"let it end within {format_duration(longest)}, or change the rule"
                yield LintFinding(message, subject.at(waiver, "expires"), help)
