"""What `jurat lint` found, for a terminal."""

from collections import Counter
from collections.abc import Sequence

from jurat.bundle import render
from jurat.plugin import LintRule

from ..lint import Sheet


def lint_as_text(sheets: Sequence[Sheet], rules: Sequence[LintRule], statistics: bool) -> str:
    """Each finding with its source line, and the counts; with `statistics`, the counts alone."""
    items = [sheet.placed(each) for sheet in sheets for each in sheet.found]
    if statistics:
        counts = Counter((item.code, item.name, item.severity) for item in items)
        lines = [
            f"{count:>6}  {code}  {name} ({severity})"
            for (code, name, severity), count in sorted(
                counts.items(), key=lambda pair: (-pair[1], pair[0])
            )
        ]
        shown = "".join(f"{line}\n" for line in lines)
    else:
        shown = render(items)
    return shown + "".join(f"{line}\n" for line in _closing(sheets))


def _closing(sheets: Sequence[Sheet]) -> list[str]:
    found = [each for sheet in sheets for each in sheet.found]
    if not found:
        bundles = f"{len(sheets)} bundle{'s' * (len(sheets) != 1)}"
        return [f"no problem in {bundles}{_rest(sheets)}"]
    counts = Counter[str](each.diagnostic.severity for each in found)
    words = ", ".join(
        f"{counts[severity]} {word}{'s' * (counts[severity] != 1)}"
        for severity, word in (("error", "error"), ("warning", "warning"), ("info", "hint"))
        if counts[severity]
    )
    lines = [words + _rest(sheets)]
    safe = sum(1 for each in found if each.fix is not None and each.fix.safe)
    unsafe = sum(1 for each in found if each.fix is not None) - safe
    if safe:
        lines.append(f"{safe} can be mended by --fix")
    if unsafe:
        lines.append(f"{unsafe} {'more ' * bool(safe)}can be mended by --unsafe-fixes")
    return lines


def _rest(sheets: Sequence[Sheet]) -> str:
    parts = [
        f"{number} {what}"
        for number, what in (
            (sum(sheet.fixed for sheet in sheets), "mended"),
            (sum(sheet.looked.ignored for sheet in sheets), "ignored by comments"),
            (sum(sheet.known for sheet in sheets), "known to the baseline"),
        )
        if number
    ]
    return f" ({', '.join(parts)})" if parts else ""
