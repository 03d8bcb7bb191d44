"""A bundle on the bench: decided on as the engine does, in as many variations as a law asks for."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeAlias

from jurat.bundle import Bundle, BundleError, load_bundle
from jurat.engine import Engine, compile_bundles, detect, versions_of
from jurat.engine._input import prepare
from jurat.engine._judging import subject_of
from jurat.engine._limits import Limits
from jurat.engine._selftest import COUNTERS
from jurat.engine._sources import supplied
from jurat.limits import MemoryLimits
from jurat.plan import Counters, Decision, FactSet, Outcome, Plan, State, outcomes_of
from jurat.plugin import CounterUse, FactSource, Finding, Registry, load_plugins

from .._mentions import Mentions, mentions
from ._case import Trial
from ._rewritten import COPY
from ._watch import Watch

Subject: TypeAlias = "Bench | Engine | Bundle | str | os.PathLike[str] | Mapping[str, str]"
"""What a law is held to: a bundle, its path, its files or its name; or an engine's bundles."""
NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
OPEN = ("fired", "unknown", "error")
"""What a constraint does that does not let an input through."""
_MAX = 2**30  # bytes: an input here is of our own making


class Bench:
    """One bundle, compiled, with everything that laws need to try it.

    Fact sources of plugins are left out: a law asks nobody. Counters hold nothing before each
    decision. `tell` is called with the id of the rule whose code begins to run.
    """

    def __init__(
        self,
        bundle: Bundle,
        registry: Registry,
        *,
        tell: Callable[[str], None] = lambda rule: None,
    ) -> None:
        self.bundle = bundle
        self.left_out: frozenset[str] = frozenset()
        """Rules that are taken out of every variation."""
        self.source: str | None = None
        """What another process can load the bundle by, with the plugins that are installed."""
        self.registry = replace(registry, fact_sources=())
        self._tell = tell
        self.watch = Watch(tell)
        self._watched = self.watch.over(replace(bundle, tests=()))
        self.plan = self._first()

    def _first(self) -> Plan:
        _, (plan,) = compile_bundles(self._watched, self.registry, versions_of(self.registry))
        return plan

    @cached_property
    def mentions(self) -> Mentions:
        """What the bundle mentions."""
        return mentions(self.bundle, self.registry)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The inputs that its rules judge."""
        return tuple(
            kind for kind in ("request", "response", "org_state") if self.plan.entries(kind)
        )

    def without(self, rule: str) -> "Bench":
        """The same bench with one rule less."""
        kept = tuple(one for one in self.bundle.rules if one.id != rule)
        made = Bench(replace(self.bundle, rules=kept), self.registry, tell=self._tell)
        made.source, made.left_out = self.source, self.left_out | {rule}
        return made

    # -- variations

    def compiled(self, bundle: Bundle | None = None) -> Plan:
        """A variation of the bundle, or the bundle itself anew, as a plan."""
        made = self._watched if bundle is None else self.watch.over(bundle)
        return Plan(made, versions={}, scanner=self.plan.scanner)

    def of_files(self, files: Mapping[str, bytes]) -> Bundle:
        """The bundle that other files make. Raises BundleError."""
        bundle, problems = load_bundle(files, self.registry)
        if bundle is None:
            raise BundleError(problems)
        if not self.left_out:
            return bundle
        out = self.left_out | {COPY + rule for rule in self.left_out}
        return replace(bundle, rules=tuple(one for one in bundle.rules if one.id not in out))

    def engine(self, *, sources: tuple[FactSource, ...] = (), **options: Any) -> Engine:
        """An engine that decides by this bundle, and asks these sources alone."""
        return Engine.load(
            self._watched,
            registry=replace(self.registry, fact_sources=sources),
            clock=lambda: NOW,
            redaction_key=bytes(32),
            **options,
        )

    # -- deciding

    def facts(self, trial: Trial, plan: Plan | None = None) -> FactSet:
        """What is collected for an input. Raises InvalidInput for one that can't be read."""
        plan = plan or self.plan
        prepared = prepare(dict(trial.given), max_bytes=_MAX, reads_text=plan.reads_text)
        sent, state, joins = prepared.sent, None, None
        if trial.facts and prepared.kind == "request":
            told = {at: value for at, value in trial.facts.items() if at != COUNTERS}
            sent = supplied(sent, told)
        if trial.state is not None:
            snapshot = {"type": "org_state", **trial.state}
            view = prepare(snapshot, max_bytes=_MAX, reads_text=lambda kind: False).sent
            state = State(view, plan.bundle.max_staleness)
            joins = plan.joins.with_state(state)
        facts = plan.facts(
            prepared.kind, sent, trial.now, joins=joins, state=state, supports=trial.supports
        )
        if "stops" in facts.data.names or trial.stops:
            facts.data = facts.data.with_table("stops", trial.stops)
        entities = plan.entities(prepared.kind)
        if entities is not None:
            facts.detections = detect(prepared.texts, entities, plan.scanner())
        return facts

    def decide(
        self, trial: Trial, plan: Plan | None = None, facts: FactSet | None = None
    ) -> Decision:
        """The decision on an input, with what is counted. Raises InvalidInput."""
        plan = plan or self.plan
        facts = facts or self.facts(trial, plan)
        decision = plan.decide(subject_of(facts), facts, trial.now)
        if plan.counts and facts.kind == "request" and decision.allowed:
            facts.counters = _counted(plan, facts, trial)
            decision = plan.decide(subject_of(facts), facts, trial.now)
        return decision

    def uses(self, trial: Trial) -> Sequence[CounterUse]:
        """What an input would add to counters."""
        return self.plan.uses(self.facts(trial), trial.now) if self.plan.counts else ()


def _counted(plan: Plan, facts: FactSet, trial: Trial) -> Counters:
    held = trial.facts.get(COUNTERS, {})
    if held is None:
        return Counters(why="the counters can't be read")
    return Limits(MemoryLimits(held=held)).reserve(plan.uses(facts, trial.now), trial.now)[1]


def outcomes(decision: Decision) -> dict[tuple[str, str], Outcome]:
    """What each rule did, by its id and the pointer of what it judged."""
    return {(outcome.entry.id, outcome.at): outcome for outcome, _ in outcomes_of(decision)}


def violates(found: Any) -> bool:
    """Whether what a check returned says that something is wrong."""
    return isinstance(found, tuple) and any(
        isinstance(one, Finding) and not one.advice for one in found
    )


def which_differs(one: Decision, other: Decision) -> str:
    """The first rule that did something else, or told of something else; "" for none."""
    for left, right in zip(_by_rule(one), _by_rule(other), strict=False):
        if left != right:
            return min(left[0], right[0])
    return ""


def _by_rule(decision: Decision) -> list[tuple[str, str, str, str]]:
    told: list[tuple[str, str, str, str]] = [
        (rule, at, did.status, "") for (rule, at), did in outcomes(decision).items()
    ]
    told += [
        (
            reason.rule or reason.rules[0],
            reason.at,
            reason.code,
            repr(reason.to_dict(canonical=True)),
        )
        for reason in (*decision.reasons, *decision.advice)
        if reason.rule or reason.rules
    ]
    return sorted(told)


def benches(subject: Subject, registry: Registry | None = None) -> Iterator[Bench]:
    """A bench for each bundle of what a caller names: an engine, a bundle, its path, files, or
    the name of one that ships, or a list of them. Raises BundleError."""
    if isinstance(subject, Bench):
        yield subject
        return
    if isinstance(subject, Engine):
        registry = registry or subject._registry
        for plan in subject.plans:
            yield Bench(plan.bundle, registry)
        return
    by_name = registry is None and isinstance(subject, str | os.PathLike)
    registry = registry or load_plugins()
    bundles, _ = compile_bundles(subject, registry, versions_of(registry))
    for bundle in bundles:
        bench = Bench(bundle, registry)
        bench.source = str(subject) if by_name else None
        yield bench
