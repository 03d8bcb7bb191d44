"""The engine: load bundles, arm them, and evaluate what callers send."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Self

from jurat.bundle import Bundle
from jurat.canon import parse_time, utc
from jurat.log import Durability, Log, OnFailure
from jurat.model import InvalidInput, OrgState, View, build, to_plain
from jurat.plan import (
    Decision,
    FactSet,
    Joins,
    Plan,
    State,
    refusal,
)
from jurat.plugin import LimitStore, Registry, load_plugins
from jurat.wire import InputError, parse_json

from ._detect import detect
from ._ids import uuid7
from ._input import Input, Prepared, invalid, prepare
from ._judging import decide_counting, decide_on
from ._limits import Limits, store_of
from ._load import Source, compile_bundles, versions_of
from ._made import with_headers, with_replacements
from ._recorder import Recorder
from ._selftest import self_test
from ._size import LONG, weight
from ._sources import Sources

MAX_INPUT = 16 * 2**20  # bytes
_MAX_STATE = 2**40  # bytes: a snapshot to arm comes from whoever runs the engine
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Armed:
    """What is armed, swapped as one: readers take it once per decision."""

    plans: tuple[Plan, ...]
    each: tuple[tuple[Plan, Joins, State | None], ...]
    """Every plan with its joins and the armed state, as it sees it."""
    reads_text: Mapping[str, bool]
    counts: bool
    """True if any of the plans has rules that count."""


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
        self._recorder: Recorder | None = None
        self._owns_log = False
        self._clock = clock
        self._entropy = entropy
        self._max_input = max_input
        self._redaction_key = redaction_key
        self._sources = Sources(registry.fact_sources)
        self._armed: _Armed | None = None
        self._source: Source | Sequence[Source] = ()
        self._state: OrgState | Mapping[str, Any] | bytes | None = None
        self._arming = threading.Lock()
        self._versions = versions_of(registry)

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
    ) -> Self:
        """An engine with the bundle or bundles at `source` armed.

        `source` is a directory, an archive, the name of a shipped bundle, or a list of them.
        `log` is a directory (opened with `durability`) or an open Log; without it nothing is
        recorded. `on_log_failure` says what becomes of decisions that the log in that directory
        cannot take: `deny`, they are denied; `gap`, they stand, are counted, and a `gap` record
        tells of them when the log can be written again. `state` is a snapshot to answer for
        requests. `limits` keeps the counters of rate and spend: a store, or the name of one that a plugin brings; without it they are in the
        memory of this engine. `max_input` is in bytes. `redaction_key` (32 bytes) keys the
        operators hash and encrypt; without it the engine draws one, and equal values hash alike
        only within its life.

        Raises BundleError with everything that is wrong with the bundles, LogError if the log
        can't be opened, ValueError if there is no limit store of that name.
        """
        engine = cls(
            registry=load_plugins() if registry is None else registry,
            clock=clock,
            entropy=entropy,
            max_input=max_input,
            redaction_key=entropy(32) if redaction_key is None else redaction_key,
            limits=limits,
        )
        engine._source = source
        engine._state = state
        try:
            ready = engine._compile()  # before a log is made for a bundle that can't be armed
            if isinstance(log, Log):
                engine._recorder = Recorder(log, engine._versions["jurat"])
            elif log is not None:
                opened = Log.open(Path(log), durability=durability, on_failure=on_log_failure)
                engine._recorder = Recorder(opened, engine._versions["jurat"])
                engine._owns_log = True
            engine._take(*ready)
        except BaseException:
            engine.close()
            raise
        return engine

    # -- arming

    def reload(self) -> None:
        """Load, check, test and arm the bundles anew; requests under way keep the old plan.

        Raises BundleError and keeps what was armed.
        """
        with self._arming:
            self._take(*self._compile())

    def _compile(self) -> tuple[tuple[Bundle, ...], tuple[Plan, ...]]:
        bundles, plans = compile_bundles(self._source, self._registry, self._versions)
        self_test(plans)
        return bundles, plans

    def _take(self, bundles: tuple[Bundle, ...], plans: tuple[Plan, ...]) -> None:
        """Record what is loaded, then swap it in."""
        armed = self._arm(plans, self._state)
        if self._recorder is not None:
            self._recorder.load(bundles, plans)
        self._armed = armed

    def arm_state(self, state: OrgState | Mapping[str, Any] | bytes | None) -> None:
        """Let a snapshot answer for what requests name; None takes it away again.

        Raises InvalidInput if it is none.
        """
        with self._arming:
            plans = self._armed.plans if self._armed else ()
            self._armed = self._arm(plans, state)
            self._state = state

    def _arm(self, plans: tuple[Plan, ...], state: Any) -> _Armed:
        joins = tuple(plan.joins for plan in plans)
        states: tuple[State | None, ...] = (None,) * len(plans)
        if state is not None:
            view = self._snapshot(state)
            states = tuple(State(view, plan.bundle.max_staleness) for plan in plans)
            joins = tuple(
                plan.joins.with_state(made)
                for plan, made in zip(plans, states, strict=True)
                if made is not None
            )
        reads = {
            kind: any(plan.reads_text(kind) for plan in plans)
            for kind in ("request", "response", "org_state")
        }
        counts = any(plan.counts for plan in plans)
        return _Armed(plans, tuple(zip(plans, joins, states, strict=True)), reads, counts)

    def _snapshot(self, state: Any) -> View:
        if isinstance(state, bytes):
            state = parse_json(state, max_bytes=_MAX_STATE)
        if isinstance(state, Mapping):
            state = {"type": "org_state", **state}
        prepared = prepare(state, max_bytes=_MAX_STATE, reads_text=lambda kind: False)
        if prepared.kind != "org_state":
            raise InputError("/type", "the state is no snapshot", "its type must be org_state")
        return prepared.sent

    # -- evaluate

    def evaluate(
        self,
        source: Input,
        *,
        supports: Iterable[str] = (),
        now: datetime | str | None = None,
        parent: Decision | None = None,
    ) -> Decision:
        """The decision on a Request, Response or OrgState, a mapping or JSON bytes of one.

        `supports` are the types of obligation that the caller performs. `now` is the time to
        decide at (default: the clock, read once). `parent` is the decision on the request that
        a response answers. Never raises for an input: one that can't be read is denied with
        code `invalid-input`. With a log, the record is durable when this returns (`durability`).
        With rules that count, what an allowed request uses is reserved; the usage that a response
        reports corrects what its `parent` reserved.
        """
        started = perf_counter_ns()
        decision, facts = self._decide(source, _types(supports), now, parent)
        if self._recorder is None:
            return decision
        reserved = decision.reserved
        decision = self._recorder.record(decision, facts, started, parent)
        return decision if reserved is None else self._kept(decision)

    async def aevaluate(
        self,
        source: Input,
        *,
        supports: Iterable[str] = (),
        now: datetime | str | None = None,
        parent: Decision | None = None,
    ) -> Decision:
        """`evaluate` for an event loop: long texts are scanned and a limit store that may take
        its time is asked in a thread, and a log that is waited for (`durability`) is awaited."""
        started = perf_counter_ns()
        wanted = _types(supports)
        if (self._limits.waits and self._counts) or weight(source) > LONG:
            decision, facts = await self._in_thread(source, wanted, now, parent)
        else:
            decision, facts = self._decide(source, wanted, now, parent)
        if self._recorder is None:
            return decision
        if decision.reserved is None:
            return await self._recorder.arecord(decision, facts, started, parent)
        try:
            return self._kept(await self._recorder.arecord(decision, facts, started, parent))
        except asyncio.CancelledError:  # nobody learns of the decision, so nobody acts on it
            self._limits.give_back(decision.reserved)
            raise

    async def _in_thread(
        self,
        source: Input,
        supports: frozenset[str],
        now: datetime | str | None,
        parent: Decision | None,
    ) -> tuple[Decision, tuple[FactSet, ...]]:
        thread = asyncio.to_thread(self._decide, source, supports, now, parent)
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
        if self._recorder is None:
            return decision
        return self._recorder.record(decision, (), started, None)

    def evaluate_many(
        self,
        sources: Iterable[Input],
        *,
        supports: Iterable[str] = (),
        now: datetime | str | None = None,
    ) -> list[Decision]:
        """The decisions on several inputs, in their order, recorded in as few commits as can be."""
        wanted = _types(supports)
        begun = []
        for source in sources:
            started = perf_counter_ns()
            decision, facts = self._decide(source, wanted, now, None)
            if self._recorder is not None:
                decision = self._recorder.begin(decision, facts, started, None)
            begun.append(decision)
        recorder = self._recorder
        if recorder is None:
            return begun
        return [self._kept(recorder.finish(decision)) for decision in begun]

    def _decide(
        self,
        source: Input,
        supports: frozenset[str],
        now: datetime | str | None,
        parent: Decision | None,
    ) -> tuple[Decision, tuple[FactSet, ...]]:
        moment = self._moment(now)
        armed = self._armed
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
            decision, facts = self._judge(armed, prepared, supports, moment)
        except Exception as error:  # noqa: BLE001  # a fault of ours must not open the gate
            what = f"judging the input raised {type(error).__name__}, which is a fault of jurat"
            return self._identified(refusal("internal-error", what, moment)), ()
        return self._identified(decision), facts

    def _judge(
        self, armed: _Armed, prepared: Prepared, supports: frozenset[str], now: datetime
    ) -> tuple[Decision, tuple[FactSet, ...]]:
        sent = prepared.sent
        if prepared.kind == "request":
            sent, _ = self._sources.collect(sent, now)
        kind = prepared.kind
        collected = []
        for plan, joins, state in armed.each:
            facts = plan.facts(kind, sent, now, joins=joins, state=state, supports=supports)
            entities = plan.entities(kind)
            if entities is not None:
                facts.detections = detect(prepared.texts, entities, plan.scanner())
            collected.append(facts)
        reserved = None
        if armed.counts and kind == "request":
            decision, reserved = decide_counting(self._limits, armed.plans, collected, now)
        else:
            decision = decide_on(armed.plans, collected, now)
        if decision.obligations:
            try:
                decision = with_replacements(decision, prepared.texts, self._redaction_key)
                decision = with_headers(self._identified(decision))
            except BaseException:
                self._limits.give_back(reserved)
                raise
        if reserved is not None:
            decision.reserved = reserved
            decision = self._kept(decision)
        return decision, tuple(collected)

    def _kept(self, decision: Decision) -> Decision:
        """`decision`; what it reserved is given back unless it allows."""
        if decision.reserved is not None and not decision.allowed:
            self._limits.give_back(decision.reserved)
        return decision

    @property
    def _counts(self) -> bool:
        return self._armed is not None and self._armed.counts

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
        return None if self._recorder is None else self._recorder.log

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans that are armed."""
        return () if self._armed is None else self._armed.plans

    def close(self) -> None:
        """Flush and close the log if this engine opened it; ask no source and no store more."""
        self._sources.close()
        self._limits.close()
        if self._recorder is not None and self._owns_log:
            self._recorder.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


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
