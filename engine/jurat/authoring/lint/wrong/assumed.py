"""Facts that are assumed."""

from collections.abc import Iterator

from jurat.bundle.source import Mapping
from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

_MANIFEST = """\
name: acme
version: 1.0.0
revision: 1
assume:
  /classification: null{}
"""


class AssumedFact(LintRule):
    """A fact is assumed where nobody sent it, and nobody says why that is right.

    Missing is not absent: what was not sent denies. `assume` takes that away for one fact, for
    every request. Say in a comment behind it, or above, why the caller can't tell it and why this
    value is safe.
    """

    code, name, needs = "JL116", "assumed-fact", "files"
    apart = True
    fires = LintExample({"bundle.yaml": _MANIFEST.format("")})
    passes = LintExample(
        {"bundle.yaml": _MANIFEST.format("  # nobody classified it: the text decides")}
    )

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        root = subject.root("bundle.yaml")
        assumed = root.get("assume") if isinstance(root, Mapping) else None
        if not isinstance(assumed, Mapping):
            return
        said = {c.line + c.alone for c in subject.comments("bundle.yaml")}
        group = next((key.line for name, (key, _) in root.entries.items() if name == "assume"), 0)
        previous = group
        for pointer, (key, _) in assumed.entries.items():
            # a comment counts for the facts below it that have none of their own in between
            if key.line in said or (previous in said and key.line == previous + 1):
                said.add(key.line)
            else:
                message = f"{pointer} is assumed where it was not sent"
                help = "say why in a comment behind it"
                yield LintFinding(message, subject.of(key), help)
            previous = key.line
