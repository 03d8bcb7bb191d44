"""Counters of one window each, as compact rows of integers; no lock, no policy.

A counter is an array of 64-bit integers: some hundred bytes in all, because there may be a million
of them, and nothing that the garbage collector has to look at. Its first integer is what it holds.
"""

from array import array
from typing import TypeAlias

SECOND = 1_000_000  # microseconds, in which all times here are
MOST = 2**63 - 1
_EVERY = 60 * SECOND  # between two passes over fixed periods
_NO_AMOUNT = "an amount is below zero or the sum is beyond 64 bits"

Cells: TypeAlias = "array[int]"


def _cells(*numbers: int) -> Cells:
    return array("q", numbers)


class Table:
    """Counters by key. What both kinds of window share: dropping what is over, a few at a time."""

    __slots__ = ("_every", "_passed", "_pending", "counters")

    def __init__(self, every: int) -> None:
        self.counters: dict[str, Cells] = {}
        self._every = every
        self._passed = -every
        self._pending: list[str] = []

    def sweep(self, moment: int, count: int) -> None:
        """Drop those of the next `count` counters that nothing can depend on any more."""
        pending = self._pending
        if not pending:
            if abs(moment - self._passed) < self._every:
                return
            self._passed = moment
            pending = self._pending = list(self.counters)
        for _ in range(min(count, len(pending))):
            key = pending.pop()
            cells = self.counters.get(key)
            if cells is not None and self.over(cells, moment):
                del self.counters[key]

    def over(self, cells: Cells, moment: int) -> bool:
        raise NotImplementedError

    def new(self, ends: int, moment: int, held: int) -> Cells:
        """A counter that holds `held` already."""
        raise NotImplementedError

    def wait(self, cells: Cells, moment: int, excess: int) -> int:
        """Microseconds until at least `excess` of what the counter holds is gone."""
        raise NotImplementedError

    def at(self, moment: int) -> int:
        """Where in a counter `moment` counts, for `add`."""
        raise NotImplementedError

    def add(self, key: str, cells: Cells, at: int, amount: int) -> tuple[Cells, int, int]:
        """Add `amount` to the counter of `key`, `cells`, brought to `at`: the cells it stands
        in, what they held before, and the place where it was added, for `change`.

        Raises ValueError, and adds nothing, for an amount below zero or a sum beyond 64 bits.
        """
        raise NotImplementedError

    def change(self, cells: Cells, place: int, by: int) -> None:
        """Change what was added at `place`, if the counter still holds it."""
        raise NotImplementedError

    @staticmethod
    def held(cells: Cells) -> int:
        """What the counter holds."""
        return cells[0]


class Sliding(Table):
    """Sliding windows of `span` microseconds, in buckets.

    Cells: what it holds, then number and amount of each bucket in use, oldest first. A bucket is
    kept until all of it is older than the window.
    """

    __slots__ = ("_buckets", "_width")

    def __init__(self, span: int, buckets: int) -> None:
        super().__init__(span)
        self._buckets = buckets
        self._width = max(1, -(-span // buckets))

    def over(self, cells: Cells, moment: int) -> bool:
        return len(cells) == 1 or cells[-2] < moment // self._width - self._buckets

    def new(self, ends: int, moment: int, held: int) -> Cells:
        return _cells(held, moment // self._width, held) if held else _cells(0)

    def at(self, moment: int) -> int:
        return moment // self._width

    def wait(self, cells: Cells, moment: int, excess: int) -> int:
        at = 1
        while excess > cells[at + 1]:
            excess -= cells[at + 1]
            at += 2
        return max(1, (cells[at] + self._buckets + 1) * self._width - moment)

    def add(self, key: str, cells: Cells, at: int, amount: int) -> tuple[Cells, int, int]:
        held = cells[0]
        oldest = at - self._buckets
        if len(cells) > 1:
            latest = cells[-2]
            if latest == at and cells[1] >= oldest and 0 <= amount <= MOST - held:
                cells[-1] += amount  # as in most calls
                cells[0] = held + amount
                return cells, held, at
            if cells[1] < oldest:
                held = self._expire(cells, oldest)
            elif at + self._buckets < latest:
                # the clock was set back by more than a window: all of it counts as used just now.
                # A new row, so that earlier reservations can't change what they don't find here.
                cells = self.counters[key] = _cells(held, at, held)
        if amount < 0 or amount > MOST - held:
            raise ValueError(_NO_AMOUNT)
        if len(cells) > 1 and at <= cells[-2]:  # earlier than the latest counts as the latest
            at = cells[-2]
            cells[-1] += amount
        else:
            cells.append(at)
            cells.append(amount)
        cells[0] = held + amount
        return cells, held, at

    def _expire(self, cells: Cells, oldest: int) -> int:
        """Drop the buckets of a counter before `oldest`; what it holds then."""
        held = cells[0]
        end = 1
        while end < len(cells) and cells[end] < oldest:
            held -= cells[end + 1]
            end += 2
        del cells[1:end]
        cells[0] = held
        return held

    def change(self, cells: Cells, place: int, by: int) -> None:
        for at in range(len(cells) - 2, 0, -2):
            number = cells[at]
            if number <= place:
                if number == place:
                    cells[at + 1] += by
                    cells[0] += by
                return


class Periods(Table):
    """Fixed periods. Cells: what it holds, and when the period ends."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(_EVERY)

    def over(self, cells: Cells, moment: int) -> bool:
        return moment >= cells[1]

    def new(self, ends: int, moment: int, held: int) -> Cells:
        return _cells(held, ends)

    def at(self, moment: int) -> int:
        return 0

    def wait(self, cells: Cells, moment: int, excess: int) -> int:
        return max(1, cells[1] - moment)

    def add(self, key: str, cells: Cells, at: int, amount: int) -> tuple[Cells, int, int]:
        held = cells[0]
        if amount < 0 or held + amount > MOST:
            raise ValueError(_NO_AMOUNT)
        cells[0] = held + amount
        return cells, held, 0

    def change(self, cells: Cells, place: int, by: int) -> None:
        cells[0] += by
