"""Reading a header's fields out of a body: typed, or refused with the pointer of what is wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from jurat.canon import join

from ._parse import InputError

LIMIT = 2**63 - 1
NAME_LIMIT = 1024
ENTRIES = 50_000
"""How many messages, parts of one, tools or names a header may hold."""

# some parsers take a backslash for a slash, and blanks and control characters out
_DOUBTFUL = re.compile(r"[\\\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class Header:
    """What a body says of itself. `contents` tells where the text of each message stands, None
    where it is no text: `tokens` counts those that are lists of token ids."""

    fields: dict[str, Any]
    contents: Sequence[str | None] = ()
    tokens: int = 0


def text(body: Mapping[str, Any], key: str, at: str = "") -> str | None:
    """A short string, null where it is null or not sent."""
    value = body.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise InputError(join(at, key), "must be a string")
    if len(value) > NAME_LIMIT:
        raise InputError(join(at, key), f"longer than {NAME_LIMIT} characters")
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise InputError(join(at, key), "holds a lone surrogate")
    return value


def flag(body: Mapping[str, Any], key: str, at: str = "") -> bool | None:
    value = body.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise InputError(join(at, key), "must be true or false")


def whole(body: Mapping[str, Any], key: str, at: str = "") -> int | None:
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(join(at, key), "must be a whole number")
    if not -LIMIT <= value <= LIMIT:
        raise InputError(join(at, key), "is too large a number")
    return value


def count(body: Mapping[str, Any], key: str, at: str = "") -> int | None:
    value = whole(body, key, at)
    if value is not None and value < 0:
        raise InputError(join(at, key), "must not be negative")
    return value


def number(body: Mapping[str, Any], key: str, at: str = "") -> float | None:
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(join(at, key), "must be a number")
    try:
        return float(value)
    except OverflowError:
        raise InputError(join(at, key), "is too large a number") from None


def mapping(body: Mapping[str, Any], key: str, at: str = "") -> Mapping[str, Any] | None:
    value = body.get(key)
    if value is None or isinstance(value, Mapping):
        return value
    raise InputError(join(at, key), "must be an object")


def objects(body: Mapping[str, Any], key: str, at: str = "") -> list[Mapping[str, Any]] | None:
    """A list of objects, null where it is null or not sent."""
    if body.get(key) is None:
        return None
    value = listed(body, key, at)
    for index, item in enumerate(value):
        if not isinstance(item, Mapping):
            raise InputError(join(at, key, index), "must be an object")
    return value


def listed(body: Mapping[str, Any], key: str, at: str = "") -> list[Any]:
    """A list that is short enough to make entries of a header from."""
    value = body.get(key)
    if not isinstance(value, list | tuple):
        raise InputError(join(at, key), "must be a list")
    bounded(len(value), join(at, key))
    return list(value)


def names(body: Mapping[str, Any], key: str, at: str = "") -> list[str | None] | None:
    """A list of short strings, null where it is null or not sent."""
    if body.get(key) is None:
        return None
    where = join(at, key)
    return [text({str(i): one}, str(i), where) for i, one in enumerate(listed(body, key, at))]


def bounded(count: int, at: str) -> None:
    if count > ENTRIES:
        raise InputError(at, f"has more than {ENTRIES:,} entries", "send fewer in one call")


def choice(body: Mapping[str, Any], key: str, at: str = "") -> str | None:
    """A word, or the `type` of an object that says more than the word."""
    if isinstance(value := body.get(key), Mapping):
        return text(value, "type", join(at, key))
    return text(body, key, at)


def host(url: str | None) -> str | None:
    """The host of a URL, in lower case, with the port where it states one; null where there is no
    URL, `?` where it names no host or parsers may read another one in it. Never the rest: a URL
    may hold a password."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        name, port = parts.hostname, parts.port
    except ValueError:
        return "?"
    if not name or "@" in parts.netloc or _DOUBTFUL.search(url):
        return "?"
    if port is None:
        return name
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def mcp(server: str | None, url: str | None, name: str | None = None) -> dict[str, Any]:
    """A server, or with a `name` one of its tools."""
    return {"name": name, "server": server, "host": host(url), "kind": "mcp"}


def tool(name: str | None, kind: str) -> dict[str, Any]:
    return {"name": name, "server": None, "host": None, "kind": kind}


# What a body says nothing about is known to be absent: the whole body is there.
NO_PARAMS: dict[str, Any] = dict.fromkeys(
    (
        "store",
        "background",
        "stream",
        "max_tokens",
        "n",
        "temperature",
        "top_p",
        "service_tier",
        "reasoning_effort",
        "tool_choice",
        "response_format",
        "conversation",
    )
)
