"""What a pattern can't match without: the loose shapes that open the gate for it.

Three ways, the cheapest first: a stretch of the pattern that is rare in ordinary text (`ghp_`),
a shape of the library that the pattern is proved to contain (seven digits), and the pattern taken
apart into its alternatives. What none of them fits has no shape, and passes the gate whole.
"""

import math
from functools import lru_cache

from ._measure import alphabet, lengths, sample
from ._shape import Shape
from ._syntax import EMPTY, EVERY, Chain, Chars, Choice, Node, Repeat, Start, mask_of

# How little is said by a character in ordinary text, in bits.
_BITS = (
    ("abcdefghijklmnopqrstuvwxyz", 1.6),
    ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 5.0),
    ("0123456789", math.log2(10)),
    (" ", 1.6),
    ("\t\n", 4.0),
    ("".join(map(chr, (*range(9), *range(11, 32), 127))), 14.0),
    (",.:=", 4.5),
)
_RARE = 7.0  # the others
_ENOUGH = 10.0  # fires in a few of a thousand texts of a kB
_SOME = 3.5  # better than to pass the gate whole
_PLENTY = 40.0
_DIGITS = mask_of("0123456789")
_CAPITALS = mask_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LETTERS = mask_of("ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ")  # but for hexadecimal digits
_REPEATED = 8  # a longer run of a class is no literal
LITERAL = 48  # characters
_BRANCHES = 16
_BRANCH = 3  # characters

NUMBERS = (
    r"[0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}",
    r"[A-Za-z][0-9]{4}|[0-9]{4}[A-Za-z]",
    r"[A-Za-z]{2}[0-9]{2}[ -]?[0-9A-Za-z]",
    r"(?:[0-9][ ()./-]{0,4}){5}[0-9]",
    r"[0-9][./:-][0-9]{1,3}[./:-][0-9]",  # addresses, dates
    r"[0-9]{5}",
    r"[0-9][A-Za-z][0-9A-Za-z][0-9]",
    r"[A-Z][ -]{0,2}[0-9]|[0-9][ -]{0,2}[A-Z]",
)
MARKS = (
    (  # a name that says of a value that it is secret
        r"(?i:key|token|secret|auth|pass|pwd|cred|pat|api|sid)[A-Za-z0-9_-]{0,12}\\?"
        r"[\"'\]]{0,2}[ \t]{0,4}[:=]"
    ),
    r"@[A-Za-z0-9.?-]*\.[A-Za-z]",  # `?` stands for letters of other scripts
    r"ey[A-Za-z0-9_-]{8}",
)
_TOKEN = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_/+-.:|"
CODES = (r"[A-Z0-9]{8}",)
TOKENS = (
    r"[A-Za-z0-9_/+-]{24}",
    r"[A-Za-z0-9]{16}",
)
DIGITS_APART = NUMBERS[3]
RUNS = {
    DIGITS_APART: mask_of("0123456789 ()./-+"),
    TOKENS[0]: mask_of(_TOKEN),
}
"""For the shapes of which some texts are full: the characters of runs that hold such, and beyond
which most matches go by very few (see `Facts.beside`)."""
BASE64 = r"[A-Za-z0-9+/]{16}|[A-Za-z0-9+/_-]{22}|[A-Za-z0-9+/_-]{14}="
WRAPPED = r"[0-9][ -]?\r?\n ?[0-9]"


class Library:
    """The shapes that many patterns share, by preference."""

    def __init__(self) -> None:
        numbers, marks, codes, tokens = (
            tuple(map(Shape, each)) for each in (NUMBERS, MARKS, CODES, TOKENS)
        )
        self.all = (*numbers, *marks, *codes, *tokens)
        self.runs = frozenset((*numbers, *codes, *tokens))
        """Shapes of which some texts are full."""
        self.signs = tuple(map(Shape, (BASE64, WRAPPED)))
        """Shapes of texts that have to be read otherwise, too."""
        # counters in one set multiply its states, unless they count the same
        self.families = ((*numbers, *codes), (*tokens, *self.signs))
        self.names = marks[:1]
        """Shapes of many names, which share their states with one another alone."""

    def shapes_of(self, node: Node, depth: int = 2) -> tuple[Shape, ...] | None:
        """Shapes of which every match of `node` contains one; None if none fit."""
        bits, literal = _literal(_unanchored(node))
        rare = lengths(literal)[0] > 2 and alphabet(literal) & _LETTERS != 0
        if bits >= _ENOUGH and not _is_numeric(literal):
            return (Shape(rendered(literal), rare=rare),)
        if depth:
            found = self._of_branches(node, depth)
            if found and all(shape.rare for shape in found):
                return found
        least = lengths(node)[0]
        samples = sample(node, False), sample(node, True)
        for shape in self.all:
            if shape.least <= least and shape.implied(node, samples):
                return (shape,)
        bits, literal = _literal(node)  # what stands before it says something, too
        if bits >= _SOME:
            return (Shape(rendered(literal)),)
        if depth:
            return self._of_branches(node, depth)
        return None

    def _of_branches(self, node: Node, depth: int) -> tuple[Shape, ...] | None:
        parts = node.parts if isinstance(node, Chain) else (node,)
        for place, part in enumerate(parts):
            if not isinstance(part, Choice) or len(part.parts) > _BRANCHES:
                continue
            if lengths(part)[0] < _BRANCH:
                continue
            found: list[Shape] = []
            for branch in part.parts:
                whole = _chain((*parts[:place], branch, *parts[place + 1 :]))
                shapes = self.shapes_of(whole, depth - 1)
                if shapes is None:
                    return None
                found += shapes
            return tuple(dict.fromkeys(found))
        return None


def rendered(node: Node) -> str:
    """`node` as a pattern."""
    if isinstance(node, Chars):
        return class_of(node.mask)
    if isinstance(node, Start):
        return "^"
    if isinstance(node, Chain):
        return "".join(map(rendered, node.parts))
    if isinstance(node, Choice):
        return f"(?:{'|'.join(map(rendered, node.parts))})"
    most = "" if node.most is None else node.most
    return f"(?:{rendered(node.part)}){{{node.least},{most}}}"


def branches(node: Node) -> list[str]:
    """`node` as patterns, taken apart where it begins with a choice."""
    parts = node.parts if isinstance(node, Chain) else (node,)
    if not parts or not isinstance(parts[0], Choice) or len(parts[0].parts) > 4 * _BRANCHES:
        return [rendered(node)]
    apart = [_chain((branch, *parts[1:])) for branch in parts[0].parts]
    return [one for branch in apart for one in branches(branch)]


def in_lower_case(node: Node) -> Node:
    """What `node` matches, in lower case."""
    if isinstance(node, Chars):
        return Chars(node.mask & ~_CAPITALS | (node.mask & _CAPITALS) << 32)
    if isinstance(node, Start):
        return node
    if isinstance(node, Repeat):
        return Repeat(in_lower_case(node.part), node.least, node.most)
    return type(node)(tuple(map(in_lower_case, node.parts)))


@lru_cache(maxsize=4096)
def class_of(mask: int) -> str:
    """The set of characters as a pattern."""
    if mask.bit_count() == 1:
        return _written(mask.bit_length() - 1)
    ranges = []
    code = 0
    while mask >> code:
        if mask >> code & 1:
            first = code
            while mask >> code + 1 & 1:
                code += 1
            ranges.append(_written(first) + (f"-{_written(code)}" if code > first else ""))
        code += 1
    return f"[{''.join(ranges)}]" if ranges else r"[^\x00-\x{10ffff}]"


def _written(code: int) -> str:
    character = chr(code)
    return character if character.isalnum() else rf"\x{code:02x}"


def _chain(parts: tuple[Node, ...]) -> Node:
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Chain) else (part,))
    return Chain(tuple(flat))


def _is_numeric(node: Node) -> bool:
    """True for digits and what stands between them: many patterns share a shape of the library."""
    mask = alphabet(node)
    return mask & _DIGITS == _DIGITS and not mask & _LETTERS


def _literal(node: Node) -> tuple[float, Node]:
    """The rarest stretch of `node` that is of few states, and how much it says, in bits."""
    parts = node.parts if isinstance(node, Chain) else (node,)
    best: tuple[float, Node] = (0.0, EMPTY)
    place = 0
    while place < len(parts):
        stretch: list[Node] = []
        while place < len(parts) and _narrow(parts[place]):
            stretch.append(parts[place])
            place += 1
        if place < len(parts):
            stretch.append(_head(parts[place]))
            place += 1
        trimmed = _trimmed(stretch)
        bits = sum(map(_bits, trimmed))
        least, most = lengths(chain := _chain(tuple(trimmed)))
        if bits > best[0] and least > 1 and most is not None and most <= LITERAL:
            best = bits, chain
    return best


def _trimmed(stretch: list[Node]) -> list[Node]:
    """Without what says nothing at both ends, and without what need not be said any more."""
    while stretch and _bits(stretch[0]) < 0.3:
        stretch = stretch[1:]
    kept: list[Node] = []
    total = 0.0
    for part in stretch:
        if total >= _PLENTY:
            break
        kept.append(part)
        total += _bits(part)
    while kept and _bits(kept[-1]) < 0.3:
        kept.pop()
    return kept


def _unanchored(node: Node) -> Node:
    """`node` without what may also be the start of the text, at its top."""
    parts = node.parts if isinstance(node, Chain) else (node,)
    return Chain(tuple(part for part in parts if not _may_start(part)))


def _may_start(node: Node) -> bool:
    return isinstance(node, Start) or (
        isinstance(node, Choice) and any(map(_may_start, node.parts))
    )


@lru_cache(maxsize=4096)
def _narrow(node: Node) -> bool:
    """True if `node` is of few states: no long run of a class within."""
    if isinstance(node, Chars | Start):
        return True
    if isinstance(node, Repeat):
        return node.most is not None and node.most <= _REPEATED and _narrow(node.part)
    return all(map(_narrow, node.parts))


def _head(node: Node) -> Node:
    """How `node` begins, as far as it is narrow."""
    if _narrow(node):
        return node
    if isinstance(node, Repeat):
        if not node.least:
            return EMPTY
        if _narrow(node.part):
            times = min(node.least, _REPEATED) if _bits(node.part) >= 1.0 else 0
            return Repeat(node.part, times, times) if times else EMPTY
        return _head(node.part)
    if isinstance(node, Choice):
        return Choice(tuple(map(_head, node.parts)))
    kept: list[Node] = []
    for part in node.parts if isinstance(node, Chain) else ():
        kept.append(_head(part))
        if not _narrow(part):
            break
    return _chain(tuple(kept))


@lru_cache(maxsize=4096)
def _bits(node: Node) -> float:
    """How much `node` says at the least."""
    if isinstance(node, Start):
        return _RARE
    if isinstance(node, Chars):
        return _bits_of(node.mask)
    if isinstance(node, Repeat):
        return node.least * _bits(node.part)
    if isinstance(node, Chain):
        return sum(map(_bits, node.parts))
    return max(0.0, -math.log2(sum(2 ** -_bits(part) for part in node.parts)))


@lru_cache(maxsize=4096)
def _bits_of(mask: int) -> float:
    likely = 0.0
    rest = mask & EVERY
    for characters, bits in _BITS:
        group = mask_of(characters)
        likely += (rest & group).bit_count() * 2**-bits
        rest &= ~group
    likely += rest.bit_count() * 2**-_RARE
    return max(0.0, -math.log2(likely)) if likely else 99.0
