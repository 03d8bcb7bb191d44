"""The rules that count, apart from the others: judged once something is reserved for a request."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from jurat.plugin import Counted, CounterUse

from ._counters import NOT_COUNTED
from ._entry import RAISED, Entry
from ._facts import FactSet
from ._index import Arranged, Seen


class Asked(NamedTuple):
    """What the rules that count would reserve, and how many of them are not applicable: None
    where a check has its say whatever the counters hold."""

    uses: Sequence[CounterUse]
    passed_over: int | None

    def passed_over_by(self, counters: Mapping[str, Counted]) -> int | None:
        """How many are not applicable, where these counters let all others pass."""
        for key, amount, _, _, _, passes_to in self.uses:
            counted = counters.get(key)
            if counted is None or passes_to is None or counted[0] + amount > passes_to:
                return None
        return self.passed_over


_asked = partial(tuple.__new__, Asked)  # half of the time that its own takes


class Counting:
    """All rules of one input of which some count: these are judged once something is reserved."""

    __slots__ = ("_count", "_counting", "_plain", "_uses")

    def __init__(self, entries: Sequence[Entry], *, indexed: bool = True) -> None:
        counting = [entry for entry in entries if entry.uses is not None]
        plain = [entry for entry in entries if entry.uses is None]
        self._count = len(counting)
        self._plain = Arranged(plain, indexed=indexed)
        self._counting = Arranged(counting, indexed=indexed)
        # which uses apply is found the way that rules are judged: a use in place of a check
        asking = [
            replace(entry, check=entry.uses)  # type: ignore[arg-type]  # uses, not findings
            for entry in counting
        ]
        self._uses = Arranged(asking, indexed=indexed)

    def run(self, subject: Any, facts: FactSet, now: datetime) -> Seen:
        seen = self._plain.run(subject, facts, now)
        if facts.counters is NOT_COUNTED:
            return seen
        return both(seen, self.rest(subject, facts, now))

    def rest(self, subject: Any, facts: FactSet, now: datetime) -> Seen:
        """What is seen of the rules that count alone."""
        return self._counting.run(subject, facts, now)

    def asked(self, subject: Any, facts: FactSet, now: datetime) -> "Asked":
        """What the rules that apply count. One that raises counts nothing: its check has the
        same to say."""
        _, hits, slow, passed_over = self._uses.run(subject, facts, now)
        found = [use for _, uses in hits for use in uses]
        if len(hits) + passed_over == self._count:  # each that applies counts something
            return _asked((found, passed_over))
        for entry in slow:
            condition = entry.condition
            try:
                if condition is not None:
                    every = range(len(condition.conjuncts))
                    if condition.judge(every, subject, facts, now).value is not True:
                        continue
                if entry.check is not None:
                    found += entry.check(subject, facts, now)
            except RAISED:
                continue
        return _asked((found, None))


def both(one: Seen, other: Seen) -> Seen:
    """What was seen of two parts of the rules."""
    return (
        [*one[0], *other[0]],
        [*one[1], *other[1]],
        [*one[2], *other[2]],
        one[3] + other[3],
    )


def arrange(entries: Sequence[Entry], *, indexed: bool = True) -> Arranged | Counting:
    """All rules of one input, ready to be judged."""
    counts = any(entry.uses is not None for entry in entries)
    return (Counting if counts else Arranged)(entries, indexed=indexed)
