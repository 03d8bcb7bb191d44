"""The decision: an effect at once, everything else when read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jurat.canon import canonical as canonical_json
from jurat.canon import format_time

from ._entry import Entry, Outcome
from ._facts import FactSet
from ._obligations import Obligation
from ._reasons import Reason, Teller, sort_key
from ._settle import DecisionEffect

if TYPE_CHECKING:
    from jurat.scan import StreamRestorer

    from ._explain import Explanation
    from ._plan import Plan

_NO_OUTCOMES: tuple[Outcome, ...] = ()


class Denied(Exception):
    """Raised by `Decision.apply` for a deny: there is no body to send."""

    def __init__(self, decision: "Decision") -> None:
        codes = ", ".join(dict.fromkeys(reason.code for reason in decision.reasons))
        super().__init__(f"the decision is deny ({codes}); there is no body to send")
        self.decision = decision


class Decision:
    """What was decided, and why.

    `effect` is allow or deny; `value` the combining table's word for it (None where nothing was
    judged). Reasons, advice, obligations, counts and the explanation are made when they are
    first read. With several bundles, `parts` are their own decisions and this one combines them.
    """

    # No __slots__: the cached properties live in the instance's dict.
    def __init__(
        self,
        effect: DecisionEffect,
        value: str | None,
        plan: "Plan | None",
        facts: FactSet | None,
        now: datetime,
        permits: Sequence[Entry],
        passed_over: int,
    ) -> None:
        self.effect = effect
        self.value = value
        self.now = now
        self._plan = plan
        self._facts = facts
        self._permits = permits
        self._passed_over = passed_over

    # What a plain allow doesn't set.
    _outcomes: Sequence[Outcome] = _NO_OUTCOMES
    _failures: tuple[Reason, ...] = ()
    _rules: dict[str, dict[str, int]] | None = None
    _subject = "request"
    _heard = True  # among several bundles: this one did not abstain
    _speech: Any = None  # what words its reasons, where it is not the plan's own
    _new_id: Callable[[datetime], str] | None = None
    parts: tuple[tuple[str, "Decision"], ...] = ()
    _obligations: tuple[Obligation, ...] = ()
    would: dict[str, str] | None = None
    """A bundle in warn or shadow mode allows, and this is its real verdict."""
    would_allow = False
    """True if a permit fired and only what is unknown or failed stands against it."""
    vault: Any = None
    """Restores the pseudonyms of this decision in the answer; None where it made none."""
    reserved: Any = None
    """What the engine reserved for it in the limit store, which a response's usage corrects."""
    receipt: Any = None
    """The handle that becomes proof that the decision is durably in the log; None without log."""

    @property
    def allowed(self) -> bool:
        return self.effect == "allow"

    @cached_property
    def id(self) -> str:
        """UUIDv7 of the decision; empty where no engine made it."""
        return "" if self._new_id is None else self._new_id(self.now)

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """What the enforcement point must do for an allow to stand."""
        if self._new_id is not None and any(one.unfilled for one in self._obligations):
            values = {"decision.id": self.id}
            self._obligations = tuple(
                replace(one, value=values[one.source]) if one.unfilled else one
                for one in self._obligations
            )
        return self._obligations

    @obligations.setter
    def obligations(self, made: tuple[Obligation, ...]) -> None:
        self._obligations = made

    @cached_property
    def permits(self) -> tuple[str, ...]:
        """The ids of the permits that fired."""
        if self.parts:
            return tuple(
                sorted(f"{name}/{id_}" for name, part in self.parts for id_ in part.permits)
            )
        return tuple(sorted(entry.id for entry in self._permits))

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """Why: by severity, then rule, then pointer."""
        return self._told("reasons")

    @cached_property
    def advice(self) -> tuple[Reason, ...]:
        """What does not decide but should be known."""
        return self._told("advice")

    @cached_property
    def outcomes(self) -> tuple[tuple[str, str, str], ...]:
        """(rule, outcome, mode) of every rule that neither passed nor was not applicable."""
        if self.parts:
            return tuple(
                sorted(
                    (f"{name}/{rule}", outcome, mode)
                    for name, part in self.parts
                    for rule, outcome, mode in part.outcomes
                )
            )
        return tuple(
            sorted(
                {
                    (outcome.entry.id, outcome.status, outcome.entry.mode)
                    for outcome in (*self._outcomes, *self._fired_permits())
                    if outcome.status not in ("passed", "not_applicable")
                }
            )
        )

    def by_resource(self) -> list[list[str]]:
        """[rule, pointer, outcome] of every outcome that did not just pass, of a snapshot."""
        if self.parts:
            return sorted(
                [f"{name}/{rule}", at, status]
                for name, part in self.parts
                for rule, at, status in part.by_resource()
            )
        return [[outcome.entry.id, outcome.at, outcome.status] for outcome in self._outcomes]

    @cached_property
    def counts(self) -> dict[str, int]:
        """Outcomes by kind, over all rules of this input (and resources); zeros left out."""
        counts: dict[str, int] = {}
        if self.parts:
            for _, part in self.parts:
                for name, count in part.counts.items():
                    counts[name] = counts.get(name, 0) + count
        elif self._plan is not None:
            for outcome in (*self._outcomes, *self._fired_permits()):
                if outcome.status not in ("passed", "not_applicable"):
                    counts[outcome.status] = counts.get(outcome.status, 0) + 1
            counts["not_applicable"] = self._passed_over
            counts["passed"] = self._judged() - sum(counts.values())
        return {name: count for name, count in sorted(counts.items()) if count}

    @property
    def rules(self) -> dict[str, dict[str, int]] | None:
        """For a snapshot: of each rule, how many resources it evaluated and with what outcome."""
        if self.parts:
            parts = [
                {f"{name}/{rule}": counts for rule, counts in (part.rules or {}).items()}
                for name, part in self.parts
            ]
            return {rule: counts for part in parts for rule, counts in part.items()} or None
        return self._rules

    @property
    def header(self) -> Any:
        """The request that was decided on, as a view without text; None for other inputs."""
        if self.parts:
            return self.parts[0][1].header
        if self._facts is None or self._facts.kind != "request":
            return None
        return self._facts.sent

    def word(self, value: Any) -> Any:
        """A word of the header as a log may show it in clear."""
        plan = self.parts[0][1]._plan if self.parts else self._plan
        return value if plan is None else plan.speech.word(value)

    @property
    def assumed(self) -> dict[str, Any]:
        """The values that `assume` filled in, by pointer."""
        if self.parts:
            return {
                pointer: value for _, part in self.parts for pointer, value in part.assumed.items()
            }
        return {} if self._facts is None else dict(self._facts.assumed)

    @property
    def bundle(self) -> str | dict[str, str] | None:
        """Digest of the bundle; of several, by name."""
        return self._digests("bundle")

    @property
    def plan(self) -> str | dict[str, str] | None:
        """Digest of bundle, engine and plugins; of several, by name."""
        return self._digests("digest")

    def to_dict(self, *, canonical: bool = False) -> dict[str, Any]:
        """The decision as JSON, absent keys left out. The canonical form, which the log's `dec`
        digests, has neither id nor plan, messages nor made replacements."""
        made: dict[str, Any] = {"effect": self.effect}
        if not canonical and self.id:
            made["id"] = self.id
        if self.value is not None:
            made["value"] = self.value
        made["now"] = format_time(self.now)
        if self.would is not None:
            made["would"] = self.would
        if self.would_allow:
            made["would_allow"] = True
        if self.permits:
            made["permits"] = list(self.permits)
        for name in ("reasons", "obligations", "advice"):
            if items := getattr(self, name):
                made[name] = [item.to_dict(canonical=canonical) for item in items]
        if shadow := [
            [rule, outcome] for rule, outcome, mode in self.outcomes if mode == "shadow"
        ]:
            made["shadow"] = shadow
        if self.counts:
            made["counts"] = self.counts
        if self.rules is not None:
            made["rules"] = self.rules
        if self.assumed:
            made["assumed"] = self.assumed
        if self.bundle is not None:
            made["bundle"] = self.bundle
        if self.plan is not None and not canonical:
            made["plan"] = self.plan
        return made

    def canonical(self) -> bytes:
        """The canonical bytes of the decision: equal decisions have equal ones."""
        return canonical_json(self.to_dict(canonical=True))

    def explain(self) -> "Explanation":
        """The outcome of every rule, with the facts that mattered."""
        from ._explain import explain

        return explain(self)

    def every_outcome(self) -> Iterator[tuple[str, str]]:
        """The id and outcome of every rule, as `explain` has them, at a fraction of its cost."""
        from ._explain import every_outcome

        return every_outcome(self)

    def apply(self, body: Any) -> Any:
        """The body to send: `body` (bytes, text or mapping) in its own shape, redacted as the
        obligations say, byte for byte the same where there is nothing to change.

        Raises Denied for a deny, and ValueError if `body` is not the document that was judged.
        """
        from ._apply import apply

        if not self.allowed:
            raise Denied(self)
        return apply(self.obligations, body)

    def restore(self, body: Any) -> Any:
        """An answer with the values that this decision replaced by pseudonyms put back: `body`
        (bytes, text or mapping) in its own shape, or plain text.

            body = decision.apply(body)             # to the provider
            answer = decision.restore(answer)       # to the caller

        Arguments of tool calls stay valid JSON. What no pseudonym of this decision stands in is
        given back as it came. Answers that come in pieces need `restorer`.
        """
        if self.vault is None:
            return body
        from jurat.wire import edit_strings

        return edit_strings(body, self.vault.restore)

    def restorer(self, *, holds_json: bool = False) -> "StreamRestorer":
        """What restores one text of an answer that comes in pieces: `feed` it each, then
        `flush`. `holds_json` for the argument deltas of a tool call. Each message and each tool
        call needs its own."""
        from jurat.scan import StreamRestorer, Vault

        return StreamRestorer(self.vault or Vault(), holds_json=holds_json)

    def __repr__(self) -> str:
        return f"<Decision {self.effect} {self.value or ''}>".replace(" >", ">")

    # -- inside

    def _judged(self) -> int:
        """How many rules there are for this input; of a snapshot, with resources."""
        if self._rules is not None:
            return sum(counts["evaluated"] for counts in self._rules.values())
        return 0 if self._plan is None else len(self._plan.entries(self._subject))

    def _fired_permits(self) -> list[Outcome]:
        return [Outcome(entry, "fired") for entry in self._permits]

    def _told(self, what: str) -> tuple[Reason, ...]:
        failures = self._failures if what == "reasons" else ()
        if self.parts:
            told = [reason for name, part in self.parts for reason in part._tell(what, f"{name}/")]
        else:
            told = self._tell(what, "")
        return tuple(sorted([*failures, *told], key=sort_key))

    def _tell(self, what: str, prefix: str) -> list[Reason]:
        """This decision's own reasons or advice, with rule ids under `prefix`."""
        if self._plan is None or self._facts is None:
            return list(self._failures) if prefix and what == "reasons" else []
        speech = self._speech or self._plan.speech
        teller = Teller(speech, self._facts, self.now, prefix)
        if what == "advice":
            return teller.advice(self._outcomes)
        told = teller.reasons(self._outcomes)
        # a response that no rule judges is allowed: what denies it came after the table
        unheard = self._facts.kind == "response" or not self._heard
        if self.value == "NotApplicable" and self.effect == "deny" and not unheard:
            told.append(teller.no_rule(self._plan.permits_of(self._subject), self._subject))
        return told

    def _digests(self, what: str) -> str | dict[str, str] | None:
        if self.parts:
            return {
                part._plan.bundle.name: _digest(part._plan, what)
                for _, part in self.parts
                if part._plan is not None
            }
        return None if self._plan is None else _digest(self._plan, what)


def _digest(plan: "Plan", what: str) -> str:
    return plan.bundle.digest if what == "bundle" else plan.digest


def refusal(
    code: str, message: str, now: datetime, *, at: str = "", remediation: str = ""
) -> Decision:
    """A deny without a policy's verdict: nothing armed, an input that can't be read."""
    decision = Decision("deny", None, None, None, now, (), 0)
    decision._failures = (
        Reason(code, message, "critical", effect="deny", at=at, remediation=remediation),
    )
    return decision


def refused(decision: Decision, reasons: Sequence[Reason]) -> Decision:
    """`decision` turned to deny after the table: it keeps the table's value, drops its
    obligations, and says why."""
    made = Decision.__new__(Decision)
    made.__dict__.update(
        {
            name: value
            for name, value in decision.__dict__.items()
            if name not in ("reasons", "_obligations")
        }
    )
    made.effect = "deny"
    made._failures = (*decision._failures, *reasons)
    return made
