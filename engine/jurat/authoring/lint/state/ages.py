"""How old state and keys may be."""

from collections.abc import Iterator
from datetime import timedelta

from jurat.canon import format_duration
from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

_MANIFEST = "name: acme\nversion: 1.0.0\nrevision: 1\n"
_RULE = """\
- id: key-age
  title: Keys are rotated
  kind: credential.age
  on: [request, org_state]
  effect: deny
  severity: high
  params: {{max_age: {}}}
"""


def _bundle(age: str = "60d", more: str = "max_staleness: 24h\n") -> LintExample:
    return LintExample({"bundle.yaml": _MANIFEST + more, "rules/a.yaml": _RULE.format(age)})


class NoStaleness(LintRule):
    """A bundle judges the state of an organisation and does not say how old that may be.

    A day holds unless it says otherwise. Whether a day is right depends on how often the state is
    collected, so say it: `max_staleness: 24h`, or one time per collection.
    """

    code, name, severity = "JL403", "no-max-staleness", "warning"
    fires = _bundle(more="")
    passes = _bundle()

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        root = subject.root("bundle.yaml")
        rules = [r for r in subject.bundle.rules if any(j.input == "org_state" for j in r.judges)]
        if rules and root.get("max_staleness") is None:
            message = f"`max_staleness` is not said, and rule {rules[0].id} judges org_state"
            related = (subject.at(rules[0], "id", message=f"rule {rules[0].id}"),)
            place = subject.of(root.get("name") or root)
            yield LintFinding(message, place, "write `max_staleness: 24h`", related)


class SlowRotation(LintRule):
    """A rule lets keys grow older than they are to be rotated.

    The setting `rotation` (90 days) says how old a key may get; a rule that allows more is not
    what makes anyone rotate.
    """

    code, name = "JL404", "slow-rotation"
    apart = True
    fires = _bundle(age="365d")
    passes = _bundle(age="90d")

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        longest = subject.limit("rotation")
        for rule in subject.bundle.rules:
            age = getattr(rule.params, "max_age", None)
            if rule.kind != "credential.age" or not isinstance(age, timedelta) or age <= longest:
                continue
            message = f"keys may get {format_duration(age)} old, and are to be rotated within "
            message += format_duration(longest)
            help = f"say at most {format_duration(longest)}, or change the setting `rotation`"
            yield LintFinding(message, subject.at(rule, "params", "max_age"), help)
