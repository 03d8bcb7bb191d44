"""Inputs near to what two bundles mention: what a search for differences tries."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, zip_longest
from random import Random
from typing import Any

from jurat.bundle import Case, Registry
from jurat.canon import format_time, tokens
from jurat.plan import Plan
from jurat.testing import Mentions, Scene, Witness, kept_certificate, mentions, scenes
from jurat.testing._mentions_collect import Base
from jurat.testing._mentions_fields import MODELS
from jurat.testing._mentions_shift import shift

from ._trial import Trial

_ITEMS = 3  # items of a snapshot in which a field is set

_Step = tuple[Base, tuple[str, ...], Any]
"""What an input is made of: what it comes from, and the value that a field of it is set to; where
there is no field, the clock that it is moved to."""


def certified(plan: Plan, changed: Collection[str], kind: str) -> Iterator[Trial]:
    """The inputs by which the certificate that a bundle keeps shows what the rules `changed` do."""
    try:
        certificate = kept_certificate(plan.bundle)
    except ValueError:  # what it is worth is for `jurat laws --liveness` to tell
        certificate = None
    if certificate is None:
        return
    for rule in sorted(certificate.rules.keys() & changed):
        for _, witness in sorted(certificate.rules[rule].items()):
            if isinstance(witness, Witness) and witness.type == kind:
                try:
                    case = witness.case()
                except ValueError:
                    continue
                yield trial_of(kind, Scene(dict(witness.given), case.now, case))


def near_bases(
    plans: tuple[Plan, Plan],
    said: Sequence[Mentions],
    focused: Sequence[Mentions | None],
    kind: str,
    random: Random,
) -> Iterator[Trial]:
    """Inputs of test cases with one field each set to each value that is mentioned of it: the
    closest that a search can look. First as they are; then by turns with values, and at clocks,
    that one bundle mentions and the other does not, for these are what was changed, and with any
    value: both first of cases that a bundle lets through, for there one field may tell."""
    new: list[_Step] = []
    other: list[_Step] = []
    shut: set[int] = set()
    for whole, focus, against in zip(said, focused, reversed(said), strict=True):
        bases = [base for base in whole.bases[kind] if base.case and base.now == whole.now]
        for base in bases:
            trial = Trial(kind, base.given, base.now, *_beside(base.case))
            yield trial
            yield from _older(trial, plans)
            if not any(trial.decide(plan).allowed for plan in plans):
                shut.add(id(base))
        clocks = [clock for clock in whole.clocks if clock not in against.clocks]
        new += [(base, (), clock) for base in bases for clock in clocks]
        among = (whole if focus is None else focus).by_input[kind]
        for pointer, values in whole.by_input[kind].items():
            path, known = tuple(tokens(pointer)), against.by_input[kind].get(pointer, ())
            fresh = [value for value in values if value not in known]
            new += [(base, path, value) for base in bases for value in fresh]
            if pointer in among:
                other += [(base, path, value) for base in bases for value in values]
    for steps in (new, other):
        random.shuffle(steps)
        steps.sort(key=lambda step: id(step[0]) in shut)
    for base, path, value in _by_turns(new, other):
        if not path:
            given = shift(MODELS[kind], base.given, value - base.now)
            yield Trial(kind, given, value, *_beside(base.case))
            continue
        for given in islice(_set(base.given, path, value), _ITEMS):
            yield Trial(kind, given, base.now, *_beside(base.case))


def _by_turns(one: Iterable[_Step], other: Iterable[_Step]) -> Iterator[_Step]:
    for pair in zip_longest(one, other):
        yield from (step for step in pair if step is not None)


def _older(trial: Trial, plans: tuple[Plan, Plan]) -> Iterator[Trial]:
    """`trial` with each collection of its state of an age that one bundle calls fresh and the
    other stale."""
    for name, age in plans[0].bundle.max_staleness.items():
        other = plans[1].bundle.max_staleness[name]
        if age == other:
            continue
        observed = format_time(trial.now - min(age, other) - abs(age - other) / 2)
        if (given := _observed(trial.given, name, observed)) is not None:
            yield replace(trial, given=given)
        if trial.state and (state := _observed(trial.state, name, observed)) is not None:
            yield replace(trial, state=state)


def _observed(
    snapshot: Mapping[str, Any], collection: str, observed: str
) -> dict[str, Any] | None:
    """`snapshot` with a collection observed at another time; None where it has none."""
    known = snapshot.get(collection)
    if not isinstance(known, Mapping) or "items" not in known:  # a request's field of that name
        return None
    return {**snapshot, collection: {**known, "observed_at": observed}}


def _set(given: Any, path: tuple[str, ...], value: Any) -> Iterator[Any]:
    """`given` with a value at `path`, where `*` is each item in turn."""
    step, rest = path[0], path[1:]
    known = given if isinstance(given, Mapping) else {}
    for name in list(known) if step == "*" else [step]:
        if not rest:
            yield {**known, name: value}
        else:
            for inner in _set(known.get(name), rest, value):
                yield {**known, name: inner}


def drawn(
    said: Sequence[Mentions], focused: Sequence[Mentions | None], kind: str, seed: int
) -> Iterator[Scene]:
    """Inputs drawn from what each bundle mentions, in turn."""
    sources = [
        scenes(one, Random(f"{seed} {kind} {number}"), kind)
        for number, one in enumerate((*said, *focused))
        if one is not None
    ]
    while True:
        for source in sources:
            yield next(source)


def focused_on(
    plan: Plan, whole: Mentions, registry: Registry, changed: Collection[str], kind: str
) -> Mentions | None:
    """What is mentioned of the fields that the rules `changed` read; None where they read none."""
    bundle = plan.bundle
    rules = tuple(rule for rule in bundle.rules if rule.id in changed)
    if not rules:
        return None
    read = mentions(replace(bundle, rules=rules, tests=()), registry).read[kind]
    values = {at: some for at, some in whole.by_input[kind].items() if at in read}
    if not values:
        return None
    by_input: Mapping[str, Mapping[str, Any]] = {**whole.by_input, kind: values}
    return replace(whole, by_input=by_input)


def trial_of(kind: str, scene: Scene) -> Trial:
    """A scene to be tried."""
    return Trial(kind, scene.given, scene.now, *_beside(scene.case))


def _beside(
    case: Case | None,
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any], Mapping[str, Any]]:
    """The armed state, the facts and the stops of the test case that an input comes from."""
    return (None, {}, {}) if case is None else (case.state, case.facts, case.stops)


def crossed(base: Mapping[str, Any], near: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """`base` with one field of `near` each, however deep, and with each whole object of it."""
    for key, value in near.items():
        known = base.get(key)
        if known == value:
            continue
        yield {**base, key: value}
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            for inner in crossed(known, value):
                yield {**base, key: inner}
    for key in base:
        if key not in near:
            yield {name: value for name, value in base.items() if name != key}
