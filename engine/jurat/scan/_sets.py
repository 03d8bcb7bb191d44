"""Sets of patterns that say when they have failed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import re2

_CANARY = r"\z"  # matches any text, and costs nothing


class GateError(RuntimeError):
    """A set has failed: what it did not report is not known to be absent."""


class PatternSet:
    """One pass over a text for many patterns. `taken` are the numbers of those of `patterns`
    that the set takes; `hits` gives places in it."""

    __slots__ = ("_canary", "_one", "taken")

    def __init__(self, patterns: Sequence[str]) -> None:
        import re2

        self._one: Any = re2.Set.SearchSet(quiet())
        self.taken: list[int] = []
        for number, pattern in enumerate(patterns):
            try:
                self._one.Add(pattern)
            except re2.error:
                continue
            self.taken.append(number)
        self._canary: int = self._one.Add(_CANARY)
        self._one.Compile()
        # what it wraps takes bytes as they are
        inner = getattr(self._one, "_set", None)
        self._one = inner if hasattr(inner, "Match") else self._one

    def hits(self, data: bytes) -> list[int]:
        """What matches in `data`. Raises GateError if the set has failed."""
        matched: list[int] | None = self._one.Match(data)
        if not matched:
            raise GateError
        try:
            matched.remove(self._canary)
        except ValueError:
            raise GateError from None
        return matched


def quiet() -> "re2.Options":
    """Options of re2 that keep its complaints off stderr."""
    import re2

    options = re2.Options()
    options.log_errors = False
    return options
