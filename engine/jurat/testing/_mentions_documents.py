"""Drawing documents: a base with few fields changed, never an invalid one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any

from jurat.bundle import Case

from ._mentions_changes import changes_of, laid_over
from ._mentions_stock import Stock

if TYPE_CHECKING:
    from ._mentions import Mentions

_CHANGES = (0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 6)  # how many fields, each as likely
_FAR = 24  # fields changed in one that is far off


@dataclass(frozen=True, slots=True)
class Scene:
    """An input, the clock to judge it by, and the test case whose armed state, facts and stops
    belong to it (None for none)."""

    given: dict[str, Any]
    now: datetime
    case: Case | None = None


class Search:
    """Draws inputs of one kind."""

    def __init__(self, mentions: "Mentions", random: Random, input: str, rule: str = "") -> None:
        self._mentions = mentions
        self._random = random.random
        self._bases = mentions.bases[input]
        self._examples = [base for base in self._bases if base.rule]
        self._cases = [base for base in self._bases if base.case] or self._bases
        self._stock = Stock(mentions, input, rule)
        self._changes = changes_of(mentions, input, rule)

    def documents(self) -> Iterator[dict[str, Any]]:
        """Documents at the clock of the mentions."""
        now = self._mentions.now
        while True:
            yield self._document(now)[0]

    def scenes(self) -> Iterator[Scene]:
        """Documents with a clock: mostly that of what they come from, or one that is named."""
        clocks, now = self._mentions.clocks, self._mentions.now
        while True:
            chance = self._random()
            if chance < 0.6:
                yield Scene(*self._document(None))
            else:
                yield Scene(*self._document(now if chance < 0.75 else self._one_of(clocks)))

    def _document(self, now: datetime | None) -> tuple[dict[str, Any], datetime, Case | None]:
        random, given, case = self._random, {}, None
        chance = random()
        if self._bases and chance > 0.03:
            base = self._one_of(self._cases if chance < 0.8 else self._bases)
            now = now or base.now
            given = dict(self._stock.at(base, now))
            case = base.case
            if self._examples and random() < 0.25:
                given = laid_over(given, self._stock.at(self._one_of(self._examples), now))
        now = now or self._mentions.now
        if self._changes:
            values = self._stock.values(now)
            far = random() < 0.05
            for _ in range(_FAR if far else self._one_of(_CHANGES)):
                self._one_of(self._changes)(given, values, self._one_of)
        return given, now, case

    def _one_of(self, options: Any) -> Any:
        return options[int(self._random() * len(options))]
