"""What is wrong with a condition, and where."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. `line` and `column` are 1-based and count code points of the condition."""

    line: int
    column: int
    length: int
    message: str
    help: str = ""


class ConditionError(ValueError):
    """Raised at load with everything that is wrong with a condition, in `problems`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.line, p.column, p.message)))
        super().__init__(
            "\n".join(
                f"{p.line}:{p.column}: {p.message}" + (f" ({p.help})" if p.help else "")
                for p in self.problems
            )
        )


def place(text: str, offset: int) -> tuple[int, int]:
    """The 1-based line and column of the code point at `offset`."""
    offset = max(0, min(offset, len(text)))
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1


def problem(text: str, offset: int, length: int, message: str, help: str = "") -> Problem:
    line, column = place(text, offset)
    return Problem(line, column, max(1, length), message, help)
