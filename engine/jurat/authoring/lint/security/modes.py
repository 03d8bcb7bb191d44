"""Constraints that do not hold."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

_RULE = """\
- id: stored
  title: Answers are not stored
  kind: expression
  effect: deny
  severity: medium
  when: request.params.store == true
  {}
"""
_DATE = re.compile(r"\b(\d{4}-\d{2}-\d{2})\b")


def _rule(line: str) -> LintExample:
    return LintExample({"rules/a.yaml": _RULE.format(line)})


class OldShadow(LintRule):
    """A rule has been in shadow mode for longer than a trial takes, or nobody says since when.

    A shadow rule is recorded and holds nobody to anything, which is easily forgotten. Write the
    date behind it, `mode: shadow  # since 2026-05-01`; after 30 days (setting `shadow`) it is
    time to enforce the rule or to take it out.
    """

    code, name = "JL307", "old-shadow"
    apart = True
    fires = _rule("mode: shadow  # since 2026-01-01")
    passes = _rule("mode: shadow  # since 2026-05-01")

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        bundle = subject.bundle
        manifest = subject.root("bundle.yaml")
        nodes = [
            (f"rule {rule.id} is", subject.node(rule, "mode"))
            for rule in bundle.rules
            if rule.mode == "shadow"
        ]
        if bundle.mode == "shadow":
            nodes.append(("the bundle is", manifest.get("mode")))
        for what, node in nodes:
            if node is None:
                continue
            since = _since(subject, node.file.path, node.line)
            place = subject.of(node)
            if since is None:
                help = "write it behind: `mode: shadow  # since 2026-05-01`"
                yield LintFinding(f"{what} in shadow mode, nobody says since when", place, help)
            elif subject.now - since > subject.limit("shadow"):
                days = (subject.now - since).days
                help = "enforce it, or take it out"
                yield LintFinding(f"{what} in shadow mode for {days} days", place, help)


def _since(subject: LintSubject, file: str, line: int) -> datetime | None:
    """The date in a comment in that line or alone in the line above."""
    for comment in subject.comments(file):
        if comment.line == line or (comment.alone and comment.line == line - 1):
            for text in _DATE.findall(comment.text):
                try:
                    return datetime.fromisoformat(text).replace(tzinfo=UTC)
                except ValueError:  # the 31st of June
                    continue
    return None


class IgnoredErrors(LintRule):
    """A deny rule that lets pass what it can't judge: `on_error: ignore`.

    Where a fact is missing or the rule fails, it counts as passed, so whoever withholds a fact is
    let by. Supply the fact, or narrow the rule by `when` to where it is known.
    """

    code, name = "JL308", "errors-ignored"
    apart = True
    fires = _rule("on_error: ignore")
    passes = _rule("on_error: deny")

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for rule in subject.bundle.rules:
            if rule.on_error == "ignore" and rule.effect == "deny":
                message = f"rule {rule.id} passes where it can't be judged"
                help = "take `on_error` out, or say why in a comment: # jurat: ignore[JL308] …"
                yield LintFinding(message, subject.at(rule, "on_error"), help)
