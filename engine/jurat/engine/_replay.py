"""Replaying a log: every record that holds its facts, evaluated again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

from jurat.bundle import read_bundle
from jurat.canon import parse_time
from jurat.log import KeyStore, LogError, LogReader, Record
from jurat.model import InvalidInput, build, validate, view_class
from jurat.plan import Counters, Decision, FactSet, Plan, State
from jurat.plugin import Counted, Registry, load_plugins

from ._input import MODELS
from ._judging import decide_on
from ._load import Source, compile_bundles, plan_of, versions_of
from ._record import detections_of

Verdict = Literal[
    "agrees",
    "disagrees",
    "engine-changed",
    "erased",
    "masked",
    "no-bundle",
    "changed",
    "not-decided",
]
REPLAYED = ("decision", "response", "audit")


@dataclass(frozen=True, slots=True)
class Replayed:
    """One record, evaluated again. `was` and `now` are (effect, value)."""

    seq: int
    verdict: Verdict
    was: tuple[str, str]
    now: tuple[str, str] = ("", "")
    why: str = ""


class Replayer:
    """Evaluates records again, under the bundles they were decided by, or under others.

    With `bundle`, each record is decided by that instead: then a different effect is `changed`,
    an equal one `agrees`.
    """

    def __init__(
        self,
        log: LogReader,
        *,
        bundle: Source | list[Source] | None = None,
        registry: Registry | None = None,
    ) -> None:
        self._log = log
        self._registry = load_plugins() if registry is None else registry
        self._versions = versions_of(self._registry)
        self._plans: dict[str, Plan | None] = {}
        self._other: tuple[Plan, ...] | None = None
        if bundle is not None:
            _, self._other = compile_bundles(bundle, self._registry, self._versions)

    def replay(self, records: Iterator[Record]) -> Iterator[Replayed]:
        """The verdict on every record of a decision among `records`."""
        for record in records:
            if record.body.get("type") in REPLAYED:
                yield self.one(record)

    def one(self, record: Record) -> Replayed:
        """The verdict on one record of a decision. Raises LogError if its facts don't unseal."""
        stored = record.body
        was = (str(stored["effect"]), str(stored.get("value", "")))
        if "facts" not in stored:
            return Replayed(record.seq, "not-decided", was, why="nothing was judged")
        sealed = self._log.unseal(stored["facts"])
        if sealed is None:
            return Replayed(record.seq, "erased", was, why="the key of its subject was destroyed")
        if stored.get("masked"):
            return Replayed(record.seq, "masked", was, why="what decided it was not all recorded")
        plans = self._other or self._recorded(stored["bundle"])
        if plans is None:
            return Replayed(
                record.seq, "no-bundle", was, why="the log holds no bundle of its digest"
            )
        try:
            decision = decide_again(plans, orjson.loads(sealed))
        except InvalidInput as error:
            return Replayed(record.seq, "disagrees", was, why=f"its facts no longer fit: {error}")
        now = (decision.effect, str(decision.value or ""))
        if self._other is not None:
            return Replayed(record.seq, "agrees" if now[0] == was[0] else "changed", was, now)
        if self._log.keyed(decision.canonical()) == stored["dec"]:
            return Replayed(record.seq, "agrees", was, now)
        if decision.plan != stored["plan"]:
            why = "another version of the engine or of a plugin decides otherwise"
            return Replayed(record.seq, "engine-changed", was, now, why)
        return Replayed(record.seq, "disagrees", was, now, "the same plan decides otherwise")

    def _recorded(self, digests: str | Mapping[str, str]) -> tuple[Plan, ...] | None:
        each = [digests] if isinstance(digests, str) else list(digests.values())
        plans = [self._plan(digest) for digest in each]
        return None if None in plans else tuple(plan for plan in plans if plan is not None)

    def _plan(self, digest: str) -> Plan | None:
        if digest not in self._plans:
            self._plans[digest] = self._compiled(digest)
        return self._plans[digest]

    def _compiled(self, digest: str) -> Plan | None:
        try:
            archive = self._log.load_bundle(digest)
        except LogError:
            return None
        bundle = read_bundle(archive, self._registry)
        if bundle.digest != digest:
            raise LogError(f"the bundle kept as {digest} has another content")
        return plan_of(bundle, self._registry, self._versions)


def replay(
    directory: str | Path,
    *,
    bundle: Source | list[Source] | None = None,
    keys: KeyStore | None = None,
    jobs: int = 1,
) -> Iterator[Replayed]:
    """Replay the log in `directory`, with the keys that unseal its facts.

    With `jobs`, in as many processes: the verdicts come in the same order. They are started as
    `multiprocessing` spawns them, so a script that asks for them guards what it does at its top
    (`if __name__ == "__main__"`). Raises LogError or BundleError.
    """
    if jobs > 1:
        from ._replay_jobs import replay_in_processes  # multiprocessing is loaded where it is used

        store = KeyStore() if keys is None else keys
        yield from replay_in_processes(Path(directory), bundle, store.directory, jobs)
        return
    with LogReader(directory, keys=keys) as log:
        yield from Replayer(log, bundle=bundle).replay(log.records())


def decide_again(plans: tuple[Plan, ...], stored: Mapping[str, Any]) -> Decision:
    """The decision on the stored facts of a record. Raises InvalidInput if they don't fit."""
    kind = stored["kind"]
    model = MODELS[kind]
    now = parse_time(stored["now"])
    collected: list[FactSet] = []
    for plan in plans:
        state = joins = None
        if "state" in stored:
            view = build(
                view_class(MODELS["org_state"]), validate(MODELS["org_state"], stored["state"])
            )
            state = State(view, plan.bundle.max_staleness)
            joins = plan.joins.with_state(state)
        facts = plan.facts(
            kind,
            build(view_class(model), validate(model, stored["input"])),
            now,
            joins=joins,
            state=state,
            supports=frozenset(stored.get("supports", ())),
            detections=detections_of(stored, plan.bundle.name),
        )
        collected.append(facts)
    if "counters" not in stored:
        decision = decide_on(plans, collected, now)
        if not decision.allowed or not any(plan.counts for plan in plans):
            return decision
        counters = Counters(why="nothing was counted for this record")  # by another bundle
    else:
        told = {key: Counted(*values) for key, values in stored["counters"].items()}
        counters = Counters(told, why="the record holds no count of it")
    for facts in collected:
        facts.counters = counters
    return decide_on(plans, collected, now)
