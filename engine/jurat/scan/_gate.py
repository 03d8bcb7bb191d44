"""The gate: which detectors may find something in a text, at the cost of a few linear passes.

Each pattern is loosened (counted repeats lose their upper end, and long ones count to a dozen),
which admits more and needs far fewer states, and sets of loosened patterns run over the whole text. Every set holds a canary that
matches any text: a set that does not report it has failed, and then every detector runs alone.
"""

import re
from collections.abc import Sequence

from jurat.plugin import Detector

SET_SIZE = 32
COUNTED = 12  # so that neither words of prose nor short numbers pass for keys and accounts
_CANARY = r"\z"
_COUNTED = re.compile(r"(?<!\\)((?:\\\\)*)\{(\d+)(?:,(\d*))?\}")


def loosened(pattern: str) -> str:
    """A pattern that matches wherever `pattern` does, counting no further than `COUNTED`."""

    def plain(match: "re.Match[str]") -> str:
        least = min(int(match[2]), COUNTED)
        return match[1] + {0: "*", 1: "+"}.get(least, f"{{{least},}}")

    return _COUNTED.sub(plain, pattern).replace("(?P<value>", "(?:")


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
        for start in range(0, len(loose), SET_SIZE):
            made = re2.Set.SearchSet()
            owners = []
            for pattern, number in loose[start : start + SET_SIZE]:
                made.Add(pattern)
                owners.append(number)
            canary = made.Add(_CANARY)
            made.Compile()
            self._sets.append((made, canary, owners))

    def fired(self, data: bytes) -> frozenset[int] | set[int]:
        """The numbers of the detectors that may find something in `data`."""
        found: set[int] = set()
        for one, canary, owners in self._sets:
            matched = one.Match(data)
            if not matched or canary not in matched:
                return self._everything
            if len(matched) > 1:
                found.update(owners[index] for index in matched if index != canary)
        return found
