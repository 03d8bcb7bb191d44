"""Looking for inputs that show what a rule can do: examples, the bundle's tests, then a search."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from random import Random
from typing import Any

from jurat.bundle import Rule
from jurat.canon import format_time, tokens
from jurat.engine._selftest import COUNTERS
from jurat.plan import INPUTS, Plan
from jurat.plugin import Registry

from ._liveness_shown import DECIDES, FIRES, Shown, decided, rests_as
from ._liveness_shrink import shrunk
from ._liveness_witness import Witness, witness_of
from ._mentions import Mentions, Scene, mentions, scenes
from ._mentions_collect import examples
from ._mentions_mend import Obstacles, mendings, obstacles

EVERYTHING = ("approval", "header", "hold_stream", "redact", "route")
_FIRING, _THROUGH = 24, 12  # inputs that are crossed
_MENDED, _MENDINGS = 8, 400  # inputs that are mended, and how often something is tried
_FULL = 2**53  # more than any limit, and exact in any JSON


class Finder:
    """Finds witnesses for the rules of one plan, in at most `tries` drawn inputs each."""

    def __init__(self, plan: Plan, registry: Registry, tries: int) -> None:
        self.plan = plan
        self.tries = tries
        self._registry = registry
        self._counts = {entry.id for entry in plan.entries("request") if entry.uses is not None}

    def find(self, rule: Rule, what: str) -> Witness | int:
        """A minimal witness of what a rule does; else the number of inputs that were tried."""
        rests = rests_as(self.plan, rule)
        tried = 0
        fires: list[Witness] = []
        for witness, shown in self._tried(rule):
            tried += 1
            if shown.shows(rule.id, what, rests):
                return self.least(rule, what, witness)
            if what == DECIDES and len(fires) < _FIRING and shown.shows(rule.id, FIRES, rests):
                fires.append(witness)
        for witness in self._crossed(rule, fires):
            tried += 1
            if decided(self.plan, witness).shows(rule.id, what, rests):
                return self.least(rule, what, witness)
        for witness, shown in self._mended(rule, fires):
            tried += 1
            if shown.shows(rule.id, what, rests):
                return self.least(rule, what, witness)
        return tried

    def _crossed(self, rule: Rule, fires: list[Witness]) -> Iterator[Witness]:
        """Inputs that are let through, but for what the rule reads, which is as where it fires."""
        for firing in fires:
            read = self._mentions.read_by[firing.type].get(rule.id, frozenset())
            for through in self._allowed.get(firing.type, ()):
                given = through.parts()["given"]
                for pointer in sorted(read):
                    _carry(firing.given, given, tuple(tokens(pointer)))
                yield replace(firing, given=given, now=through.now)

    def _mended(self, rule: Rule, fires: list[Witness]) -> Iterator[tuple[Witness, Shown]]:
        """Inputs in which the rule fires, with what else stands against them taken out of the way
        bit by bit; those first against which least stands."""
        seen = [(one, decided(self.plan, one)) for one in fires]
        seen.sort(key=lambda one: len(_against(one[1], rule)))
        for witness, shown in seen[:_MENDED]:
            values = self._mentions.by_input[witness.type]
            tries = iter(range(_MENDINGS))
            while against := _against(shown, rule):
                for _, given in zip(tries, mendings(witness.given, against, values), strict=False):
                    less = replace(witness, given=given)
                    made = decided(self.plan, less)
                    yield less, made
                    if made.shows(rule.id, FIRES, "") and len(_against(made, rule)) < len(against):
                        witness, shown = less, made
                        break
                else:
                    break  # nothing helps, or it was tried often enough

    @cached_property
    def _allowed(self) -> dict[str, list[Witness]]:
        """By input, a few of the bundle's tests that are let through."""
        found: dict[str, list[Witness]] = {}
        for witness, shown in self._cases:
            some = found.setdefault(witness.type, [])
            if shown.decision is not None and shown.decision.allowed and len(some) < _THROUGH:
                some.append(witness)
        return found

    def least(self, rule: Rule, what: str, witness: Witness) -> Witness:
        """A witness without anything that could be left out of it."""
        rests = rests_as(self.plan, rule)
        return shrunk(witness, lambda less: decided(self.plan, less).shows(rule.id, what, rests))

    def _tried(self, rule: Rule) -> Iterator[tuple[Witness, Shown]]:
        """Inputs with the decisions on them, those most likely to show something first."""
        for example in examples(rule):
            given = {key: value for key, value in example.given.items() if key != "type"}
            kind = str(example.given.get("type") or "request")
            yield from self._with_counters(
                rule, Witness(given, example.now, kind, EVERYTHING), None
            )
        for witness, shown in self._cases:
            yield from self._with_counters(rule, witness, shown)
        for _, scene in zip(range(self.tries), self._scenes(rule), strict=False):
            yield from self._with_counters(rule, scene, None)

    def _with_counters(
        self, rule: Rule, witness: Witness, shown: Shown | None
    ) -> Iterator[tuple[Witness, Shown]]:
        """The input and, for a rule that counts, the input with counters that are used up."""
        shown = shown or decided(self.plan, witness)
        yield witness, shown
        decision = shown.decision
        if rule.id not in self._counts or decision is None or decision._facts is None:
            return
        keys = {
            use.key.partition("/")[2]: _FULL
            for use in self.plan.uses(decision._facts, decision.now)
            if use.key.startswith(f"{self.plan.bundle.name}/{rule.id}")
        }
        if keys and COUNTERS not in witness.facts:
            full = replace(witness, facts={**witness.facts, COUNTERS: keys})
            yield full, decided(self.plan, full)

    @cached_property
    def _cases(self) -> list[tuple[Witness, Shown]]:
        found = map(witness_of, self.plan.bundle.tests)
        return [(one, decided(self.plan, one)) for one in found if one is not None]

    @cached_property
    def _mentions(self) -> Mentions:
        return mentions(self.plan.bundle, self._registry)

    def _scenes(self, rule: Rule) -> Iterator[Witness]:
        """Endless inputs, of each that the rule judges in turn; the same ones each time."""
        kinds = [kind for kind in INPUTS if any(e.id == rule.id for e in self.plan.entries(kind))]
        streams = [(kind, scenes(self._mentions, Random(0), kind, rule.id)) for kind in kinds]
        while streams:
            for kind, stream in streams:
                yield _drawn(kind, next(stream))


def _against(shown: Shown, rule: Rule) -> Obstacles:
    return obstacles(shown.decision, (rule.id,)) if shown.decision is not None else frozenset()


def _carry(source: Any, target: Any, path: tuple[str, ...]) -> None:
    """Make what stands at `path` in `target` what stands there in `source`."""
    name, *rest = path
    if not isinstance(source, Mapping) or name not in source:
        target.pop(name, None)
    elif not rest or not isinstance(source[name], Mapping):
        target[name] = source[name]
    else:
        if not isinstance(target.get(name), dict):
            target[name] = {}
        _carry(source[name], target[name], tuple(rest))


def _drawn(kind: str, scene: Scene) -> Witness:
    if scene.case is None or (known := witness_of(scene.case)) is None:
        return Witness(scene.given, format_time(scene.now), kind, EVERYTHING)
    return replace(known, given=scene.given, now=format_time(scene.now), supports=EVERYTHING)
