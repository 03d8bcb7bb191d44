"""The meaning of a policy, spelt out: what the engine must agree with.

Written from the text of the semantics alone, case by case, with no thought of speed. It knows
nothing of files, CEL or Python objects: what each rule's scope, rest and check come to for one
input is given (`worlds` works that out from generated policies, again in the plainest way).
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal


class Truth(Enum):
    """What a condition, or a part of one, comes to."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"
    ERROR = "error"


SEVERITIES = ("info", "low", "medium", "high", "critical")
VALUES = (
    "Deny",
    "Indeterminate{DP}",
    "Indeterminate{D}",
    "Indeterminate{P}",
    "NotApplicable",
    "Permit",
)
MODES = ("enforce", "warn", "shadow")  # strongest first
OPERATORS = ("remove", "label", "mask", "hash", "encrypt", "pseudonym")  # strongest first

Effect = Literal["permit", "deny", "redact", "require", "advise"]
Mode = Literal["enforce", "warn", "shadow"]


@dataclass(frozen=True)
class Duty:
    """An obligation: of `type` redact (`key` pointer and span, `value` operator), header (`key`
    name) or route (`value` endpoint ids)."""

    type: str
    key: object = None
    value: object = None


@dataclass(frozen=True)
class Violation:
    """What a check found. With `advice` no violation at all; `denies`: no obligation can help."""

    at: str = ""
    advice: bool = False
    denies: bool = False
    duty: Duty | None = None


@dataclass(frozen=True)
class Checked:
    """What a rule's check does when it is run: find things, miss a fact, or break."""

    found: tuple[Violation, ...] = ()
    missing: bool = False
    raises: bool = False


@dataclass(frozen=True)
class Rule:
    """One rule and its behaviour on one input. `check` is None for an expression."""

    id: str
    effect: Effect
    scope: Truth = Truth.TRUE
    rest: Truth = Truth.TRUE
    check: Checked | None = None
    severity: str = "medium"
    mode: Mode = "enforce"
    on_error: Literal["deny", "ignore"] = "deny"
    waived: bool = False  # a waiver is in force and its scope is known to be true
    duty: Duty | None = None  # of an expression with effect require
    counts: bool = False  # its check reads what counters held


@dataclass(frozen=True)
class Policy:
    """One bundle, as it meets one input."""

    rules: tuple[Rule, ...]
    mode: Mode = "enforce"
    has_permit: bool = True
    name: str = ""


@dataclass
class Decided:
    """What must come out."""

    effect: Literal["allow", "deny"]
    value: str
    would: tuple[str, str] | None = None
    would_allow: bool = False
    outcomes: dict[str, str] = field(default_factory=dict)
    duties: tuple[Duty, ...] = ()
    codes: frozenset[str] = frozenset()


def outcome(rule: Rule) -> str:
    """What the rule did."""
    plain = _outcome_without_waivers(rule)
    if plain in ("fired", "unknown", "error") and rule.waived:
        return "waived"
    return plain


def _outcome_without_waivers(rule: Rule) -> str:
    # scope false = not applicable; scope unknown = unknown, and the check is not run
    if rule.scope is Truth.FALSE:
        return "not_applicable"
    if rule.scope is Truth.UNKNOWN:
        return "unknown"
    if rule.scope is Truth.ERROR:
        return "error"
    own = {Truth.UNKNOWN: "unknown", Truth.ERROR: "error"}
    # an expression has no check: true = fired, false = passed, for a permit not applicable
    if rule.check is None:
        if rule.rest is Truth.TRUE:
            return "fired"
        if rule.rest is Truth.FALSE:
            return "not_applicable" if rule.effect == "permit" else "passed"
        return own[rule.rest]
    if rule.rest is Truth.FALSE:
        return "not_applicable"
    checked = _check_outcome(rule.check)
    # true: the check decides; else a check that finds nothing has passed, anything else is
    # the rest's own outcome
    if rule.rest is Truth.TRUE:
        return checked
    return "passed" if checked == "passed" else own[rule.rest]


def _check_outcome(check: Checked) -> str:
    if check.raises:
        return "error"
    if check.missing:
        return "unknown"
    return "fired" if any(not violation.advice for violation in check.found) else "passed"


def duties_of(rule: Rule) -> tuple[Duty, ...]:
    """The obligations of a rule that fired."""
    if rule.check is None:
        return () if rule.duty is None else (rule.duty,)
    return tuple(v.duty for v in rule.check.found if v.duty is not None and not v.advice)


def table(*, deny: bool, deny_open: bool, permit: bool, permit_open: bool) -> tuple[str, str]:
    """The combining table: (effect, value). `open` is unknown or erred."""
    if deny:
        return "deny", "Deny"
    if deny_open and (permit or permit_open):
        return "deny", "Indeterminate{DP}"
    if deny_open:
        return "deny", "Indeterminate{D}"
    if permit:
        return "allow", "Permit"
    if permit_open:
        return "deny", "Indeterminate{P}"
    return "deny", "NotApplicable"


def verdict(policy: Policy, *, permits: bool, taken: bool) -> tuple[str, str, bool]:
    """(effect, value, would_allow) of one bundle, its own mode left aside.

    `permits` says whether this input has permits at all; where it has none, `taken` says
    whether one is taken as fired.
    """
    deny = deny_open = permit = permit_open = False
    for rule in policy.rules:
        did = outcome(rule)
        is_open = did in ("unknown", "error")
        if rule.effect == "permit":
            permit = permit or did == "fired"
            permit_open = permit_open or is_open
            continue
        if rule.mode != "enforce" or rule.effect == "advise":
            continue
        if did == "fired":
            found = () if rule.check is None else rule.check.found
            deny = deny or rule.effect == "deny" or any(v.denies for v in found)
        if is_open and not (rule.effect == "deny" and rule.on_error == "ignore"):
            deny_open = True
    if not permits:
        permit, permit_open = taken, False
    effect, value = table(deny=deny, deny_open=deny_open, permit=permit, permit_open=permit_open)
    return effect, value, value == "Indeterminate{DP}" and permit


def merge(duties: list[Duty]) -> tuple[tuple[Duty, ...], bool]:
    """Obligations of all rules as one set, and whether they contradict each other."""
    conflict = False
    merged: dict[tuple[str, object], Duty] = {}
    for duty in duties:
        key = (duty.type, duty.key)
        if key not in merged:
            merged[key] = duty
            continue
        other = merged[key]
        if duty.type == "header":
            conflict = conflict or duty.value != other.value
        elif duty.type == "route":
            assert isinstance(duty.value, frozenset)
            assert isinstance(other.value, frozenset)
            merged[key] = Duty("route", duty.key, duty.value & other.value)
            conflict = conflict or not merged[key].value
        elif duty.type == "redact":
            assert isinstance(duty.value, str)
            assert isinstance(other.value, str)
            stronger = min(duty.value, other.value, key=OPERATORS.index)
            merged[key] = Duty("redact", duty.key, stronger)
    return tuple(merged.values()), conflict


def decide(
    policies: tuple[Policy, ...],
    *,
    input: Literal["request", "response", "org_state"] = "request",
    supports: frozenset[str] = frozenset(),
) -> Decided:
    """The decision of all bundles on one input: first with the rules that count taken as passed;
    if that allows, with what their counters held."""
    if any(rule.counts for policy in policies for rule in policy.rules):
        passing = tuple(
            replace(policy, rules=tuple(_taken_as_passed(rule) for rule in policy.rules))
            for policy in policies
        )
        first = _decide(passing, input=input, supports=supports)
        if first.effect == "deny":
            return first
    return _decide(policies, input=input, supports=supports)


def _taken_as_passed(rule: Rule) -> Rule:
    if not rule.counts:
        return rule
    return replace(rule, scope=Truth.TRUE, rest=Truth.TRUE, check=Checked())


def _decide(
    policies: tuple[Policy, ...],
    *,
    input: Literal["request", "response", "org_state"] = "request",
    supports: frozenset[str] = frozenset(),
) -> Decided:
    """The decision of all bundles, every rule being what it is."""
    permits = input == "request"
    # A bundle in warn or shadow changes no effect: it is heard only where none is enforced. Alone
    # it allows, and says in `would` what it would have said.
    enforced = [policy for policy in policies if policy.mode == "enforce"]
    outcomes = {
        policy.name + rule.id: outcome(rule) for policy in policies for rule in policy.rules
    }
    if not enforced:
        as_if = tuple(replace(policy, mode="enforce") for policy in policies)
        real = _decide(as_if, input=input, supports=frozenset(("redact", "header", "route")))
        as_told = "allow" if real.value == "Permit" else real.effect
        return Decided("allow", "Permit", (as_told, real.value), False, outcomes)
    # Who has a say: a bundle with no permit (or no rule for this input) abstains where another
    # has one.
    voices = [p.has_permit if permits else bool(p.rules) for p in enforced]
    effects: list[str] = []
    values: list[str] = []
    wanted: list[Duty] = []
    hopes: list[bool] = []
    for policy, voice in zip(enforced, voices, strict=True):
        effect, value, could = verdict(policy, permits=permits, taken=voice)
        if input == "response" and value == "NotApplicable":
            effect = "allow"  # no rule judges answers: allowed, and said to be NotApplicable
        for rule in policy.rules:
            if rule.mode == "enforce" and outcome(rule) == "fired":
                wanted += duties_of(rule)
        if not voice and any(voices) and value == "NotApplicable":
            continue
        effects.append(effect)
        values.append(value)
        hopes.append(could or effect == "allow")
    effect = "allow" if all(e == "allow" for e in effects) else "deny"
    value = min(values, key=VALUES.index)
    duties: tuple[Duty, ...] = ()
    codes: set[str] = set()
    if effect == "allow":
        duties, conflict = merge(wanted)
        if conflict:
            codes.add("obligation-conflict")
        if any(duty.type not in supports for duty in duties):
            codes.add("obligation-unsupported")
        if codes:
            effect, duties = "deny", ()
    return Decided(
        "allow" if effect == "allow" else "deny",
        value,
        None,
        # only unknowns stand against an allow by all
        value == "Indeterminate{DP}" and all(hopes),
        outcomes,
        duties,
        frozenset(codes),
    )
