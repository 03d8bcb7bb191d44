"""What a rule tells those who meet it."""

from collections.abc import Iterator

from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

_RULE = """\
- id: stored
  title: Answers are not stored
  kind: expression
  effect: deny
  severity: medium
  when: request.params.store == true
"""


def _rule(line: str = "") -> LintExample:
    return LintExample({"rules/a.yaml": _RULE + line})


class NoOwner(LintRule):
    """Nobody answers for a rule: neither it nor the bundle has an `owner`.

    Who is denied by it needs someone to ask, and so does the auditor.
    """

    code, name, severity = "JL501", "no-owner", "info"
    apart = True
    fires = _rule()
    passes = _rule("  owner: platform-security\n")

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for rule in subject.bundle.rules:
            if not rule.owner.strip() and not subject.bundle.owner.strip():
                message = f"nobody answers for rule {rule.id}"
                place = subject.at(rule, "id")
                yield LintFinding(message, place, "add `owner`, here or in bundle.yaml")


class NoRemediation(LintRule):
    """A constraint does not say what to do about a violation.

    The text goes to whoever is denied. Without one, they ask you.
    """

    code, name, severity = "JL502", "no-remediation", "info"
    apart = True
    fires = _rule()
    passes = _rule("  remediation: Set store to false.\n")

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for rule in subject.bundle.rules:
            if rule.effect != "permit" and not rule.remediation.strip():
                message = f"rule {rule.id} does not say what to do about a violation"
                yield LintFinding(message, subject.at(rule, "id"), "add `remediation`")


class NoControls(LintRule):
    """A constraint supports no control, so no report shows what it is for.

    Name the controls of the frameworks you are held to, or your own in `data/controls.yaml`.
    """

    code, name, severity = "JL503", "no-controls", "info"
    apart = True
    fires = _rule()
    passes = _rule("  controls: [GDPR:5]\n")

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for rule in subject.bundle.rules:
            if rule.effect != "permit" and not rule.controls:
                message = f"rule {rule.id} supports no control"
                yield LintFinding(
                    message, subject.at(rule, "id"), "add `controls`, like [GDPR:32]"
                )
