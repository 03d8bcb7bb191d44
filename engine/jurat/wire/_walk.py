"""Every string of a body is a text to scan, but for what a format's table names.

A table is a tree of `Node`s beside the body. What the table does not know is scanned, with the
numbers in it that are long enough to mean someone (`MIN_DIGITS`): a card number that a tool gets
as a number is still a card number.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jurat.canon import is_plain_name
from jurat.model import Text, Unscanned

from ._parse import MAX_DEPTH, TOO_DEEP, InputError
from ._pointer import member

Where = Literal["message", "tool_call", "tool_result", "tool_schema", "metadata", "other"]
Media = Literal["images", "audio", "files"]

MIN_DIGITS = 7
_SHORT = 10 ** (MIN_DIGITS - 1)
_NUMBERS = (int, float)

_ID = re.compile(r"(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9_.:/@+-]{0,255}\Z", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}\Z", re.ASCII)
_OPAQUE = re.compile(r"(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9+/_=-]*\Z", re.ASCII)
_DATA_URL = re.compile(r"data:([a-z]+)/[\w.+-]*(?:;[\w=.+-]+)*;base64,", re.ASCII | re.IGNORECASE)
_MEDIA: dict[str, Media] = {"image": "images", "audio": "audio"}


@dataclass(slots=True)
class Node:
    """What a format's table knows about one place in a body.

    `leaf` says what a string there is: `text`; `json` text; `words` (an enumeration: a value of
    `words` is not scanned, any other is); `id` (a name that the provider or its client made up,
    not scanned where it looks like one); `opaque` (a signature or ciphertext that no one reads).
    `media` counts what can't be scanned there; a base64 blob is counted and not scanned, a URL is
    both. `types` are other nodes for objects by their `type`; `message` marks an object whose
    `role` holds for what is in it, `role` says it where the body does not. Keys beneath go to
    `keys`, list items to `items`, all else to `rest`. `numbers`: whether long numbers are texts.
    """

    leaf: Literal["text", "json", "words", "id", "opaque"] = "text"
    words: frozenset[str] = frozenset()
    where: Where | None = None
    media: Media | None = None
    message: bool = False
    role: str = ""
    numbers: bool = True
    keys: dict[str, "Node"] = field(default_factory=dict)
    types: dict[str, "Node"] = field(default_factory=dict)
    items: "Node | None" = None
    rest: "Node | None" = None


ANY = Node()


def words(*values: str) -> Node:
    """An enumeration."""
    return Node("words", frozenset(values))


ID = Node("id")
OPAQUE = Node("opaque")
NUMBER = Node(numbers=False)


class Walk:
    """Collects the texts of one body, in document order, and counts what can't be scanned."""

    def __init__(self) -> None:
        self.texts: list[Text] = []
        self.images = self.audio = self.files = 0

    def unscanned(self, *, tokens: int) -> Unscanned:
        return Unscanned(images=self.images, audio=self.audio, files=self.files, tokens=tokens)

    def visit(self, value: Any, at: str, node: Node, where: Where, role: str, depth: int) -> None:
        """Collects what is in `value`, which stands at the pointer `at`."""
        kind = type(value)
        if node.role:
            role = node.role
        if kind is str:
            self._string(value, at, node, where, role)
        elif value is None or kind is bool:
            return
        elif kind is int or kind is float or isinstance(value, int | float):
            if isinstance(value, float) and not math.isfinite(value):
                raise InputError(at, "not a finite number", "NaN and Infinity have no JSON form")
            if node.numbers and (text := number_text(value)):
                self.texts.append(Text(at, text, node.where or where, role))
        elif isinstance(value, Mapping):
            self._object(value, at, node, where, role, depth)
        elif isinstance(value, list | tuple):
            if depth >= MAX_DEPTH:
                raise InputError(*_problem(TOO_DEEP))
            below = node.items or node.rest or ANY
            if value and type(value[0]) in _NUMBERS and _is_vector(value, below.numbers):
                return
            where = node.where or where
            for index, item in enumerate(value):
                self.visit(item, f"{at}/{index}", below, where, role, depth + 1)
        elif isinstance(value, str):
            self._string(str(value), at, node, where, role)
        else:
            raise InputError(at, "has no JSON form", "send strings, numbers, lists and objects")

    def _object(
        self, value: Mapping[Any, Any], at: str, node: Node, where: Where, role: str, depth: int
    ) -> None:
        if depth >= MAX_DEPTH:
            raise InputError(*_problem(TOO_DEEP))
        where = node.where or where
        if node.types and isinstance(type_ := value.get("type"), str):
            node = node.types.get(type_, node)
            where = node.where or where
            role = node.role or role
        if node.message:
            given = value.get("role")
            role = given if isinstance(given, str) else ""
            where = "tool_result" if role in ("tool", "function") else "message"
        keys, rest = node.keys, node.rest or ANY
        for index, (key, item) in enumerate(value.items()):
            if type(key) is not str:
                raise InputError(at, "has a key that is not a string")
            if not is_plain_name(key):
                self.texts.append(Text(f"{at}/#{index}#", key, where, role))
            below = keys.get(key, rest)
            self.visit(item, member(at, key, index), below, where, role, depth + 1)

    def _string(self, value: str, at: str, node: Node, where: Where, role: str) -> None:
        leaf = node.leaf
        if node.media:
            self._count(node.media)
            if _is_blob(value, bare=leaf == "opaque"):
                return
        elif value[:5].lower() == "data:" and (found := _DATA_URL.match(value)):
            main = found[1].lower()
            self._count(_MEDIA.get(main, "files"))
            if main != "text" and _BASE64.match(value, found.end()):
                return
        if leaf == "words" and value in node.words:
            return
        if leaf == "id" and _ID.match(value):
            return
        if leaf == "opaque" and _OPAQUE.match(value):
            return
        kind: Literal["text", "json"] = "json" if leaf == "json" else "text"
        self.texts.append(Text(at, value, node.where or where, role, kind))

    def _count(self, media: Media) -> None:
        setattr(self, media, getattr(self, media) + 1)


def number_text(value: float) -> str:
    """The text of a number that is long enough to be scanned, else an empty string."""
    if type(value) is int:
        if -_SHORT < value < _SHORT:
            return ""
        # Beyond what a provider reads as an integer: as a float, which str() never refuses.
        return str(value) if -(2**63) <= value < 2**64 else _float_text(value)
    text = repr(float(value))
    return text if sum(map(str.isdigit, text)) >= MIN_DIGITS else ""


def _float_text(value: int) -> str:
    try:
        return repr(float(value))
    except OverflowError:
        return hex(value)


def _is_vector(value: list[Any] | tuple[Any, ...], numbers: bool) -> bool:
    """True for a list of nothing but numbers, and none of them a text: a quick way past it."""
    kinds = set(map(type, value))
    if kinds == {int}:
        return not numbers or (min(value) > -_SHORT and max(value) < _SHORT)
    return kinds == {float} and not numbers and all(map(math.isfinite, value))


def _is_blob(value: str, *, bare: bool) -> bool:
    """True for base64 in a data URL, or by itself where `bare`."""
    found = _DATA_URL.match(value) if value[:5].lower() == "data:" else None
    start = found.end() if found else 0
    return (bare or start > 0) and _BASE64.match(value, start) is not None


def _problem(problem: Any) -> tuple[str, str, str]:
    return problem.at, problem.message, problem.help
