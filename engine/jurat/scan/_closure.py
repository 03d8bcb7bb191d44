"""What a text may end in while it may still become a match: the prefixes of a pattern.

`prefixes(pattern)` is a pattern (RE2 syntax) of everything that a match of `pattern` may begin
with, the whole match included. Under `\\z` it finds the earliest place of a text from which a
match may still be going on: that much of a stream must wait, and no more. It is derived from the
pattern's parse tree, so that no pattern has a hand-written prefix that may be wrong.

What has no width (`\\b`, `^`) is left out, which lets more be a prefix, never less. What a
pattern looks ahead at counts as part of it: the match is not sure before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ._derive import class_of
from ._syntax import Chain, Chars, Choice, Marked, Repeat, Start, Whole, parse_whole

HEAD = 2
"""A pattern's boundary before its group `value`, of at most so many characters, is not waited
for: it is never part of what is redacted."""

MANY = 14


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a pattern. `kind`: `one` character (of `mask`, as in `_syntax`), `seq`, `alt`,
    `repeat` of its one part `least` to `most` times, `value` (the group), or `ahead` (looked at,
    not consumed)."""

    kind: str
    parts: tuple["Node", ...] = ()
    mask: int = 0
    least: int = 0
    most: int | None = 0


_NOTHING = Node("seq")


def parse(pattern: str) -> Node:
    """The parse tree of `pattern`. Raises ValueError for what is no regular language (a
    back-reference, recursion, a condition) or not understood."""
    return _of(parse_whole(pattern))


def _of(node: Whole) -> Node:
    match node:
        case Chars(mask):
            return Node("one", mask=mask)
        case Start():
            return _NOTHING
        case Chain(parts):
            return Node("seq", tuple(map(_of, parts)))
        case Choice(parts):
            return Node("alt", tuple(map(_of, parts)))
        case Marked(part, kind):
            return Node(kind, (_of(part),))
        case Repeat(part, least, most):
            repeated = _of(part)
            if repeated.kind == "ahead":
                return repeated
            return Node("repeat", (repeated,), least=least, most=most)


def prefixes(pattern: str) -> str:
    """A pattern of what a match of `pattern` may begin with, from its value on. Raises ValueError
    as `parse` does."""
    return prefixes_of(value_on(parse(pattern)))


def prefixes_of(node: Node, few: int | None = None) -> str:
    """A pattern of what a match of `node` may begin with. With `few`, repeats of one character
    count no further than that, and repeats of more not beyond `MANY`; with 0 none counts."""
    return _Writer(few).prefixes(node)


def longest(pattern: str) -> int | None:
    """The most characters that a match of `pattern` has from its value on; None if unbounded."""
    return width(value_on(parse(pattern)))


def value_on(node: Node, head: int | None = HEAD) -> Node:
    """`node` from its group `value` on, where what stands before is of at most `head` characters
    (None: whatever it is); else without the boundary that it begins with."""
    if node.kind == "alt":
        return Node("alt", tuple(value_on(part, head) for part in node.parts))
    if node.kind != "seq":
        return node
    for index, part in enumerate(node.parts):
        if has_value(part):
            before = node.parts[:index]
            if head is None or _short(before):
                return Node("seq", (value_on(part, head), *node.parts[index + 1 :]))
            if _short(before[:1]) and may_be_empty(before[0]):
                return Node("seq", node.parts[1:])
    return node


def _short(parts: tuple[Node, ...]) -> bool:
    most = width(Node("seq", parts))
    return most is not None and most <= HEAD


def may_be_empty(node: Node) -> bool:
    """True if `node` matches the empty text somewhere."""
    match node.kind:
        case "one":
            return False
        case "alt":
            return any(map(may_be_empty, node.parts))
        case "repeat":
            return node.least == 0 or may_be_empty(node.parts[0])
        case _:
            return all(map(may_be_empty, node.parts))


def has_value(node: Node) -> bool:
    return node.kind == "value" or any(map(has_value, node.parts))


def width(node: Node) -> int | None:
    """The most characters that `node` matches or looks at; None if unbounded."""
    if node.kind == "one":
        return 1
    widths = [width(part) for part in node.parts]
    known = [most for most in widths if most is not None]
    if node.kind == "repeat":
        if known == [0] or node.most == 0:
            return 0
        return known[0] * node.most if known and node.most is not None else None
    if len(known) < len(widths):
        return None
    return max(known, default=0) if node.kind == "alt" else sum(known)


class _Writer:
    """Writes prefixes. Repeats that count no further than they must (see `prefixes_of`) let more
    be a prefix and need far fewer states."""

    def __init__(self, few: int | None) -> None:
        self._few = few

    def prefixes(self, node: Node) -> str:
        match node.kind:
            case "one":
                return f"(?:{class_of(node.mask)})?"
            case "seq" | "value":
                return self._of_sequence((node,))
            case "alt":
                return f"(?:{'|'.join(map(self.prefixes, node.parts))})"
            case "repeat":
                return self._of_repeat(node)
            case _:
                return self.prefixes(node.parts[0])

    def _whole(self, node: Node) -> str:
        match node.kind:
            case "one":
                return class_of(node.mask)
            case "seq":
                return "".join(map(self._whole, node.parts))
            case "alt":
                return f"(?:{'|'.join(map(self._whole, node.parts))})"
            case "repeat":
                inner = self._whole(node.parts[0])
                if not inner or node.most == 0:
                    return ""
                most = self._far(node.parts[0], node.most)
                least = node.least if most is not None else min(node.least, 1)
                return f"(?:{inner}){_times(least, most)}"
            case "ahead":
                return ""
            case _:
                return f"(?:{self._whole(node.parts[0])})"

    def _of_repeat(self, node: Node) -> str:
        (part,) = node.parts
        if node.most == 0 or width(part) == 0:
            return "(?:)"
        if part.kind == "one":
            return f"(?:{class_of(part.mask)}){_times(0, self._far(part, node.most))}"
        last = self.prefixes(part)
        if node.most == 1:
            return last
        before = None if node.most is None else node.most - 1
        return f"(?:{self._whole(part)}){_times(0, self._far(part, before))}{last}"

    def _of_sequence(self, parts: Sequence[Node]) -> str:
        made = ""
        for part in reversed(list(flat(parts))):
            if part.kind == "one":
                made = f"(?:{class_of(part.mask)}{made})?"
            elif part.kind == "ahead":
                made = f"(?:{self.prefixes(part)}|{made})"
            elif width(part) != 0:
                made = f"(?:{self.prefixes(part)}|{self._whole(part)}{made})"
        return made or "(?:)"

    def _far(self, part: Node, most: int | None) -> int | None:
        if most is None or self._few is None:
            return most
        many = MANY if self._few else 0
        return most if most <= (self._few if part.kind == "one" else many) else None


def flat(parts: Sequence[Node]) -> Iterator[Node]:
    """`parts` with sequences within them resolved: what follows them is written once then."""
    for part in parts:
        while part.kind == "value":
            (part,) = part.parts
        if part.kind == "seq":
            yield from flat(part.parts)
        else:
            yield part


def _times(least: int, most: int | None) -> str:
    if most is None:
        return {0: "*", 1: "+"}.get(least, f"{{{least},}}")
    return f"{{{least},{most}}}"
