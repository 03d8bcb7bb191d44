"""Params of a rule kind: its documented examples, and what else its model of params takes."""

import inspect
import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from jurat.bundle.source import SourceFile, parse
from jurat.canon import format_duration, parse_duration
from jurat.plugin import RuleKind

_EXAMPLE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
# Tried for a field that no example has: what does not fit is left out.
_ANYTHING: tuple[Any, ...] = (True, False, 1, 10, "30d", "1d", "owner", "gpt-4.1", [], None)
_MIXED = 40  # how many changes of several fields are tried
_FIRST = 12  # changes of one field that are mixed


def documented(kind: RuleKind) -> list[dict[str, Any]]:
    """The rules in the documentation of a kind."""
    found: list[dict[str, Any]] = []
    for block in _EXAMPLE.findall(inspect.cleandoc(type(kind).__doc__ or "")):
        tree, problems = parse(SourceFile("rules/r.yaml", block))
        plain = None if tree is None or problems else tree.plain()
        for rule in plain if isinstance(plain, list) else ():
            if isinstance(rule, dict) and rule.get("kind") == kind.name:
                found.append(rule)
    return found


def changed(kind: RuleKind, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """`params` with one field changed, left out or added: most of them fit the kind, some don't."""
    schema = kind.Params.model_json_schema()
    for name, value in params.items():
        yield {other: inner for other, inner in params.items() if other != name}
        for near in _near(value):
            yield {**params, name: near}
    for name, told in schema.get("properties", {}).items():
        for word in (*_words(told), *(() if name in params else _ANYTHING)):
            if params.get(name) != word:
                yield {**params, name: word}


def mixed(
    params: Mapping[str, Any], changes: list[Mapping[str, Any]], random: Random
) -> Iterator[dict[str, Any]]:
    """`params` with two or three of the changes at once."""
    if len(changes) < 2:
        return
    for _ in range(_MIXED):
        made = dict(params)
        for one in random.sample(changes, min(len(changes), random.choice((2, 3)))):
            for name in params.keys() | one.keys():
                if name not in one:
                    made.pop(name, None)
                elif one[name] != params.get(name):
                    made[name] = one[name]
        yield made


def _words(told: Any) -> Iterator[Any]:
    """The words that a schema lists: of the field itself, or of the items of a list."""
    for option in (told, *told.get("anyOf", ())):
        yield from option.get("enum", ())
        for word in option.get("items", {}).get("enum", ()):
            yield [word]


def _near(value: Any) -> Iterator[Any]:
    match value:
        case bool():
            yield not value
        case int():
            yield from (value + 1, value - 1, value * 2)
        case str():
            try:
                length = parse_duration(value)
            except ValueError:
                return
            yield from (format_duration(length * 2), format_duration(length / 2))
        case list():
            yield value[:1]
            yield value[1:]
            yield list(reversed(value))
            for at, inner in enumerate(value):
                for near in _near(inner):
                    yield [*value[:at], near, *value[at + 1 :]]
        case dict():
            for name, inner in value.items():
                yield {other: kept for other, kept in value.items() if other != name}
                for near in _near(inner):
                    yield {**value, name: near}
