"""All laws together: by name, as a class of tests, as a run with results."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, ClassVar, Unpack, cast

from jurat.plugin import Registry

from . import (
    _deterministic,
    _duplicate_free,
    _examples,
    _fails_closed,
    _missing,
    _monotone,
    _order_free,
    _pure,
    _redaction,
    _replays,
    _secrets,
    _total,
)
from ._bench import Bench, Subject, benches
from ._broken import LawBroken
from ._options import How
from ._search import Law, seed_of
from ._total import DEADLINE

MOST_RULES = 10  # that break one law and are told


@dataclass(frozen=True, slots=True)
class NamedLaw:
    """A law, and the function that holds a bundle to it."""

    law: Law
    hold: Callable[..., None]

    def __call__(self, subject: Subject, **how: Unpack[How]) -> None:
        """Hold `subject` to the law. Raises LawBroken."""
        self.hold(subject, **how)


LAWS: Mapping[str, NamedLaw] = MappingProxyType(
    {
        module.LAW.name: NamedLaw(module.LAW, cast("Callable[..., None]", function))
        for module, function in (
            (_total, _total.assert_total),
            (_deterministic, _deterministic.assert_deterministic),
            (_pure, _pure.assert_pure),
            (_order_free, _order_free.assert_order_free),
            (_duplicate_free, _duplicate_free.assert_duplicate_free),
            (_monotone, _monotone.assert_monotone),
            (_missing, _missing.assert_missing_never_widens),
            (_fails_closed, _fails_closed.assert_fails_closed),
            (_examples, _examples.assert_examples_hold),
            (_redaction, _redaction.assert_redaction_complete),
            (_secrets, _secrets.assert_no_secret_in_evidence),
            (_replays, _replays.assert_replays),
        )
    }
)
"""Every law by its name, those first whose breach explains breaches of others."""


@dataclass(frozen=True, slots=True)
class LawResult:
    """What came of holding one bundle to one law: it held if nothing broke it."""

    bundle: str
    law: str
    words: str
    broken: tuple[LawBroken, ...]
    """The breaches found, one for each rule that breaks it."""
    seconds: float


def named(laws: Sequence[str]) -> list[str]:
    """The names of these laws, all for none. Raises ValueError for a name that is none."""
    for law in laws:
        if law not in LAWS:
            near = get_close_matches(law, LAWS, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(LAWS)}"
            raise ValueError(f"there is no law {law!r}; {hint}")
    return [law for law in LAWS if not laws or law in laws]


def run_laws(
    subject: Subject,
    *,
    laws: Sequence[str] = (),
    begins: Callable[[str], None] = lambda law: None,
    **how: Unpack[How],
) -> Iterator[LawResult]:
    """Hold a bundle to the laws of these names (default: all), one after the other.

    Where a law is broken it is tried again without the rule that breaks it, so that each is told
    of, at most 10 of them. `begins` is told the name of each law before it is tried. Raises BundleError, or
    ValueError for a law, a rule or a profile that there isn't.
    """
    wanted = named(laws)
    seed = seed_of(how)
    for bench in benches(subject, how.get("registry")):
        only = how.get("rule")
        if only is not None and only not in bench.bundle.rule_by_id:
            near = get_close_matches(only, bench.bundle.rule_by_id, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"bundle {bench.bundle.name} has no rule {only!r}{hint}")
        for name in wanted:
            begins(name)
            started = time.perf_counter()
            broken = tuple(_broken(LAWS[name], bench, how | {"seed": seed}))
            took = time.perf_counter() - started
            yield LawResult(bench.bundle.name, name, LAWS[name].law.words, broken, took)


def _broken(law: NamedLaw, bench: Bench, how: Any) -> Iterator[LawBroken]:
    for _ in range(MOST_RULES):
        try:
            law.hold(bench, **how)
            return
        except LawBroken as broken:
            yield broken
            if not broken.rule:  # what no rule does is not looked for again
                return
            bench = bench.without(broken.rule)


class Laws:
    """All laws as tests of one bundle, for pytest to collect:

        class TestMine(Laws):
            bundle = "policies/mine"

    `profile` (quick, ci, nightly), `max_examples` and `seed` say how they search; `deadline` is
    how long one decision may take, and `registry` has the plugins (default: those that are
    installed).
    """

    bundle: ClassVar[Subject]
    profile: ClassVar[str] = "quick"
    max_examples: ClassVar[int | None] = None
    seed: ClassVar[int | None] = None
    deadline: ClassVar[timedelta] = DEADLINE
    registry: ClassVar[Registry | None] = None
    _benches: ClassVar[tuple[Bench, ...]]

    def _hold(self, law: str) -> None:
        cls = type(self)
        if "_benches" not in cls.__dict__:
            cls._benches = tuple(benches(cls.bundle, cls.registry))
        how: How = {
            "profile": self.profile,
            "max_examples": self.max_examples,
            "seed": self.seed,
            "deadline": self.deadline,
            "registry": self.registry,
        }
        for bench in cls._benches:
            LAWS[law](bench, **how)

    def test_total(self) -> None:
        """Every input gets a decision, in time, and no check breaks on one."""
        self._hold("total")

    def test_deterministic(self) -> None:
        """The same input gets the same decision."""
        self._hold("deterministic")

    def test_pure(self) -> None:
        """A decision follows from its arguments alone."""
        self._hold("pure")

    def test_order_free(self) -> None:
        """Order changes no byte of a decision."""
        self._hold("order-free")

    def test_duplicate_free(self) -> None:
        """Copies of rules change nothing."""
        self._hold("duplicate-free")

    def test_monotone(self) -> None:
        """What makes a policy stricter lets nothing more through."""
        self._hold("monotone")

    def test_missing_never_widens(self) -> None:
        """What is not known lets nothing more through."""
        self._hold("missing-never-widens")

    def test_fails_closed(self) -> None:
        """What fails lets nothing through."""
        self._hold("fails-closed")

    def test_examples_hold(self) -> None:
        """A kind's examples fire and pass as it says."""
        self._hold("examples-hold")

    def test_redaction_complete(self) -> None:
        """What is redacted is redacted whole."""
        self._hold("redaction-complete")

    def test_no_secret_in_evidence(self) -> None:
        """What an input holds is not told again."""
        self._hold("no-secret-in-evidence")

    def test_replays(self) -> None:
        """The record of a decision decides the same again."""
        self._hold("replays")
