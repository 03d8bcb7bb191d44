"""Counters of one window each, as compact rows of integers; no lock, no policy.

A counter is a row of 64-bit integers in a `bytearray`: some hundred bytes in all, because there
may be a million of them, and nothing that the garbage collector has to look at. Its first integer
is what it holds.
"""

from struct import Struct

SECOND = 1_000_000  # microseconds, in which all times here are
MOST = 2**63 - 1
_ONE, _PAIR, _THREE = Struct("=q"), Struct("=2q"), Struct("=3q")
_HEAD = _ONE.size  # bytes before the first bucket
_BUCKET = _PAIR.size
_EVERY = 60 * SECOND  # between two passes over fixed periods
_NO_AMOUNT = "an amount is below zero or the sum is beyond 64 bits"


class Table:
    """Counters by key. What both kinds of window share: dropping what is over, a few at a time."""

    __slots__ = ("_every", "_passed", "_pending", "counters")

    def __init__(self, every: int) -> None:
        self.counters: dict[str, bytearray] = {}
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

    def over(self, cells: bytearray, moment: int) -> bool:
        raise NotImplementedError

    def new(self, ends: int, moment: int, held: int) -> bytearray:
        """A counter that holds `held` already."""
        raise NotImplementedError

    def wait(self, cells: bytearray, moment: int, excess: int) -> int:
        """Microseconds until at least `excess` of what the counter holds is gone."""
        raise NotImplementedError

    def add(
        self, key: str, cells: bytearray, moment: int, amount: int
    ) -> tuple[bytearray, int, int]:
        """Add `amount` to the counter of `key`, `cells`, brought to `moment`: the cells it stands
        in, what they held before, and the place where it was added, for `change`.

        Raises ValueError, and adds nothing, for an amount below zero or a sum beyond 64 bits.
        """
        raise NotImplementedError

    def change(self, cells: bytearray, place: int, by: int) -> None:
        """Change what was added at `place`, if the counter still holds it."""
        raise NotImplementedError

    @staticmethod
    def held(cells: bytearray) -> int:
        """What the counter holds."""
        held: int = _ONE.unpack_from(cells)[0]
        return held


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

    def over(self, cells: bytearray, moment: int) -> bool:
        if len(cells) == _HEAD:
            return True
        latest: int = _ONE.unpack_from(cells, len(cells) - _BUCKET)[0]
        return latest < moment // self._width - self._buckets

    def new(self, ends: int, moment: int, held: int) -> bytearray:
        if not held:
            return bytearray(_HEAD)
        return bytearray(_THREE.pack(held, moment // self._width, held))

    def wait(self, cells: bytearray, moment: int, excess: int) -> int:
        at = _HEAD
        number, amount = _PAIR.unpack_from(cells, at)
        while excess > amount:
            excess -= amount
            at += _BUCKET
            number, amount = _PAIR.unpack_from(cells, at)
        gone: int = (number + self._buckets + 1) * self._width
        return max(1, gone - moment)

    def add(
        self, key: str, cells: bytearray, moment: int, amount: int
    ) -> tuple[bytearray, int, int]:
        bucket = moment // self._width
        size = len(cells)
        held = latest = there = 0
        if size > _HEAD:
            held, first = _PAIR.unpack_from(cells)
            latest, there = _PAIR.unpack_from(cells, size - _BUCKET)
            if first < bucket - self._buckets:
                held = self._expire(cells, bucket - self._buckets, held)
                size = len(cells)
            elif bucket + self._buckets < latest:
                # the clock was set back by more than a window: all of it counts as used just now.
                # A new row, so that earlier reservations can't change what they don't find here.
                cells = self.counters[key] = bytearray(_THREE.pack(held, bucket, held))
                size, latest, there = len(cells), bucket, held
        if amount < 0 or held + amount > MOST:
            raise ValueError(_NO_AMOUNT)
        if size > _HEAD and bucket <= latest:  # earlier than the latest counts as the latest
            bucket = latest
            _ONE.pack_into(cells, size - _HEAD, there + amount)
        else:
            cells += _PAIR.pack(bucket, amount)
        _ONE.pack_into(cells, 0, held + amount)
        return cells, held, bucket

    def _expire(self, cells: bytearray, oldest: int, held: int) -> int:
        """Drop the buckets before `oldest` of a counter that holds `held`; what it holds then."""
        end = _HEAD
        while end < len(cells):
            number, amount = _PAIR.unpack_from(cells, end)
            if number >= oldest:
                break
            held -= amount
            end += _BUCKET
        del cells[_HEAD:end]
        _ONE.pack_into(cells, 0, held)
        return held

    def change(self, cells: bytearray, place: int, by: int) -> None:
        at = len(cells) - _BUCKET
        while at >= _HEAD:
            number, amount = _PAIR.unpack_from(cells, at)
            if number <= place:
                if number == place:
                    _ONE.pack_into(cells, at + _HEAD, amount + by)
                    _ONE.pack_into(cells, 0, self.held(cells) + by)
                return
            at -= _BUCKET


class Periods(Table):
    """Fixed periods. Cells: what it holds, and when the period ends."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(_EVERY)

    def over(self, cells: bytearray, moment: int) -> bool:
        ends: int = _PAIR.unpack_from(cells)[1]
        return moment >= ends

    def new(self, ends: int, moment: int, held: int) -> bytearray:
        return bytearray(_PAIR.pack(held, ends))

    def wait(self, cells: bytearray, moment: int, excess: int) -> int:
        ends: int = _PAIR.unpack_from(cells)[1]
        return max(1, ends - moment)

    def add(
        self, key: str, cells: bytearray, moment: int, amount: int
    ) -> tuple[bytearray, int, int]:
        held = self.held(cells)
        if amount < 0 or held + amount > MOST:
            raise ValueError(_NO_AMOUNT)
        _ONE.pack_into(cells, 0, held + amount)
        return cells, held, 0

    def change(self, cells: bytearray, place: int, by: int) -> None:
        _ONE.pack_into(cells, 0, self.held(cells) + by)
