"""The gate: which patterns may match in a text, and where, at the cost of a few linear passes.

1. Two patterns, of all loose shapes (see `_derive`), run over the text, block by block: most
   texts hold none. Where they fire, sets tell which shapes.
2. One pattern for each shape that fired finds its places.
3. Around these, sets of the exact patterns run (see `_window`); what hits is to be confirmed there.

A block that is full of digits holds nearly every shape of numbers and tokens. There the runs of them
are found, and all their patterns asked about these alone, in one piece; what may stand outside of
such runs, about the block.

Every set holds a canary that matches any text: a set that does not report it has failed, which
raises `GateError`, and then every detector has to run alone. A pattern that has no shape stands,
loosened, in sets that run over the whole text, and is confirmed on all of it; one that no set
takes is always confirmed.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from jurat.plugin import Detector

from ._context import Near, Words
from ._derive import BASE64, DIGITS_APART, LITERAL, RUNS, WRAPPED, Library
from ._facts import Finder, apart
from ._loosen import loosened
from ._measure import alphabet, lengths, positions
from ._search import Search, searcher
from ._sets import GateError, PatternSet
from ._shape import Shape
from ._syntax import mask_of
from ._window import SET_SIZE, Cluster, Entry, chunks

LITERALS = 64  # in a set: shapes of few states
RARE = 512  # in a set that only sees what is near one of them
BLOCK = 2048  # so that a shape somewhere in a long text does not cost a search of it all
OVERLAP = 128  # longer than any shape's shortest match, where it has no end: see `blocks`
DENSE = 4  # shapes of numbers in a block
_LONG = 192  # characters of a block that may be full of numbers
_SHARE = 8  # of such one is a digit
_MANY = 64  # characters that a shape names
_DIGITS = b"0123456789"
_BREAK = re.compile(rb"\s")
_SPACE = mask_of(" \t\n\r\f\v")
SIGNS = frozenset((BASE64, WRAPPED))
Places: TypeAlias = dict[tuple[int, int], list[tuple[int, int]] | None]
"""Windows of the text by number of detector and of its pattern; None: the whole text."""


_Found: TypeAlias = dict[Cluster, list[tuple[int, int]]]


def _set_of(clusters: list[Cluster]) -> tuple[PatternSet, list[Cluster]]:
    one = PatternSet([cluster.pattern for cluster in clusters])
    if len(one.taken) < len(clusters):
        raise GateError
    return one, clusters


def _are_runs(family: list[Cluster]) -> bool:
    return all(cluster.is_run or cluster.pattern in SIGNS for cluster in family)


def _digits_in(piece: bytes) -> int:
    return len(piece) - len(piece.translate(None, _DIGITS))


def _any_of(patterns: list[str]) -> Search | None:
    """Searches for what any of the patterns matches. To search, other than a set's `Match`, does
    not fail for want of memory."""
    import re2

    if not patterns:
        return None
    return searcher(re2.compile("|".join(f"(?:{pattern})" for pattern in patterns)))


class Gate:
    """The sets of some detectors' shapes."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        library = Library()
        finder = Finder(library)
        clusters: dict[Shape, Cluster] = {}
        dense = {pattern: Cluster(Shape(pattern), run=True, dense=True) for pattern in RUNS}
        others = Cluster(None, dense=True)
        general: list[Entry] = []
        for number, detector in enumerate(detectors):
            for place, pattern in enumerate(detector.patterns):
                facts = finder.facts_of(pattern)
                context = detector.context if detector.needs_context else None
                entry = Entry((number, place), pattern, context, facts.reach, large=facts.large)
                if facts.shapes is None:
                    general.append(entry)
                    continue
                for shape in facts.shapes:
                    if shape not in clusters:
                        clusters[shape] = Cluster(shape, run=shape in library.runs)
                    clusters[shape].entries.append(entry)
                if context is None and facts.beside is not None:
                    (shape,) = facts.shapes
                    dense[shape.pattern].entries.append(
                        entry.beside(facts.beside, RUNS[shape.pattern])
                    )
                elif not library.runs.isdisjoint(facts.shapes):
                    others.entries.append(entry)
        finder.forget()
        clusters |= {sign: Cluster(sign) for sign in library.signs}
        shared = [
            [clusters.pop(shape) for shape in family if shape in clusters]
            for family in library.families
        ]
        weak = [shape for shape in clusters if not shape.rare]
        names = [s for s in weak if s in library.names or positions(s.node) > _MANY]
        shared.append([clusters.pop(shape) for shape in names])
        shared += chunks([clusters.pop(s) for s in weak if s in clusters], LITERALS)
        self._sets = [(*_set_of(family), _are_runs(family)) for family in shared if family]
        self._dense = [cluster for cluster in (*dense.values(), others) if cluster.entries]
        self._signs = [(sign, _any_of([sign])) for sign in SIGNS]
        self._any = _any_of([cluster.pattern for family in shared for cluster in family])
        rare = list(clusters.values())
        self._rare = [_set_of(part) for part in chunks(rare, RARE)]
        # taken apart and in order, so that those that begin alike share states
        self._any_rare = _any_of(
            [f"(?i){one}" for one in sorted(apart(c.shape for c in rare if c.shape))]
        )
        self._words = Words((n, d.context) for n, d in enumerate(detectors) if d.needs_context)
        self._general: list[tuple[PatternSet, list[Entry]]] = []
        self._always: set[tuple[int, int]] = {entry.key for entry in general}
        for part in chunks(general, SET_SIZE):
            one = PatternSet([loosened(entry.pattern) for entry in part])
            owners = [part[place] for place in one.taken]
            self._always.difference_update(entry.key for entry in owners)
            self._general.append((one, owners))

    def places(self, data: bytes, near: Near, signs: set[str] | None = None) -> Places:
        """Where which pattern may match in `data`. The patterns among `SIGNS` that match in it are
        added to `signs`. Raises GateError."""
        found: _Found = {}
        told: set[str] = set() if signs is None else signs
        size = len(data)
        for start, end in blocks(size, data) if size > BLOCK + OVERLAP else ((0, size),):
            if self._any is not None and self._any(data, start, end)[0][0] >= 0:
                self._find_common(data, start, end, found, told)
            if self._any_rare is not None:
                span = self._any_rare(data, start, end)[0]
                if span[0] >= 0:
                    self._find_rare(self._any_rare, data, span, end, found)
        places: Places = {}
        for cluster, spans in found.items():
            cluster.narrow(data, spans, near, self._words, places)
        for one, owners in self._general:
            places.update((owners[index].key, None) for index in one.hits(data))
        for key in self._always:
            places[key] = None
        return places

    def _find_common(
        self, data: bytes, start: int, end: int, found: _Found, signs: set[str]
    ) -> None:
        """Add the places of the common shapes in a block to `found`, and what signs it has."""
        piece = data if end - start == len(data) else data[start:end]
        size = len(piece)
        digits = _digits_in(piece) if size >= _LONG else 0
        dense = digits * _SHARE > size
        for one, clusters, are_runs in self._sets:
            if dense and are_runs:
                continue
            hits = one.hits(piece)
            if are_runs and len(hits) >= DENSE:
                dense = True
                continue
            for index in hits:
                cluster = clusters[index]
                if cluster.pattern in SIGNS:  # where it stands matters to nobody
                    signs.add(cluster.pattern)
                elif not (dense and cluster.is_run):
                    found.setdefault(cluster, []).extend(cluster.spans(data, start, end))
        if dense:
            self._find_dense(data, start, end, found, signs, whole=digits * 2 > size)

    def _find_dense(
        self, data: bytes, start: int, end: int, found: _Found, signs: set[str], *, whole: bool
    ) -> None:
        """The same for the shapes of numbers and tokens, in a block that is full of such: to tell
        which of them there are costs more than to ask for every pattern. `whole` says that it
        consists of little but numbers, so that to look for them is in vain."""
        for sign, search in self._signs:
            if sign == WRAPPED and b"\n" not in data:
                continue
            if search is not None and search(data, start, end)[0][0] >= 0:
                signs.add(sign)
        for cluster in self._dense:
            if cluster.shape is None or (whole and cluster.pattern == DIGITS_APART):
                found.setdefault(cluster, []).append((start, end))
            else:
                found.setdefault(cluster, []).extend(cluster.spans(data, start, end))

    def _find_rare(
        self,
        search: Search,
        data: bytes,
        span: tuple[int, int],
        end: int,
        found: _Found,
    ) -> None:
        """The same for the rare shapes, which are many: one pattern of them all finds places, of
        which `span` is the first, and the sets tell of each which of the shapes share a character
        with it. It is blind to case: all the ways to write names and prefixes are one to it, which
        on new text spares it half of its states."""
        while span[0] >= 0:
            piece = data[max(0, span[0] - LITERAL) : span[1] + LITERAL]
            for one, clusters in self._rare:
                for index in one.hits(piece):
                    found.setdefault(clusters[index], []).append(span)
            span = search(data, span[1], end)[0]


def blocks(length: int, data: bytes) -> Iterator[tuple[int, int]]:
    """The blocks that a text of `length` bytes is gated in.

    A block ends behind white space and overlaps the next. Thus each shortest match of a shape
    stands whole in one of them: it is shorter than the overlap, or holds no white space.
    """
    start = 0
    while start + BLOCK + OVERLAP < length:
        cut = _BREAK.search(data, start + BLOCK)
        if cut is None or cut.end() + OVERLAP >= length:
            break
        yield start, cut.end() + OVERLAP
        start = cut.end()
    yield start, length


def fits_blocks(shape: Shape) -> bool:
    """True if no match of `shape` is lost at the edge of a block."""
    longest = lengths(shape.node)[1]
    short = longest is not None and longest <= OVERLAP
    return short or not alphabet(shape.node) & _SPACE
