"""A bundle, compiled: from facts to a decision, without clock, network, disk or randomness."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from jurat.bundle import Bundle, BundleError, Diagnostic, Judged, Rule, fact_reader
from jurat.canon import canonical, digest
from jurat.expr import ConditionError
from jurat.model import View, make
from jurat.plugin import (
    Check,
    CounterUse,
    Detections,
    FactRef,
    ParamError,
    RuleSpec,
    Uses,
)
from jurat.scan import Scanner

from ._assumed import REQUEST
from ._audit import Audit
from ._counting import Asked, Counting, arrange, both
from ._decision import Decision, refused
from ._entry import RAISED, Entry, Outcome
from ._facts import NO_DETECTIONS, FactSet
from ._index import POINTERS, Seen
from ._join import Joins
from ._obligations import Obligation, asked, lone_header, settle
from ._settle import Verdict, combine, outcomes
from ._speech import Speech
from ._state import State

INPUTS = ("request", "response", "org_state")
_MODES = ("enforce", "warn", "shadow")
_NOTHING_COUNTS = Asked((), 0)


class Plan:
    """A bundle compiled into something that decides.

    `versions` are those of the engine and of the plugins whose kinds the bundle uses: with the
    bundle's digest they make the plan's. `indexed=False` compiles the same plan without its
    index: equal decisions, slower (for tests).

    Raises BundleError with everything that the kinds say about their params.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        versions: Mapping[str, str],
        scanner: Callable[[], Scanner],
        indexed: bool = True,
    ) -> None:
        self.bundle = bundle
        self.scanner = scanner
        self.speech = Speech(scanner)
        self.versions = dict(versions)
        self.digest = digest(canonical({"bundle": bundle.digest, "versions": self.versions}))
        self.joins = Joins(bundle.tables, bundle.assume)
        self._enforced = bundle.mode == "enforce"
        problems: list[Diagnostic] = []
        entries = [entry for rule in bundle.rules for entry in _entries(rule, bundle, problems)]
        if problems:
            raise BundleError(problems)
        self._entries = {
            kind: tuple(entry for entry in entries if entry.input == kind) for kind in INPUTS
        }
        self._arranged = {
            kind: arrange(self._entries[kind], indexed=indexed) for kind in ("request", "response")
        }
        self._asking = frozenset(
            entry
            for entry in entries
            if entry.effect == "require"
            and entry.check is None
            and entry.mode == "enforce"
            and not entry.waivers
        )
        self._lone = dict(_lone_headers(self._asking))
        self.audit = Audit(self._entries["org_state"], bundle.tables)
        self._wanted = {kind: self._entities(kind) for kind in INPUTS}

    @cached_property
    def in_force(self) -> "Plan":
        """This plan as it would be with its bundle enforced: itself, unless the bundle watches."""
        if self._enforced:
            return self
        bundle = replace(self.bundle, mode="enforce")
        return Plan(bundle, versions=self.versions, scanner=self.scanner)

    # -- what the plan needs

    def entries(self, kind: str) -> Sequence[Entry]:
        """The rules that judge inputs of this kind."""
        return self._entries[kind]

    def permits_of(self, kind: str) -> Sequence[Entry]:
        return [entry for entry in self._entries[kind] if entry.permits]

    def judges(self, kind: str) -> bool:
        """True if the plan has a say on inputs of this kind: a permit for a request, any rule
        for the others."""
        if kind == "request":
            return any(entry.permits for entry in self._entries[kind])
        return bool(self._entries[kind])

    def entities(self, kind: str) -> frozenset[str] | None:
        """The detector entities whose outcome the rules read; None for no scan at all, the
        empty set for all entities."""
        return self._wanted[kind]

    def reads_text(self, kind: str) -> bool:
        """True if inputs of this kind need their text: for detectors, or to redact it."""
        return self._wanted[kind] is not None or any(
            entry.effect == "redact" for entry in self._entries[kind]
        )

    @property
    def counts(self) -> bool:
        """True if rules on requests count something."""
        return isinstance(self._arranged["request"], Counting)

    # -- collect

    def facts(
        self,
        kind: str,
        sent: View,
        now: datetime,
        *,
        joins: Joins | None = None,
        state: State | None = None,
        supports: frozenset[str] = frozenset(),
        detections: Detections = NO_DETECTIONS,
    ) -> FactSet:
        """The facts of one input: a view of it, with its joins made."""
        request: Any = sent
        if kind == "response":
            request = sent.request  # type: ignore[attr-defined]  # a view's fields are dynamic
        elif kind == "org_state":
            request = make(REQUEST, {})
            state = State(sent, self.bundle.max_staleness, self.bundle.tables)
        facts = FactSet(
            kind,
            sent=sent,
            request=request,
            data=self.bundle.tables,
            now=now,
            state=state,
            supports=supports,
            detections=detections,
        )
        if kind == "org_state":
            facts.org = sent
        else:
            (joins or self.joins).collect(facts)
            if kind == "response":
                facts.response = sent
        return facts

    def uses(self, facts: FactSet, now: datetime) -> Sequence[CounterUse]:
        """What the rules that count would reserve for a request."""
        return self.asked(facts, now).uses

    def asked(self, facts: FactSet, now: datetime) -> Asked:
        """`uses`, with what `resume` has to know of them."""
        arranged = self._arranged["request"]
        if not isinstance(arranged, Counting):
            return _NOTHING_COUNTS
        return arranged.asked(facts.request, facts, now)

    # -- decide

    def decide(self, subject: Any, facts: FactSet, now: datetime) -> Decision:
        """The decision on `subject`: the joined request, the response or the snapshot that
        `facts` were collected for. Pure and total: equal arguments give equal bytes.

        As long as `facts` hold no counters, the rules that count are taken as passed.
        """
        arranged = self._arranged.get(facts.kind)
        if arranged is None:
            return self._settled(self._judge_state(facts, now), facts)
        seen = permits, hits, slow, passed_over = arranged.run(subject, facts, now)
        if permits and not hits and not slow and self._enforced:  # the ordinary allow, at once
            return Decision("allow", "Permit", self, facts, now, permits, passed_over)
        return self._conclude(subject, facts, now, seen)

    def begin(self, facts: FactSet, now: datetime) -> tuple[Decision, Seen]:
        """`decide` for a request of which nothing is counted yet, and what `resume` goes on
        from."""
        seen = self._arranged["request"].run(facts.request, facts, now)
        return self._conclude(facts.request, facts, now, seen), seen

    def resume(
        self, first: Decision, seen: Seen, asked: Asked, facts: FactSet, now: datetime
    ) -> Decision:
        """`decide` for a request on which `begin` gave `first` and `seen` before `facts` held
        the counters that were `asked` for. What doesn't count is not judged again, for it reads
        none; nor is what counts, where all of it said that it passes with what they hold."""
        arranged = self._arranged["request"]
        if not isinstance(arranged, Counting):
            return first
        over = None if asked.passed_over is None else asked.passed_over_by(facts.counters)
        if over is not None:
            first._passed_over += over
            return first
        _, hits, slow, passed_over = counted = arranged.rest(facts.request, facts, now)
        if not hits and not slow:  # nothing to say: what was decided stands
            first._passed_over += passed_over
            return first
        return self._conclude(facts.request, facts, now, both(seen, counted))

    def _conclude(self, subject: Any, facts: FactSet, now: datetime, seen: Seen) -> Decision:
        """From what the rules were seen to do to the decision."""
        permits, hits, slow, passed_over = seen
        if permits and not slow and self._enforced:
            if not hits:
                return Decision("allow", "Permit", self, facts, now, permits, passed_over)
            if (
                len(hits) == 1
                and hits[0][1] is True
                and "header" in facts.supports
                and (alone := self._lone.get(hits[0][0])) is not None
            ):  # as in every allow of a bundle that names its decisions
                decision = Decision("allow", "Permit", self, facts, now, permits, passed_over)
                decision._outcomes, decision._obligations = alone
                return decision
            if all(found is True and entry in self._asking for entry, found in hits):
                # nothing to weigh: all that fired asks for something to be done
                decision = Decision("allow", "Permit", self, facts, now, permits, passed_over)
                decision._outcomes = [
                    Outcome(entry, "fired", POINTERS.get(entry.resource, "")) for entry, _ in hits
                ]
                return self._settled(decision, facts)
        return self._settled(self._weigh(subject, facts, now, seen), facts)

    def _settled(self, decision: Decision, facts: FactSet) -> Decision:
        """`decision` with the obligations that its rules ask for, or a deny where one can't be."""
        if decision.effect == "deny" or not decision._outcomes or not self._enforced:
            return decision
        wanted = asked(decision._outcomes)
        if not wanted:
            return decision
        decision.obligations, failures = settle(wanted, facts.supports)
        return refused(decision, failures) if failures else decision

    def verdict(self, subject: Any, facts: FactSet, now: datetime) -> Decision:
        """What the combining table says, before obligations are settled."""
        arranged = self._arranged.get(facts.kind)
        if arranged is None:
            return self._judge_state(facts, now)
        return self._weigh(subject, facts, now, arranged.run(subject, facts, now))

    def _weigh(self, subject: Any, facts: FactSet, now: datetime, seen: Seen) -> Decision:
        """From what the rules were seen to do to a verdict."""
        permits, hits, slow, passed_over = seen
        found, more = outcomes(subject, facts, now, hits, slow)
        fired = [*permits, *(o.entry for o in found if o.entry.permits and o.status == "fired")]
        found = [o for o in found if not (o.entry.permits and o.status == "fired")]
        permitted = bool(fired) or (facts.kind == "response" and self.judges("response"))
        decision = self._decision(combine(found, permitted=permitted), facts, now, fired, found)
        decision._passed_over = passed_over + more
        return decision

    def _judge_state(self, facts: FactSet, now: datetime) -> Decision:
        found, counts = self.audit.run(facts, now)
        verdict = combine(found, permitted=self.judges("org_state"))
        decision = self._decision(verdict, facts, now, [], found)
        decision._rules = counts
        return decision

    def _decision(
        self,
        verdict: Verdict,
        facts: FactSet,
        now: datetime,
        permits: Sequence[Entry],
        found: Sequence[Outcome],
    ) -> Decision:
        effect, value = verdict.effect, verdict.value
        if value == "NotApplicable" and facts.kind == "response":
            effect = "allow"  # a Response that no rule judges
        decision = Decision(effect, value, self, facts, now, permits, 0)
        decision._outcomes = found
        decision._subject = facts.kind
        decision.would_allow = verdict.would_allow
        if not self._enforced:
            decision.would = {"effect": effect, "value": value}
            decision.effect, decision.value = "allow", "Permit"
            decision.would_allow = False
        return decision

    def _entities(self, kind: str) -> frozenset[str] | None:
        wanted: set[str] = set()
        reads = False
        for entry in self._entries[kind]:
            implementation = entry.rule.implementation
            if entry.check is None or implementation is None:
                continue
            entities = implementation.entities(entry.rule.params)
            if entities is None:
                continue
            if not entities:
                return frozenset()
            reads = True
            wanted |= entities
        return frozenset(wanted) if reads else None


def _lone_headers(
    asking: Iterable[Entry],
) -> Iterator[tuple[Entry, tuple[tuple[Outcome, ...], tuple[Obligation, ...]]]]:
    """What a decision says where one rule fired, and it asks for nothing but a header."""
    for entry in asking:
        fired = (Outcome(entry, "fired", POINTERS.get(entry.resource, "")),)
        wanted = asked(fired)
        if len(wanted) == 1 and (made := lone_header(*wanted[0], frozenset({"header"}))):
            yield entry, (fired, (made,))


class _Context:
    """What a kind may use while it compiles a rule of the bundle."""

    def __init__(self, bundle: Bundle, judged: Judged) -> None:
        self._bundle = bundle
        self._judged = judged
        self.data = bundle.tables

    def words(self, vocabulary: str) -> frozenset[str]:
        return self._bundle.words(vocabulary)

    def fact(self, ref: FactRef) -> Callable[[Any, Any], Any]:
        try:
            return fact_reader(self._bundle, self._judged, ref.fact)
        except ConditionError as error:
            problem = error.problems[0]
            raise ParamError(problem.message, help=problem.help) from None


def _entries(rule: Rule, bundle: Bundle, problems: list[Diagnostic]) -> list[Entry]:
    """`rule` compiled for each type that it judges."""
    made = []
    for number, judged in enumerate(rule.judges):
        try:
            check, uses = _check(rule, judged, bundle)
        except ParamError as error:
            at = ("params", *error.at)
            problems.append(rule.diagnostic("JB038", error.message, at=at, help=error.help))
            continue
        except RAISED as error:  # a third party's compile may raise anything
            what = f"kind {rule.kind} raised {type(error).__name__} when it compiled this rule"
            problems.append(rule.diagnostic("JB032", what, at=("kind",)))
            continue
        condition = judged.condition
        conjuncts = () if condition is None else condition.conjuncts
        made.append(
            Entry(
                rule.id,
                rule,
                judged.input,
                judged.resource,
                condition,
                check,
                mode=_weaker(rule.mode, bundle.mode),
                own_mode=rule.mode,
                scope=tuple(n for n, c in enumerate(conjuncts) if c.scope is not None),
                rest=tuple(n for n, c in enumerate(conjuncts) if c.scope is None),
                waivers=tuple(
                    (waiver, waiver.conditions[number] if waiver.conditions else None)
                    for waiver in bundle.waivers
                    if waiver.rule == rule.id
                ),
                uses=uses,
            )
        )
    return made


def _check(rule: Rule, judged: Judged, bundle: Bundle) -> tuple[Check | None, Uses | None]:
    """The check of a rule, and what it counts."""
    if rule.kind == "expression":
        return None, None
    assert rule.implementation is not None  # the bundle's loader refuses unknown kinds
    spec = RuleSpec(
        rule.id,
        rule.kind,
        rule.params,
        rule.effect,
        rule.severity,
        judged.input,
        judged.target,
        bundle.name,
    )
    context = _Context(bundle, judged)
    check = rule.implementation.compile(spec, context)
    if not callable(check):
        raise TypeError("compile returned nothing that can be called")
    uses = rule.implementation.counters(spec, context)
    if not (uses is None or callable(uses)):
        raise TypeError("counters returned nothing that can be called")
    return check, uses


def _weaker(one: Any, other: Any) -> Any:
    return max(one, other, key=_MODES.index)
