"""What `jurat lint` found, for CI: JUnit's XML and GitHub's workflow commands."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from jurat.bundle import Diagnostic, render
from jurat.plugin import LintRule

from ..lint import Sheet
from ._lint_text import lint_as_text

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def lint_as_junit(sheets: Sequence[Sheet], rules: Sequence[LintRule], statistics: bool) -> str:
    """A test suite per bundle with a failed case per finding, or with one case that passed.

    Hints are cases that were skipped, so that what fails the run is what fails here.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"]
    for sheet in sheets:
        items = [sheet.placed(each) for each in sheet.found]
        hints = sum(1 for item in items if item.severity == "info")
        lines.append(
            f"  <testsuite name={_attribute(sheet.name)} tests={quoteattr(str(len(items) or 1))} "
            f'failures="{len(items) - hints}" skipped="{hints}" '
            f'errors="{len(sheet.looked.failed)}">'
        )
        if not items:
            lines.append(f'    <testcase classname={_attribute(sheet.name)} name="lint"/>')
        for item in items:
            lines += _case(item)
        lines += [
            f'    <testcase classname={_attribute(sheet.name)} name="lint rules">'
            f"<error message={_attribute(why)}/></testcase>"
            for why in sheet.looked.failed
        ]
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _case(item: Diagnostic) -> Iterator[str]:
    name = f"{item.code} {item.name} at {item.line}:{item.column}"
    yield (
        f"    <testcase classname={_attribute(item.file)} name={_attribute(name)} "
        f"file={_attribute(item.file)} line={quoteattr(str(item.line))}>"
    )
    if item.severity == "info":
        yield f"      <skipped message={_attribute(item.message)}/>"
    else:
        text = escape(_allowed(render([item])))
        yield (
            f"      <failure type={_attribute(item.severity)} "
            f"message={_attribute(item.message)}>{text}</failure>"
        )
    yield "    </testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_allowed(text))


def _allowed(text: str) -> str:
    """`text` without what XML 1.0 can't hold."""
    return "".join(char if char in "\t\n" or char.isprintable() else "\ufffd" for char in text)


def lint_as_github(sheets: Sequence[Sheet], rules: Sequence[LintRule], statistics: bool) -> str:
    """An annotation for each finding, and the text for the log."""
    lines = [_command(sheet.placed(each)) for sheet in sheets for each in sheet.found]
    return "".join(f"{line}\n" for line in lines) + lint_as_text(sheets, rules, statistics)


def _command(item: Diagnostic) -> str:
    place = [f"file={_property(item.file)}"]
    if item.line:
        place += [
            f"line={item.line}",
            f"col={item.column}",
            f"endColumn={item.column + item.length}",
        ]
    place.append(f"title={_property(f'{item.code} {item.name}')}")
    text = item.message + (f"\n{item.help}" if item.help else "")
    return f"::{_LEVELS[item.severity]} {','.join(place)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
