"""What was left for later, or left over."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from jurat.bundle.source import Mapping, Scalar, Sequence
from jurat.plugin import Fix, LintExample, LintFinding, LintRule, LintSubject

from .._extent import without_entry

_MARK = re.compile(r"\b(TODO|FIXME|XXX)\b")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_MANIFEST = "name: acme\nversion: 1.0.0\nrevision: 1\n"
_RULE = """\
- id: models
  title: Reviewed models only
  kind: model.allowlist
  effect: deny
  severity: high
  params: {{models: {}}}
"""
_DECLARED = _MANIFEST + "parameters:\n  reviewed: {type: 'list(string)', value: [gpt-4.1]}\n"


class StaleTodo(LintRule):
    """A comment says that something is to be done, by a day that has passed or by none.

    Who reads the bundle can't tell whether it still counts. Do it, or say by when:
    `# TODO 2026-09-01: the new models`.
    """

    code, name, severity, needs = "JL506", "stale-todo", "info", "files"
    apart = True
    fires = LintExample({"bundle.yaml": _MANIFEST + "# TODO 2026-04-01: an owner\n"})
    passes = LintExample({"bundle.yaml": _MANIFEST + "# TODO 2026-09-01: an owner\n"})

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for file, text in subject.texts.items():
            if not _MARK.search(text):
                continue
            for comment in subject.comments(file):
                mark = _MARK.search(comment.text)
                if mark is None:
                    continue
                place = subject.span(file, comment.start, len(comment.text) + 2)
                dates = [day for text in _DATE.findall(comment.text) if (day := _day(text))]
                if not dates:
                    message = f"a {mark[1]}, nobody says by when"
                    yield LintFinding(message, place, "do it, or write a date behind it")
                elif max(dates) < subject.now:
                    message = f"a {mark[1]} of {max(dates):%Y-%m-%d}"
                    yield LintFinding(message, place, "do it, or take it out")


def _day(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:  # the 31st of June
        return None


class UnusedParameter(LintRule):
    """bundle.yaml declares a parameter that no rule uses.

    Who changes its value expects something to change. Take it out, or use it: `{param: name}`.
    """

    code, name, needs = "JL507", "unused-parameter", "files"
    fires = LintExample({"bundle.yaml": _DECLARED, "rules/a.yaml": _RULE.format("[gpt-4.1]")})
    passes = LintExample(
        {"bundle.yaml": _DECLARED, "rules/a.yaml": _RULE.format("{param: reviewed}")}
    )

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        root = subject.root("bundle.yaml")
        declared = root.get("parameters") if isinstance(root, Mapping) else None
        if not isinstance(declared, Mapping):
            return
        files = [file for file in subject.texts if file.startswith("rules/")]
        if any(subject.root(file) is None and subject.texts[file].strip() for file in files):
            return  # a file that can't be read may use it
        used = {name for file in files for name in _used(subject.root(file))}
        for name, (key, _) in declared.entries.items():
            if name not in used:
                edit = without_entry(subject, declared, name)
                fix = Fix("take it out", (edit,)) if edit else None
                message = f"no rule uses parameter {name}"
                yield LintFinding(message, subject.of(key), "use it, or take it out", fix=fix)


def _used(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        name = node.get("param")
        if isinstance(name, Scalar):
            yield name.text
        for _, value in node.entries.values():
            yield from _used(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _used(item)
