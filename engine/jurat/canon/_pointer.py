"""JSON Pointers (RFC 6901)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

# Words of letters, digits only at their ends: a secret or a person's number looks otherwise.
_PLAIN_NAME = re.compile(
    r"(?=.{1,48}\Z)[$_]?[A-Za-z]+[0-9]{0,4}(?:[_.-](?:[A-Za-z]+[0-9]{0,2}|[0-9]{1,2}))*_?\Z",
    re.ASCII,
)


def is_plain_name(key: str) -> bool:
    """True if an object's key can be shown in a message or a log: it reads like a field's name.

    Keys come with the input as values do, and may hold what must not be told.
    """
    return _PLAIN_NAME.match(key) is not None


def escape(token: str) -> str:
    """`token` as one reference token (RFC 6901 section 3)."""
    return token.replace("~", "~0").replace("/", "~1")


def join(pointer: str, *tokens: str | int) -> str:
    """`pointer` extended by unescaped `tokens`."""
    return pointer + "".join("/" + escape(str(token)) for token in tokens)


def tokens(pointer: str) -> list[str]:
    """The unescaped reference tokens of `pointer`. Raises ValueError if it is none."""
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise ValueError(f"a JSON Pointer is empty or starts with '/': {pointer!r}")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def resolve(document: Any, pointer: str) -> Any:
    """The value at `pointer` in `document` (RFC 6901 section 4). Raises LookupError."""
    value = document
    for token in tokens(pointer):
        if isinstance(value, Mapping):
            value = value[token]
        elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
            if not token.isdecimal() or (len(token) > 1 and token[0] == "0"):
                raise KeyError(token)
            value = value[int(token)]
        else:
            raise KeyError(token)
    return value
