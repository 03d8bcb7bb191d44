"""How much of a stream must wait: what may still become a match of some detector.

The prefixes of all patterns are joined under `\\z`, which RE2 reads from the end backwards: what
it costs depends on what waits, not on the text.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property

from jurat.plugin import Detector

from ._closure import (
    Node,
    flat,
    has_value,
    may_be_empty,
    parse,
    prefixes_of,
    value_on,
    width,
)
from ._search import Search, searcher
from ._sets import quiet
from ._syntax import mask_of

FEW = 3
_EXACT = 20_000  # characters of a joined pattern
_MEMORY = 64 * 2**20  # bytes that RE2 may use for its states; 1 to 20 MiB in use
_BLANK = mask_of(" \t\n\r\f\v")
_NARROW = 80  # characters of 128: no class that is written by what it leaves out
_TAIL = 2
_WORD = parse(r"[A-Za-z0-9_.%+'/=~:@$&#-][A-Za-z0-9_.%+'/=~:@$&#-]*")
"""With very many patterns all that has no blank and no bracket waits: nearly all of it would."""


class Holdback:
    """Where in a text the part begins that must wait.

    `whole` names the detectors that keep everything waiting until the end: those without a
    pattern, and those whose pattern has no prefixes that are known (a back-reference). `most` is how
    many characters at most may wait for the others, None where a pattern has no upper end.
    """

    def __init__(self, detectors: Iterable[Detector]) -> None:
        self.whole: tuple[str, ...] = ()
        self.most: int | None = 0
        trees: dict[str, Node] = {}
        for detector in detectors:
            try:
                read = {pattern: parse(pattern) for pattern in detector.patterns}
                lengths = [_length(tree) for tree in read.values()]
            except ValueError:
                lengths = []
            if not lengths:
                self.whole += (detector.id,)
                continue
            trees.update(read)
            known = [length for length in lengths if length is not None]
            if self.most is not None:
                self.most = max(self.most, *known) if len(known) == len(lengths) else None
        self._trees = list(trees.values())

    def value_start(self, data: bytes) -> int:
        """Where in `data` (a folded text) the first value begins that may be going on at its
        end; its length if none is."""
        return self._start(self._values, data)

    def match_start(self, data: bytes) -> int:
        """As `value_start`, of what a pattern looks at before a value, too."""
        return self._start(self._matches, data)

    def _start(self, joined: Search, data: bytes) -> int:
        if self.whole:
            return 0
        return max(0, joined(data, 0, len(data))[0][0])  # none: out of memory; all waits

    @cached_property
    def _values(self) -> Search:
        return _joined(
            [_value_of(tree) for tree in self._trees], [value_on(t, None) for t in self._trees]
        )

    @cached_property
    def _matches(self) -> Search:
        nodes = _merged([value_on(tree) for tree in self._trees])
        return _joined(nodes, nodes)


def _joined(nodes: Sequence[Node], values: Sequence[Node]) -> Search:
    """Searches for what `nodes` may begin with at the end of a text. `values` are the nodes
    without what stands before a value."""
    import re2

    options = quiet()
    options.max_mem = _MEMORY
    made = [prefixes_of(node) for node in _needed(nodes, values)]
    if sum(map(len, made)) <= _EXACT:
        try:
            return searcher(re2.compile(_any_of(made), options))
        except re2.error:  # repeats that re2 does not count
            pass
    else:
        nodes, values = [_WORD, *nodes], [_WORD, *values]
    needed = _needed(nodes, values)
    try:
        return searcher(re2.compile(_any_of(prefixes_of(node, FEW) for node in needed), options))
    except re2.error:
        return searcher(re2.compile(_any_of(prefixes_of(node, 0) for node in needed), options))


def _any_of(patterns: Iterable[str]) -> str:
    return rf"(?:{'|'.join(dict.fromkeys(patterns))})\z"


def _length(tree: Node) -> int | None:
    """The most characters that a match has from its value on; None if unbounded."""
    return width(value_on(tree))


def _merged(nodes: Sequence[Node]) -> list[Node]:
    """`nodes` with those made one that have all between the first part and the value in common,
    as hundreds of `name … operator … value` have."""
    groups: dict[tuple[Node, ...], tuple[list[Node], list[Node]]] = {}
    merged = []
    for node in nodes:
        parts = node.parts if node.kind == "seq" else (node,)
        value = next((n for n, part in enumerate(parts) if has_value(part)), 0)
        if value < 2:
            merged.append(node)
            continue
        firsts, rests = groups.setdefault(parts[1:value], ([], []))
        firsts.append(parts[0])
        rests.append(Node("seq", parts[value:]))
    for middle, (firsts, rests) in groups.items():
        first = Node("alt", tuple(dict.fromkeys(firsts)))
        merged.append(Node("seq", (first, *middle, Node("alt", tuple(dict.fromkeys(rests))))))
    return merged


def _needed(nodes: Sequence[Node], values: Sequence[Node]) -> list[Node]:
    """`nodes` without those that never make more wait than another does.

    Where one begins with a run of any length (a character of `first`, then `run`), the whole run
    waits for it, and any value that, but for the character after it, is made of such characters
    waits for nothing beyond, whatever stands before.
    """
    lead = max(filter(None, map(_run, nodes)), key=lambda sets: sets[1].bit_count(), default=None)
    if lead is None:
        return list(nodes)
    first, run = lead
    kept, led = [], False
    for node, value in zip(nodes, values, strict=True):
        if _run(node) == lead and not led:
            led = True
        elif _within(value, first, run):
            continue
        kept.append(node)
    return kept


def _value_of(tree: Node) -> Node:
    """`tree` from its value on, whatever stands before where it is of few characters and no
    blank: much in a text may begin such a value, but none of it goes beyond a word. Else what
    stands before must be there."""
    value = value_on(tree, None)
    body, _ = _parted(value)
    used = _alphabet(body)
    return value if used.bit_count() <= _NARROW and not used & _BLANK else value_on(tree)


def _run(node: Node) -> tuple[int, int] | None:
    """The first character and the run of any length that `node` begins with, if it does."""
    parts = list(flat((node,)))
    if len(parts) < 2 or parts[0].kind != "one" or parts[1].kind != "repeat":
        return None
    repeat = parts[1]
    if repeat.most is not None or repeat.parts[0].kind != "one":
        return None
    return parts[0].mask, repeat.parts[0].mask


def _within(node: Node, first: int, run: int) -> bool:
    body, tail = _parted(node)
    if not _decided(tail, run):
        body = node
    return _all_in(body, run) and _begins_in(body, first)


def _parted(node: Node) -> tuple[Node, Node]:
    """The value of `node`, which begins with it, and what follows."""
    if node.kind == "seq":
        last = max((n for n, part in enumerate(node.parts) if has_value(part)), default=None)
        if last is not None:
            return Node("seq", node.parts[: last + 1]), Node("seq", node.parts[last + 1 :])
    return node, Node("seq")


def _alphabet(node: Node) -> int:
    mask = node.mask
    for part in node.parts:
        mask |= _alphabet(part)
    return mask


def _all_in(node: Node, run: int) -> bool:
    if node.kind == "ahead":
        return False
    return not node.mask & ~run and all(_all_in(part, run) for part in node.parts)


def _begins_in(node: Node, first: int) -> bool:
    """True if whatever `node` matches is nothing, or begins with a character of `first`."""
    match node.kind:
        case "one":
            return not node.mask & ~first
        case "seq":
            for part in node.parts:
                if not _begins_in(part, first):
                    return False
                if not may_be_empty(part):
                    return True
            return True
        case _:
            return all(_begins_in(part, first) for part in node.parts)


def _decided(tail: Node, run: int) -> bool:
    """True if the first character outside `run` decides about `tail`, what follows a value."""
    if tail.kind == "alt":
        return all(_decided(part, run) for part in tail.parts)
    most = width(tail)
    if most is None or most > _TAIL:
        return False
    parts = list(flat((tail,)))
    if len(parts) == 1 and parts[0].kind == "alt":
        return _decided(parts[0], run)
    return all(_all_in(part, run) for part in parts[:-1])
