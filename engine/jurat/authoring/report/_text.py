"""The report on controls as tables for a terminal."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from jurat.canon import format_time

from ._data import ControlLine, ControlReport, FrameworkPart, RuleLine
from ._words import HEADINGS, RULE_HEADINGS, heading, rule_cells, summary, supporters

_WIDTH = 98


def as_text(report: ControlReport) -> str:
    """The whole report. It ends with a line feed."""
    return "\n".join(line.rstrip() for line in _lines(report)) + "\n"


def _lines(report: ControlReport) -> Iterator[str]:
    yield heading(report)
    yield f"digest {report.bundle.digest}"
    yield f"as of {format_time(report.now)}"
    for part in report.frameworks:
        yield from _framework(part, report.rules)
    yield from ("", HEADINGS["rules"])
    rows = [(*rule_cells(line), line.rule.title) for line in report.rules.values()]
    yield from _table([(*RULE_HEADINGS, "title"), *rows], "  ")
    yield from _marks(report.rules.values())
    if report.unnamed:
        yield from ("", HEADINGS["unnamed"])
        yield from _wrapped(", ".join(report.unnamed), "  ")
    if report.unknown:
        yield from ("", HEADINGS["unknown"])
        yield from _table([(id_, ", ".join(who)) for id_, who in report.unknown.items()], "  ")
    if report.left_out:
        yield from ("", HEADINGS["left_out"])
        yield from _wrapped(", ".join(report.left_out), "  ")
    yield from ("", HEADINGS["duties"])
    for duty in report.duties:
        yield from _wrapped(duty, "    ", "  - ")


def _framework(part: FrameworkPart, rules: Mapping[str, RuleLine]) -> Iterator[str]:
    yield ""
    yield f"{part.catalogue.framework}: {part.catalogue.title}"
    yield from _wrapped(summary(part), "  ")
    supported = [line for line in part.controls if line.rules]
    width = max((len(line.id) for line in supported), default=0)
    for line in supported:
        yield from _control(line, width, rules)
    bare = [line for line in part.controls if not line.rules]
    if bare:
        yield from ("", f"  {HEADINGS['none']}")
        width = max(len(line.id) for line in bare)
        for line in bare:
            yield from _wrapped(line.text, " " * (width + 6), f"    {line.id:<{width}}  ")


def _control(line: ControlLine, width: int, rules: Mapping[str, RuleLine]) -> Iterator[str]:
    indent = " " * (width + 6)
    yield ""
    yield from _wrapped(line.text, indent, f"    {line.id:<{width}}  ")
    yield from _wrapped(f"{line.support}: {supporters(line, rules)}", indent)


def _marks(rules: Iterable[RuleLine]) -> Iterator[str]:
    marked = [line for line in rules if line.marks]
    if marked:
        yield from ("", HEADINGS["marks"])
        width = max(len(line.rule.id) for line in marked)
        for line in marked:
            indent = " " * (width + 4)
            yield from _wrapped("; ".join(line.marks), indent, f"  {line.rule.id:<{width}}  ")


def _table(rows: Sequence[Sequence[str]], indent: str) -> Iterator[str]:
    rows = [[" ".join(cell.split()) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield indent + "  ".join(cells)


def _wrapped(text: str, indent: str, first: str | None = None) -> Iterator[str]:
    yield from textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
