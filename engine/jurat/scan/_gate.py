"""The gate: which detectors may find something in a text, at the cost of a few linear passes.

Each pattern is loosened (counted repeats lose their upper end, and long ones count to eighteen),
which admits more and needs far fewer states, and sets of loosened patterns run over the whole
text. Every set holds a canary that matches any text: a set that does not report it has failed,
and then every detector runs alone. A detector with a pattern that no set takes always runs.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jurat.plugin import Detector

if TYPE_CHECKING:
    import re2

SET_SIZE = 32
COUNTED = 18  # so that neither long words of prose nor numbers pass for keys and accounts
_CANARY = r"\z"
# What is no counted repeat goes by whole: escapes, and classes, in which braces mean themselves.
_PIECE = re.compile(
    r"\\[pPx]\{[^}]*\}|\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]"
    r"|\{(?P<least>\d+)(?:,\d*)?\}",
    re.DOTALL,
)


def loosened(pattern: str) -> str:
    """A pattern that matches wherever `pattern` does, counting no further than `COUNTED`."""

    def plain(match: "re.Match[str]") -> str:
        if match["least"] is None:
            return match[0]
        least = min(int(match["least"]), COUNTED)
        return {0: "*", 1: "+"}.get(least, f"{{{least},}}")

    return _PIECE.sub(plain, pattern).replace("(?P<value>", "(?:")


class Gate:
    """The sets of some detectors' loosened patterns."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        import re2

        self._everything = frozenset(range(len(detectors)))
        self._sets: list[tuple[re2.Set, int, list[int]]] = []
        loose = [
            (loosened(pattern), number)
            for number, detector in enumerate(detectors)
            for pattern in detector.patterns
        ]
        always = set()
        for start in range(0, len(loose), SET_SIZE):
            made = re2.Set.SearchSet(_quiet())
            owners = []
            for pattern, number in loose[start : start + SET_SIZE]:
                try:
                    made.Add(pattern)
                except re2.error:
                    always.add(number)
                else:
                    owners.append(number)
            canary = made.Add(_CANARY)
            made.Compile()
            self._sets.append((made, canary, owners))
        self._always = frozenset(always)

    def fired(self, data: bytes) -> frozenset[int] | set[int]:
        """The numbers of the detectors that may find something in `data`."""
        found = set(self._always)
        for one, canary, owners in self._sets:
            matched = one.Match(data)
            if not matched or canary not in matched:
                return self._everything
            if len(matched) > 1:
                found.update(owners[index] for index in matched if index != canary)
        return found


def _quiet() -> "re2.Options":
    import re2

    options = re2.Options()
    options.log_errors = False
    return options
