"""What a bundle mentions, and documents made of it: what searches and strategies draw from.

No hypothesis is needed here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from jurat.bundle import Bundle, Registry

from ._mentions_collect import Base, Said, bases, clock, hours, leaves, nearby
from ._mentions_documents import Scene, Search
from ._mentions_fields import MODELS, fields_of
from ._mentions_shift import shift
from ._mentions_texts import messages_of
from ._mentions_values import values_of

__all__ = ["Base", "Mentions", "Scene", "documents", "mentions", "scenes"]

_MOST_CLOCKS = 24
_MOST_WORDS = 24  # a vocabulary with more (models, regions) is no list of values to try


@dataclass(frozen=True, slots=True)
class Mentions:
    """Values that tell a bundle's rules apart, and whole inputs to set them in."""

    now: datetime
    """The clock that the times among the values are measured from."""
    clocks: tuple[datetime, ...]
    """`now`, then other clocks that tests, examples or params name."""
    by_input: Mapping[str, Mapping[str, tuple[Any, ...]]]
    """By input (`request`, `response`, `org_state`) and JSON Pointer of a field, its values: as
    JSON, each valid there, null at the end where the field may be null. In a pointer into a
    snapshot `*` stands for any id. Fields that nothing reads or gives are not there."""
    bases: Mapping[str, tuple[Base, ...]]
    """By input, the inputs of tests and examples, as they were given."""
    ids: Mapping[str, tuple[str, ...]]
    """By collection of a snapshot, ids for its items."""
    read: Mapping[str, frozenset[str]]
    """By input, the pointers of the fields that rules read."""
    read_by: Mapping[str, Mapping[str, frozenset[str]]]
    """The same by input and id of the rule."""

    @property
    def values(self) -> Mapping[str, tuple[Any, ...]]:
        """Of requests, by pointer."""
        return self.by_input["request"]


def mentions(bundle: Bundle, registry: Registry) -> Mentions:
    """What `bundle` mentions, and the neighbours of it: ages at, just under and just over a
    limit, the addresses around a network's ends, names that nearly match."""
    given = {input: tuple(bases(bundle, input)) for input in MODELS}
    now = clock(bundle)
    by_input, read, read_by, clocks = {}, {}, {}, {now: None}
    ids: dict[str, tuple[str, ...]] = {}
    for input, model in MODELS.items():
        said = Said(bundle, input)
        sent: dict[str, list[Any]] = {}
        for base in given[input]:
            for pointer, value in leaves(input, shift(model, base.given, now - base.now)):
                if value is not None and value not in (known := sent.setdefault(pointer, [])):
                    known.append(value)
        texts = tuple(messages_of(bundle, registry, input))
        if "/messages" in sent or texts:
            sent["/messages"] = [*sent.get("/messages", ())[:16], *texts]
        by_input[input] = {
            field.pointer: values_of(
                input,
                field,
                said.of(field),
                sent.get(field.pointer, ())[:48],
                _few(bundle.words(field.vocabulary)),
                now,
            )
            for field in fields_of(input).values()
            if field.pointer in said.read or field.pointer in sent
        }
        read[input] = frozenset(said.read)
        read_by[input] = {rule: frozenset(fields) for rule, fields in said.read_by.items()}
        clocks.update(dict.fromkeys(base.now for base in given[input]))
        clocks.update(dict.fromkeys(nearby(now, said.times)))
        if input == "org_state":
            ids = {
                pointer.split("/")[1]: said.ids_of(pointer.split("/")[1])
                for pointer in fields_of(input)
                if "/items/" in pointer
            }
    if any("now.get" in (rule.when or "") for rule in bundle.rules):
        clocks.update(dict.fromkeys(hours(now)))
    return Mentions(now, tuple(clocks)[:_MOST_CLOCKS], by_input, given, ids, read, read_by)


def _few(words: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(words)) if len(words) <= _MOST_WORDS else ()


def scenes(
    mentions: Mentions, random: Random, input: str = "request", rule: str = ""
) -> Iterator[Scene]:
    """Endless inputs with a clock each, and with the test case that they come from: most of them
    plausible, with few fields changed, some far off; every one valid. With the id of a rule, what
    is changed is mostly what that rule reads.
    """
    return Search(mentions, random, input, rule).scenes()


def documents(
    mentions: Mentions, random: Random, input: str = "request", rule: str = ""
) -> Iterator[dict[str, Any]]:
    """The documents of `scenes`, with times measured from `mentions.now` in all of them.

    What they have in common they share: copy before you change one.
    """
    return Search(mentions, random, input, rule).documents()
