"""Changing texts in a body and nothing else in it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeVar

from jurat.canon import tokens

from ._parse import InputError, parse_json
from ._pointer import is_key, position
from ._walk import number_text


class Edit(Protocol):
    """Gives the new text of one. `holds_json`: the text is JSON and must stay so."""

    def __call__(self, text: str, /, *, holds_json: bool = False) -> str: ...


Body = TypeVar("Body", bytes, str, Mapping[str, Any])


def apply_edits(body: Body, edits: Mapping[str, Edit]) -> Body:
    """`body` with the texts at some pointers changed, in the shape it came: bytes, str, mapping.

    In bytes and str only the JSON strings that change are written anew; every other byte stays,
    spacing, key order, escapes and spelling of numbers included. A number that changes becomes a
    string. A mapping is not mutated: what lies on the way to a change is copied, the rest shared.
    A key that changes stays apart from the other keys of its object.

    `edits` maps pointers, as `from_body` and `native_texts` give them, to callables. Raises
    InputError where a pointer leads to no text: then this is not the body that was judged.
    """
    if not edits:
        return body
    tree = _Branch()
    for pointer, edit in edits.items():
        tree.add(pointer, edit)
    if isinstance(body, bytes | bytearray):
        # One character per byte: positions are byte offsets.
        text = bytes(body).decode("latin-1")
        parse_json(bytes(body), max_bytes=len(body))
        out: Any = _spliced(text, tree, binary=True).encode("latin-1")
        return out  # type: ignore[no-any-return]  # bytes in, bytes out
    if isinstance(body, str):
        parse_json(body, max_bytes=4 * len(body))
        return _spliced(body, tree, binary=False)
    return _changed(body, tree)  # type: ignore[no-any-return]  # a mapping in, a mapping out


class _Branch:
    """The edits at and below one place."""

    __slots__ = ("at", "below", "edit", "key_edits", "used")

    def __init__(self, at: str = "") -> None:
        self.at = at
        self.edit: Edit | None = None
        self.below: dict[str, _Branch] = {}
        self.key_edits: dict[int, tuple[str, Edit]] = {}

    def add(self, pointer: str, edit: Edit) -> None:
        branch = self
        parts = tokens(pointer)
        for place, token in enumerate(parts):
            if is_key(token) and place == len(parts) - 1:
                branch.key_edits[int(token[1:-1])] = (pointer, edit)
                return
            branch = branch.below.setdefault(token, _Branch(f"{branch.at}/{token}"))
        branch.edit = edit

    def member(self, key: str, index: int) -> "_Branch | None":
        found = self.below.get(key) if position(key) is None else None
        return found or self.below.get(f"#{index}")

    @property
    def deeper(self) -> bool:
        return bool(self.below or self.key_edits)


def _misses(at: str) -> InputError:
    return InputError(at, "no text stands here", "apply a decision to the body it judged")


def _edited(branch: _Branch, text: str) -> str:
    assert branch.edit is not None
    holds_json = branch.at.endswith("/arguments")
    return branch.edit(text, holds_json=holds_json)


def _renamed(keys: list[str], branch: _Branch) -> dict[int, str]:
    """New keys by index, each apart from every other key of the object."""
    made: dict[int, str] = {}
    for index, (at, edit) in branch.key_edits.items():
        if index >= len(keys):
            raise _misses(at)
        new = edit(keys[index])
        if new == keys[index]:
            continue
        taken = {made.get(i, key) for i, key in enumerate(keys) if i != index}
        made[index] = next(name for name in _variants(new) if name not in taken)
    return made


def _variants(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name} {number}"
        number += 1


# -- mappings ----------------------------------------------------------------------------------


def _changed(value: Any, branch: _Branch) -> Any:
    if isinstance(value, Mapping):
        if branch.edit is not None:
            raise _misses(branch.at)
        return _changed_object(value, branch)
    if isinstance(value, list | tuple):
        if branch.edit is not None or branch.key_edits:
            raise _misses(branch.at)
        items = list(value)
        for token, below in branch.below.items():
            if not token.isdecimal() or int(token) >= len(items):
                raise _misses(below.at)
            items[int(token)] = _changed(items[int(token)], below)
        return items
    if branch.deeper or branch.edit is None:
        raise _misses(_first(branch))
    if isinstance(value, str):
        return _edited(branch, value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = number_text(value)
        new = _edited(branch, text)
        return value if new == text else new
    raise _misses(branch.at)


def _changed_object(value: Mapping[Any, Any], branch: _Branch) -> dict[Any, Any]:
    keys = list(value)
    renamed = _renamed(keys, branch)
    made = {}
    used = 0
    for index, (key, item) in enumerate(value.items()):
        below = branch.member(key, index)
        if below is not None:
            used += 1
            item = _changed(item, below)
        made[renamed.get(index, key)] = item
    if used != len(branch.below):
        raise _misses(_first(branch))
    return made


def _first(branch: _Branch) -> str:
    return next((below.at for below in branch.below.values()), branch.at)


# -- JSON texts --------------------------------------------------------------------------------

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[][{},:]|[^\][{},:"\s]+', re.DOTALL)


def _spliced(text: str, tree: _Branch, *, binary: bool) -> str:
    splice = _Splice(text, binary)
    splice.value(tree)
    return splice.result()


class _Splice:
    """One pass over the tokens of a JSON text that is known to be one."""

    def __init__(self, text: str, binary: bool) -> None:
        self._text = text
        self._binary = binary
        self._tokens = _TOKEN.finditer(text)
        self._changes: list[tuple[int, int, str]] = []

    def result(self) -> str:
        parts: list[str] = []
        last = 0
        for start, end, new in sorted(self._changes):
            parts += (self._text[last:start], new)
            last = end
        parts.append(self._text[last:])
        return "".join(parts)

    def value(self, branch: _Branch | None) -> None:
        self._value(next(self._tokens), branch)

    def _value(self, token: re.Match[str], branch: _Branch | None) -> None:
        first = token[0][0]
        if first in "{[":
            if branch is None:
                self._skip()
            elif branch.edit is not None:
                raise _misses(branch.at)
            elif first == "{":
                self._object(branch)
            else:
                self._list(branch)
        elif branch is not None:
            self._leaf(token, branch)

    def _skip(self) -> None:
        depth = 1
        while depth:
            mark = next(self._tokens)[0]
            if mark in ("{", "["):
                depth += 1
            elif mark in ("}", "]"):
                depth -= 1

    def _object(self, branch: _Branch) -> None:
        keys: list[re.Match[str]] = []
        used = 0
        names: list[str] = []
        while (token := next(self._tokens))[0] != "}":
            if token[0] == ",":
                continue
            keys.append(token)
            names.append(self._string(token))
            next(self._tokens)  # the colon
            below = branch.member(names[-1], len(keys) - 1)
            used += below is not None
            self.value(below)
        if used != len(branch.below):
            raise _misses(_first(branch))
        for index, name in _renamed(names, branch).items():
            self._replace(keys[index], name)

    def _list(self, branch: _Branch) -> None:
        if branch.key_edits:
            raise _misses(branch.at)
        index = used = 0
        while (token := next(self._tokens))[0] != "]":
            if token[0] == ",":
                continue
            below = branch.below.get(str(index))
            used += below is not None
            self._value(token, below)
            index += 1
        if used != len(branch.below):
            raise _misses(_first(branch))

    def _leaf(self, token: re.Match[str], branch: _Branch) -> None:
        if branch.deeper or branch.edit is None:
            raise _misses(_first(branch))
        first = token[0][0]
        if first == '"':
            text = self._string(token)
        elif first in "-0123456789":
            text = number_text(parse_json(token[0]))
        else:
            raise _misses(branch.at)
        new = _edited(branch, text)
        if new != text:
            self._replace(token, new)

    def _string(self, token: re.Match[str]) -> str:
        spelt = token[0]
        if "\\" not in spelt and (not self._binary or spelt.isascii()):
            return spelt[1:-1]
        raw = spelt.encode("latin-1") if self._binary else spelt
        text: str = parse_json(raw, max_bytes=8 * len(raw))
        return text

    def _replace(self, token: re.Match[str], new: str) -> None:
        made = json.dumps(new, ensure_ascii=False)
        if not _encodable(made):
            made = json.dumps(new)
        if self._binary:
            made = made.encode().decode("latin-1")
        self._changes.append((token.start(), token.end(), made))


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
