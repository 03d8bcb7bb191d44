"""Changing every string of a document, in the shape it came."""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from ._edit import Edit
from ._parse import InputError, parse_json

Body = TypeVar("Body", bytes, str, Mapping[str, Any])

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_MAX_BYTES = 2**28


def edit_strings(body: Body, edit: Edit) -> Body:
    """`body` with each of its strings, keys included, as `edit` gives it: bytes, str or mapping.

    A string that holds a JSON document, such as the arguments of a tool call, is edited as one.
    In bytes and str that are JSON only the strings that change are written anew; bytes and str
    that are not are edited as one text. A mapping is not mutated; what does not change is shared.
    """
    if isinstance(body, bytes | bytearray):
        text = bytes(body).decode("utf-8", "surrogateescape")
        made: Any = _of_text(text, edit).encode("utf-8", "surrogateescape")
        return made  # type: ignore[no-any-return]  # bytes in, bytes out
    if isinstance(body, str):
        return _of_text(body, edit)
    return _of_value(body, edit)  # type: ignore[no-any-return]  # a mapping in, a mapping out


def _of_text(text: str, edit: Edit) -> str:
    if not _is_document(text):
        return edit(text)

    def string(match: "re.Match[str]") -> str:
        old = json.loads(match[0], strict=False)
        new = _of_string(old, edit)
        return match[0] if new == old else json.dumps(new)

    return _STRING.sub(string, text)


def _of_value(value: Any, edit: Edit) -> Any:
    if isinstance(value, str):
        return _of_string(value, edit)
    if isinstance(value, Mapping):
        made = {_of_value(key, edit): _of_value(item, edit) for key, item in value.items()}
        same = all(made.get(key) is item for key, item in value.items())
        return value if same else made
    if isinstance(value, list | tuple):
        items = [_of_value(item, edit) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else items
    return value


def _of_string(text: str, edit: Edit) -> str:
    new = edit(text)
    if new == text:
        return text
    return edit(text, holds_json=True) if _is_document(text) else new


def _is_document(text: str) -> bool:
    if text.lstrip(" \t\r\n")[:1] not in ("{", "["):
        return False
    try:
        parse_json(text, max_bytes=_MAX_BYTES)
    except InputError:
        return False
    return True
