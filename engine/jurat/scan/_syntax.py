"""Reading a pattern: the tree of what it may match, over the bytes of folded text (ASCII).

The tree admits at least what the pattern matches, and whatever reads it may rely on that alone:
looking around and most anchors admit everything, a class of Unicode any character. RE2 syntax is read
whole; of `regex` syntax what needs no more than that. What is none of it raises `Unreadable`.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, cast

EVERY = (1 << 128) - 1
"""A set of characters is an integer: bit n stands for the character of code n."""


class Unreadable(ValueError):
    """Syntax that is not known here."""


class _Hashed:
    """Hashed and measured once: trees are keys all the time."""

    __slots__ = ("_hash", "_lengths")
    _hash: int
    _lengths: tuple[int, int | None]

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            of = [getattr(self, name) for name in type(self).__slots__]
            made = hash((type(self), *of))
            object.__setattr__(self, "_hash", made)
            return made


@dataclass(frozen=True, slots=True)
class Chars(_Hashed):
    """One character of a set."""

    mask: int
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Chain(_Hashed):
    """One after the other; empty: the empty text."""

    parts: "tuple[Node, ...]"
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Choice(_Hashed):
    """Any of them."""

    parts: "tuple[Node, ...]"
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Repeat(_Hashed):
    """`part`, from `least` to `most` times; None: without end."""

    part: "Node"
    least: int
    most: int | None
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Start(_Hashed):
    """The start of the text."""

    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Marked(_Hashed):
    """A part that is told apart in a whole tree: what is looked `ahead` at, or the `value`."""

    part: "Node"
    kind: str
    __hash__ = _Hashed.__hash__


Node: TypeAlias = Chars | Chain | Choice | Repeat | Start
Whole: TypeAlias = Node | Marked
"""A part of a whole tree."""
EMPTY = Chain(())


def mask_of(characters: Iterable[str]) -> int:
    """The set of these characters; those beyond ASCII stand in no folded text."""
    mask = 0
    for character in characters:
        if character < "\x80":
            mask |= 1 << ord(character)
    return mask


def _where(test: "re.Pattern[str]") -> int:
    return mask_of(c for c in map(chr, range(128)) if test.match(c))


_CLASSES = {letter: _where(re.compile(rf"\{letter}", re.ASCII)) for letter in "dws"}
_CLASSES |= {letter.upper(): EVERY & ~mask for letter, mask in _CLASSES.items()}
_POSIX = {
    "alnum": r"[0-9A-Za-z]",
    "alpha": r"[A-Za-z]",
    "ascii": r"[\x00-\x7f]",
    "blank": r"[\t ]",
    "cntrl": r"[\x00-\x1f\x7f]",
    "digit": r"[0-9]",
    "graph": r"[!-~]",
    "lower": r"[a-z]",
    "print": r"[ -~]",
    "punct": r"[!-/:-@\[-`{-~]",
    "space": r"[\t\n\v\f\r ]",
    "upper": r"[A-Z]",
    "word": r"[0-9A-Za-z_]",
    "xdigit": r"[0-9A-Fa-f]",
}
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_SIGNS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_ANCHORS = frozenset("AzZbBGmM")
_HEX = re.compile(r"x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))")
_COUNT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
_FLAGS = re.compile(r"\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])")
_NAMED = re.compile(r"\?P?<(\w+)>")
_AROUND = re.compile(r"\?(?:<?[=!])")
_ATOMIC = re.compile(r"\?>")
_CATEGORY = re.compile(r"[LMNPSZC][a-z]?")
_UPPER = mask_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER = _UPPER << 32


def _of_unicode(name: str, negated: bool) -> int:
    """A general category, within ASCII; any character where the class is another."""
    negated ^= name.startswith("^")
    name = name.removeprefix("^")
    if not _CATEGORY.fullmatch(name):
        return EVERY
    mask = mask_of(c for c in map(chr, range(128)) if unicodedata.category(c).startswith(name))
    return EVERY & ~mask if negated else mask


def parse(pattern: str) -> Node:
    """The tree of `pattern`. Raises Unreadable."""
    return _read(_Reader(pattern))


def parse_whole(pattern: str) -> Whole:
    """The tree of `pattern` with what else streams need to know: `Marked` are the group `value`
    and what is looked ahead at. Raises Unreadable, for a back-reference, too."""
    return _read(_Reader(pattern, whole=True))


def _read(reader: "_Reader") -> Node:
    pattern = reader.pattern
    try:
        node = reader.choice()
    except (ValueError, KeyError) as error:  # a bracket without its end, an unknown class
        raise Unreadable(pattern) from error
    if reader.at < len(pattern):
        raise Unreadable(pattern)
    return node


# a class without the bracket that opens it; of the simple ones
_PLAIN_CLASS = re.compile(r"\^?[0-9A-Za-z ,;:@#%&!~<>_=/*+.'\"$(){}|?`-]+\]")


@lru_cache(maxsize=1024)
def _chars_of(mask: int) -> Chars:
    return Chars(mask)


@lru_cache(maxsize=1024)
def _plain_class(text: str) -> Node:
    return _Reader(text)._class_read()


class _Reader:
    def __init__(self, pattern: str, *, whole: bool = False) -> None:
        self.pattern = pattern
        self.whole = whole
        self.at = 0
        self.any_case = False
        self.any_line = "m" in "".join(flags[1] for flags in _FLAGS.finditer(pattern))
        self.depth = 0

    def choice(self) -> Node:
        self.depth += 1
        if self.depth > 100:
            raise Unreadable("too deep")
        any_case = self.any_case  # a flag holds to the end of its group
        branches = [self._chain()]
        while self._peek() == "|":
            self.at += 1
            branches.append(self._chain())
        self.any_case = any_case
        self.depth -= 1
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _take(self) -> str:
        character = self._peek()
        if not character:
            raise Unreadable(self.pattern)
        self.at += 1
        return character

    def _matched(self, what: "re.Pattern[str]") -> "re.Match[str] | None":
        match = what.match(self.pattern, self.at)
        if match is not None:
            self.at = match.end()
        return match

    def _chain(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in ("", "|", ")"):
            for node in self._atoms():
                # a whole tree keeps groups, by which patterns are compared
                parts += node.parts if isinstance(node, Chain) and not self.whole else (node,)
        return parts[0] if len(parts) == 1 else Chain(tuple(parts))

    def _atoms(self) -> list[Node]:
        if self.pattern.startswith("\\Q", self.at):
            literal, _, _ = self.pattern[self.at + 2 :].partition("\\E")
            self.at += 2 + len(literal)
            if self.pattern.startswith("\\E", self.at):
                self.at += 2
            atoms = [self._chars(mask_of(character)) for character in literal]
            return [*atoms[:-1], self._repeated(atoms[-1])] if atoms else []
        return [self._repeated(self._atom())]

    def _chars(self, mask: int) -> Chars:
        if self.any_case:
            if not self.pattern.isascii():  # some letters beyond ASCII have a case within it
                raise Unreadable(self.pattern)
            mask |= (mask & _UPPER) << 32 | (mask & _LOWER) >> 32
        return _chars_of(mask)

    def _repeated(self, node: Node) -> Node:
        while True:
            least: int
            most: int | None
            sign = self._peek()
            if sign and sign in "*+?":
                self.at += 1
                least, most = _SIGNS[sign]
            elif sign == "{" and (count := self._matched(_COUNT)) is not None:
                least = int(count[1])
                most = least if count[2] is None else int(count[3]) if count[3] else None
                if least > 1000:
                    raise Unreadable(self.pattern)
            else:
                return node
            if self._peek() in ("?", "+"):  # reluctant, possessive
                self.at += 1
            node = Repeat(node, least, most)

    def _atom(self) -> Node:
        character = self._take()
        if character == "(":
            return self._group()
        if character == "[":
            return self._class()
        if character == ".":
            return Chars(EVERY)
        if character == "^":
            return EMPTY if self.any_line else Start()
        if character == "$":
            return EMPTY
        if character == "\\":
            return self._escape()
        if character in _SIGNS:
            raise Unreadable(self.pattern)
        return self._chars(mask_of(character))

    def _group(self) -> Node:
        any_case = self.any_case
        around = ""
        name = ""
        if self._peek() == "?":
            if (flags := self._matched(_FLAGS)) is not None:
                on, off = flags[1], flags[2] or ""
                if set(on + off) - set("imsU"):
                    raise Unreadable(self.pattern)
                self.any_case = (any_case or "i" in on) and "i" not in off
                if flags[3] == ")":
                    return EMPTY
            elif (sign := self._matched(_AROUND)) is not None:
                around = sign[0]
            elif (named := self._matched(_NAMED)) is not None:
                name = named[1]
            elif self._matched(_ATOMIC) is None:
                raise Unreadable(self.pattern)
        node = self.choice()
        if self._take() != ")":
            raise Unreadable(self.pattern)
        self.any_case = any_case
        if self.whole and (name == "value" or (around and "<" not in around)):
            # of another kind than the rest, which only those see that ask for it
            return cast("Node", Marked(node, "value" if name else "ahead"))
        return EMPTY if around else node

    def _escape(self) -> Node:
        letter = self._peek()
        if letter in _ANCHORS and letter:
            self.at += 1
            return EMPTY
        if letter.isdigit() and letter != "0":  # what a group matched
            if self.whole:
                raise Unreadable(self.pattern)
            self.at += 1
            return Repeat(Chars(EVERY), 0, None)
        return self._chars(self._escaped())

    def _escaped(self) -> int:
        """The set that an escape, after its backslash, stands for."""
        if (code := self._matched(_HEX)) is not None:
            number = int(code[1] or code[2], 16)
            if number > 127 and self.any_case:
                raise Unreadable(self.pattern)
            return 1 << number if number < 128 else 0
        letter = self._take()
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter in "pP":
            name = self._take()
            if name == "{":
                end = self.pattern.index("}", self.at)
                name = self.pattern[self.at : end]
                self.at = end + 1
            return _of_unicode(name, letter == "P")
        if letter in _CONTROLS:
            return mask_of(_CONTROLS[letter])
        if letter == "C":
            return EVERY
        if letter.isalnum():
            raise Unreadable(self.pattern)
        return mask_of(letter)

    def _class(self) -> Node:
        match = _PLAIN_CLASS.match(self.pattern, self.at)
        if match is not None and not self.any_case:  # the same ones come again and again
            self.at = match.end()
            return _plain_class(match[0])
        return self._class_read()

    def _class_read(self) -> Node:
        negated = self._peek() == "^"
        self.at += negated
        mask = 0
        first = True
        while first or self._peek() != "]":
            mask |= self._member()
            first = False
        self.at += 1
        chars = self._chars(mask)
        return Chars(EVERY & ~chars.mask) if negated and not self._loose(mask) else chars

    def _loose(self, mask: int) -> bool:
        """A class of Unicode was read as any character: what it leaves out is not known."""
        return mask == EVERY

    def _member(self) -> int:
        if self._peek() == "[":
            kind = self.pattern[self.at : self.at + 2]
            if kind == "[:":
                end = self.pattern.index(":]", self.at)
                name = self.pattern[self.at + 2 : end]
                self.at = end + 2
                mask = _where(re.compile(_POSIX[name.removeprefix("^")]))
                return EVERY & ~mask if name.startswith("^") else mask
            if kind == "[[":
                raise Unreadable(self.pattern)
        low = self._one()
        # a dash that another member follows makes a range
        if self._peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
            start = self.at
            self.at += 1
            high = self._one()
            if low.bit_count() > 1 or high.bit_count() > 1:
                self.at = start
                return low
            if low == 0:
                return 0
            above = high << 1 if high else 1 << 128
            return (above - 1) & ~(low - 1)
        return low

    def _one(self) -> int:
        character = self._take()
        return self._escaped() if character == "\\" else mask_of(character)
