"""What a bundle amounts to, as data: its rules with what they support, its tables, what it needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jurat.bundle import Bundle, Catalogue, Rule
from jurat.engine import CaseResult, run_cases
from jurat.model import View
from jurat.plan import Plan

from .._catalogues import catalogues_for, framework_of
from .._trials import Trials, must_pass, trials
from ..explain import Joined, facts_read, source_of


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file of rules: what its first comment says it is about, and its rules in their order."""

    path: str
    about: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table: what its first comment says of it, its columns in use and the ids of its rows."""

    name: str
    about: str
    columns: tuple[str, ...]
    ids: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"data/{self.name}.yaml"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that rules read. `joined` tells from which table; None: the caller sends it."""

    pointer: str
    rules: tuple[str, ...]
    joined: Joined | None


@dataclass(frozen=True, slots=True)
class BundleReport:
    """What `jurat report bundle` says."""

    bundle: Bundle
    files: tuple[RuleFile, ...]
    tables: tuple[TableFile, ...]
    facts: Mapping[str, tuple[Fact, ...]]
    """By input."""
    supports: Mapping[str, tuple[str, ...]]
    """By input, the types of obligations that an allow may come with, as the tests show."""
    trials: Mapping[str, Trials]
    controls: Mapping[str, Mapping[str, tuple[str, ...]]]
    """By framework and id, the rules that name it; frameworks and ids as catalogues order them,
    what no catalogue has at the end."""
    catalogues: Mapping[str, Catalogue]

    @property
    def permits(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.bundle.rules if rule.effect == "permit")

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(self.facts)


def bundle_report(plan: Plan) -> BundleReport:
    """The report on the bundle of `plan`. Raises BundleError where a test of it fails, or a
    catalogue of controls is broken."""
    bundle = plan.bundle
    results = run_cases(plan)
    must_pass(results)
    catalogues = catalogues_for(bundle)
    return BundleReport(
        bundle=bundle,
        files=_rule_files(bundle),
        tables=tuple(_table(bundle, name) for name in bundle.tables.names),
        facts=_facts(plan),
        supports=_supports(results),
        trials=trials(bundle, results),
        controls=_controls(bundle, catalogues),
        catalogues=catalogues,
    )


def _facts(plan: Plan) -> dict[str, tuple[Fact, ...]]:
    judged = {one.input for rule in plan.bundle.rules for one in rule.judges}
    read = facts_read(plan)
    return {
        kind: tuple(
            Fact(pointer, tuple(rules), source_of(plan, pointer) if kind == "request" else None)
            for pointer, rules in read.get(kind, {}).items()
        )
        for kind in ("request", "response", "org_state")
        if kind in judged
    }


def _supports(results: Iterable[CaseResult]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for result in results:
        types = found.setdefault(result.case.type, set())
        if result.decision is not None:
            types |= {obligation.type for obligation in result.decision.obligations}
    return {kind: tuple(sorted(types)) for kind, types in found.items() if types}


def _controls(
    bundle: Bundle, catalogues: Mapping[str, Catalogue]
) -> dict[str, dict[str, tuple[str, ...]]]:
    named: dict[str, list[str]] = {}
    for rule in bundle.rules:
        for id_ in dict.fromkeys(rule.controls):
            named.setdefault(id_, []).append(rule.id)
    known = [id_ for catalogue in catalogues.values() for id_ in catalogue.controls]
    made: dict[str, dict[str, tuple[str, ...]]] = {}
    for id_ in (*known, *sorted(named.keys() - set(known))):
        if id_ in named:
            made.setdefault(framework_of(id_), {})[id_] = tuple(named[id_])
    return made


def _rule_files(bundle: Bundle) -> tuple[RuleFile, ...]:
    by_file: dict[str, list[Rule]] = {}
    for rule in sorted(bundle.rules, key=lambda rule: (rule.file, rule.line)):
        by_file.setdefault(rule.file, []).append(rule)
    return tuple(
        RuleFile(path, first_comment(bundle.files.get(path, b"")), tuple(rules))
        for path, rules in by_file.items()
    )


def _table(bundle: Bundle, name: str) -> TableFile:
    rows = bundle.tables[name]
    used = {
        column
        for row in rows.values()
        for column, value in row.__dict__.items()
        if column != "id" and _said(value)
    }
    fields = (field.alias or column for column, field in bundle.models[name].model_fields.items())
    about = first_comment(bundle.files.get(f"data/{name}.yaml", b""))
    return TableFile(name, about, tuple(f for f in fields if f in used), tuple(rows))


def _said(value: Any) -> bool:
    """Whether a column of a row says anything; an object does where one of its fields does."""
    if isinstance(value, View):
        return any(map(_said, value.__dict__.values()))
    return value is not None


def first_comment(data: bytes) -> str:
    """The comment that a file begins with, up to a line without one, as one paragraph; "" where
    it has none. The line that leads editors to a schema is none."""
    words: list[str] = []
    for line in data.decode().splitlines():
        if line.startswith("# yaml-language-server:") or not (line.strip() or words):
            continue
        if not line.startswith("#"):
            break
        words += line.removeprefix("#").split()
    return " ".join(words)
