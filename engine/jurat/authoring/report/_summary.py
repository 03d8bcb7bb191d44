"""The summary of a decision log: for a terminal, for programs, and as a page with charts."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from html import escape
from types import MappingProxyType

from jurat.canon import format_time
from jurat.log import Line, Summary

_PARTS: Sequence[tuple[str, str]] = (
    ("types", "Records by type"),
    ("actions", "Decisions by action"),
    ("rules", "Rules that fired"),
    ("projects", "Decisions by project"),
    ("models", "Decisions by model"),
    ("entities", "Detected entities"),
)
_BAR, _HEIGHT, _WIDTH = 14, 120, 640  # pixels of charts


def summary_as(output: str, summary: Summary) -> str:
    """The summary as text, json or html; it ends with a line feed."""
    return _FORMATS[output](summary)


def _text(summary: Summary) -> str:
    return "\n".join(_lines(summary)) + "\n"


def _lines(summary: Summary) -> Iterator[str]:
    yield f"log {summary.origin}, {summary.size:,} records"
    yield f"period {_period(summary)}"
    yield ""
    for name, value in _totals(summary):
        yield f"{name:<22} {value:>14}"
    for field, title in _PARTS:
        lines: tuple[Line, ...] = getattr(summary, field)
        if not lines:
            continue
        width = max(len(one.name) for one in lines)
        yield ""
        yield title
        for one in lines:
            denied = f"  {one.violations:>8,} violations" if one.violations else ""
            yield f"  {one.name:<{width}}  {one.count:>12,}{denied}"


def _period(summary: Summary) -> str:
    if summary.first is None or summary.last is None:
        return "(no record)"
    return f"{_moment(summary.first)} to {_moment(summary.last)}"


def _moment(stamp: int) -> str:
    return format_time(datetime.fromtimestamp(stamp // 1_000_000, UTC))


def _totals(summary: Summary) -> list[tuple[str, str]]:
    return [
        ("records", f"{summary.records:,}"),
        ("decisions", f"{summary.decisions:,}"),
        ("  allowed", f"{summary.allowed:,}"),
        ("  denied", f"{summary.denied:,}"),
        ("  of these violations", f"{summary.violations:,}"),
        ("input tokens", f"{summary.input_tokens:,}"),
        ("output tokens", f"{summary.output_tokens:,}"),
    ]


def _json(summary: Summary) -> str:
    return json.dumps({"report": "log-summary", **asdict(summary)}, indent=2) + "\n"


# -- the page: one file that loads nothing, and runs no script

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color:#1c2430;background:#fff}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.15rem .6rem .15rem 0}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.bar{fill:#3a6ea5}.bad{fill:#b3372f}.muted{color:#5b6675}
@media(prefers-color-scheme:dark){body{color:#e6e9ee;background:#14181f}.muted{color:#9aa5b4}}
"""


def _html(summary: Summary) -> str:
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>Decisions of {escape(summary.origin)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>Decisions of {escape(summary.origin)}</h1>",
        f'<p class="muted">{escape(_period(summary))}; the log has {summary.size:,} records</p>',
        "<table>",
        *(
            f'<tr><th>{escape(name.strip())}</th><td class="n">{escape(value)}</td></tr>'
            for name, value in _totals(summary)
        ),
        "</table>",
    ]
    if summary.days:
        parts += ["<h2>Decisions by day</h2>", _days(summary.days)]
    for field, title in _PARTS:
        lines: tuple[Line, ...] = getattr(summary, field)
        if lines:
            parts += [f"<h2>{escape(title)}</h2>", _bars(lines)]
    parts.append("</body></html>")
    return "\n".join(parts) + "\n"


def _days(days: Sequence[Line]) -> str:
    most = max(day.count for day in days)
    step = _WIDTH / len(days)
    shapes = []
    for number, day in enumerate(days):
        for kind, value in (("bar", day.count), ("bad", day.violations)):
            height = value / most * _HEIGHT
            shapes.append(
                f'<rect class="{kind}" x="{number * step:.1f}" y="{_HEIGHT - height:.1f}" '
                f'width="{max(step - 1, 0.5):.1f}" height="{height:.1f}">'
                f"<title>{escape(day.name)}: {day.count:,} decisions, "
                f"{day.violations:,} violations</title></rect>"
            )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="100%" role="img" '
        f'aria-label="Decisions by day, from {escape(days[0].name)} to {escape(days[-1].name)}">'
        f"{''.join(shapes)}</svg>"
        f'<p class="muted">{escape(days[0].name)} to {escape(days[-1].name)}; red: violations</p>'
    )


def _bars(lines: Sequence[Line]) -> str:
    most = max(one.count for one in lines)
    rows = []
    for one in lines:
        width = one.count / most * 200
        bad = one.violations / most * 200
        rows.append(
            f'<tr><td>{escape(one.name)}</td><td class="n">{one.count:,}</td>'
            f'<td class="n">{f"{one.violations:,} violations" if one.violations else ""}</td>'
            f'<td><svg width="200" height="{_BAR}" aria-hidden="true">'
            f'<rect class="bar" width="{width:.1f}" height="{_BAR}"/>'
            f'<rect class="bad" width="{bad:.1f}" height="{_BAR}"/></svg></td></tr>'
        )
    return f"<table>{''.join(rows)}</table>"


_FORMATS: Mapping[str, Callable[[Summary], str]] = MappingProxyType(
    {"text": _text, "json": _json, "html": _html}
)
