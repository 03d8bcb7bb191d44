"""What a change of policy would have done to a log's history."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from jurat.bundle import Bundle, pack
from jurat.engine import History, Past, compile_bundles, versions_of
from jurat.engine.past import Leaves, in_one, in_processes
from jurat.log import KeyStore, LogReader
from jurat.plan import COLLECTIONS, Decision, Plan, missing, state_read
from jurat.plugin import load_plugins

from ._verdict import Class, became, blamed, compared

_SEQS = 20  # records that are named of a group
_ALL = "(all)"
_STATE = frozenset(COLLECTIONS.values())


@dataclass(slots=True)
class Tokens:
    """Tokens of requests that are newly denied: as their answers report them, or where the log
    has no answer, as the caller estimated them. `unknown` counts requests of which it has
    neither."""

    used: int = 0
    estimated: int = 0
    unknown: int = 0


@dataclass(slots=True)
class Group:
    """Changed decisions of one sort: how many, and the first of them (log's name, number)."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    """By what became of them, in the words of `became`."""
    records: list[tuple[str, int]] = field(default_factory=list)
    tokens: Tokens = field(default_factory=Tokens)

    @property
    def count(self) -> int:
        return sum(self.counts.values())


@dataclass(slots=True)
class Replay:
    """The history of a log, or of all logs of a set, under both bundles.

    `standing` counts decisions by whether they could be decided again: `held`, `erased`,
    `masked`, `not-decided`, `unfit`. `otherwise` counts those that the old bundle decides
    otherwise than they were recorded: then another policy was in force. `uncounted` counts those
    that the new bundle allows as far as no limit stands against them, of which the record holds
    no count. `lacking` counts, by collection, those that change where the new bundle reads other
    state than the old one: of the armed state a record keeps only what was read.
    """

    standing: Counter[str] = field(default_factory=Counter)
    otherwise: int = 0
    uncounted: int = 0
    lacking: Counter[str] = field(default_factory=Counter)
    total: Group = field(default_factory=lambda: Group(_ALL))
    by_rule: dict[str, Group] = field(default_factory=dict)
    by_project: dict[str, Group] = field(default_factory=dict)
    by_model: dict[str, Group] = field(default_factory=dict)

    @property
    def decisions(self) -> int:
        return sum(self.standing.values())


@dataclass(frozen=True, slots=True)
class Clocks:
    """The times at which each bundle decides; None for a record's own."""

    old: datetime | None = None
    new: datetime | None = None


def replayed(
    logs: Mapping[Path, int | None],
    bundles: tuple[Bundle, Bundle],
    *,
    keys: KeyStore,
    jobs: int,
    clocks: Clocks = Clocks(),  # it is frozen
    progress: Callable[[int], None] = lambda count: None,
) -> Replay:
    """Decide the records of each log, below its size, by both bundles, in `jobs` processes.

    Raises LogError, LogBroken or BundleError.
    """
    found = Replay()
    # the bundles themselves: what is at a path may be another one by now
    make = partial(pairing, (pack(bundles[0]), pack(bundles[1])), clocks)
    for directory, size in logs.items():
        where = "" if len(logs) == 1 else directory.name
        told = _Told(found, where)
        if jobs > 1:
            for batch in in_processes(directory, make, keys.directory, jobs, size):
                told.take(batch)
                progress(found.decisions)
        else:
            with LogReader(directory, keys=keys) as log:
                for batch in in_one(log, make, size):
                    told.take(batch)
                    progress(found.decisions)
        told.end()
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    """A decision that comes out otherwise."""

    seq: int
    compared: Class
    was: str
    now: str
    rules: tuple[str, ...]
    id: str
    type: str
    project: str
    model: str
    estimated: int | None
    lacking: tuple[str, ...]


Batch = tuple[Counter[str], int, int, list[_Row], list[tuple[str, int]]]
"""Of some records: how they stand, how many the old bundle decides otherwise than recorded, how
many the new one allows without counting, those that change, and of each answer its request's id
and the tokens used."""


def pairing(
    archives: tuple[bytes, bytes], clocks: Clocks, log: LogReader
) -> Callable[[Leaves], Batch]:
    """What decides leaves of a log by both bundles, given as archives."""
    registry = load_plugins()
    versions = versions_of(registry)
    old, new = (compile_bundles([one], registry, versions)[1] for one in archives)
    plans = old[0], new[0]
    history = History(log)

    def decide(leaves: Leaves) -> Batch:
        standing: Counter[str] = Counter()
        otherwise = uncounted = 0
        rows: list[_Row] = []
        answers: list[tuple[str, int]] = []
        for past in history.past(leaves):
            if past.type == "response" and past.parent and past.tokens is not None:
                answers.append((past.parent, past.tokens))
            was = history.decide(old, past, clocks.old)
            now = None if was is None else history.decide(new, past, clocks.new)
            standing[past.standing] += 1
            if was is None or now is None:
                continue
            uncounted += past.uncounted
            otherwise += clocks.old is None and was.effect != past.effect
            if (row := _row(past, was, now, plans)) is not None:
                rows.append(row)
        return standing, otherwise, uncounted, rows, answers

    return decide


def _row(past: Past, was: Decision, now: Decision, plans: tuple[Plan, Plan]) -> _Row | None:
    if (
        was.effect == now.effect
        and not was.obligations
        and not now.obligations
        and (was.would is now.would is None)
    ):
        return None
    difference = compared(was, now)
    if difference is None:
        return None
    estimated = past.estimated_tokens if past.type == "decision" else None
    return _Row(
        past.seq,
        difference,
        was.effect,
        now.effect,
        blamed(was, now, plans),
        past.id,
        past.type,
        past.project,
        past.model,
        estimated,
        tuple(_lacking(was, now)),
    )


def _lacking(was: Decision, now: Decision) -> Iterator[str]:
    """The collections of the armed state of which the new decision reads what the old one did
    not, so that the record may not hold it."""
    found = {fact.split("/")[1] for fact in missing(now) - missing(was) if fact} & _STATE
    before = state_read(was)
    for name, ids in state_read(now).items():
        had = before.get(name, frozenset())
        if had is not None and (ids is None or not ids <= had):
            found.add(name)
    yield from sorted(found)


class _Told:
    """Sorts what the batches of one log tell into groups."""

    def __init__(self, into: Replay, log: str) -> None:
        self._into = into
        self._log = log
        self._denied: dict[str, tuple[list[Group], int | None]] = {}

    def take(self, batch: Batch) -> None:
        standing, otherwise, uncounted, rows, answers = batch
        self._into.uncounted += uncounted
        self._into.standing.update(standing)
        self._into.otherwise += otherwise
        for row in rows:
            self._into.lacking.update(row.lacking)
            groups = list(self._groups(row))
            for group in groups:
                group.counts[became(row.compared, row.was, row.now)] += 1
                if len(group.records) < _SEQS:
                    group.records.append((self._log, row.seq))
            if row.type == "decision" and (row.was, row.now) == ("allow", "deny"):
                self._denied[row.id] = groups, row.estimated
        for parent, tokens in answers:
            if (known := self._denied.pop(parent, None)) is not None:
                for group in known[0]:
                    group.tokens.used += tokens

    def end(self) -> None:
        """Requests that no answer was recorded of count as they were estimated."""
        for groups, estimated in self._denied.values():
            for group in groups:
                if estimated is None:
                    group.tokens.unknown += 1
                else:
                    group.tokens.estimated += estimated
        self._denied.clear()

    def _groups(self, row: _Row) -> Iterator[Group]:
        yield self._into.total
        for rule in row.rules:
            yield self._into.by_rule.setdefault(rule, Group(rule))
        for groups, name in (
            (self._into.by_project, row.project or "(none)"),
            (self._into.by_model, row.model or "(none)"),
        ):
            yield groups.setdefault(name, Group(name))
