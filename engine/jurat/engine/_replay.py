"""Replaying a log: every record that holds its facts, evaluated again."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from jurat.bundle import BundleError, read_bundle
from jurat.log import KeyStore, LogError, LogReader, Record
from jurat.model import InvalidInput
from jurat.plan import CanonicalForms, Plan
from jurat.plugin import Registry, load_plugins

from ._load import Source, compile_bundles, plan_of, versions_of
from ._replay_again import Again

if TYPE_CHECKING:
    from ._replay_forms import Body, Digests, Stored

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
REPLAYED = frozenset({"decision", "response", "audit"})
_AT_ONCE = 64  # records


class Replayed(NamedTuple):
    """One record, evaluated again. `was` and `now` are (effect, value).

    `differs` names what is not as it was, where a record does not decide to itself: engine,
    plugins, bundle, facts, outcomes, effect, reasons. `why` tells it.
    """

    seq: int
    verdict: Verdict
    was: tuple[str, str]
    now: tuple[str, str] = ("", "")
    why: str = ""
    differs: tuple[str, ...] = ()


class Replayer:
    """Evaluates records again, under the bundles they were decided by, or under others.

    With `bundle`, each record is decided by that instead: then a different effect is `changed`,
    an equal one `agrees`. `carefully` leaves out the quick way of ordinary records: equal
    verdicts, slower (for tests). Not to be shared by threads.
    """

    def __init__(
        self,
        log: LogReader,
        *,
        bundle: Source | list[Source] | None = None,
        registry: Registry | None = None,
        carefully: bool = False,
    ) -> None:
        from ._replay_forms import leaf_of, stored_of, unsealed  # msgspec: loaded where it is used
        from ._replay_quick import Quick
        from ._replay_why import Versions

        self._log = log
        self._leaf_of, self._stored_of, self._unsealed = leaf_of, stored_of, unsealed
        self._registry = load_plugins() if registry is None else registry
        self._versions = versions_of(self._registry)
        self._recorded_versions = Versions(log)
        self._plans: dict[str, tuple[Plan | None, str]] = {}
        self._alone: dict[str, tuple[Plan, ...]] = {}  # of records that one bundle decided
        self._again = Again()
        self._forms = CanonicalForms()
        self._other: tuple[Plan, ...] | None = None
        if bundle is not None:
            _, self._other = compile_bundles(bundle, self._registry, self._versions)
        self._quick = None
        if not carefully and (self._other is None or len(self._other) == 1):
            other = None if self._other is None else self._other[0]
            self._quick = Quick(log, self._again, self._forms, self._alone, other)

    def replay(self, records: Iterable[Record]) -> Iterator[Replayed]:
        """The verdict on every record of a decision among `records`."""
        return self.leaves((record.seq, record.leaf) for record in records)

    def leaves(self, leaves: Iterable[tuple[int, bytes]]) -> Iterator[Replayed]:
        """The verdict on every record of a decision among these leaves: sequence number and
        bytes. Raises LogError if facts don't unseal, LogBroken for a leaf that is no record."""
        for some in _some(leaves):
            quickly = [None] * len(some) if self._quick is None else self._quick.replayed(some)
            for told, (seq, leaf) in zip(quickly, some, strict=True):
                if told is not None or (told := self._leaf(seq, leaf)) is not None:
                    yield told

    def _leaf(self, seq: int, line: bytes) -> Replayed | None:
        leaf = self._leaf_of(line)
        if leaf is None or leaf.seq != seq or leaf.v != 1:
            if self._log.record(seq, line).body["type"] not in REPLAYED:
                return None
            why = "it is not written as this version writes a decision"
            return Replayed(seq, "disagrees", ("", ""), why=why)
        body = leaf.body
        if body.type not in REPLAYED:
            return None
        was = (body.effect, body.value)
        if body.facts is None:
            return Replayed(seq, "not-decided", was, why="nothing was judged")
        facts = body.facts
        sealed = self._unsealed(self._log, seq, line, facts)
        if sealed is None:
            return Replayed(seq, "erased", was, why="the key of its subject was destroyed")
        if body.masked:
            return Replayed(seq, "masked", was, why="what decided it was not all recorded")
        plans = self._recorded(body.bundle) if self._other is None else self._other
        if isinstance(plans, str):
            return Replayed(seq, "no-bundle", was, why=plans, differs=("bundle",))
        return self._again_by(plans, seq, line, body, sealed)

    def _again_by(
        self, plans: tuple[Plan, ...], seq: int, line: bytes, body: "Body", sealed: bytes
    ) -> Replayed:
        was = (body.effect, body.value)
        stored = self._stored_of(sealed)
        if stored is None:
            return _unfit(seq, was, "they are not written as this version writes them")
        try:
            decision = self._again.decide(plans, stored)
        except (InvalidInput, ValueError) as error:
            return _unfit(seq, was, str(error))
        now = (decision.effect, decision.value or "")
        if self._other is not None:
            return Replayed(seq, "agrees" if now[0] == was[0] else "changed", was, now)
        if now == was and self._log.keyed(self._forms.of(decision, stored.now)) == body.dec:
            return Replayed(seq, "agrees", was, now)
        return self._carefully(plans, seq, line, body, stored)

    def _carefully(
        self,
        plans: tuple[Plan, ...],
        seq: int,
        line: bytes,
        body: "Body",
        stored: "Stored",
    ) -> Replayed:
        """The verdict where the quick way found none: with nothing that was read before."""
        from ._replay_why import differences

        was = (body.effect, body.value)
        decision = Again().decide(plans, stored)
        now = (decision.effect, decision.value or "")
        if now == was and self._log.keyed(decision.canonical()) == body.dec:
            return Replayed(seq, "agrees", was, now)
        record = self._log.record(seq, line)
        differs, why = differences(
            record, stored, decision, plans, self._log, self._recorded_versions
        )
        same = decision.plan == body.plan
        return Replayed(seq, "disagrees" if same else "engine-changed", was, now, why, differs)

    def _recorded(self, digests: "Digests") -> "tuple[Plan, ...] | str":
        """The plans of the bundles with these digests; what is wrong with one, where it is."""
        if isinstance(digests, str) and digests in self._alone:
            return self._alone[digests]
        each = (digests,) if isinstance(digests, str) else tuple(digests.values())
        plans = []
        for digest in each:
            known = self._plans.get(digest)
            if known is None:
                known = self._plans[digest] = self._compiled(digest)
            plan, wrong = known
            if plan is None:
                return wrong
            plans.append(plan)
        if isinstance(digests, str):
            self._alone[digests] = tuple(plans)
        return tuple(plans)

    def _compiled(self, digest: str) -> tuple[Plan | None, str]:
        try:
            archive = self._log.load_bundle(digest)
        except LogError:
            return None, "the log holds no bundle of its digest"
        try:
            bundle = read_bundle(archive, self._registry)
            if bundle.digest != digest:
                return None, "the bundle that the log keeps under its digest is another one"
            return plan_of(bundle, self._registry, self._versions), ""
        except BundleError as error:
            first = error.diagnostics[0]
            return None, f"the bundle that decided it no longer loads: {first.message}"


def _some(leaves: Iterable[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    """The leaves, some at a time; where one can't be had, those before it come first."""
    each, wrong = iter(leaves), None
    while wrong is None:
        some: list[tuple[int, bytes]] = []
        try:
            some.extend(islice(each, _AT_ONCE))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is raised in its turn
            wrong = error
        yield some
        if len(some) < _AT_ONCE:
            break
    if wrong is not None:
        raise wrong


def _unfit(seq: int, was: tuple[str, str], why: str) -> Replayed:
    told = f"its facts no longer fit: {why}"
    return Replayed(seq, "disagrees", was, why=told, differs=("facts",))


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
        yield from Replayer(log, bundle=bundle).leaves(log.leaves())
