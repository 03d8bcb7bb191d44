"""A bundle's own detectors."""

from collections.abc import Iterator
from typing import Any

from jurat.bundle.source import Mapping, Sequence
from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

_DETECTOR = """\
- id: acme.customer-id
  entity: ACME_CUSTOMER_ID
  patterns: ['{pattern}']
{examples}"""
_EXAMPLES = "  examples: [customer id C-123456]\n  counter_examples: [C-12]\n"


def _one(pattern: str = "C-[0-9]{6}", examples: str = _EXAMPLES) -> LintExample:
    text = _DETECTOR.format(pattern=pattern, examples=examples)
    return LintExample({"detectors/a.yaml": text})


def _detectors(subject: LintSubject) -> Iterator[Mapping]:
    for file in subject.texts:
        root = subject.root(file) if file.startswith("detectors/") else None
        for item in root.items if isinstance(root, Sequence) else ():
            if isinstance(item, Mapping):
                yield item


class NotLinear(LintRule):
    """A pattern that RE2 does not know, so that it may take long on a hostile text.

    Look-arounds and back-references need the `regex` library, which backtracks; it runs with a
    time-out, after which the text counts as undecided and the rule fails closed. Mostly a group
    named `value` does what a look-around was for.
    """

    code, name, needs = "JL201", "pattern-not-linear", "files"
    apart = True
    fires = _one("(?<=id )C-[0-9]{6}")
    passes = _one("id (?P<value>C-[0-9]{6})")

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        import re2

        options = re2.Options()
        options.log_errors = False
        for node in _detectors(subject):
            patterns = node.get("patterns")
            for item in patterns.items if isinstance(patterns, Sequence) else ():
                text = getattr(item, "value", None)
                if not isinstance(text, str):
                    continue
                try:
                    re2.compile(text, options)
                except (re2.error, UnicodeError):
                    message = "the pattern is not of RE2, so its time has no bound"
                    help = "leave look-arounds and back-references out; name a group `value`"
                    yield LintFinding(message, subject.of(item), help)


class WithoutExamples(LintRule):
    """A detector without a text in which it must find something, or without one in which it must
    not.

    Nobody can tell by its pattern what it was meant to find, and nothing fails when the pattern is
    changed.
    """

    code, name = "JL203", "detector-without-examples"
    apart = True
    fires = _one(examples="")
    passes = _one()

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        nodes = {_id(node): node for node in _detectors(subject)}
        for detector in subject.bundle.detectors:
            node = nodes.get(detector.id)
            if node is None:
                continue
            place = subject.of(node.at(("id",)))
            missing = [
                word
                for word, there in (
                    ("examples", detector.examples),
                    ("counter_examples", detector.counter_examples),
                )
                if not there
            ]
            if missing:
                message = f"detector {detector.id} has no `{'` and no `'.join(missing)}`"
                help = "add a text in which it must find something, and one in which it must not"
                yield LintFinding(message, place, help)


class Overlapping(LintRule):
    """A detector that finds what another one finds, under another entity.

    Which of the two counts depends on how sure each is, so a rule that looks for one of the
    entities may find nothing. Narrow one of them, or give both one entity. Reported where another
    detector finds every example of this one in full.
    """

    code, name = "JL204", "overlapping-detectors"
    fires = _one("user-[a-z]+@acme[.]com", "  examples: ['user-ann@acme.com']\n")
    passes = _one()

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        from jurat.scan import Scanner

        own = subject.bundle.detectors
        if not own:
            return
        nodes = {_id(node): node for node in _detectors(subject)}
        for detector in own:
            node = nodes.get(detector.id)
            if node is None or not detector.examples:
                continue
            alone = Scanner([detector])
            others = [
                d for d in (*subject.registry.detectors, *own) if d.entity != detector.entity
            ]
            scanner = Scanner(others)
            common: set[str] | None = None
            for text in detector.examples:
                mine = [(d.start, d.end) for d in alone.scan(text)]
                theirs = {
                    d.detector
                    for d in scanner.scan(text)
                    if any(d.start <= start and end <= d.end for start, end in mine)
                }
                common = theirs if common is None else common & theirs
            if common:
                other = min(common)
                entity = next(d.entity for d in others if d.id == other)
                message = f"detector {other} finds the same, as {entity}"
                help = "narrow one of the two, or give both one entity"
                yield LintFinding(message, subject.of(node.at(("entity",))), help)


def _id(node: Any) -> str:
    value = getattr(node.get("id"), "value", None)
    return value if isinstance(value, str) else ""
