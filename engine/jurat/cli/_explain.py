"""`jurat explain`: what a code, a rule kind, a bundle or one of its rules means."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

import click

from jurat.authoring.explain import (
    INPUTS,
    documentation,
    facts_read,
    rule_page,
    source_of,
)
from jurat.authoring.lint import all_rules, rule_named
from jurat.authoring.lint import documentation as lint_page
from jurat.bundle import CODES, Bundle, Rule, explain_code
from jurat.engine import compile_bundles, shipped, versions_of
from jurat.plan import Plan
from jurat.plugin import Registry, load_plugins

from ._clock import moment_or_now
from ._failure import OK, printable

_CODE = re.compile(r"JB\d{3}", re.IGNORECASE)


@click.command("explain", short_help="Say what a code, a rule kind, a bundle or a rule means.")
@click.argument("what", metavar="CODE|KIND|BUNDLE")
@click.argument("rule", required=False, metavar="[RULE]")
@click.option("--facts", is_flag=True, help="List the facts that the rules of BUNDLE read.")
@click.option("--now", metavar="TIME", help="Tell the waivers of RULE at this time (RFC 3339).")
def command(what: str, rule: str | None, facts: bool, now: str | None) -> int:
    """Say what the code of a diagnostic or a lint rule means, what a rule kind does, what a bundle's rules are.

    With RULE, say all about that rule of BUNDLE: what, why, who answers for it, which controls it
    supports, exceptions and examples. With --facts, list every fact that the rules read
    and the rules that need it.
    """
    if rule is not None and facts:
        raise click.UsageError("--facts is about a whole bundle; leave RULE out")
    registry = load_plugins()
    text = None if rule is not None or facts else _code_or_kind(what, registry)
    if text is None:
        if not Path(what).exists() and what not in shipped():
            raise click.UsageError(_unknown(what, registry))
        (bundle,), (plan,) = compile_bundles(what, registry, versions_of(registry))
        if facts:
            lines = _facts(plan)
        elif rule is not None:
            lines = rule_page(plan, _named(bundle, rule), now=moment_or_now(now))
        else:
            lines = _title_page(bundle)
        text = "\n".join(_safe(lines))
    click.echo(text.rstrip())
    return OK


def _code_or_kind(what: str, registry: Registry) -> str | None:
    if _CODE.fullmatch(what):
        try:
            return explain_code(what)
        except KeyError:
            raise click.UsageError(_unknown(what, registry)) from None
    if Path(what).is_dir():
        return None
    if (lint := rule_named(what, all_rules(registry))) is not None:
        return lint_page(lint)
    if what in registry.kinds:
        return f"{what}\n\n{documentation(registry.kinds[what])}"
    try:
        return explain_code(what)
    except KeyError:
        return None


def _unknown(what: str, registry: Registry) -> str:
    codes = [word for code in CODES.values() for word in (code.code, code.name)]
    lint = [word for rule in all_rules(registry) for word in (rule.code, rule.name)]
    near = get_close_matches(what, [*codes, *lint, *registry.kinds, *shipped()], n=1)
    hint = (
        f"did you mean {near[0]}?"
        if near
        else "codes stand in diagnostics, `jurat plugins` lists the kinds, and a bundle is a "
        "directory, an archive or one of " + ", ".join(sorted(shipped()))
    )
    return f"{printable(what)!r} is no code, rule kind or bundle; {hint}"


def _named(bundle: Bundle, name: str) -> Rule:
    found = bundle.rule_by_id.get(name)
    if found is None:
        near = get_close_matches(name, bundle.rule_by_id, n=1)
        hint = f"did you mean {near[0]}?" if near else "it has " + ", ".join(bundle.rule_by_id)
        raise click.UsageError(f"bundle {bundle.name} has no rule {printable(name)!r}; {hint}")
    return found


def _title_page(bundle: Bundle) -> Iterator[str]:
    yield f"{bundle.name} {bundle.version}, revision {bundle.revision}"
    if bundle.description:
        yield from bundle.description.strip().splitlines()
    if bundle.owner:
        yield f"owner: {bundle.owner}"
    if bundle.mode != "enforce":
        yield f"mode: {bundle.mode}"
    yield f"digest: {bundle.digest}"
    yield ""
    widths = [
        max((len(value) for value in column), default=0)
        for column in zip(*((r.id, r.effect, r.kind) for r in bundle.rules), strict=True)
    ]
    for rule in bundle.rules:
        cells = (rule.id, rule.effect, rule.kind)
        row = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        mode = "" if rule.mode == "enforce" else f" [{rule.mode}]"
        yield f"{row}  {rule.title}{mode}"
    tests = len(bundle.tests)
    yield ""
    yield f"{len(bundle.rules)} rules, {tests} test{'s' * (tests != 1)}" + (
        f", tables {', '.join(bundle.tables.names)}" if bundle.tables.names else ""
    )
    for waiver in bundle.waivers:
        yield f"waived: {waiver.rule} until {waiver.expires:%Y-%m-%d}: {waiver.reason}"


def _facts(plan: Plan) -> Iterator[str]:
    read = facts_read(plan)
    yield f"facts that the rules of {plan.bundle.name} read"
    for kind, pointers in read.items():
        yield ""
        yield f"on {INPUTS[kind]}"
        shown = {pointer: pointer if pointer != "text" else "its text" for pointer in pointers}
        width = max(map(len, shown.values()))
        for pointer, rules in pointers.items():
            joined = source_of(plan, pointer) if kind == "request" else None
            row = f"  {shown[pointer]:<{width}}  {', '.join(rules)}"
            if joined is not None:
                files = " or ".join(f"data/{table}.yaml" for table in joined.tables)
                row += f"  (from {files} by {' and '.join(joined.keys)})"
            yield row
    if not read:
        yield "none"


def _safe(lines: Iterator[str]) -> Iterator[str]:
    return (printable(line).rstrip() for line in lines)
