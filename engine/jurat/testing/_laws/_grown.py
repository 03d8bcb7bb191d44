"""Inputs grown by what rules ask for: of a kind that tells nothing of itself, neither examples nor
what it reads, the facts that it misses say what an input must have."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

from pydantic import BaseModel

from jurat.canon import format_time, tokens
from jurat.model import InvalidInput
from jurat.plan import COLLECTIONS

from .._mentions_fields import Field, fields_of, fits
from ._bench import Bench
from ._case import Trial
from ._impure import noting_missing

_MOST_STEPS = 12
_WORDS = ("a", "b", "svc-a", "gpt-4.1", "chat.completions", "unheard-of")
_NUMBERS = (0, 1, 10, 1000, 10**6)
_SPANS = tuple(map(timedelta, (0, 1, 30, 90, 400)))
_TEXT = "Call me on 415-555-0132; my SSN is 219-09-9999."


class Grower:
    """Grows inputs of one bundle: it says what is missing, and gets it."""

    def __init__(self, bench: Bench, random: Random) -> None:
        self._bench = bench
        self._random = random

    def grown(self, seed: Trial) -> Trial:
        """`seed` with what the bundle's rules miss of it, all or some."""
        trial = seed
        for _ in range(self._random.randint(1, _MOST_STEPS)):
            missing = self._missing(trial)
            if not missing:
                break
            for pointer in missing:
                field = self._field(trial.kind, pointer)
                if field is not None:
                    value = self._value(field, trial)
                    if fits(trial.kind, field.pointer, value):
                        given = _put(trial.given, tuple(tokens(pointer)), value)
                        trial = trial.sending(given)
        return trial

    def bare(self, kind: str) -> Trial:
        """An input with next to nothing in it."""
        now = self._bench.mentions.now
        given: dict[str, Any] = {}
        if kind == "request" and self._random.random() < 0.5:
            given["messages"] = [{"role": "user", "content": _TEXT}]
        elif kind == "response":
            given["type"] = kind
        elif kind == "org_state":
            given |= {"type": kind, "observed_at": format_time(now), "org": {"id": "a"}}
            for entry in self._bench.plan.entries(kind):
                if entry.resource in COLLECTIONS:
                    ids = self._random.sample(("a", "b", "c"), self._random.randint(1, 3))
                    given[COLLECTIONS[entry.resource]] = {"items": {id_: {} for id_ in ids}}
        if kind == "request" and self._random.random() < 0.5:
            given["metadata"] = {name: name for name in self._random.sample(("x", "y", "z"), 2)}
        return Trial(given, now)

    def _missing(self, trial: Trial) -> list[str]:
        missing: list[str] = []
        try:
            with noting_missing(missing):
                self._bench.decide(trial)
        except InvalidInput:
            return []
        return list(dict.fromkeys(missing))

    def _field(self, kind: str, pointer: str) -> Field | None:
        fields = fields_of(kind)
        steps = tokens(pointer)
        if steps[1:2] == ["items"] and len(steps) > 3:
            steps[2] = "*"
        found = fields.get("/" + "/".join(steps))
        if found is None:  # an object is missing: its id is what tells it
            found = fields.get("/" + "/".join([*steps, "id"]))
        return found

    def _value(self, field: Field, trial: Trial) -> Any:
        random = self._random
        mentioned = self._bench.mentions.by_input[trial.kind].get(field.pointer, ())
        if mentioned and random.random() < 0.7:
            return random.choice(mentioned)
        if random.random() < 0.1:
            return None
        words, numbers, spans = self._said
        match field.sort:
            case "time":
                by = random.choice(spans) + random.choice((-1, 0, 1)) * timedelta(seconds=1)
                return format_time(trial.now + random.choice((-1, -1, 1)) * by)
            case "number":
                return max(0, random.choice(numbers) + random.choice((-1, 0, 1)))
            case "real":
                return float(random.choice(numbers))
            case "flag":
                return random.random() < 0.5
            case "ip":
                return random.choice(("10.0.0.1", "192.0.2.7", "2001:db8::1"))
            case "texts":
                among = field.words or words
                return random.sample(among, random.randint(0, min(2, len(among))))
            case "map":
                return {"x": random.choice(words), "y": random.choice(words)}
            case "objects":
                return []
        return random.choice(
            field.words or (*words, *sorted(self._bench.bundle.words(field.vocabulary)))
        )

    @cached_property
    def _said(self) -> tuple[tuple[str, ...], tuple[int, ...], tuple[timedelta, ...]]:
        """Words, numbers and durations that the params of the rules hold."""
        words, numbers, spans = (
            dict.fromkeys(_WORDS),
            dict.fromkeys(_NUMBERS),
            dict.fromkeys(_SPANS),
        )
        for rule in self._bench.bundle.rules:
            for value in _leaves(rule.params):
                if isinstance(value, str):
                    words[value] = None
                elif isinstance(value, int) and not isinstance(value, bool):
                    numbers[value] = None
                elif isinstance(value, timedelta):
                    spans[value] = None
        return tuple(words), tuple(numbers), tuple(spans)


def _leaves(value: Any) -> Iterator[Any]:
    match value:
        case BaseModel():
            for name in type(value).model_fields:
                yield from _leaves(getattr(value, name))
        case Mapping():
            for key, inner in value.items():
                yield key
                yield from _leaves(inner)
        case list() | tuple() | set() | frozenset():
            for inner in value:
                yield from _leaves(inner)
        case datetime():
            return
        case _:
            yield value


def _put(value: Mapping[str, Any], path: tuple[str, ...], new: Any) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return {**value, first: new}
    below = value.get(first)
    return {**value, first: _put(below if isinstance(below, Mapping) else {}, tuple(rest), new)}
