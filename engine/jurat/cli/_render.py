"""A decision as text: the effect first, then why, then what must be done."""

import textwrap
from collections.abc import Iterable, Iterator

import click

from jurat.plan import Decision, Obligation, Reason

from ._failure import printable

_WIDTH = 98
_COLOURS = {"critical": "red", "high": "red", "medium": "yellow", "low": "cyan", "info": "blue"}


def decision_text(decision: Decision) -> str:
    """The whole decision. It ends with a line feed."""
    return "\n".join([*_lines(decision), ""])


def _lines(decision: Decision) -> Iterator[str]:
    effect = click.style(decision.effect, fg="green" if decision.allowed else "red", bold=True)
    yield f"{effect} ({decision.value})" if decision.value else effect
    if decision.would:
        told = ", ".join(f"{name}: {value}" for name, value in sorted(decision.would.items()))
        yield f"  in enforce mode it would be  {printable(told)}"
    if decision.permits:
        yield f"  permitted by {', '.join(map(printable, decision.permits))}"
    yield from _told("because", decision.reasons)
    if decision.obligations:
        yield from ("", "to be done before it is sent")
        for obligation in decision.obligations:
            yield from _wrapped(_obligation(obligation), "  ")
    yield from _told("for your information", decision.advice)
    if decision.rules:
        yield from ("", "resources judged")
        for rule, counts in sorted(decision.rules.items()):
            told = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
            yield f"  {printable(rule)}: {told or 'none'}"


def _told(heading: str, reasons: Iterable[Reason]) -> Iterator[str]:
    reasons = list(reasons)
    if not reasons:
        return
    yield from ("", heading)
    for reason in reasons:
        severity = click.style(f"{reason.severity:<8}", fg=_COLOURS.get(reason.severity))
        who = reason.rule or ", ".join(reason.rules)
        head = f"{printable(who)}: {reason.code}" if who else reason.code
        at = f" at {printable(reason.at)}" if reason.at else ""
        mode = "" if reason.mode == "enforce" else f" [{reason.mode}]"
        yield f"  {severity}  {head}{at}{mode}"
        yield from _wrapped(reason.message, " " * 12)
        for one in reason.to_dict().get("found", ()):
            what = "{entity}: {length} characters, by {detector}, confidence {confidence}"
            yield from _wrapped(what.format(**one), " " * 14)
        if reason.remediation:
            yield from _wrapped(f"to mend it: {reason.remediation}", " " * 12)


def _obligation(obligation: Obligation) -> str:
    told = ""
    match obligation.type:
        case "redact":
            spans = obligation.to_dict()["spans"]
            told = ", ".join(f"{start}-{end} as {text!r}" for start, end, text in spans)
            told = f"{obligation.at}: {told}"
        case "route":
            told = "to " + " or ".join(obligation.endpoints)
        case "header":
            told = f"{obligation.name}: {obligation.value}"
        case "approval":
            told = "by " + (", ".join(obligation.approvers) or "anyone who may")
        case "hold_stream":
            told = "until the whole answer is judged"
    return f"{obligation.id} {obligation.type} {told} ({', '.join(obligation.rules)})"


def _wrapped(text: str, indent: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from textwrap.wrap(
            printable(line),
            _WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
