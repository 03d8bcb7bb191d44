"""From bytes to a document that a bundle's rules have something to say on.

All that is random in a document comes from one string of bytes, each byte with a place and a
meaning of its own: hypothesis draws it in one step, and shrinks it byte by byte towards zero, which
means no base, no change, a field not sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from random import Random
from typing import Any

from jurat.engine import outcomes_by_rule
from jurat.plan import Plan

from ._guided_allowed import allowed_base
from ._judged import judged
from ._mentions import Base, Mentions, scenes
from ._mentions_changes import changes_of, laid_over
from ._mentions_fields import ANY, Field, fields_of
from ._mentions_stock import Stock

_COUNTS = (0, 0, 0, 1, 1, 1, 2, 2, 3, 8)  # how many changes, each as likely
_CHANGE = 5  # bytes of a change: what, and up to four choices
_KEPT = 72  # fields and objects of a base that may be left out
# Of 256: up to where a byte means this.
_UNIFORM = 40  # any base; above, one that shows what few do
_PLAIN = 205  # no example is laid over
_OWN = 160  # the base's own clock; above, any
_DROPPED = 2  # a field is not sent
_TRIES, _ENOUGH = 150, 3  # to find inputs for what no base shows
_JUDGED, _LEAST = 120_000, 20  # rules judged before the first is drawn; inputs, at least
# What this share of the bases shows is drawn once, what fewer show oftener, up to so many times.
_COMMON, _RAREST = 0.3, 12
_OFTEN = 4  # times that the one input which is let through is among the bases
_HEAD = 9
LENGTH = _HEAD + _KEPT + 1 + _CHANGE * max(_COUNTS)


class Guide:
    """Makes documents of one input for one bundle."""

    def __init__(self, plan: Plan, mentions: Mentions, input: str) -> None:
        self._fields = fields_of(input)
        self._mentions = mentions
        self._stock = Stock(mentions, input)
        self._changes = changes_of(mentions, input)
        empty = Base({}, mentions.now)
        given = [*mentions.bases[input]]
        if not any(base.case and base.case.expect.effect == "allow" for base in given):
            made = allowed_base(plan, mentions, input)
            given += [made] * _OFTEN if made else []
        known = sorted(given, key=_weight)  # what comes first is what shrinks to
        self._bases = (empty, *known)
        self._examples = (empty, *(base for base in known if base.rule))
        self._steered = _steered(plan, mentions, input, self._bases)

    def document(
        self, data: bytes, now: datetime | None = None
    ) -> tuple[dict[str, Any], datetime]:
        """The document that `LENGTH` bytes stand for, and the clock that it is made for: `now`,
        or else the bytes' choice."""
        head, keep, changes = data[:_HEAD], data[_HEAD : _HEAD + _KEPT], data[_HEAD + _KEPT :]
        among = self._bases if head[0] < _UNIFORM else _scaled(self._steered, head[3:5])
        base = _scaled(among, head[1:3])
        over = _scaled(self._examples, head[6:7]) if head[5] > _PLAIN else self._examples[0]
        if now is None:
            now = _scaled(self._mentions.clocks, head[8:9]) if head[7] > _OWN else base.now
        given = _kept(self._stock.at(base, now), self._fields, "", iter(keep))
        if over.given:
            given = laid_over(given, self._stock.at(over, now))
        if self._changes:
            values = self._stock.values(now)
            for number in range(_Picker(changes)(_COUNTS)):
                start = 1 + number * _CHANGE
                pick = _Picker(changes[start : start + _CHANGE])
                pick(self._changes)(given, values, pick)
        return given, now


def _scaled(options: Sequence[Any], data: bytes) -> Any:
    """The option that bytes stand for; the first for zeros."""
    return options[int.from_bytes(data, "big") * len(options) >> 8 * len(data)]


class _Picker:
    """Chooses with one byte after the other, two where there is much to choose from; with none
    left, the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __call__(self, options: Sequence[Any]) -> Any:
        start = self._at
        self._at += 1 + (len(options) > 256)
        return _scaled(options, self._data[start : self._at])


def _kept(
    value: Mapping[str, Any], fields: Mapping[str, Field], at: str, keep: Iterator[int]
) -> dict[str, Any]:
    """An object without the fields and objects whose bytes say so, and without the objects that
    are empty then: none of their fields is sent either way."""
    made = {}
    items = at.endswith("/items")
    for key, inner in value.items():
        pointer = f"{at}/{ANY if items else key}"
        sent = next(keep, 255) >= _DROPPED
        if pointer in fields or not isinstance(inner, Mapping):
            if sent:
                made[key] = inner
            continue
        some = _kept(inner, fields, pointer, keep)  # in any case, for each byte has its place
        if sent and (some or items or not inner or key == "items"):
            made[key] = some
    return made


def _weight(base: Base) -> int:
    return len(repr(base.given))


def _steered(
    plan: Plan, mentions: Mentions, input: str, bases: Sequence[Base]
) -> tuple[tuple[Base, ...], ...]:
    """For each rule the bases in which it fires, and those in which it does not: the rarer they
    are, the oftener they are in the list."""
    rules = {entry.id for entry in plan.entries(input)}
    found: dict[tuple[str, bool], list[Base]] = {
        (rule, fires): [] for rule in sorted(rules) for fires in (True, False)
    }
    # of a large bundle some, evenly: what is drawn first must not wait for minutes
    budget = max(_LEAST, _JUDGED // max(1, len(rules)))
    seen = bases[:: -(-len(bases) // budget)]
    for base in seen:
        for key in _shown(plan, input, base):
            found[key].append(base)
    lacking = [key for key, some in found.items() if not some]
    for rule, fires in lacking[: budget // _TRIES]:
        for scene in islice(scenes(mentions, Random(0), input, rule), _TRIES):
            base = Base(scene.given, scene.now)
            if (rule, fires) in _shown(plan, input, base):
                found[rule, fires].append(base)
                if len(found[rule, fires]) == _ENOUGH:
                    break
    made: list[tuple[Base, ...]] = []
    for some in found.values():
        share = len(some) / len(seen)
        if some:
            made += [tuple(some)] * max(1, min(_RAREST, round(_COMMON / share)))
    return tuple(made) or (tuple(bases),)


def _shown(plan: Plan, input: Any, base: Base) -> set[tuple[str, bool]]:
    """Which rules fire, and which don't, for a base without the facts of its case."""
    decision = judged(plan, input, base.given, base.now)
    shown: set[tuple[str, bool]] = set()
    for rule, outcomes in {} if decision is None else outcomes_by_rule(decision).items():
        if "fired" in outcomes:
            shown.add((rule, True))
        if outcomes & {"passed", "not_applicable"}:
            shown.add((rule, False))
    return shown
