"""Windows: the part of a text around the places of a shape that a pattern has to be asked about.

A match of a bounded pattern that shares a character with a place lies within the pattern's
greatest length of it. For an unbounded one the window goes on over the characters that its
unbounded middle may consist of. In both there is a character more on each side than a match can
take, so that anchors and `\\b` see in the window what they see in the text, and a window that
holds a match holds all that could be matched in its stead: what is found in the windows is what
is found in the text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TypeVar

from ._context import Near, Words
from ._derive import class_of
from ._loosen import widened
from ._measure import alphabet, lengths, positions
from ._search import Search, searcher
from ._sets import PatternSet
from ._shape import Shape
from ._syntax import EVERY, Chain, Node

SET_SIZE = 16
_SMALL = 8  # likewise, for text full of what they match: a set's states multiply with its patterns
_T = TypeVar("_T")
_FAR = 4096  # a greater length is no bound
BESIDE = (4, 24)
_STEPS = (32, 96, 320, _FAR)
_DENSE = 4  # places of a shape in a block
_MANY = 24  # in a block that is full of them
_FEW = 2  # patterns are asked at once, without a set
_NAMED = 7  # patterns that words near speak for likewise
_LARGE = 170  # a larger pattern would multiply the states of its set


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a match may go beyond a place: `near` characters; then over a run of those in
    `mask`, and `side` more."""

    near: int
    mask: int = 0
    side: int = 0

    @property
    def table(self) -> bytes:
        """For `bytes.translate`: whether a character is in `mask`."""
        return _table(self.mask)


@lru_cache(maxsize=256)
def _table(mask: int) -> bytes:
    return bytes(mask >> code & 1 for code in range(256))


def reach_of(node: Node) -> Reach | None:
    """The reach of a pattern; None if it has no bound and may hold any character."""
    longest = lengths(node)[1]
    if longest is not None and longest < _FAR:
        return Reach(next(step for step in _STEPS if step > longest))
    parts = node.parts if isinstance(node, Chain) else (node,)
    bounds = [lengths(part)[1] for part in parts]
    free = [place for place, bound in enumerate(bounds) if bound is None or bound >= _FAR]
    if not free:  # many bounds that add up to too much: the greatest counts as none
        free = [max(range(len(bounds)), key=lambda place: bounds[place] or 0)]
    middle = Chain(tuple(parts[free[0] : free[-1] + 1]))
    left = sum(bound or 0 for bound in bounds[: free[0]])
    right = sum(bound or 0 for bound in bounds[free[-1] + 1 :])
    mask = alphabet(middle)
    if mask == EVERY or left + right >= _FAR:
        return None
    return Reach(left + right, mask, max(left, right) + 1)


def beside(node: Node, mask: int) -> int | None:
    """How far a match may go beyond a run of characters in `mask` that it shares a character with:
    the next of `BESIDE`; None if further."""
    parts = node.parts if isinstance(node, Chain) else (node,)
    bounds = [lengths(part)[1] for part in parts]
    within = [not alphabet(part) & ~mask for part in parts]
    best = None
    for first in range(len(parts)):
        last = first
        while last < len(parts) and within[last]:
            last += 1
        ends = bounds[:first], bounds[last:]
        if last == first or any(None in end for end in ends):
            continue
        most = max(sum(bound or 0 for bound in end) for end in ends)
        best = most if best is None else min(best, most)
    return next((step for step in BESIDE if best is not None and best < step), None)


def is_large(node: Node, reach: Reach | None) -> bool:
    """True for a pattern that is better asked by itself than in a set."""
    near = _FAR if reach is None else reach.near
    return near <= _STEPS[1] and positions(node) > _LARGE


_WIDE = Reach(_STEPS[2])
_WIDEST = Reach(_STEPS[-1])


class Entry:
    """A pattern of a detector: `key` are the numbers of both, `context` the words without one of
    which the detector finds nothing, or None."""

    __slots__ = ("context", "key", "large", "pattern", "reach")

    def __init__(
        self,
        key: tuple[int, int],
        pattern: str,
        context: tuple[str, ...] | None,
        reach: Reach | None,
        *,
        large: bool,
    ) -> None:
        self.key = key
        self.pattern = pattern
        self.context = context
        self.reach = reach
        self.large = large

    def beside(self, most: int, mask: int) -> "Entry":
        """The same for runs of characters in `mask`, beyond which matches go by `most`."""
        return Entry(self.key, self.pattern, self.context, Reach(most, mask, most), large=False)


@dataclass
class _Group:
    """Patterns of the same reach; either all in need of words, or none."""

    reach: Reach
    needs_words: bool
    entries: list[Entry] = field(default_factory=list)
    sets: list[tuple[PatternSet, list[Entry]]] = field(default_factory=list)
    plain: list[Entry] = field(default_factory=list)
    """Those that no set takes, or that are too few for one."""

    @cached_property
    def by_detector(self) -> dict[int, list[Entry]]:
        """The patterns by the numbers of their detectors."""
        made: dict[int, list[Entry]] = {}
        for entry in self.entries:
            made.setdefault(entry.key[0], []).append(entry)
        return made


class Cluster:
    """A shape, and the patterns that can't match without one. Without a shape: patterns whose
    places are given by others."""

    def __init__(self, shape: Shape | None, *, run: bool = False, dense: bool = False) -> None:
        self.shape = shape
        self.entries: list[Entry] = []
        self.is_run = run
        self._dense = dense
        self._finder: Search | None = None
        self._groups: list[_Group] | None = None

    @property
    def pattern(self) -> str:
        """The pattern of the shape."""
        return "" if self.shape is None else self.shape.pattern

    def spans(self, data: bytes, start: int, end: int) -> list[tuple[int, int]]:
        """Where the shape stands in [start, end): each of its matches shares a character with
        one of these."""
        if self._finder is None:
            import re2

            # of numbers and tokens the whole, which is fewer places
            more = f"{class_of(alphabet(self.shape.node))}*" if self.is_run and self.shape else ""
            self._finder = searcher(re2.compile(f"(?:{self.pattern}){more}"))
        search, most = self._finder, _MANY if self._dense else _DENSE
        made: list[tuple[int, int]] = []
        first, last = search(data, start, end)[0]
        while first >= 0:
            if len(made) == most:  # one by one they would cost more than the exact sets
                made.append((first, end))
                break
            made.append((first, last))
            first, last = search(data, last, end)[0]
        return made

    def narrow(
        self,
        data: bytes,
        spans: Sequence[tuple[int, int]],
        near: Near,
        words: Words,
        places: "dict[tuple[int, int], list[tuple[int, int]] | None]",
    ) -> None:
        """Add to `places` the windows around `spans` in which a pattern may match. `words` are
        those that patterns need near, by number of detector."""
        if self._groups is None:
            self._groups = self._grouped()
        for group in self._groups:
            found = windows(data, spans, group.reach)
            if not group.needs_words:
                _note(places, _hits(group, data, found), found)
                continue
            for window in found:
                allowed = near.within(words, *window)
                if not allowed:
                    continue
                by_detector = group.by_detector
                entries = [e for n in sorted(allowed) for e in by_detector.get(n, ())]
                if len(entries) > _NAMED:
                    hits = set(_hits(group, data, [window]))
                    entries = [entry for entry in entries if entry in hits]
                _note(places, entries, [window])

    def _grouped(self) -> list[_Group]:
        groups: dict[tuple[Reach, bool], _Group] = {}
        for entry in self.entries:
            reach = entry.reach
            assert reach is not None
            if self.shape is None and not reach.mask:  # fewer windows, as these are long
                reach = _WIDE if reach.near <= _WIDE.near else _WIDEST
            key = reach, entry.context is not None
            groups.setdefault(key, _Group(*key)).entries.append(entry)
        for group in groups.values():
            if len(group.entries) <= _FEW and not self._dense:
                group.plain = group.entries
                continue
            large = [entry for entry in group.entries if entry.large]
            for entry in large if self._dense else ():
                one = PatternSet([widened(entry.pattern)])  # two would multiply their states
                if one.taken:
                    group.sets.append((one, [entry]))
            large = [e for e in large if not any(each == [e] for _, each in group.sets)]
            group.plain += large
            small = [(widened(e.pattern), e) for e in group.entries if not e.large]
            small.sort(key=_order)  # those that begin alike share states
            for part in chunks(small, self._size(group.reach, needs_words=group.needs_words)):
                one = PatternSet([pattern for pattern, _ in part])
                group.sets.append((one, [part[place][1] for place in one.taken]))
                left = set(range(len(part))) - set(one.taken)
                group.plain += [part[place][1] for place in sorted(left)]
        return list(groups.values())

    def _size(self, reach: Reach, *, needs_words: bool) -> int:
        """Of a set: the longer the windows, the fewer passes, and fewer states for each."""
        if self._dense:
            return SET_SIZE if needs_words else _SMALL
        return SET_SIZE if reach.near <= _STEPS[1] else 2 * SET_SIZE


def _order(item: tuple[str, Entry]) -> tuple[int, str]:
    return item[1].reach.near if item[1].reach else 0, item[0]


def _note(
    places: "dict[tuple[int, int], list[tuple[int, int]] | None]",
    entries: Iterable[Entry],
    found: Sequence[tuple[int, int]],
) -> None:
    for entry in entries:
        listed = places.setdefault(entry.key, [])
        if listed is not None:
            listed.extend(found)


def chunks(items: list[_T], size: int) -> list[list[_T]]:
    """`items` in lists of at most `size`, of about the same length."""
    count = -(-len(items) // size)
    return [items[len(items) * n // count : len(items) * (n + 1) // count] for n in range(count)]


def _hits(group: _Group, data: bytes, found: Sequence[tuple[int, int]]) -> list[Entry]:
    """The patterns that may match in some of the windows, which are asked about all at once: what
    they hold besides their matches parts these."""
    hits = group.plain
    if group.sets and found:
        hits = hits.copy()
        piece = b"\n".join([data[start:end] for start, end in found])
        for one, entries in group.sets:
            matched = one.hits(piece)
            if matched:
                hits += [entries[index] for index in matched]
    return hits


def windows(data: bytes, spans: Iterable[tuple[int, int]], reach: Reach) -> list[tuple[int, int]]:
    """The windows around `spans`, by place and apart."""
    made: list[tuple[int, int]] = []
    size = len(data)
    near, side = reach.near, reach.side
    marks = data.translate(reach.table) if reach.mask else b""
    reached = -1  # where the last window ends
    for first, last in sorted(spans):
        start = first - near if first > near else 0
        end = min(size, last + near)
        if marks and end > reached - side:
            start = max(0, marks.rfind(b"\0", 0, start) + 1 - side)
            beyond = marks.find(b"\0", end)
            end = size if beyond < 0 else min(size, beyond + side)
        if start > reached:
            made.append((start, end))
            reached = end
        elif end > reached:
            made[-1] = made[-1][0], end
            reached = end
    return made


def merged(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Windows of several shapes, by place and apart."""
    if len(found) == 1:
        return found
    apart: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if apart and start <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        else:
            apart.append((start, end))
    return apart
