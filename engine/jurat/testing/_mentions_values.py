"""From words to values: what a search sets a field to."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice, permutations
from typing import Any

from jurat.canon import format_time

from ._mentions_fields import Field, fits
from ._mentions_near import STEP, near_network, near_number, near_text, near_time
from ._mentions_words import Words

_MOST = 96  # values of one field
_LENGTH = 6  # items of a list that is made up
_LONGEST = 64  # where a rule says how many
_TOOLS = ("function", "hosted", "mcp")
_ELSEWHERE = ("203.0.113.9", "2001:db8::9")  # RFC 5737, RFC 3849
_VERSIONS = ("1.3", "1.2", "1.1", "1.0")  # of TLS, which rules compare by their own order


def values_of(
    input: str,
    field: Field,
    said: Words,
    sent: Iterable[Any],
    vocabulary: Iterable[str],
    now: datetime,
) -> tuple[Any, ...]:
    """The values for a field: those that were `sent` first, then those that are said of it with
    their neighbours, null at the end. Each fits the field."""
    found: list[Any] = []
    for value in (*sent, *_made(field, said, tuple(vocabulary), now), None):
        if all(value is not one and value != one for one in found) and fits(
            input, field.pointer, value
        ):
            found.append(value)
        if len(found) == _MOST:
            break
    return tuple(found)


def _made(field: Field, said: Words, vocabulary: tuple[str, ...], now: datetime) -> Iterator[Any]:
    match field.sort:
        case "flag":
            yield from (True, False)
        case "number":
            for number in said.numbers or (0, 1):
                yield from near_number(number)
        case "real":
            yield from (0.0, 1.0, *map(float, said.numbers))
        case "time":
            yield from _times(said, now)
        case "ip":
            for network in said.networks:
                yield from near_network(network)
            yield from _ELSEWHERE
        case "text":
            yield from _texts(field, said, vocabulary)
        case "texts":
            yield from _lists(field, said, vocabulary)
        case "map":
            yield from _maps(field, said)
        case "objects":
            yield from _objects(field, said)


def _times(said: Words, now: datetime) -> Iterator[str]:
    for limit in said.durations:
        yield from near_time(now, limit)
    for time in said.times:
        for step in (timedelta(), -STEP, STEP):
            yield format_time(time + step)
    yield from near_time(now, timedelta())
    yield from near_time(now, timedelta(days=1))
    yield from near_time(now, timedelta(days=4000))


def _texts(field: Field, said: Words, vocabulary: tuple[str, ...]) -> Iterator[str]:
    if field.words:
        yield from field.words
        return
    if field.path[-1] == "tls_version":
        yield from _VERSIONS
    yield from said.texts
    for text in islice(said.texts, 12):
        yield from near_text(text)
    yield from vocabulary
    yield f"unlisted-{field.vocabulary or field.path[-1]}".replace("_", "-")


def _lists(field: Field, said: Words, vocabulary: tuple[str, ...]) -> Iterator[list[str]]:
    words = tuple(dict.fromkeys((*field.words, *said.texts, *vocabulary)))
    if field.path[-1] in ("networks", "forwarded_for"):
        words = tuple(said.networks)
        if field.path[-1] == "forwarded_for":
            words = tuple(ip for network in words for ip in near_network(network))
    yield []
    for word in words[:24]:
        yield [word]
    yield list(words[:2])
    yield list(words[:_LENGTH])
    for size in _sizes(said):
        yield [*words[:size], *(f"item-{number}" for number in range(len(words), size))]
    for word in words[:6]:
        for near in near_text(word):
            yield [near]


def _sizes(said: Words) -> Iterator[int]:
    """Around the numbers that are said of a list: they are about how many items it has."""
    for number in said.numbers:
        yield from (size for size in (number, number - 1, number + 1) if 1 < size <= _LONGEST)


def _maps(field: Field, said: Words) -> Iterator[dict[str, str]]:
    yield {}
    words = tuple(islice(said.texts, 6))
    for key, value in permutations(words, 2):  # one may be a key, and another what is asked of it
        yield {key: value}
    for key in words:
        yield {key: "x"}
    for known in said.maps:
        yield known
        for name in known:
            yield {**known, name: f"{known[name]}-2"}
            yield {other: value for other, value in known.items() if other != name}


def _objects(field: Field, said: Words) -> Iterator[list[dict[str, Any]]]:
    yield []
    names = set(field.model.model_fields) if field.model is not None else set()
    if "kind" in names and "server" in names:
        for text in islice(said.texts, 24):
            for tool in _tools(text):
                yield [tool]
        for size in _sizes(said):
            yield [{"kind": "function", "name": f"tool-{number}"} for number in range(size)]


def _tools(text: str) -> Iterator[dict[str, Any]]:
    """The tool that a word like `function:name`, `mcp:server/name` or a bare name stands for."""
    kind, colon, name = text.partition(":")
    if text in _TOOLS:
        yield {"kind": text, "name": "x", **({"server": "x"} if text == "mcp" else {})}
        return
    if not colon:
        yield {"kind": "function", "name": text}
        yield {"kind": "mcp", "server": text, "name": "find"}
        yield {"kind": "mcp", "server": "x", "name": "find", "host": text}
        return
    if kind not in _TOOLS:
        return
    for one in dict.fromkeys((name.replace("*", "x"), name, f"{name}2".replace("*", ""))):
        server, slash, tool = one.partition("/")
        if kind == "mcp":
            yield {"kind": kind, "server": server, "name": tool or "x", "host": None}
        elif not slash:
            yield {"kind": kind, "name": one}
