"""Reasons: what a decision says for itself, made when read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jurat.canon import format_time
from jurat.model import MissingFact
from jurat.plugin import SEVERITIES, Detection, Finding

from ._entry import Entry, Outcome, judge
from ._facts import FactSet
from ._settle import undecided
from ._speech import Speech

RANK: dict[str, int] = {severity: number for number, severity in enumerate(SEVERITIES)}
SHOWN_RULES = 10
SHOWN_DETECTIONS = 10

PASTE = """- id: let-in
  title: Say who may call
  kind: expression
  effect: permit
  severity: info
  when: request.actor.id != \"\""""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason or advice of a decision. `message` is for people and outside the canonical form.

    `rules` names all rules that a missing fact concerns; elsewhere `rule` is the one.
    """

    code: str
    message: str
    severity: str
    rule: str = ""
    rules: tuple[str, ...] = ()
    outcome: str = ""
    effect: str = ""
    at: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    controls: tuple[str, ...] = ()
    remediation: str = ""
    mode: str = "enforce"
    example: bool = False
    until: str = ""
    """On a waived outcome: when the waiver ends."""
    found: tuple[Detection, ...] = ()
    """The detections behind it; `to_dict` tells the first of them."""

    def to_dict(self, *, canonical: bool = False) -> dict[str, Any]:
        """As JSON, empty fields left out; the canonical form has no message, and no detections,
        which are facts."""
        made: dict[str, Any] = {}
        for name in ("rule", "outcome", "effect", "code", "severity", "at", "message"):
            if value := getattr(self, name):
                made[name] = value
        if self.code != "missing-fact" and "at" not in made:
            made["at"] = ""
        if self.rules:
            made["rules"] = list(self.rules)
        if self.evidence:
            made["evidence"] = self.evidence
        if self.controls:
            made["controls"] = list(self.controls)
        if self.remediation:
            made["remediation"] = self.remediation
        if self.mode != "enforce":
            made["mode"] = self.mode
        if self.example:
            made["example"] = True
        if self.until:
            made["until"] = self.until
        if canonical:
            made.pop("message", None)
        elif self.found:
            made["found"] = [
                {
                    "entity": one.entity,
                    "detector": one.detector,
                    "confidence": one.confidence,
                    "length": one.end - one.start,
                }
                for one in self.found[:SHOWN_DETECTIONS]
            ]
        return made


def sort_key(reason: Reason) -> tuple[int, str, str, str]:
    rule = reason.rule or (reason.rules[0] if reason.rules else "")
    return (-RANK[reason.severity], rule, reason.at, reason.code)


class Teller:
    """Makes the reasons and the advice of one decision from its outcomes."""

    def __init__(self, speech: Speech, facts: FactSet, now: datetime, prefix: str = "") -> None:
        self._speech = speech
        self._facts = facts
        self._now = now
        self._prefix = prefix

    def reasons(self, outcomes: Sequence[Outcome]) -> list[Reason]:
        """Every enforced outcome that fired, or that was undecided and counts."""
        told: list[Reason] = []
        undecided_ones = []
        for outcome in outcomes:
            entry = outcome.entry
            if entry.mode != "enforce" or entry.effect == "advise":
                continue
            if outcome.status == "fired" and not entry.permits:
                told += self._fired(outcome)
            elif undecided(outcome) or (entry.permits and outcome.status in ("unknown", "error")):
                undecided_ones.append(outcome)
        told += self._missing(undecided_ones)
        told += [self._failed(o) for o in undecided_ones if o.status == "error"]
        return sorted(told, key=sort_key)

    def advice(self, outcomes: Sequence[Outcome]) -> list[Reason]:
        """What does not decide but should be known: advise rules, warn-mode outcomes, ignored
        failures, waivers in use, notes of the joins."""
        told: list[Reason] = []
        for outcome in outcomes:
            entry = outcome.entry
            if entry.mode == "shadow":
                continue
            if outcome.status == "waived":
                told.append(self._waived(outcome))
            elif outcome.status == "fired" and not entry.permits:
                if entry.effect == "advise" or entry.mode == "warn":
                    told += self._fired(outcome)
            elif (
                outcome.status in ("unknown", "error")
                and not entry.permits
                and not (entry.mode == "enforce" and undecided(outcome))
            ):
                told += self._missing([outcome])
                told += [self._failed(outcome)] if outcome.status == "error" else []
            told += [
                self._finding(outcome, finding) for finding in outcome.findings if finding.advice
            ]
        for code, at, message in dict.fromkeys(self._facts.notes):
            told.append(Reason(code, message, "low", at=at, effect="advise"))
        return sorted(told, key=sort_key)

    def no_rule(self, permits: Sequence[Entry], subject: str) -> Reason:
        """Why nothing let the input in: each permit with the first conjunct that was false."""
        if subject != "request":
            message = f"no rule of this policy judges {subject}, so nothing says it is allowed"
            return Reason("no-rule", message, "high", outcome="not_applicable", effect="deny")
        if not permits:
            message = (
                "no permit in the policy, so it lets nothing in; put one like this in rules/:\n"
                + PASTE
            )
            return Reason("no-rule", message, "high", outcome="not_applicable", effect="deny")
        told = [self._refusal(entry) for entry in permits[:SHOWN_RULES]]
        if len(permits) > SHOWN_RULES:
            told.append(f"and {len(permits) - SHOWN_RULES} more permits")
        message = "no permit let the request in: " + "; ".join(told)
        rules = tuple(self._id(entry) for entry in permits[:SHOWN_RULES])
        return Reason(
            "no-rule", message, "high", rules=rules, outcome="not_applicable", effect="deny"
        )

    def why(self, outcome: Outcome) -> str:
        """One line on what an outcome came from."""
        match outcome.status:
            case "fired" if outcome.findings:
                told = [self._finding(outcome, finding).message for finding in outcome.findings]
                return "; ".join(told)
            case "unknown":
                return "; ".join(f"{missing.pointer} is not known" for missing in outcome.missing)
            case "error":
                return outcome.error
            case "waived":
                return self._waived(outcome).message
        return ""

    # -- one outcome each

    def _fired(self, outcome: Outcome) -> list[Reason]:
        if not outcome.findings:
            rule = outcome.entry.rule
            # of a requirement that its condition is met is no news: what is asked for is
            code = "obligation-required" if outcome.entry.effect == "require" else "condition-met"
            finding = Finding(code, rule.title)
            return [self._finding(outcome, finding)]
        return [self._finding(outcome, f) for f in outcome.findings if not f.advice]

    def _finding(self, outcome: Outcome, finding: Finding) -> Reason:
        entry, rule = outcome.entry, outcome.entry.rule
        at = finding.at if finding.absolute else outcome.at + finding.at
        return Reason(
            finding.code,
            self._speech.message(finding.message, finding.quote, at),
            rule.severity,
            rule=self._id(entry),
            outcome="passed" if finding.advice else outcome.status,
            effect="advise" if finding.advice else (finding.effect or entry.effect),
            at=at,
            evidence=self._speech.evidence(finding.evidence),
            controls=tuple(rule.controls),
            # what the bundle says fits its organisation better than what a kind says
            # a rule's own word is on its violation, not on what is remarked by the way
            remediation=finding.remediation
            if finding.advice
            else rule.remediation or finding.remediation,
            mode=entry.mode,
            example=finding.example,
            found=finding.found,
        )

    def _missing(self, outcomes: Iterable[Outcome]) -> list[Reason]:
        """One reason per missing fact, with the rules that need it."""
        needed: dict[str, tuple[MissingFact, list[Outcome]]] = {}
        for outcome in outcomes:
            for missing in outcome.missing:
                needed.setdefault(missing.pointer, (missing, []))[1].append(outcome)
        return [self._missing_one(missing, who) for missing, who in needed.values()]

    def _missing_one(self, missing: MissingFact, outcomes: list[Outcome]) -> Reason:
        ids = sorted({self._id(outcome.entry) for outcome in outcomes})
        severity = max((o.entry.rule.severity for o in outcomes), key=RANK.__getitem__)
        match ids:
            case [one]:
                who = f"rule {one} needs it"
            case [one, two]:
                who = f"rules {one} and {two} need it"
            case _:
                who = f"rule {ids[0]} and {len(ids) - 1} more need it"
        if missing.why:
            what = f"{missing.pointer} is unknown: {missing.why}; {who}"
        elif self._facts.kind == "org_state":
            what = f"{missing.pointer} was not collected; {who}; let a source supply it"
        else:
            what = f"{missing.pointer} was not supplied; {who}; send it, or set assume"
        modes = {outcome.entry.mode for outcome in outcomes}
        return Reason(
            "missing-fact",
            what,
            severity,
            rules=tuple(ids[:SHOWN_RULES]),
            outcome="unknown",
            at=missing.pointer,
            evidence={"rules": len(ids)} if len(ids) > SHOWN_RULES else {},
            mode="enforce" if "enforce" in modes else min(modes),
        )

    def _failed(self, outcome: Outcome) -> Reason:
        entry = outcome.entry
        rule = entry.rule
        code = "condition-failed" if outcome.error.startswith("its condition") else "check-failed"
        return Reason(
            code,
            f"rule {self._id(entry)} could not be judged: {outcome.error}",
            rule.severity,
            rule=self._id(entry),
            outcome="error",
            effect=entry.effect,
            at=outcome.at,
            controls=tuple(rule.controls),
            mode=entry.mode,
        )

    def _waived(self, outcome: Outcome) -> Reason:
        entry, waiver = outcome.entry, outcome.waiver
        assert waiver is not None  # waived by one
        until = format_time(waiver.expires)
        return Reason(
            "waived",
            f"rule {self._id(entry)} is waived until {until}: {waiver.reason}",
            entry.rule.severity,
            rule=self._id(entry),
            outcome="waived",
            effect=entry.effect,
            at=outcome.at,
            mode=entry.mode,
            until=until,
        )

    def _refusal(self, entry: Entry) -> str:
        """The first conjunct of a permit that was false, with the values that it read."""
        condition = entry.condition
        if condition is None:
            return f"{self._id(entry)} did not apply"
        target = self._facts.request
        for number, conjunct in enumerate(condition.conjuncts):
            if condition.judge([number], target, self._facts, self._now).value is not False:
                continue
            values = [
                f"{path} is {self._speech.show(value, pointer_of(path))}"
                for path, value in conjunct.values(target, self._facts, self._now)
                if not path.startswith("data.")
            ]
            text = " ".join(conjunct.text.split())
            return f"{self._id(entry)}: {text} is false ({', '.join(values) or 'always'})"
        outcome = judge(entry, target, self._facts, self._now)
        return f"{self._id(entry)} is {outcome.status}"

    def _id(self, entry: Entry) -> str:
        return self._prefix + entry.id


def pointer_of(path: str) -> str:
    """`request.actor.id` as a JSON Pointer into the input."""
    root, _, rest = path.partition(".")
    steps = rest.split(".") if root in ("request", "response") else [root, *rest.split(".")]
    return "/" + "/".join(step for step in steps if step)
