"""What is wrong with a bundle, where, and how to mend it; and how that is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ._codes import CODES

_WINDOW = 100  # characters of a source line that are shown
_MARGIN = 40  # of them before the place, where the line is longer


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that a problem is about, and what it is to it."""

    message: str
    file: str
    line: int = 0
    column: int = 0

    @property
    def where(self) -> str:
        """`file:line:column`, without what is not known."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem of a bundle.

    `code` and `name` are stable (`explain_code`). `line` and `column` count from 1, the column in
    code points; 0 where the problem is the file as a whole. `source_line` is the line that it
    stands in, `length` how many characters of it to underline. `confidence` is below high where
    what was found may be meant so.
    """

    code: str
    name: str
    message: str
    file: str
    line: int = 0
    column: int = 0
    help: str = ""
    severity: Literal["error", "warning", "info"] = "error"
    source_line: str = ""
    length: int = 1
    confidence: Literal["low", "medium", "high"] = "high"
    related: tuple[Related, ...] = ()

    @property
    def where(self) -> str:
        """`file:line:column`, without what is not known."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


def diagnostic(
    code: str,
    message: str,
    file: str,
    line: int = 0,
    column: int = 0,
    *,
    help: str = "",
    source_line: str = "",
    length: int = 1,
) -> Diagnostic:
    """A diagnostic with the name that belongs to its code."""
    return Diagnostic(
        code=code,
        name=CODES[code].name,
        message=message,
        file="".join(char if char.isprintable() else "?" for char in file),
        line=line,
        column=column,
        help=help,
        source_line=source_line,
        length=max(1, length),
    )


class BundleError(Exception):
    """A bundle that cannot be loaded: every problem that was found, in `diagnostics`.

    Its text is the rendered list.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = in_order(diagnostics)
        super().__init__(render(self.diagnostics))


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file, line and column, each once."""
    unique = dict.fromkeys(diagnostics)
    return tuple(sorted(unique, key=lambda d: (d.file, d.line, d.column, d.code, d.message)))


def render(diagnostics: Iterable[Diagnostic]) -> str:
    """The diagnostics as text: place, message, source line with a caret, help; then the count."""
    shown = in_order(diagnostics)
    if not shown:
        return ""
    return "\n".join([*(_block(item) for item in shown), _summary(shown)])


def _block(item: Diagnostic) -> str:
    sure = "" if item.confidence == "high" else f", confidence {item.confidence}"
    lines = [f"{item.where}: {item.severity}: {item.message} [{item.code} {item.name}{sure}]"]
    if item.line and item.source_line.strip():
        number = str(item.line)
        source, start, length = _window(item)
        lines.append(f"  {number} | {source}")
        lines.append(f"  {' ' * len(number)} | {' ' * start}{'^' * length}")
    lines += [f"  {place.where}: {place.message}" for place in item.related]
    lines += [
        f"  help: {line}" if not i else f"        {line}" for i, line in _numbered(item.help)
    ]
    return "\n".join(lines) + "\n"


def _numbered(text: str) -> Iterable[tuple[int, str]]:
    return enumerate(text.splitlines())


def _window(item: Diagnostic) -> tuple[str, int, int]:
    """The part of the source line to show, where its caret starts, and how long it is."""
    line = "".join(char if char.isprintable() else " " for char in item.source_line)
    start = min(max(item.column - 1, 0), len(line))
    cut = 0 if len(line) <= _WINDOW else max(0, min(start - _MARGIN, len(line) - _WINDOW))
    shown = line[cut : cut + _WINDOW]
    start -= cut
    length = max(1, min(item.length, len(shown) - start))
    before, after = "…" if cut else "", "…" if cut + _WINDOW < len(line) else ""
    return before + shown + after, start + len(before), length


def _summary(shown: Sequence[Diagnostic]) -> str:
    files = len({item.file for item in shown})
    count = f"{len(shown)} problem{'s' * (len(shown) != 1)}"
    return f"{count} in {files} file{'s' * (files != 1)}\n"


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """`did you mean `x`?` for the choice nearest to `word`, "" where none is near."""
    found = nearest(word, choices)
    return f"did you mean `{found}`?" if found else ""


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that `word` is most likely a misspelling of."""
    from difflib import get_close_matches  # 3 ms: only for a bundle with a mistake

    if len(word) > 100:
        return None
    by_fold: dict[str, str] = {}
    for choice in sorted(choices):
        by_fold.setdefault(fold(choice), choice)
    matches = get_close_matches(fold(word), by_fold, n=1, cutoff=0.6)
    return by_fold[matches[0]] if matches else None


def fold(word: str) -> str:
    """`word` without what people mix up: case, hyphens, underscores, spaces."""
    return word.casefold().replace("-", "_").replace(" ", "_")


def one_of(words: Iterable[str], limit: int = 12) -> str:
    """`one of a, b, c`, shortened where there are many."""
    all_words = list(words)
    shown = ", ".join(all_words[:limit])
    return f"one of {shown}" + (f" and {len(all_words) - limit} more" if all_words[limit:] else "")


def mend(word: str, choices: Iterable[str]) -> str:
    """Help for a word that is not among `choices`: the nearest one, or all of them."""
    listed = list(choices)
    return did_you_mean(word, listed) or (one_of(listed) if listed else "")
