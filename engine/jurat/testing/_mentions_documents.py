"""Drawing documents: a base with few fields changed, never an invalid one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any

from jurat.bundle import Case
from jurat.canon import tokens
from jurat.model import mapped_model, nested_model

from ._mentions_fields import ANY, MODELS, fields_of
from ._mentions_shift import shift

if TYPE_CHECKING:
    from ._mentions import Mentions

_CHANGES = (0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 6)  # how many fields, each as likely
_FAR = 24  # fields changed in one that is far off
_UNSENT = object()


@dataclass(frozen=True, slots=True)
class Scene:
    """An input, the clock to judge it by, and the test case whose armed state, facts and stops
    belong to it (None for none)."""

    given: dict[str, Any]
    now: datetime
    case: Case | None = None


class Search:
    """Draws inputs of one kind."""

    def __init__(self, mentions: "Mentions", random: Random, input: str) -> None:
        self._mentions = mentions
        self._random = random.random
        self._input = input
        self._model = MODELS[input]
        self._bases = mentions.bases[input]
        self._examples = [base for base in self._bases if base.rule]
        self._cases = [base for base in self._bases if base.case] or self._bases
        self._given: dict[tuple[int, datetime], Mapping[str, Any]] = {}
        self._values: dict[datetime, Mapping[str, tuple[Any, ...]]] = {
            mentions.now: mentions.by_input[input]
        }
        self._changes = self._weighed()

    def documents(self) -> Iterator[dict[str, Any]]:
        """Documents at the clock of the mentions."""
        now = self._mentions.now
        while True:
            yield self._document(now)[0]

    def scenes(self) -> Iterator[Scene]:
        """Documents with a clock: mostly that of what they come from, or one that is named."""
        clocks, now = self._mentions.clocks, self._mentions.now
        while True:
            chance = self._random()
            if chance < 0.6:
                yield Scene(*self._document(None))
            else:
                yield Scene(*self._document(now if chance < 0.75 else self._one_of(clocks)))

    def _document(self, now: datetime | None) -> tuple[dict[str, Any], datetime, Case | None]:
        random, given, case = self._random, {}, None
        chance = random()
        if self._bases and chance > 0.03:
            base = self._one_of(self._cases if chance < 0.8 else self._bases)
            now = now or base.now
            given = dict(self._at(base, now))
            case = base.case
            if self._examples and random() < 0.25:
                given = laid_over(given, self._at(self._one_of(self._examples), now))
        now = now or self._mentions.now
        if self._changes:
            values = self._at_clock(now)
            far = random() < 0.05
            for _ in range(_FAR if far else self._one_of(_CHANGES)):
                self._one_of(self._changes)(given, values)
        return given, now, case

    def _one_of(self, options: Any) -> Any:
        return options[int(self._random() * len(options))]

    def _at(self, base: Any, now: datetime) -> Mapping[str, Any]:
        """A base with its times as they are when it is `now`."""
        if base.now == now:
            return base.given  # type: ignore[no-any-return]  # a Base's; bases are told apart by id
        key = (id(base), now)
        if key not in self._given:
            self._given[key] = shift(self._model, base.given, now - base.now)
        return self._given[key]

    def _at_clock(self, now: datetime) -> Mapping[str, tuple[Any, ...]]:
        """The values, times as they are when it is `now`."""
        if now not in self._values:
            fields, by = fields_of(self._input), now - self._mentions.now
            made = dict(self._mentions.by_input[self._input])
            for pointer, values in made.items():
                made[pointer] = _moved(self._model, fields[pointer].path, values, by)
            self._values[now] = made
        return self._values[now]

    # -- changes -------------------------------------------------------------------------------

    def _weighed(self) -> list[Callable[[dict[str, Any], Any], None]]:
        """What may be done to a document, the more likely the oftener it is there."""
        read = self._mentions.read[self._input]
        made: list[Callable[[dict[str, Any], Any], None]] = []
        parents: dict[tuple[str, ...], None] = {}
        for pointer in self._mentions.by_input[self._input]:
            path = tuple(tokens(pointer))
            made += [self._setting(pointer, path)] * (6 if pointer in read else 1)
            if pointer in read:
                made.append(self._leaving(path))
                parents |= dict.fromkeys(path[:end] for end in range(1, len(path)))
        made += [self._leaving(path) for path in parents if path[-1:] not in (("items",),)]
        if self._input == "org_state":
            for collection in {path[0] for path in parents if path[1:2] == ("items",)}:
                made += [self._renaming(collection), self._adding(collection)] * 2
        return made

    def _setting(self, pointer: str, path: tuple[str, ...]) -> Any:
        def change(given: dict[str, Any], values: Mapping[str, tuple[Any, ...]]) -> None:
            self._put(given, path, self._one_of(values[pointer]))

        return change

    def _leaving(self, path: tuple[str, ...]) -> Any:
        return lambda given, values: self._put(given, path, _UNSENT)

    def _renaming(self, collection: str) -> Any:
        ids = self._mentions.ids[collection]

        def change(given: dict[str, Any], values: Any) -> None:
            items = _items(given, collection)
            if items:
                item = items.pop(self._one_of(tuple(items)))
                if self._random() < 0.8:
                    items[self._one_of(ids)] = item

        return change

    def _adding(self, collection: str) -> Any:
        ids = self._mentions.ids[collection]

        def change(given: dict[str, Any], values: Any) -> None:
            if collection not in given:
                given[collection] = {"observed_at": given.get("observed_at"), "items": {}}
            items = _items(given, collection)
            if items is not None:
                like = items[self._one_of(tuple(items))] if items else {}
                items[self._one_of(ids)] = like

        return change

    def _put(self, given: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
        """Set the field at `path` in `given`, or leave it out; what it shares is copied."""
        node, last = given, len(path) - 1
        for index, step in enumerate(path):
            if step == ANY:
                known = tuple(node)
                if not known and value is _UNSENT:
                    return
                step = self._one_of(known or self._mentions.ids[path[0]])
            if index == last:
                break
            child = node.get(step)
            if child is None and value is _UNSENT:
                return
            node[step] = node = dict(child) if child is not None else {}
        if value is _UNSENT:
            node.pop(step, None)
        else:
            node[step] = value


def laid_over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`under` with what `over` has in its place, objects merged field by field."""
    made = dict(under)
    for name, value in over.items():
        known = made.get(name)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            made[name] = laid_over(known, value)
        else:
            made[name] = value
    return made


def _items(given: dict[str, Any], collection: str) -> dict[str, Any] | None:
    """The items of a collection of a document, free to be changed; None where it has none."""
    found = given.get(collection)
    if found is None:
        return None
    given[collection] = found = dict(found)
    found["items"] = items = dict(found.get("items") or {})
    return items


def _moved(model: Any, path: tuple[str, ...], values: tuple[Any, ...], by: Any) -> tuple[Any, ...]:
    """Values of the field at `path`, times among them moved."""
    for step in path[:-1]:
        if step in (ANY, "items"):
            item = None if step == ANY else mapped_model(model.model_fields["items"].annotation)
            model = item or model
        else:
            model, _ = nested_model(model.model_fields[step].annotation)
    return tuple(shift(model, {path[-1]: value}, by)[path[-1]] for value in values)
