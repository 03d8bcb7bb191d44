"""What a bundle mentions, and documents made of it: what searches and strategies draw from.

No hypothesis is needed here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
from ._mentions_words import Words

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
    own: Mapping[str, Mapping[str, Mapping[str, Words]]] = field(repr=False)
    """By input, rule and pointer, what that rule says of the field."""

    @property
    def values(self) -> Mapping[str, tuple[Any, ...]]:
        """Of requests, by pointer."""
        return self.by_input["request"]

    def values_by(self, input: str, rule: str) -> Mapping[str, tuple[Any, ...]]:
        """The values of an input's fields, by pointer; what `rule` itself says of one is as
        likely there as everything else together."""
        made = dict(self.by_input[input])
        for pointer, words in self.own[input].get(rule, {}).items():
            said = values_of(input, fields_of(input)[pointer], words, (), (), self.now)
            others = made.get(pointer, ())
            made[pointer] = (*said * max(1, len(others) // len(said)), *others)
        return made


def mentions(bundle: Bundle, registry: Registry) -> Mentions:
    """What `bundle` mentions, and the neighbours of it: ages at, just under and just over a
    limit, the addresses around a network's ends, names that nearly match."""
    given = {input: tuple(bases(bundle, input)) for input in MODELS}
    now = clock(bundle)
    by_input, read, read_by, own, clocks = {}, {}, {}, {}, {now: None}
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
            each.pointer: values_of(
                input,
                each,
                said.of(each),
                sent.get(each.pointer, ())[:48],
                _few(bundle.words(each.vocabulary)),
                now,
            )
            for each in fields_of(input).values()
            if each.pointer in said.read or each.pointer in sent
        }
        read[input] = frozenset(said.read)
        read_by[input] = {rule: frozenset(fields) for rule, fields in said.read_by.items()}
        own[input] = said.read_by
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
    return Mentions(now, tuple(clocks)[:_MOST_CLOCKS], by_input, given, ids, read, read_by, own)


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
