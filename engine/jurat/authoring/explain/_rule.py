"""One rule of a bundle, as a policy document would tell it."""

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any

from jurat.bundle import Bundle, Case, Rule
from jurat.canon import format_duration, format_time
from jurat.engine import run_cases
from jurat.plan import Plan
from jurat.plugin import (
    Approve,
    Example,
    Header,
    HoldStream,
    Obligation,
    Redact,
    Route,
)

from .._catalogues import catalogues_for, framework_of
from .._standing import mode_of, waivers_at
from .._trials import Trials, trials
from ._facts import facts_read, source_of
from ._kind import section, summary
from ._live import seen_live

INPUTS: Mapping[str, str] = {
    "request": "a request",
    "response": "a response",
    "org_state": "a snapshot",
}
_WIDTH = 98
_SHOWN = 5  # tests by name
_LONGEST = 600  # characters of a test's input that are shown

_EFFECTS: Mapping[str, str] = {
    "permit": "permit: where it is true, a request is let in, unless another rule denies it.",
    "deny": "deny: where it fires, the answer is deny.",
    "redact": "redact: where it fires, an allow stands only once what it found is redacted.",
    "require": "require: where it fires, an allow stands only if the caller does what it asks for.",
    "advise": "advise: where it fires, that is told, and nothing is denied.",
}
_MODES: Mapping[str, str] = {
    "warn": "Mode warn: it is told, and does not decide.",
    "shadow": "Mode shadow: it is recorded only, and does not decide.",
}


def rule_page(plan: Plan, rule: Rule, *, now: datetime) -> Iterator[str]:
    """Lines that say all about a rule of the bundle of `plan`, with the waivers in force at `now`.

    What, why, what comes of it, who answers for it, which controls it supports, how to mend a
    violation, exceptions, examples from its kind, from the certificate of liveness that is kept in
    the bundle, and from the bundle's tests. Raises BundleError
    where a catalogue of controls is broken.
    """
    bundle = plan.bundle
    yield f"{rule.id}: {rule.title}"
    yield f"{bundle.name} {bundle.version}, {rule.file}:{rule.line}"
    yield from _section("what", _what(rule))
    yield from _section("why", _why(rule))
    yield from _section("what comes of it", _consequence(bundle, rule))
    yield from _section("who answers for it", [rule.owner or "The rule names nobody."])
    yield from _section("controls that it supports", _controls(bundle, rule))
    yield from _section("to mend it", [rule.remediation] if rule.remediation else [])
    yield from _section(f"waivers in force at {format_time(now)}", _waivers(bundle, rule, now))
    yield from _section("facts that it needs", _facts(plan, rule))
    yield from _section("limits", _limits(rule))
    yield from _examples(rule)
    yield from _section("inputs that show what it does", seen_live(plan, rule))
    yield from _tests(trials(bundle, run_cases(plan))[rule.id])


def _what(rule: Rule) -> Iterator[str]:
    """A line that begins with blanks is kept as it is."""
    kind = rule.implementation
    judged = " and ".join(
        dict.fromkeys(
            INPUTS[one.input]
            if one.resource == one.input
            else f"each {one.resource.replace('_', ' ')} in {INPUTS[one.input]}"
            for one in rule.judges
        )
    )
    if kind is None:
        yield f"It judges {judged}, and fires where this is true:"
        yield _indented(rule.when or "")
        return
    yield summary(kind)
    yield section(kind, "What it does")
    yield f"It judges {judged}" + (", where this is true:" if rule.when else ".")
    if rule.when:
        yield _indented(rule.when)
    params = rule.params.model_dump(exclude_unset=True, by_alias=True)
    if params:
        yield f"Its params, of kind {rule.kind}:"
        about = {
            field.alias or name: field.description or ""
            for name, field in type(rule.params).model_fields.items()
        }
        for name, value in params.items():
            yield from textwrap.wrap(
                f"{name}: {plain_json(value)}",
                _WIDTH - 2,  # the section indents by two
                initial_indent="  ",
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            if about.get(name):
                yield _indented(about[name], "    ")


def _why(rule: Rule) -> Iterator[str]:
    kind = rule.implementation
    if rule.description:
        yield rule.description
    if kind is not None:
        yield section(kind, "Why")


def _consequence(bundle: Bundle, rule: Rule) -> Iterator[str]:
    yield f"Effect {_EFFECTS[rule.effect]} Severity {rule.severity}."
    for obligation in rule.obligations:
        yield f"What it asks for: {_asked(obligation)}."
    mode = mode_of(bundle, rule)
    if mode != "enforce":
        of_bundle = " The mode is the bundle's." if mode != rule.mode else ""
        yield _MODES[mode] + of_bundle
    if rule.effect == "deny" and rule.on_error == "ignore":
        yield "Where a fact that it needs is missing, or its check fails, it is passed over."
    elif rule.effect != "advise":
        yield "Where a fact that it needs is missing, or its check fails, the answer is deny."
    if rule.effect == "permit":
        yield "A permit is not waived."
    else:
        yield "A waiver may lift it." if rule.waivable else "No waiver can lift it."


def _asked(obligation: Obligation) -> str:
    match obligation:
        case Header():
            value = obligation.value
            told = f'"{value}"' if isinstance(value, str) else f"the {value.get('from')}"
            return f"the header {obligation.name}, with {told}, on the call to the provider"
        case Route():
            return f"the call goes to {' or '.join(obligation.endpoints)}"
        case Approve():
            return f"an approval first, by {' or '.join(obligation.approvers) or 'who may'}"
        case HoldStream():
            return "the answer is held back until it was judged whole"
        case Redact():
            return f"redaction at {obligation.at}"


def _controls(bundle: Bundle, rule: Rule) -> Iterator[str]:
    if not rule.controls:
        yield "It names none."
        return
    catalogues = catalogues_for(bundle)
    if mode_of(bundle, rule) == "shadow":
        yield "In shadow mode it supports nothing yet. It names:"
    for id_ in dict.fromkeys(rule.controls):
        catalogue = catalogues.get(framework_of(id_))
        text = None if catalogue is None else catalogue.controls.get(id_)
        yield f"{id_}: {text or '(in no catalogue)'}"


def _waivers(bundle: Bundle, rule: Rule, now: datetime) -> Iterator[str]:
    if rule.effect == "permit":
        return
    waivers = list(waivers_at(bundle, rule, now))
    if not waivers:
        yield "None."
    for waiver in waivers:
        ticket = f", {waiver.ticket}" if waiver.ticket else ""
        yield (
            f"Until {format_time(waiver.expires)}, for {waiver.owner}{ticket}: {waiver.reason}; "
            "where"
        )
        yield _indented(waiver.scope)


def _facts(plan: Plan, rule: Rule) -> Iterator[str]:
    for kind, pointers in facts_read(plan).items():
        needed = [pointer for pointer, rules in pointers.items() if rule.id in rules]
        sent = [
            "its text" if pointer == "text" else pointer
            for pointer in needed
            if kind != "request" or source_of(plan, pointer) is None
        ]
        if sent:
            yield f"On {INPUTS[kind]}: {', '.join(sent)}"
        if kind == "request" and (joined := [p for p in needed if source_of(plan, p)]):
            yield f"From the bundle's tables: {', '.join(joined)}"


def _limits(rule: Rule) -> Iterator[str]:
    if rule.implementation is not None:
        yield section(rule.implementation, "Limits")
        yield f"`jurat explain {rule.kind}` says all about the kind."


def _examples(rule: Rule) -> Iterator[str]:
    kind = rule.implementation
    made = None if kind is None else kind.examples(rule.params)
    if made is None:
        return
    for heading, examples in (("it fires for", made.fires), ("it passes for", made.passes)):
        yield from _section(heading, map(_example, examples))


def _example(example: Example) -> str:
    note = f"{example.note}: " if example.note else ""
    tables = f" with tables {plain_json(example.data)}" if example.data else ""
    return f"{note}{plain_json(example.given)}{tables}"


def _tests(tried: Trials) -> Iterator[str]:
    for heading, cases in (
        ("the bundle's tests in which it fires", tried.fires),
        ("the bundle's tests in which it does not", tried.rests),
        ("the bundle's tests in which a fact is missing, or it fails", tried.lacks),
    ):
        yield from _section(heading, _cases(cases))
    if not tried.fires:
        yield from _section("tests", ["No test of the bundle makes it fire."])


def _cases(cases: Sequence[Case]) -> Iterator[str]:
    for number, case in enumerate(cases[:_SHOWN]):
        yield f"{case.name} ({case.file}:{case.line})"
        given = plain_json(case.given)
        if number == 0 and len(given) <= _LONGEST:
            yield _indented(given)
    if len(cases) > _SHOWN:
        yield f"and {len(cases) - _SHOWN} more"


def _section(heading: str, texts: Iterable[str]) -> Iterator[str]:
    """A heading and what stands below it; nothing where there is nothing to say."""
    lines = [line for text in texts for line in _lines(text)]
    if lines:
        yield ""
        yield heading
        yield from lines


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        if len(line) + 2 <= _WIDTH:
            yield f"  {line}"
            continue
        yield from textwrap.wrap(
            line.strip(),
            _WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _indented(text: str, by: str = "  ") -> str:
    return textwrap.indent(text.strip("\n"), by)


def plain_json(value: Any) -> str:
    """JSON on one line, with durations and sets as a bundle would write them."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, AbstractSet):
        return sorted(value, key=str)
    return str(value)
