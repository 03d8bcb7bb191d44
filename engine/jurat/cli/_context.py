"""`--with actor.id=svc-chatbot`: facts from the command line, put where they belong in an input."""

from collections.abc import Iterable
from difflib import get_close_matches
from types import NoneType
from typing import Any, NoReturn, get_args

import click
import orjson
from pydantic import BaseModel

from jurat.model import Model, nested_model

from ._failure import printable

COUNTERS = "counters."
Given = tuple[tuple[str, ...], Any]


def parse(options: Iterable[str], model: type[Model]) -> list[Given]:
    """Each `FACT=VALUE` as path and value, for an input of `model`. Raises click.UsageError."""
    given: list[Given] = []
    for option in options:
        dotted, equals, text = option.partition("=")
        if not equals:
            _fail(f"{option!r} has no value", "write FACT=VALUE, like actor.id=svc-chatbot")
        path = tuple(dotted.strip().split("."))
        hint = _hint(path, model)
        for other, _ in given:
            if path[: len(other)] == other or other[: len(path)] == path:
                _fail(f"{dotted} is given twice", f"keep one of {dotted} and {'.'.join(other)}")
        given.append((path, _value(text, hint)))
    return given


def counters(options: Iterable[str]) -> tuple[list[str], dict[str, int]]:
    """The options that are facts of inputs, and what counters hold before, by key:
    `counters.rate/rpm/actor/svc-1=4999`. Raises click.UsageError for an amount that is none."""
    facts: list[str] = []
    held: dict[str, int] = {}
    for option in options:
        if not option.startswith(COUNTERS):
            facts.append(option)
            continue
        key, _, amount = option.removeprefix(COUNTERS).rpartition("=")
        if not key or not (amount.isascii() and amount.isdigit()):
            _fail(f"{option!r} is no counter", f"write {COUNTERS}KEY=AMOUNT, with a whole amount")
        if key in held:
            _fail(f"{COUNTERS}{key} is given twice", "keep one of them")
        held[key] = int(amount)
    return facts, held


def put(document: dict[str, Any], given: Iterable[Given]) -> dict[str, Any]:
    """`document` with the given facts in it, instead of what it said about them itself."""
    made = dict(document)
    for path, value in given:
        inner = made
        for step in path[:-1]:
            below = inner.get(step)
            if below is not None and not isinstance(below, dict):
                break  # not an object: the engine says so
            inner[step] = below = dict(below or {})
            inner = below
        else:
            inner[path[-1]] = value
    return made


def _hint(path: tuple[str, ...], model: type[Model]) -> Any:
    """The type of the field at `path`. Raises click.UsageError where there is none."""
    current: type[BaseModel] | None = model
    hint: Any = model
    for depth, name in enumerate(path):
        if current is None:
            if depth == len(path) - 1 and name and _is_mapping(hint):
                return str
            _fail(f"{'.'.join(path[:depth])} has no fields", "give its value instead")
        fields = current.model_fields
        if name not in fields:
            near = get_close_matches(name, fields, n=1)
            start = "".join(f"{step}." for step in path[:depth])
            help = f"did you mean {start}{near[0]}?" if near else "there are " + ", ".join(fields)
            _fail(f"there is no fact {'.'.join(path)!r}", help)
        hint = fields[name].annotation
        nested, several = nested_model(hint)
        current = None if several else nested
    return hint


def _is_mapping(hint: Any) -> bool:
    return any(str(arg).startswith("dict[str, str]") for arg in get_args(hint))


def _value(text: str, hint: Any) -> Any:
    """JSON where it is JSON and the field can be something else than text; else the text."""
    try:
        value = orjson.loads(text.encode("utf-8", "surrogateescape"))
    except orjson.JSONDecodeError:
        return text
    only_text = {arg for arg in get_args(hint) or (hint,) if arg is not NoneType} == {str}
    if isinstance(value, str) or (only_text and value is not None):
        return text
    return value


def _fail(message: str, help: str) -> NoReturn:
    raise click.BadParameter(f"{printable(message)}; {help}", param_hint="--with")
