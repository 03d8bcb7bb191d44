"""Obligations: gathered from the rules that fired, merged, and refused where they can't stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from jurat.plugin import HEADER_SOURCES, SEVERITIES, Approve, Header, HoldStream, Redact, Route
from jurat.plugin import Obligation as Wanted
from jurat.scan import Span, merge

from ._entry import Outcome
from ._reasons import Reason

HINTS = {
    "redact": 'pass supports={"redact"} and send decision.apply(body)',
    "route": 'pass supports={"route"} and send the call to one of the endpoints',
    "header": 'pass supports={"header"} and set the header on the call',
    "hold_stream": 'pass supports={"hold_stream"} and hold the answer back until it is judged',
    "approval": "send a recorded approval in /approvals, "
    'or pass supports={"approval"} and get it before the call',
}


@dataclass(frozen=True, slots=True)
class Obligation:
    """What the enforcement point must do for an allow to stand.

    `spans` of a redaction are (start, end, entity) in code points of the text at the JSON
    Pointer `at`; `made` are the replacements, in the order of the spans, where they are known.
    """

    id: str
    type: str
    rules: tuple[str, ...]
    at: str = ""
    spans: tuple[tuple[int, int, str], ...] = ()
    operators: tuple[str, ...] = ()
    made: tuple[str, ...] = field(default=(), repr=False)
    endpoints: tuple[str, ...] = ()
    name: str = ""
    value: Any = None
    source: str = ""
    """What the value of a header is filled in from, by an engine's decision when it is
    read; the value is None until then."""
    approvers: tuple[str, ...] = ()

    @property
    def unfilled(self) -> bool:
        """True for a header whose value is still to be filled in."""
        return bool(self.source) and self.value is None

    @property
    def rule(self) -> str:
        """The first of the rules that ask for it."""
        return self.rules[0]

    def to_dict(self, *, canonical: bool = False) -> dict[str, Any]:
        """As JSON. A span's third item is its replacement if known (in the canonical form, if
        it follows from the entity alone), else its entity."""
        made: dict[str, Any] = {"id": self.id, "type": self.type, "rule": self.rule}
        if len(self.rules) > 1:
            made["rules"] = list(self.rules)
        if self.type == "redact":
            made["at"] = self.at
            made["spans"] = [
                [start, end, self._shown(number, canonical)]
                for number, (start, end, _) in enumerate(self.spans)
            ]
            if set(self.operators) != {"label"}:
                made["operators"] = list(self.operators)
        elif self.type == "route":
            made["endpoints"] = list(self.endpoints)
        elif self.type == "header":
            made["name"] = self.name
            unfilled = self.unfilled or (canonical and self.source)
            made["value"] = {"from": self.source} if unfilled else self.value
        elif self.type == "approval" and self.approvers:
            made["approvers"] = list(self.approvers)
        return made

    def _shown(self, number: int, canonical: bool) -> str:
        operator, entity = self.operators[number], self.spans[number][2]
        if operator == "label":
            return f"[{entity}]"
        if operator == "remove":
            return ""
        return entity if canonical or not self.made else self.made[number]


Asked = tuple[str, Wanted, str]  # rule id, obligation, severity


def asked(outcomes: Iterable[Outcome], prefix: str = "") -> list[Asked]:
    """What the enforced redact and require rules that fired ask for."""
    found: list[Asked] = []
    for outcome in outcomes:
        entry = outcome.entry
        if outcome.status != "fired" or entry.mode != "enforce":
            continue
        rule = entry.rule
        if entry.effect == "require" and entry.check is None:
            found += [(prefix + entry.id, wanted, rule.severity) for wanted in rule.obligations]
        elif entry.effect in ("redact", "require"):
            found += [
                (prefix + entry.id, finding.obligation, rule.severity)
                for finding in outcome.findings
                if finding.obligation is not None
            ]
    return found


def settle(
    wanted: Sequence[Asked], supports: frozenset[str]
) -> tuple[tuple[Obligation, ...], tuple[Reason, ...]]:
    """The merged obligations, or the reasons why the allow can't stand."""
    if len(wanted) == 1 and (alone := lone_header(*wanted[0], supports)):
        return (alone,), ()
    redactions: dict[str, list[tuple[str, Redact]]] = {}
    routes: list[tuple[str, Route]] = []
    headers: dict[str, list[tuple[str, Header]]] = {}
    holds: list[str] = []
    approvals: dict[tuple[str, ...], list[str]] = {}
    for rule, obligation, _ in wanted:
        match obligation:
            case Redact():
                redactions.setdefault(obligation.at, []).append((rule, obligation))
            case Route():
                routes.append((rule, obligation))
            case Header():
                headers.setdefault(obligation.name.lower(), []).append((rule, obligation))
            case HoldStream():
                holds.append(rule)
            case Approve():
                approvals.setdefault(tuple(sorted(set(obligation.approvers))), []).append(rule)
    severity = max((s for _, _, s in wanted), key=SEVERITIES.index, default="info")
    merged: list[Obligation] = []
    refused: list[Reason] = []
    for at in sorted(redactions):
        merged.append(_redaction(at, redactions[at]))
    if routes:
        endpoints = set.intersection(*(set(route.endpoints) for _, route in routes))
        rules = _rules(rule for rule, _ in routes)
        if not endpoints:
            refused.append(_conflict("no endpoint satisfies every rule", rules, severity))
        merged.append(Obligation("", "route", rules, endpoints=tuple(sorted(endpoints))))
    for name in sorted(headers):
        rules = _rules(rule for rule, _ in headers[name])
        values = [header.value for _, header in headers[name]]
        if any(value != values[0] for value in values):
            what = f"the rules ask for different values of the header {name}"
            refused.append(_conflict(what, rules, severity))
        first = headers[name][0][1]
        value: Any = values[0]
        source = ""
        if not isinstance(value, str):
            value, source = None, value.get("from", "")
            if source not in HEADER_SOURCES:
                what = f"the header {name} has a value from nowhere"
                refused.append(_conflict(what, rules, severity))
        merged.append(Obligation("", "header", rules, name=first.name, value=value, source=source))
    if holds:
        merged.append(Obligation("", "hold_stream", _rules(holds)))
    for approvers in sorted(approvals):  # one approver's word does not stand for another's
        merged.append(
            Obligation("", "approval", _rules(approvals[approvers]), approvers=approvers)
        )
    refused += _unsupported(merged, supports, severity)
    if refused:
        return (), tuple(refused)
    return tuple(_numbered(merged)), ()


def lone_header(
    rule: str, wanted: Wanted, severity: str, supports: frozenset[str]
) -> Obligation | None:
    """The obligation, where a header is all that is asked for, as in every allow of a bundle that
    names its decisions: nothing is to be merged. None where it is something else, or can't stand.
    """
    if not isinstance(wanted, Header) or "header" not in supports:
        return None
    value = wanted.value
    if isinstance(value, str):
        return Obligation("o1", "header", (rule,), name=wanted.name, value=value)
    source = value.get("from", "")
    if source not in HEADER_SOURCES:
        return None
    return Obligation("o1", "header", (rule,), name=wanted.name, source=source)


def _redaction(at: str, wanted: Sequence[tuple[str, Redact]]) -> Obligation:
    spans = [
        Span(start, end, entity, redact.operators.get(entity, redact.operator))
        for _, redact in wanted
        for start, end, entity in redact.spans
    ]
    settled = merge(spans)
    return Obligation(
        "",
        "redact",
        _rules(rule for rule, _ in wanted),
        at=at,
        spans=tuple((span.start, span.end, span.entity) for span in settled),
        operators=tuple(span.operator for span in settled),
    )


def _unsupported(
    merged: Sequence[Obligation], supports: frozenset[str], severity: str
) -> list[Reason]:
    lacking: dict[str, set[str]] = {}
    for obligation in merged:
        if obligation.type not in supports:
            lacking.setdefault(obligation.type, set()).update(obligation.rules)
    told = []
    for type_ in sorted(lacking):
        rules = tuple(sorted(lacking[type_]))
        who = f"rule {rules[0]}" if len(rules) == 1 else f"rules {', '.join(rules)}"
        message = f"{type_} is needed by {who}; {HINTS[type_]}"
        told.append(
            Reason("obligation-unsupported", message, severity, rules=rules, effect="deny")
        )
    return told


def _conflict(what: str, rules: tuple[str, ...], severity: str) -> Reason:
    message = f"{what}: {', '.join(rules)}"
    return Reason("obligation-conflict", message, severity, rules=rules, effect="deny")


def _rules(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(ids)))


def _numbered(merged: Sequence[Obligation]) -> Iterable[Obligation]:
    for number, obligation in enumerate(merged, 1):
        fields = {name: getattr(obligation, name) for name in Obligation.__slots__}
        yield Obligation(**{**fields, "id": f"o{number}"})
