"""One rule, compiled for one type that it judges, and what came of judging it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from jurat.bundle import Rule, Waiver
from jurat.expr import Condition
from jurat.model import MissingFact
from jurat.plugin import Check, Effect, Finding, Mode, Unfinished, Uses

from ._counters import NOT_COUNTED
from ._facts import FactSet

Status = Literal["fired", "passed", "not_applicable", "unknown", "error", "waived"]

# What a rule may raise and still be contained. SystemExit too: a plugin does not end the process.
RAISED = (Exception, SystemExit)

NOTHING: tuple[Finding, ...] = ()

When = Callable[[Any, FactSet, datetime], bool]


@dataclass(slots=True, eq=False)
class Entry:
    """A rule for one input and one target type.

    `scope` and `rest` are the numbers of the condition's conjuncts (DESIGN 2.5). `check` is None
    for an expression, which has no check: its condition is the rule.
    """

    id: str
    rule: Rule
    input: str
    resource: str
    """request, response, or the name of the resource judged."""
    condition: Condition | None
    check: Check | None
    mode: Mode
    """The weaker of the rule's own mode and the bundle's."""
    own_mode: Mode
    scope: tuple[int, ...] = ()
    rest: tuple[int, ...] = ()
    waivers: tuple[tuple[Waiver, Condition | None], ...] = ()
    uses: Uses | None = None
    """The counters that it uses; None for a rule that counts nothing."""

    @property
    def effect(self) -> Effect:
        return self.rule.effect

    @property
    def permits(self) -> bool:
        return self.rule.effect == "permit"


@dataclass(slots=True, eq=False)
class Outcome:
    """What one rule did with one target."""

    entry: Entry
    status: Status
    at: str = ""
    """JSON Pointer of the target: empty for the input itself."""
    findings: tuple[Finding, ...] = NOTHING
    missing: tuple[MissingFact, ...] = ()
    error: str = ""
    waiver: Waiver | None = None


def judge(entry: Entry, target: Any, facts: FactSet, now: datetime, at: str = "") -> Outcome:
    """The meaning of record of one rule: what the fast path must agree with. Never raises."""
    if entry.uses is not None and facts.counters is NOT_COUNTED:
        return Outcome(entry, "passed", at)  # taken so until something is reserved
    condition = entry.condition
    scope = _truth(condition, entry.scope, target, facts, now)
    if scope[0] is False:
        return Outcome(entry, "not_applicable", at)
    if scope[0] is None:
        return _undecided(entry, at, scope)
    rest = _truth(condition, entry.rest, target, facts, now)
    if entry.check is None:
        if rest[0] is None:
            return _undecided(entry, at, rest)
        if rest[0]:
            return Outcome(entry, "fired", at)
        return Outcome(entry, "not_applicable" if entry.permits else "passed", at)
    if rest[0] is False:
        return Outcome(entry, "not_applicable", at)
    checked = _check(entry, entry.check, target, facts, now, at)
    if rest[0] or checked.status == "passed":
        return checked
    return _undecided(entry, at, rest)


_Truth = tuple[bool | None, tuple[MissingFact, ...], str]


def _truth(
    condition: Condition | None,
    which: Sequence[int],
    target: Any,
    facts: FactSet,
    now: datetime,
) -> _Truth:
    if condition is None or not which:
        return (True, (), "")
    truth = condition.judge(which, target, facts, now)
    return (truth.value, truth.missing, truth.error)


def _undecided(entry: Entry, at: str, truth: _Truth) -> Outcome:
    _, missing, error = truth
    if missing:
        return Outcome(entry, "unknown", at, missing=missing)
    return Outcome(entry, "error", at, error=f"its condition failed: {error}")


def _check(
    entry: Entry, check: Check, target: Any, facts: FactSet, now: datetime, at: str
) -> Outcome:
    try:
        findings = check(target, facts, now)
    except MissingFact as missing:
        # a copy that was never raised: the frames of each would be kept as long as the outcome
        bare = MissingFact(missing.pointer, missing.why)
        return Outcome(entry, "unknown", at, missing=(bare,))
    except Unfinished as error:
        # ids of detectors that are known to the engine, whatever a plugin put there
        told = Unfinished(id_ for id_ in error.detectors if id_ in facts.detections.undecided)
        return Outcome(entry, "error", at, error=str(told))
    except RAISED as error:
        # the type alone: the text may hold what the input held
        return Outcome(entry, "error", at, error=f"its check raised {type(error).__name__}")
    return checked(entry, findings, at)


def checked(entry: Entry, findings: Any, at: str) -> Outcome:
    """The outcome of what a check returned, which may be anything: a plugin made it."""
    if not isinstance(findings, tuple) or not all(isinstance(f, Finding) for f in findings):
        return Outcome(entry, "error", at, error="its check returned no tuple of findings")
    for finding in findings:
        if finding.obligation is not None and entry.effect not in ("redact", "require"):
            what = f"its check asked for an obligation, which effect {entry.effect} has none of"
            return Outcome(entry, "error", at, error=what)
    fired = any(not finding.advice for finding in findings)
    return Outcome(entry, "fired" if fired else "passed", at, findings=findings)
