"""Counters of one window each, as compact rows of integers; no lock, no policy.

A counter is an `array` of 64-bit integers, some hundred bytes in all, because there may be a
million of them. Its first cell is what it holds.
"""

from array import array

SECOND = 1_000_000  # microseconds, in which all times here are
MOST = 2**63 - 1
_EVERY = 60 * SECOND  # between two passes over fixed periods


class Table:
    """Counters by key. What both kinds of window share: dropping what is over, a few at a time."""

    __slots__ = ("_every", "_passed", "_pending", "counters")

    def __init__(self, every: int) -> None:
        self.counters: dict[str, array[int]] = {}
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

    def over(self, cells: "array[int]", moment: int) -> bool:
        raise NotImplementedError

    def find(self, key: str, moment: int) -> "array[int] | None":
        """The counter of `key`, brought to `moment`; None where there is none."""
        raise NotImplementedError

    def new(self, ends: int, moment: int, held: int) -> "array[int]":
        """A counter that holds `held` already."""
        raise NotImplementedError

    def wait(self, cells: "array[int]", moment: int, excess: int) -> int:
        """Microseconds until at least `excess` of what the counter holds is gone."""
        raise NotImplementedError

    def add(self, cells: "array[int]", moment: int, amount: int) -> int:
        """Add `amount`; the place where it was added, for `change`."""
        raise NotImplementedError

    def change(self, cells: "array[int]", place: int, by: int) -> None:
        """Change what was added at `place`, if the counter still holds it."""
        raise NotImplementedError


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

    def over(self, cells: "array[int]", moment: int) -> bool:
        return len(cells) == 1 or cells[-2] < moment // self._width - self._buckets

    def find(self, key: str, moment: int) -> "array[int] | None":
        cells = self.counters.get(key)
        if cells is None or len(cells) == 1:
            return cells
        bucket = moment // self._width
        oldest = bucket - self._buckets
        if cells[1] < oldest:
            end = 1
            while end < len(cells) and cells[end] < oldest:
                cells[0] -= cells[end + 1]
                end += 2
            del cells[1:end]
        elif bucket < cells[-2] - self._buckets:
            # the clock was set back by more than a window: all of it counts as used just now. A
            # new array, so that earlier reservations can't change what they don't find here.
            cells = array("q", (cells[0], bucket, cells[0]))
            self.counters[key] = cells
        return cells

    def new(self, ends: int, moment: int, held: int) -> "array[int]":
        return array("q", (held, moment // self._width, held) if held else (0,))

    def wait(self, cells: "array[int]", moment: int, excess: int) -> int:
        at = 1
        while excess > cells[at + 1]:
            excess -= cells[at + 1]
            at += 2
        return max(1, (cells[at] + self._buckets + 1) * self._width - moment)

    def add(self, cells: "array[int]", moment: int, amount: int) -> int:
        bucket = moment // self._width
        if len(cells) > 1 and bucket <= cells[-2]:  # earlier than the latest counts as the latest
            bucket = cells[-2]
            cells[-1] += amount
        else:
            cells.append(bucket)
            cells.append(amount)
        cells[0] += amount
        return bucket

    def change(self, cells: "array[int]", place: int, by: int) -> None:
        at = len(cells) - 2
        while at >= 1 and cells[at] > place:
            at -= 2
        if at >= 1 and cells[at] == place:
            cells[at + 1] += by
            cells[0] += by


class Periods(Table):
    """Fixed periods. Cells: what it holds, and when the period ends."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(_EVERY)

    def over(self, cells: "array[int]", moment: int) -> bool:
        return moment >= cells[1]

    def find(self, key: str, moment: int) -> "array[int] | None":
        return self.counters.get(key)

    def new(self, ends: int, moment: int, held: int) -> "array[int]":
        return array("q", (held, ends))

    def wait(self, cells: "array[int]", moment: int, excess: int) -> int:
        return max(1, cells[1] - moment)

    def add(self, cells: "array[int]", moment: int, amount: int) -> int:
        cells[0] += amount
        return 0

    def change(self, cells: "array[int]", place: int, by: int) -> None:
        cells[0] += by
