"""What is raised where a law does not hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._case import Trial, as_case


@dataclass(frozen=True, slots=True)
class Breach:
    """One input for which a law does not hold.

    `expect` is what a case with this input should expect; None leaves it at the effect that was
    decided, which whoever pastes the case then looks at.
    """

    what: str
    """What was seen, in one or more lines."""
    trial: Trial
    rule: str = ""
    expect: Mapping[str, Any] | None = None
    where: str = ""
    """A place in somebody's code, `file:line`."""


class LawBroken(AssertionError):
    """A law that does not hold, with the least input that shows it.

    `case` is that input as an item of the bundle's tests/*.yaml; `seed` makes the same search
    find it again.
    """

    def __init__(
        self,
        law: str,
        words: str,
        *,
        what: str,
        rule: str = "",
        place: str = "",
        where: str = "",
        bundle: str = "",
        case: str = "",
        seed: int | None = None,
    ) -> None:
        self.law = law
        self.words = words
        self.what = what
        self.rule = rule
        self.place = place
        """Where the rule stands in its bundle, `file:line`."""
        self.where = where
        self.bundle = bundle
        self.case = case
        self.seed = seed
        super().__init__(self.told())

    def told(self) -> str:
        """All of it, for people."""
        by = f" by rule {self.rule}" if self.rule else ""
        of = f" of bundle {self.bundle}" if self.bundle else ""
        at = f" ({self.place})" if self.place else ""
        lines = [f"law {self.law} is broken{by}{of}{at}", f"  the law: {self.words}"]
        lines += [f"  {line}" for line in self.what.split("\n")]
        if self.where:
            lines.append(f"  in {self.where}")
        if self.case:
            lines += ["", "the least input that shows it, as a case for tests/laws.yaml:", ""]
            lines += self.case.rstrip("\n").split("\n")
        if self.seed is not None:
            lines += ["", f"to search again in the same way: seed={self.seed}"]
        return "\n".join(lines)


def case_of(law: str, breach: Breach, effect: str) -> str:
    """The breach as a case; `effect` is what was decided."""
    name = f"law {law}" + (f", rule {breach.rule}" if breach.rule else "")
    if breach.expect is not None:
        return as_case(name, breach.trial, breach.expect)
    note = "this is what was decided: write down what it should have been"
    return as_case(name, breach.trial, {"effect": effect}, note)
