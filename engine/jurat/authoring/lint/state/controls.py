"""Controls that no catalogue has."""

from collections.abc import Iterator

from jurat.bundle.source import nearest
from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

from .._tables import listed

_RULE = """\
- id: stored
  title: Answers are not stored
  kind: expression
  effect: deny
  severity: medium
  when: request.params.store == true
  controls: [{}]
"""


class UnknownControl(LintRule):
    """A rule names a control that no catalogue has, so no report counts it.

    Catalogues come with jurat and with plugins (`jurat report controls`), and a bundle has its own
    in `data/controls.yaml`.
    """

    code, name = "JL405", "unknown-control"
    apart = True
    fires = LintExample({"rules/a.yaml": _RULE.format("GDPR:320")})
    passes = LintExample({"rules/a.yaml": _RULE.format("GDPR:32")})

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        own = listed(subject, "controls") or ()
        for rule in subject.bundle.rules:
            for index, control in enumerate(rule.controls):
                if control in subject.controls or control in own:
                    continue
                framework = control.partition(":")[0]
                same = [c for c in subject.controls if c.startswith(f"{framework}:")]
                close = nearest(control, same or subject.frameworks)
                help = f"did you mean {close}? " if close else ""
                help += "A control of your own stands in data/controls.yaml"
                place = subject.at(rule, "controls", index)
                yield LintFinding(f"no catalogue has the control {control}", place, help)
