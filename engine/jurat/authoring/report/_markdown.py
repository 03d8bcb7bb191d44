"""The report on controls as Markdown (GitHub's, for its tables), for a page or a pull request."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from jurat.canon import format_time

from ._data import ControlReport, FrameworkPart, RuleLine
from ._words import HEADINGS, RULE_HEADINGS, heading, rule_cells, summary, supporters

# CommonMark 2.4: a backslash before ASCII punctuation takes its meaning away. `|` ends a cell.
_MEANING = re.compile(r"[\\`*_{}\[\]<>#|~&!$]")


def as_markdown(report: ControlReport) -> str:
    """The whole report. It ends with a line feed."""
    return "\n".join(_lines(report)) + "\n"


def escaped(text: str) -> str:
    """`text` on one line, and nothing in it Markdown or HTML."""
    return _MEANING.sub(r"\\\g<0>", " ".join(text.split()))


def _lines(report: ControlReport) -> Iterator[str]:
    yield f"# {escaped(heading(report))}"
    yield ""
    yield f"Digest `{report.bundle.digest}`, as of {format_time(report.now)}."
    for part in report.frameworks:
        yield from _framework(part, report.rules)
    yield from _section("rules")
    rows = [
        (*rule_cells(line), line.rule.title, "; ".join(line.marks), line.rule.owner)
        for line in report.rules.values()
    ]
    yield from table((*RULE_HEADINGS, "title", "marks", "owner"), rows)
    if report.unnamed:
        yield from _section("unnamed")
        yield escaped(", ".join(report.unnamed))
    if report.unknown:
        yield from _section("unknown")
        yield from table(
            ("id", "rules"), [(id_, ", ".join(who)) for id_, who in report.unknown.items()]
        )
    if report.left_out:
        yield from _section("left_out")
        yield escaped(", ".join(report.left_out))
    yield from _section("duties")
    yield from (f"- {escaped(duty)}" for duty in report.duties)


def _framework(part: FrameworkPart, rules: Mapping[str, RuleLine]) -> Iterator[str]:
    yield ""
    yield f"## {escaped(f'{part.catalogue.framework}: {part.catalogue.title}')}"
    yield ""
    yield escaped(f"{summary(part)} Source: {part.catalogue.source}.")
    yield ""
    yield from table(
        ("control", "in our words", "support", "rules"),
        [(line.id, line.text, line.support, supporters(line, rules)) for line in part.controls],
    )


def _section(name: str) -> Iterator[str]:
    title = HEADINGS[name]
    yield from ("", f"## {escaped(title[0].upper() + title[1:])}", "")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table; the cells of `rows` are plain text."""
    yield from raw_table(head, ([escaped(cell) for cell in cells] for cells in rows))


def raw_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table whose cells are Markdown already."""
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cells)} |"
