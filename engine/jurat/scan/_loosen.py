"""Patterns that match wherever others do, and are of fewer states."""

import re

COUNTED = 18  # so that neither long words of prose nor numbers pass for keys and accounts
# What is neither a class nor a counted repeat goes by whole; in classes braces mean themselves.
_PIECE = re.compile(
    r"\\[pPx]\{[^}]*\}|\\Q.*?(?:\\E|$)|\\."
    r"|(?P<chars>\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\])"
    r"|\{(?P<least>\d+)(?:,\d*)?\}",
    re.DOTALL,
)
_WIDER = (
    (re.compile(r"\[[0-9]+(?:-[0-9]+)*\]"), "[0-9]"),
    (re.compile(r"\[[A-Z]+(?:-[A-Z]+)*\]"), "[A-Z]"),
    (re.compile(r"\[[0-9A-Z]+(?:-[0-9A-Z]+)*\]"), "[0-9A-Z]"),
)


def loosened(pattern: str) -> str:
    """A pattern that matches wherever `pattern` does, counting no further than `COUNTED`."""

    def plain(match: "re.Match[str]") -> str:
        if match["least"] is None:
            return match[0]
        least = min(int(match["least"]), COUNTED)
        return {0: "*", 1: "+"}.get(least, f"{{{least},}}")

    return _unnamed(_PIECE.sub(plain, pattern))


def widened(pattern: str) -> str:
    """A pattern that matches wherever `pattern` does, with any digit for some digits and any
    capital for some: patterns of a set then have more in common."""

    def wide(match: "re.Match[str]") -> str:
        chars = match["chars"]
        if chars is not None:
            for narrow, wider in _WIDER:
                if narrow.fullmatch(chars):
                    return wider
        return match[0]

    return _unnamed(_PIECE.sub(wide, pattern))


def _unnamed(pattern: str) -> str:
    return pattern.replace("(?P<value>", "(?:")
