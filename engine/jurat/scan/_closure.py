"""What a text may end in while it may still become a match: the prefixes of a pattern.

`prefixes(pattern)` is a pattern (RE2 syntax) of everything that a match of `pattern` may begin
with, the whole match included. Under `\\z` it finds the earliest place of a text from which a
match may still be going on: that much of a stream must wait, and no more. It is derived from the
pattern's parse tree, so that no pattern has a hand-written prefix that may be wrong.

What has no width (`\\b`, `^`) is left out, which lets more be a prefix, never less. What a
pattern looks ahead at counts as part of it: the match is not sure before.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

HEAD = 2
"""A pattern's boundary before its group `value`, of at most so many characters, is not waited
for: it is never part of what is redacted."""

MANY = 14

_CLASS = re.compile(
    r"\[\^?\]?(?:\[:\^?\w+:\]|\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\.|[^\]\\])*\]", re.DOTALL
)
_ESCAPED = re.compile(
    r"\\(?:[pP]\{[^}]*\}|[pP].|x\{[^}]*\}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|0[0-7]{0,2}|.)",
    re.DOTALL,
)
_COUNTED = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])")
_NAMED = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
_OF_NO_WIDTH = frozenset("AzZbBG")


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a pattern. `kind`: `one` character (`source`), `seq`, `alt`, `repeat` of its one
    part `least` to `most` times, `flags` (`source`) over its one part, `value` (the group), or
    `ahead` (looked at, not consumed)."""

    kind: str
    parts: tuple["Node", ...] = ()
    source: str = ""
    least: int = 0
    most: int | None = 0


_NOTHING = Node("seq")


def parse(pattern: str) -> Node:
    """The parse tree of `pattern`. Raises ValueError for what is no regular language (a
    back-reference, recursion, a condition) or not understood."""
    parser = _Parser(pattern)
    node = parser.alternatives()
    if parser.place != len(pattern):
        raise ValueError("a parenthesis too many")
    return node


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


class _Parser:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0
        self._flags: tuple[str, ...] = ()  # set within the present group

    def alternatives(self) -> Node:
        outer, self._flags = self._flags, ()
        found = [self._sequence()]
        while self._take("|"):
            found.append(_flagged(self._sequence(), self._flags))
        self._flags = outer
        return found[0] if len(found) == 1 else Node("alt", tuple(found))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        text = self.pattern
        while self.place < len(text) and text[self.place] not in "|)":
            flags = _FLAGS.match(text, self.place)
            if flags is not None and flags[3] == ")":  # to the end of the group
                self.place = flags.end()
                # for this branch here, for those that follow in `alternatives`
                self._flags = (_flag(flags), *self._flags)
                parts.append(_flagged(self._sequence(), (_flag(flags),)))
            elif text.startswith(r"\Q", self.place):
                end = text.find(r"\E", self.place)
                quoted = text[self.place + 2 : end if end >= 0 else len(text)]
                self.place = end + 2 if end >= 0 else len(text)
                ones = [Node("one", source=re.escape(c)) for c in quoted]
                parts += [*ones[:-1], *map(self._repeated, ones[-1:])]
            else:
                parts.append(self._repeated(self._atom()))
        return parts[0] if len(parts) == 1 else Node("seq", tuple(parts))

    def _repeated(self, node: Node) -> Node:
        text = self.pattern
        while self.place < len(text):
            sign = text[self.place]
            if sign in "*+?":
                self.place += 1
                least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
            elif counted := _COUNTED.match(text, self.place):
                self.place = counted.end()
                least = int(counted[1])
                most = least if not counted[2] else int(counted[3]) if counted[3] else None
            else:
                break
            if self.place < len(text) and text[self.place] in "?+":  # lazy, possessive
                self.place += 1
            if node.kind != "ahead" and node is not _NOTHING:
                node = Node("repeat", (node,), least=least, most=most)
        return node

    def _atom(self) -> Node:
        text = self.pattern
        sign = text[self.place]
        if sign == "(":
            return self._group()
        if sign == "[":
            found = _CLASS.match(text, self.place)
            if found is None:
                raise ValueError("a class without its end")
            self.place = found.end()
            return Node("one", source=found[0])
        if sign == "\\":
            escaped = _ESCAPED.match(text, self.place)
            if escaped is None:
                raise ValueError("a backslash at the end")
            self.place = escaped.end()
            letter = escaped[0][1]
            if letter in _OF_NO_WIDTH:
                return _NOTHING
            if letter in "123456789gkKRXE" or letter == "u":
                raise ValueError(f"{escaped[0]} has no prefixes of its own")
            return Node("one", source=escaped[0])
        self.place += 1
        if sign in "^$":
            return _NOTHING
        if sign in "*+?":
            raise ValueError("a repeat of nothing")
        return Node("one", source="." if sign == "." else re.escape(sign))

    def _group(self) -> Node:
        text = self.pattern
        if not text.startswith("(?", self.place):
            self.place += 1
            return self._closed(self.alternatives())
        for sign, kind in (
            ("(?=", "ahead"),
            ("(?!", "ahead"),
            ("(?<=", "behind"),
            ("(?<!", "behind"),
        ):
            if text.startswith(sign, self.place):
                self.place += len(sign)
                inner = self._closed(self.alternatives())
                return Node("ahead", (inner,)) if kind == "ahead" else _NOTHING
        if text.startswith("(?>", self.place):
            self.place += 3
            return self._closed(self.alternatives())
        if named := _NAMED.match(text, self.place):
            self.place = named.end()
            inner = self._closed(self.alternatives())
            return Node("value", (inner,)) if named[1] == "value" else inner
        if flags := _FLAGS.match(text, self.place):
            self.place = flags.end()
            inner = self._closed(self.alternatives())
            return _flagged(inner, (_flag(flags),))
        raise ValueError("a group that is not understood")

    def _closed(self, node: Node) -> Node:
        if not self._take(")"):
            raise ValueError("a parenthesis too few")
        return node

    def _take(self, sign: str) -> bool:
        if self.pattern.startswith(sign, self.place):
            self.place += 1
            return True
        return False


def _flagged(node: Node, flags: Iterable[str]) -> Node:
    for source in flags:
        node = Node("flags", (node,), source) if source else node
    return node


def _flag(match: "re.Match[str]") -> str:
    """The flags that change what matches, as RE2 writes them. Raises ValueError for others."""
    on, off = match[1], match[2] or ""
    if not set(on + off) <= set("imsU"):
        raise ValueError("a flag that is not understood")
    kept = "".join(flag for flag in on if flag in "is")
    dropped = "".join(flag for flag in off if flag in "is")
    return kept + (f"-{dropped}" if dropped else "")


def value_on(node: Node, head: int | None = HEAD) -> Node:
    """`node` from its group `value` on, where what stands before is of at most `head` characters
    (None: whatever it is); else without the boundary that it begins with."""
    if node.kind == "flags":
        return replace(node, parts=(value_on(node.parts[0], head),))
    if node.kind == "alt":
        return replace(node, parts=tuple(value_on(part, head) for part in node.parts))
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
                return f"(?:{node.source})?"
            case "seq" | "value":
                return self._of_sequence((node,))
            case "alt":
                return f"(?:{'|'.join(map(self.prefixes, node.parts))})"
            case "repeat":
                return self._of_repeat(node)
            case "flags":
                return f"(?{node.source}:{self.prefixes(node.parts[0])})"
            case _:
                return self.prefixes(node.parts[0])

    def _whole(self, node: Node) -> str:
        match node.kind:
            case "one":
                return node.source
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
            case "flags":
                return f"(?{node.source}:{self._whole(node.parts[0])})"
            case "ahead":
                return ""
            case _:
                return f"(?:{self._whole(node.parts[0])})"

    def _of_repeat(self, node: Node) -> str:
        (part,) = node.parts
        if node.most == 0 or width(part) == 0:
            return "(?:)"
        if part.kind == "one":
            return f"(?:{part.source}){_times(0, self._far(part, node.most))}"
        last = self.prefixes(part)
        if node.most == 1:
            return last
        before = None if node.most is None else node.most - 1
        return f"(?:{self._whole(part)}){_times(0, self._far(part, before))}{last}"

    def _of_sequence(self, parts: Sequence[Node]) -> str:
        made = ""
        for part in reversed(list(flat(parts))):
            if part.kind == "one":
                made = f"(?:{part.source}{made})?"
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
