"""Making the report on controls: from a plan, its catalogues and its tests."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from difflib import get_close_matches

from jurat.bundle import Bundle, Catalogue, Rule
from jurat.engine import run_cases
from jurat.plan import Plan

from .._catalogues import catalogues_for, framework_of
from .._standing import mode_of, waivers_at
from .._trials import Trials, must_pass, trials
from ._data import SUPPORT, ControlLine, ControlReport, FrameworkPart, RuleLine, Support
from ._duties import duties


class UnknownFramework(LookupError):
    """There is no catalogue of a framework. Its text says which there are."""


def control_report(
    plan: Plan, *, now: datetime, frameworks: Iterable[str] | None = None
) -> ControlReport:
    """The report on the bundle of `plan` at `now`.

    It is about `frameworks`, or else about all that a rule names. Raises UnknownFramework, and
    BundleError where a catalogue is broken or a test of the bundle fails.
    """
    bundle = plan.bundle
    catalogues = catalogues_for(bundle)
    named = _named(bundle)
    chosen = {framework_of(id_) for id_ in named} & catalogues.keys()
    if frameworks is not None:
        chosen = {_known(name, catalogues) for name in frameworks}
    results = run_cases(plan)
    must_pass(results)
    tried = trials(bundle, results)
    lines = {rule.id: _line(rule, bundle, tried[rule.id], now) for rule in bundle.rules}
    parts = tuple(_part(catalogues[name], named, lines) for name in sorted(chosen))
    unknown = {
        id_: rules
        for id_, rules in sorted(named.items())
        if id_ not in getattr(catalogues.get(framework_of(id_)), "controls", ())
    }
    return ControlReport(
        bundle=bundle,
        now=now,
        frameworks=parts,
        rules=lines,
        unnamed=tuple(rule.id for rule in bundle.rules if not rule.controls),
        unknown=unknown,
        left_out=tuple(name for name in catalogues if name not in chosen),
        duties=tuple(duties(parts, lines.values(), unknown)),
    )


def _named(bundle: Bundle) -> dict[str, tuple[str, ...]]:
    named: dict[str, list[str]] = {}
    for rule in bundle.rules:
        for id_ in dict.fromkeys(rule.controls):
            named.setdefault(id_, []).append(rule.id)
    return {id_: tuple(rules) for id_, rules in named.items()}


def _known(name: str, catalogues: Collection[str]) -> str:
    by_fold = {one.casefold(): one for one in catalogues}
    found = by_fold.get(name.casefold())
    if found is None:
        near = get_close_matches(name.casefold(), by_fold, n=1)
        hint = f"did you mean {by_fold[near[0]]}?" if near else ""
        there = "there are " + ", ".join(catalogues) if catalogues else "none is installed"
        raise UnknownFramework(f"there is no catalogue of this framework; {hint or there}")
    return found


def _line(rule: Rule, bundle: Bundle, tried: Trials, now: datetime) -> RuleLine:
    mode = mode_of(bundle, rule)
    support: Support = "enforced"
    if mode == "shadow":
        support = "recorded"
    elif mode == "warn" or rule.effect == "advise":
        support = "reported"
    return RuleLine(rule, mode, support, tried, tuple(waivers_at(bundle, rule, now)))


def _part(
    catalogue: Catalogue, named: Mapping[str, tuple[str, ...]], lines: Mapping[str, RuleLine]
) -> FrameworkPart:
    controls = []
    for id_, text in catalogue.controls.items():
        rules = named.get(id_, ())
        levels: list[Support] = [lines[rule].support for rule in rules]
        support = min([*levels, "none"], key=SUPPORT.index)
        controls.append(ControlLine(id_, text, support, rules))
    return FrameworkPart(catalogue, tuple(controls))
