"""Comparing two bundles in every way that was asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jurat.bundle import Bundle, Registry
from jurat.log import KeyStore, LogBroken, logs_in, verify_set
from jurat.plan import Plan

from ._changes import Change, changes
from ._forecast import Forecast
from ._history import Clocks, Replay, replayed
from ._search import Searched, search
from ._verdict import Class


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two bundles."""

    source: str
    name: str
    version: str
    revision: int
    digest: str

    @classmethod
    def of(cls, source: str, bundle: Bundle) -> "Side":
        return cls(source, bundle.name, bundle.version, bundle.revision, bundle.digest)


@dataclass(frozen=True, slots=True)
class Past:
    """What the history of a log says. `broken` is why it could not be verified; empty where it
    was. `unlooked` are entities that the new bundle looks for in texts and the old one does not:
    a log holds no text, so they were never found."""

    directory: str
    replay: Replay
    broken: str = ""
    unlooked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """All that was found. What was not asked for is None."""

    old: Side
    new: Side
    changes: tuple[Change, ...]
    searched: Searched | None = None
    past: Past | None = None
    forecast: Forecast | None = None

    @property
    def same_policy(self) -> bool:
        """Whether both have one digest, so that they can't decide differently."""
        return self.old.digest == self.new.digest

    @property
    def compared(self) -> Class | None:
        """How the new bundle compares as far as inputs were found that tell them apart."""
        found = {one.compared for one in self.searched.differences} if self.searched else set()
        if len(found) > 1:
            return "incomparable"
        return next(iter(found), None)

    def __bool__(self) -> bool:
        return bool(
            self.changes
            or (self.searched and self.searched.differences)
            or (self.past and self.past.replay.total.count)
            or self.forecast
        )


def text_and_behaviour(
    bundles: tuple[Bundle, Bundle],
    plans: tuple[Plan, Plan],
    registry: Registry,
    *,
    tries: int,
    seed: int,
) -> tuple[tuple[Change, ...], Searched | None]:
    """What the bundles say differently, and inputs on which they decide differently; None for
    these where both are the same policy, or nothing was to be tried."""
    found = changes(*bundles)
    if bundles[0].digest == bundles[1].digest or not tries:
        return found, None
    rules = {one.name for one in found if one.what == "rule"}
    rules |= {one.name.partition(" (")[0] for one in found if one.what == "waiver"}
    beside = [one for one in found if one.what not in ("rule", "waiver", "test")]
    acting = any(one.leaning != "none" for one in beside)
    searched = search(plans, registry, rules, tries=tries, seed=seed, everything=acting)
    return found, searched


def past(
    directory: Path,
    bundles: tuple[Bundle, Bundle],
    plans: tuple[Plan, Plan],
    *,
    clocks: Clocks,
    keys: KeyStore | None = None,
    jobs: int = 1,
    unverified: bool = False,
    vkeys: tuple[str, ...] = (),
    checkpoints: tuple[bytes, ...] = (),
    progress: Callable[[str, int], None] = lambda what, count: None,
) -> Past:
    """The history of the log or set of logs in `directory` under both bundles, once it is
    verified.

    Raises LogBroken where it is not what its key signed, unless `unverified`; LogError,
    BundleError.
    """
    sizes: Mapping[Path, int | None]
    broken = ""
    logs = logs_in(directory)
    try:
        verified = verify_set(
            directory,
            vkeys=vkeys,
            checkpoints=checkpoints,
            progress=lambda count: progress("verified", count),
            jobs=jobs,
        )
        # what is written meanwhile is left out: it was not verified
        # (a log that a worker is just making is the last of the set)
        sizes = {log: one.size for log, one in zip(logs, verified, strict=False)}
    except LogBroken as error:
        if not unverified:
            raise
        broken = str(error)
        sizes = dict.fromkeys(logs)
    replay = replayed(
        sizes,
        bundles,
        keys=KeyStore() if keys is None else keys,
        jobs=jobs,
        clocks=clocks,
        progress=lambda count: progress("decided", count),
    )
    return Past(str(directory), replay, broken, tuple(sorted(_unlooked(*plans))))


def _unlooked(old: Plan, new: Plan) -> set[str]:
    found: set[str] = set()
    for kind in ("request", "response"):
        before, after = old.entities(kind), new.entities(kind)
        if after is None or before == frozenset():  # the empty set is all of them
            continue
        found |= after - (before or frozenset()) if after else {"all entities"}
    return found
