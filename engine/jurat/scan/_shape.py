"""Loose shapes, and the proof that a pattern never matches without one.

A shape is a small pattern for the gate. A pattern may stand behind a shape if each of its
matches contains one of the shape's. `implied` decides that: it follows all that the pattern may
match through the shape's automaton at once, and looks whether a way is left that avoids it.
"""

import re
from collections.abc import Callable, Sequence
from functools import cached_property

from ._measure import lengths, sample
from ._syntax import Chain, Chars, Choice, Node, Repeat, Start, parse

_WAYS = 4096  # states of the automaton, after which a proof is given up


class Shape:
    """A loose shape; a rare one is hardly ever seen. Two of the same pattern are equal."""

    def __init__(self, pattern: str, *, rare: bool = False) -> None:
        self.pattern = pattern
        self.rare = rare
        self._memory: dict[tuple[Node, frozenset[int]], frozenset[int]] = {}

    @cached_property
    def node(self) -> Node:
        return parse(self.pattern)

    @cached_property
    def least(self) -> int:
        return lengths(self.node)[0]

    def forget(self) -> None:
        """Give back what proofs remember."""
        self._memory.clear()
        self.__dict__.pop("_automaton", None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and other.pattern == self.pattern

    def __hash__(self) -> int:
        return hash(self.pattern)

    def __repr__(self) -> str:
        return f"<Shape {self.pattern}>"

    def implied(self, node: Node, samples: Sequence[str] = ()) -> bool:
        """True if whatever `node` matches contains a match of this shape."""
        if not all(map(self._stands_in, samples or (sample(node, False), sample(node, True)))):
            return False
        try:
            return not self._through(node, frozenset((0,)))
        except OverflowError:
            return False

    def _through(self, node: Node, states: frozenset[int]) -> frozenset[int]:
        """The states after `node` on all ways that have not met the shape."""
        if not states:
            return states
        key = (node, states)
        known = self._memory.get(key)
        if known is None:
            known = self._followed(node, states)
            if len(known) > _WAYS or len(self._memory) > 64 * _WAYS:
                raise OverflowError
            self._memory[key] = known
        return known

    def _followed(self, node: Node, states: frozenset[int]) -> frozenset[int]:
        if isinstance(node, Chars):
            step = self._automaton.step
            kinds = self._automaton.kinds(node.mask)
            after = {step(state, kind) for state in states for kind in kinds}
            after.discard(-1)
            return frozenset(after)
        if isinstance(node, Start):
            return states
        if isinstance(node, Chain):
            for part in node.parts:
                states = self._through(part, states)
            return states
        if isinstance(node, Choice):
            return frozenset().union(*(self._through(part, states) for part in node.parts))
        return self._repeated(node, states)

    def _repeated(self, node: Repeat, states: frozenset[int]) -> frozenset[int]:
        for _ in range(node.least):
            after = self._through(node.part, states)
            if after == states:
                break
            states = after
        seen = states
        times = node.least
        while states and (node.most is None or times < node.most):
            states = self._through(node.part, states) - seen
            seen |= states
            times += 1
        return seen

    @cached_property
    def _stands_in(self) -> Callable[[str], object]:
        return re.compile(self.pattern, re.ASCII | re.DOTALL).search

    @cached_property
    def _automaton(self) -> "_Automaton":
        return _Automaton(self.node)


class _Automaton:
    """The shape, searched for anywhere: a state is the set of places in it that were reached."""

    def __init__(self, node: Node) -> None:
        self._masks: list[int] = []
        self._follow: list[int] = []
        first, last, empty = self._built(node)
        assert not empty
        self._first, self._last = first, last
        # characters that stand at the same places are of one kind
        kinds: dict[int, int] = {}
        for code in range(128):
            places = sum(1 << n for n, mask in enumerate(self._masks) if mask >> code & 1)
            kinds[places] = kinds.get(places, 0) | 1 << code
        self._kinds = list(kinds.items())
        self._known: dict[int, tuple[int, ...]] = {}
        self._steps: dict[tuple[int, int], int] = {}

    def kinds(self, mask: int) -> tuple[int, ...]:
        """The kinds of characters in `mask`, each as the places where it may stand."""
        known = self._known.get(mask)
        if known is None:
            known = tuple(places for places, members in self._kinds if members & mask)
            self._known[mask] = known
        return known

    def step(self, state: int, kind: int) -> int:
        """The state after a character of `kind`; -1 where the shape is complete."""
        known = self._steps.get((state, kind))
        if known is None:
            reached = self._first
            place = 0
            rest = state
            while rest:
                if rest & 1:
                    reached |= self._follow[place]
                rest >>= 1
                place += 1
            reached &= kind
            known = self._steps[state, kind] = -1 if reached & self._last else reached
        return known

    def _built(self, node: Node) -> tuple[int, int, bool]:
        """The first and the last places of `node`, and whether it may be empty."""
        if isinstance(node, Chars):
            self._masks.append(node.mask)
            self._follow.append(0)
            place = 1 << len(self._masks) - 1
            return place, place, False
        if isinstance(node, Start):
            return 0, 0, True
        if isinstance(node, Choice):
            first = last = 0
            empty = False
            for part in node.parts:
                starts, ends, void = self._built(part)
                first, last, empty = first | starts, last | ends, empty or void
            return first, last, empty
        if isinstance(node, Chain):
            return self._chained([(part, False) for part in node.parts])
        copies = [(node.part, n >= node.least) for n in range(node.most or node.least)]
        if node.most is None:
            first, last, empty = self._chained(copies)
            starts, ends, _ = self._built(node.part)
            self._linked(last | ends, starts)
            return (
                first | (starts if empty else 0),
                last | ends,
                empty,
            )
        return self._chained(copies)

    def _chained(self, parts: list[tuple[Node, bool]]) -> tuple[int, int, bool]:
        first, last, empty = 0, 0, True
        for part, optional in parts:
            starts, ends, void = self._built(part)
            void = void or optional
            self._linked(last, starts)
            first |= starts if empty else 0
            last = ends | (last if void else 0)
            empty = empty and void
        return first, last, empty

    def _linked(self, froms: int, starts: int) -> None:
        for place in range(len(self._follow)):
            if froms >> place & 1:
                self._follow[place] |= starts
