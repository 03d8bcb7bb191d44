"""Comments that accept findings."""

from collections.abc import Iterable

from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

_RULE = """\
- id: identifiers
  title: Identifiers are noticed
  kind: expression
  effect: advise
  severity: low
  when: has(request.model)
{}  remediation: Leave them out.
  owner: privacy-office
  controls: [GDPR:5]
"""


def _file(line: str) -> LintExample:
    return LintExample({"rules/a.yaml": _RULE.format(f"  {line}\n" if line else "")})


class _OfComments(LintRule):
    """Found where comments are read, not by a look of its own."""

    needs = "files"

    def check(self, subject: LintSubject) -> Iterable[LintFinding]:
        return ()


class WithoutReason(_OfComments):
    """A finding is ignored, and nobody said why.

    Who reads the bundle next can't tell a decision from a habit. Write the reason behind the
    bracket, in the same comment.
    """

    code, name = "JL001", "ignore-without-reason"
    fires = _file("mode: shadow  # jurat: ignore[JL307]")
    passes = _file("mode: shadow  # jurat: ignore[JL307] kept until the pilot ends")


class Unused(_OfComments):
    """A comment ignores what is not found there.

    It would hide the same finding should it come back for another reason. `--fix` takes it out.
    A comment counts for the line it stands in, or for the next line where it stands alone, with
    all that begins there: above a rule, for the whole rule.
    """

    code, name = "JL002", "unused-ignore"
    fires = _file("mode: warn  # jurat: ignore[JL307] kept until the pilot ends")
    passes = _file("mode: shadow  # jurat: ignore[JL307] kept until the pilot ends")


class Unknown(_OfComments):
    """A comment ignores a code that there is not.

    It accepts nothing, or was meant for another code. What keeps a bundle from being loaded (the
    codes `JB…`) can't be ignored at all.
    """

    code, name = "JL003", "unknown-ignore"
    severity = "error"
    fires = _file("mode: shadow  # jurat: ignore[old-shadw] kept until the pilot ends")
    passes = _file("mode: shadow  # jurat: ignore[old-shadow] kept until the pilot ends")
