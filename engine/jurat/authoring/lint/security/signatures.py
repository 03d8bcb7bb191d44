"""Archives that whoever loads them would refuse."""

from collections.abc import Iterator

from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

_KEY = "policy+83e66218+AVduXQTdMlXqMdtDSMqphKBhcRnVgodvwJ8iZVOArEat"


class Unsigned(LintRule):
    """An archive is not signed, and the project requires it.

    The setting `signed` names verifier keys, or files of them, and `signatures` how many must have
    signed (one, unless it says otherwise): those that `Engine.load(…, trusted=…)` is given where
    the archive is used. Without their signature beside it, it is refused there. A directory is no
    finding, for only an archive can be signed.
    """

    code, name, severity, needs = "JL311", "unsigned-bundle", "error", "files"
    fires = LintExample(settings={"signed": [_KEY]}, packed=True)
    passes = LintExample(settings={"signed": [_KEY]})

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        if subject.unsigned:
            root = subject.root("bundle.yaml")
            node = root.get("name") if hasattr(root, "entries") else None
            place = subject.of(node) if node is not None else subject.span("bundle.yaml", 0)
            help = "sign it: jurat sign ARCHIVE --key FILE"
            yield LintFinding(subject.unsigned, place, help)
