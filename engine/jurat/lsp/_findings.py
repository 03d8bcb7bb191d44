"""What was found, as the protocol tells it, and the changes that mend it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lsprotocol import types

from jurat.authoring.lint import Found
from jurat.bundle import Diagnostic
from jurat.bundle.source import nearest

from ._positions import Positions

_SEVERITY = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}
_NEEDLESS = frozenset({"JL002", "JL104", "JL105", "JL305", "JL507"})
_MEANT = re.compile(r"did you mean [`\"]?([^`\"?]+)[`\"]?\?")
SOURCE = "jurat"


@dataclass(frozen=True, slots=True)
class Mend:
    """A change that mends a finding: for each file what is put in place of [start, end)."""

    title: str
    found: Found
    edits: Mapping[str, tuple[tuple[int, int, str], ...]]
    safe: bool


def span(item: Diagnostic, positions: Positions) -> tuple[int, int]:
    """What a diagnostic underlines: offsets in the text of its file."""
    if not item.line:
        return 0, 0
    start = positions.offset_of(item.line, item.column)
    line_end = positions.text.find("\n", start)
    end = min(start + max(1, item.length), len(positions.text))
    return start, max(start, end if line_end < 0 else min(end, line_end))


def range_of(start: int, end: int, positions: Positions) -> types.Range:
    return types.Range(
        types.Position(*positions.position_of(start)), types.Position(*positions.position_of(end))
    )


def diagnostic(
    found: Found, positions: Positions, related: list[types.DiagnosticRelatedInformation]
) -> types.Diagnostic:
    item = found.diagnostic
    message = item.message + (f"\n{item.help}" if item.help else "")
    tags = [types.DiagnosticTag.Unnecessary] if item.code in _NEEDLESS else None
    return types.Diagnostic(
        range=range_of(*span(item, positions), positions),
        message=message,
        severity=_SEVERITY[item.severity],
        code=item.code,
        source=SOURCE,
        related_information=related or None,
        tags=tags,
    )


def mends(found: Found, positions: Positions) -> Iterator[Mend]:
    """The changes that would mend a finding. `positions` are those of its file."""
    item = found.diagnostic
    if found.fix is not None:
        edits: dict[str, tuple[tuple[int, int, str], ...]] = {}
        for edit in found.fix.edits:
            made = (edit.start, edit.end, edit.text)
            edits[edit.file] = (*edits.get(edit.file, ()), made)
        yield Mend(f"{found.fix.title} ({item.code})", found, edits, found.fix.safe)
    meant = _MEANT.search(item.help)
    if meant is None or not item.line:
        return
    start, end = span(item, positions)
    word = positions.text[start:end]
    quote = word[:1] if word[:1] in ("'", '"') and word[-1:] == word[:1] else ""
    if nearest(word.strip("'\""), [meant[1]]) is None:
        return  # what is underlined is more than the word, or less
    change = {item.file: ((start, end, f"{quote}{meant[1]}{quote}"),)}
    yield Mend(f"change to `{meant[1]}`", found, change, True)
