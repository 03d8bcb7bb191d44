"""The engine: load bundles, arm them, and evaluate what callers send."""

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Self

from jurat.bundle import BundleError
from jurat.canon import parse_time, utc
from jurat.log import Durability, Log, OnFailure, open_worker, set_name
from jurat.model import InvalidInput, OrgState, build, to_plain
from jurat.net import Fetch, fetch
from jurat.plan import Decision, FactSet, Plan, refusal
from jurat.plugin import LimitStore, Registry, load_plugins
from jurat.scan import Vault

from ._again import with_redactions
from ._armed import Armed
from ._arming import Arming
from ._detect import Seen, detect
from ._ids import uuid7
from ._input import Input, Prepared, invalid, prepare
from ._judging import decide_counting, decide_on
from ._limits import Limits, store_of
from ._load import Source, versions_of
from ._recorder import Recorder, is_log
from ._revisions import Revisions
from ._size import LONG, weight
from ._sources import Sources
from ._status import Status
from ._supply import Supply, trust_in
from ._watch import Watcher
from ._withheld import Withheld

REVISIONS = "revisions.sqlite"  # in the log's directory
MAX_INPUT = 16 * 2**20  # bytes
_NOTHING: frozenset[str] = frozenset()


class Engine:
    """Decides whether AI requests, answers and organisations are allowed by policy.

    Made by `Engine.load`. Safe to share between threads and tasks.
    """

    def __init__(
        self,
        *,
        registry: Registry,
        clock: Callable[[], datetime],
        entropy: Callable[[int], bytes],
        max_input: int,
        redaction_key: bytes,
        limits: LimitStore | str | None = None,
    ) -> None:
        self._registry = registry
        self._limits = Limits(store_of(limits, registry))
        self._owns_log = False
        self._clock = clock
        self._entropy = entropy
        self._max_input = max_input
        self._redaction_key = redaction_key
        self._sources = Sources(registry.fact_sources)
        self._versions = versions_of(registry)
        self._arming = Arming(registry, self._versions, clock)
        self._watchers: list[Watcher] = []

    @classmethod
    def load(
        cls,
        source: Source | Sequence[Source],
        *,
        log: str | os.PathLike[str] | Log | None = None,
        state: OrgState | Mapping[str, Any] | bytes | None = None,
        durability: Durability = "sync",
        on_log_failure: OnFailure = "deny",
        limits: LimitStore | str | None = None,
        registry: Registry | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        entropy: Callable[[int], bytes] = os.urandom,
        max_input: int = MAX_INPUT,
        redaction_key: bytes | None = None,
        trusted: Iterable[str] = (),
        threshold: int = 1,
        revisions: str | os.PathLike[str] | None = None,
        fetch: Fetch = fetch,
    ) -> Self:
        """An engine with the bundle or bundles at `source` armed.

        `source` is a directory, an archive, the https URL of one, the name of a shipped bundle,
        or a list of them.
        `log` is a directory (opened with `durability`; of a set of logs the first free one) or an
        open Log; without it nothing is recorded. `on_log_failure` says what becomes of decisions
        that the log in that directory cannot take: `deny`, they are denied; `gap`, they stand, are
        counted, and a `gap` record tells of them when the log can be written again. `state` is a
        snapshot to answer for requests. `limits` keeps the counters of rate and spend: a store, or
        the name of one that a plugin brings; without it they are in the memory of this engine.
        `max_input` is in bytes. `redaction_key` (32 bytes) keys the
        operators hash and encrypt; without it the engine draws one, and equal values hash alike
        only within its life. With `trusted`, verifier keys, every bundle must be an
        archive whose signature file beside it (`.sig`) `threshold` of them made, and none is
        armed whose revision is below one that was: the highest is kept in the file `revisions`
        (default: `revisions.sqlite` in the log's directory; without a log, in memory).
        `revisions` alone keeps that floor for bundles that need no signature. `fetch` gets what
        has a URL.

        Raises BundleError with everything that is wrong with the bundles, LogError if the log
        can't be opened, ValueError if there is no limit store of that name, if a trusted key is
        none, or if there are fewer of them than `threshold`.
        """
        engine = cls(
            registry=load_plugins() if registry is None else registry,
            clock=clock,
            entropy=entropy,
            max_input=max_input,
            redaction_key=entropy(32) if redaction_key is None else redaction_key,
            limits=limits,
        )
        arming = engine._arming = Arming(engine._registry, engine._versions, clock, state)
        try:
            trust = trust_in(trusted, threshold)
            arming.supply = Supply(source, trust=trust, fetch=fetch, clock=clock)
            if isinstance(log, Log):
                arming.recorder = Recorder(log, engine._versions["jurat"])
            try:
                ready = arming.ready()  # before a log is made for a bundle that can't be armed
            except BundleError as error:
                if log is not None and (arming.recorder or is_log(log)):
                    engine._open(log, durability, on_log_failure)
                    arming.refuse(error)
                raise
            if log is not None:
                engine._open(log, durability, on_log_failure)
            if trust is not None or revisions is not None:
                arming.revisions = Revisions(_floor(revisions, log))
            try:
                arming.take(ready)
            except BundleError as error:
                arming.refuse(error)
                raise
        except BaseException:
            engine.close()
            raise
        return engine

    def _open(
        self, log: str | os.PathLike[str] | Log, durability: Durability, on_failure: OnFailure
    ) -> None:
        if self._arming.recorder is None:
            path = Path(log)  # type: ignore[arg-type]  # an open Log has a recorder
            open_log = Log.open if set_name(path) is None else open_worker
            opened = open_log(path, durability=durability, on_failure=on_failure)
            self._arming.recorder = Recorder(opened, self._versions["jurat"])
            self._owns_log = True

    # -- arming

    def reload(self) -> None:
        """Load, check, test and arm the bundles anew; requests under way keep the old plan.

        Raises BundleError and keeps what was armed.
        """
        self._arming.reload()

    def watch(self, interval: float = 5.0) -> Watcher:
        """Reload whenever a bundle changes: look every `interval` seconds, in a thread that ends
        with the engine or when what is returned is closed.

        A change is taken up when it has been the same for two looks; a URL is asked with the tag
        of what is there. What can't be armed leaves what was armed, and `status`
        says why. Raises ValueError for an interval that is not above 0.
        """
        watcher = Watcher(self._arming.look, interval)
        self._watchers.append(watcher)
        return watcher

    @property
    def status(self) -> Status:
        """What is armed, since when, and the last load that failed, if none succeeded since."""
        return self._arming.status

    def arm_state(self, state: OrgState | Mapping[str, Any] | bytes | None) -> None:
        """Let a snapshot answer for what requests name; None takes it away again.

        Raises InvalidInput if it is none.
        """
        self._arming.with_state(state)

    # -- evaluate

    def evaluate(
        self,
        source: Input,
        *,
        supports: Iterable[str] = (),
        now: datetime | str | None = None,
        parent: Decision | None = None,
        vault: Vault | None = None,
    ) -> Decision:
        """The decision on a Request, Response or OrgState, a mapping or JSON bytes of one.

        `supports` are the types of obligation that the caller performs. `now` is the time to
        decide at (default: the clock, read once). `parent` is the decision on the request that
        a response answers. `vault` keeps pseudonyms (default: one for each decision): pass the
        same for all of one caller's conversation, so that a value has one token throughout, and
        never for two callers. Never raises for an input: one that can't be read is denied with
        code `invalid-input`. With a log, the record is durable when this returns (`durability`).
        With rules that count, what an allowed request uses is reserved; the usage that a response
        reports corrects what its `parent` reserved.
        """
        started = perf_counter_ns()
        decision, facts = self._decide(source, _types(supports), now, parent, vault)
        recorder = self._arming.recorder
        if recorder is None:
            return decision
        reserved = decision.reserved
        decision = recorder.record(decision, facts, started, parent)
        return decision if reserved is None else self._kept(decision)

    async def aevaluate(
        self,
        source: Input,
        *,
        supports: Iterable[str] = (),
        now: datetime | str | None = None,
        parent: Decision | None = None,
        vault: Vault | None = None,
    ) -> Decision:
        """`evaluate` for an event loop: long texts are scanned and a limit store that may take
        its time is asked in a thread, and a log that is waited for (`durability`) is awaited."""
        started = perf_counter_ns()
        wanted = _types(supports)
        if (self._limits.waits and self._counts) or weight(source) > LONG:
            decision, facts = await self._in_thread(source, wanted, now, parent, vault)
        else:
            decision, facts = self._decide(source, wanted, now, parent, vault)
        recorder = self._arming.recorder
        if recorder is None:
            return decision
        if decision.reserved is None:
            return await recorder.arecord(decision, facts, started, parent)
        try:
            return self._kept(await recorder.arecord(decision, facts, started, parent))
        except asyncio.CancelledError:  # nobody learns of the decision, so nobody acts on it
            self._limits.give_back(decision.reserved)
            raise

    async def _in_thread(
        self,
        source: Input,
        supports: frozenset[str],
        now: datetime | str | None,
        parent: Decision | None,
        vault: Vault | None,
    ) -> tuple[Decision, tuple[FactSet, ...]]:
        thread = asyncio.to_thread(self._decide, source, supports, now, parent, vault)
        deciding = asyncio.ensure_future(thread)
        try:
            return await asyncio.shield(deciding)
        except asyncio.CancelledError:  # the thread goes on, and may reserve
            deciding.add_done_callback(self._unheard)
            raise

    def _unheard(self, deciding: asyncio.Future[tuple[Decision, Any]]) -> None:
        """Give back what a decision reserved that nobody waits for any more."""
        if not deciding.cancelled() and deciding.exception() is None:
            self._limits.give_back(deciding.result()[0].reserved)

    def refuse(self, error: InvalidInput, *, now: datetime | str | None = None) -> Decision:
        """The deny of an input that the caller could not read, recorded like any other."""
        started = perf_counter_ns()
        decision = self._identified(invalid(error, self._moment(now)))
        recorder = self._arming.recorder
        return decision if recorder is None else recorder.record(decision, (), started, None)

    def evaluate_many(
        self,
        sources: Iterable[Input],
        *,
        supports: Iterable[str] = (),
        now: datetime | str | None = None,
    ) -> list[Decision]:
        """The decisions on several inputs, in their order, recorded in as few commits as can be."""
        wanted = _types(supports)
        recorder = self._arming.recorder
        begun = []
        for source in sources:
            started = perf_counter_ns()
            decision, facts = self._decide(source, wanted, now, None, None)
            if recorder is not None:
                decision = recorder.begin(decision, facts, started, None)
            begun.append(decision)
        if recorder is None:
            return begun
        return [self._kept(recorder.finish(decision)) for decision in begun]

    def _decide(
        self,
        source: Input,
        supports: frozenset[str],
        now: datetime | str | None,
        parent: Decision | None,
        vault: Vault | None,
    ) -> tuple[Decision, tuple[FactSet, ...]]:
        moment = self._moment(now)
        armed = self._arming.armed
        if armed is None or not armed.plans:
            return self._identified(
                refusal("not-armed", "no bundle is armed; load one with Engine.load", moment)
            ), ()
        try:
            prepared = prepare(
                source, max_bytes=self._max_input, reads_text=armed.reads_text.__getitem__
            )
        except InvalidInput as error:
            return self._identified(invalid(error, moment)), ()
        except RecursionError:
            return self._identified(
                refusal("invalid-input", "the input is nested too deep", moment)
            ), ()
        except Exception as error:  # noqa: BLE001  # a caller's own mapping may raise anything
            what = f"reading the input raised {type(error).__name__}"
            return self._identified(refusal("invalid-input", what, moment)), ()
        if parent is not None and prepared.kind == "response":
            _answer_to(parent, prepared)
            self._limits.correct(parent.reserved, prepared.sent.__dict__.get("usage"))
        try:
            decision, facts = self._judge(armed, prepared, supports, moment, vault)
        except Exception as error:  # noqa: BLE001  # a fault of ours must not open the gate
            what = f"judging the input raised {type(error).__name__}, which is a fault of jurat"
            return self._identified(refusal("internal-error", what, moment)), ()
        return self._identified(decision), facts

    def _judge(
        self,
        armed: Armed,
        prepared: Prepared,
        supports: frozenset[str],
        now: datetime,
        vault: Vault | None,
    ) -> tuple[Decision, tuple[FactSet, ...]]:
        sent = prepared.sent
        if prepared.kind == "request":
            sent, _ = self._sources.collect(sent, now)
        kind = prepared.kind
        collected = []
        seen: Seen | None = {} if len(armed.each) > 1 else None
        for plan, joins, state in armed.each:
            facts = plan.facts(kind, sent, now, joins=joins, state=state, supports=supports)
            entities = plan.entities(kind)
            if entities is not None:
                facts.detections = detect(prepared.texts, entities, plan.scanner(), seen)
            collected.append(facts)
        reserved = None
        if armed.counts and kind == "request":
            decision, reserved = decide_counting(self._limits, armed.plans, collected, now)
        else:
            decision = decide_on(armed.plans, collected, now)
        if decision.obligations:
            try:
                texts, key = prepared.texts, self._redaction_key
                decision = with_redactions(
                    decision, armed.plans, collected, texts, now, key, vault
                )
            except BaseException:
                self._limits.give_back(reserved)
                raise
        if vault is not None:
            decision.vault = vault  # an answer may hold tokens of what was said before
        if reserved is not None:
            decision.reserved = reserved
            decision = self._kept(decision)
        return decision, tuple(collected)

    def _kept(self, decision: Decision) -> Decision:
        """`decision`; what it reserved is given back unless it allows, or when its receipt says
        that it must not be acted on."""
        reserved = decision.reserved
        if reserved is None:
            return decision
        if not decision.allowed:
            self._limits.give_back(reserved)
        elif decision.receipt is not None and not decision.receipt.stands:
            decision.receipt = Withheld(decision.receipt, partial(self._limits.withheld, reserved))
        return decision

    @property
    def _counts(self) -> bool:
        armed = self._arming.armed
        return armed is not None and armed.counts

    def _moment(self, now: datetime | str | None) -> datetime:
        if now is None:
            return self._clock()
        return parse_time(now) if isinstance(now, str) else utc(now)

    def _identified(self, decision: Decision) -> Decision:
        decision._new_id = self._new_id
        return decision

    def _new_id(self, now: datetime) -> str:
        return uuid7(now, self._entropy)

    # -- life

    @property
    def log(self) -> Log | None:
        recorder = self._arming.recorder
        return None if recorder is None else recorder.log

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans that are armed."""
        armed = self._arming.armed
        return () if armed is None else armed.plans

    def close(self) -> None:
        """Flush and close the log if this engine opened it; ask no source and no store more."""
        for watcher in self._watchers:
            watcher.close()
        self._sources.close()
        self._limits.close()
        if self._arming.revisions is not None:
            self._arming.revisions.close()
        recorder = self._arming.recorder
        if recorder is not None and self._owns_log:
            recorder.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _floor(
    revisions: str | os.PathLike[str] | None, log: str | os.PathLike[str] | Log | None
) -> Path | None:
    """The file that keeps the floor of revisions: beside the log, one for all logs of a set."""
    if revisions is not None:
        return Path(revisions)
    if log is None:
        return None
    return (log.directory if isinstance(log, Log) else Path(log)) / REVISIONS


def _types(supports: Iterable[str]) -> frozenset[str]:
    """A single type may be given as a plain string."""
    if not supports:
        return _NOTHING
    return frozenset((supports,) if isinstance(supports, str) else supports)


def _answer_to(parent: Decision, prepared: Prepared) -> None:
    """Give a response that names no request the header of the one that was decided on."""
    header = parent.header
    if header is not None and "request" not in prepared.sent.__dict__:
        cls = type(prepared.sent).children["request"]  # so that its places are the response's
        prepared.sent.__dict__["request"] = build(cls, to_plain(header))
