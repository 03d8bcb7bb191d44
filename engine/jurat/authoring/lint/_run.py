"""Looking over one bundle: what loading says, what every rule finds, what is ignored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from jurat.bundle import Bundle, BundleError, Diagnostic, Related, load_bundle
from jurat.bundle.source import Mapping as Node
from jurat.bundle.source import Source, SourceFile, collector_paused, parse, read_files
from jurat.plan import Plan
from jurat.plugin import Fix, LintFinding, LintRule, Place, Registry

from ._ignore import Ignore, complaints, ignores_of
from ._rules import all_rules
from ._settings import Settings, SettingsError, settings_from
from ._subject import Subject, planned

_LEVELS = ("files", "rules", "whole")


@dataclass(frozen=True, slots=True)
class Found:
    """One problem of a bundle, and how it can be mended, where that is known."""

    diagnostic: Diagnostic
    fix: Fix | None = None
    hidden: bool = False
    """What stands at its place is a secret."""

    @property
    def from_loading(self) -> bool:
        return self.diagnostic.code.startswith("JB")


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in one bundle, in the order of its files."""

    found: tuple[Found, ...]
    files: Mapping[str, bytes]
    digest: str = ""
    """"" for a bundle that can't be loaded."""
    ignored: int = 0
    failed: tuple[str, ...] = ()
    """Rules that could not look, and why."""
    broken_plugin: bool = False
    name: str = ""
    """The bundle's own, as far as it can be read."""
    bundle: Bundle | None = None
    """As far as it is fit."""

    @property
    def loaded(self) -> bool:
        return not any(each.from_loading for each in self.found)


def look(
    source: Source,
    registry: Registry,
    settings: Settings,
    *,
    now: datetime,
    alone: bool = True,
) -> Looked:
    """Everything that is wrong with the bundle at `source`.

    A bundle that can't be loaded is looked over as far as it can be read. Raises SettingsError
    for settings that name no rule.
    """
    with collector_paused():
        return _look(source, registry, settings, now, alone)


def _look(
    source: Source, registry: Registry, settings: Settings, now: datetime, alone: bool
) -> Looked:
    files, problems = read_files(source)
    if not files and problems:
        return Looked(tuple(map(Found, problems)), files)
    rules = all_rules(registry)
    settings = settings.over(own_settings(files))
    chosen = settings.chosen(rules)
    bundle, more = load_bundle(files, registry)
    problems += more
    plan: Plan | None = None
    if bundle is not None and not problems:
        try:
            plan = planned(bundle, registry)
        except BundleError as error:
            problems += error.diagnostics
    subject = Subject(
        bundle,
        files,
        plan=plan,
        registry=registry,
        now=now,
        alone=alone,
        limits=settings.limits,
        unsigned=_unsigned(source, settings, now),
    )
    level = 2 if plan is not None else 1 if bundle is not None else 0
    fit = [rule for rule in chosen if _LEVELS.index(rule.needs) <= level]
    ignores = ignores_of(subject)
    found, ignored, failed = findings_of(subject, fit, ignores)
    by_code = {rule.code: rule for rule in chosen}
    ran = {rule.code for rule in fit}
    for code, finding in complaints(subject, ignores, rules, ran, problems):
        if code in by_code:
            found.append(told(subject, by_code[code], finding))
    found += map(Found, dict.fromkeys(problems))
    return Looked(
        tuple(sorted(masked(found), key=in_order)),
        files,
        bundle.digest if bundle is not None and plan is not None else "",
        ignored,
        tuple(failed),
        any(problem.name == "broken-plugin" for problem in problems),
        bundle.name if bundle is not None else "",
        bundle,
    )


def _unsigned(source: Source, settings: Settings, now: datetime) -> str:
    """What is wrong with the signatures of an archive, where the settings require some."""
    if not settings.signed or isinstance(source, Mapping):
        return ""
    beside = None
    if isinstance(source, bytes):
        data, where = source, "the archive"
    else:
        path = Path(source)
        if not path.is_file():
            return ""
        from jurat.bundle.signature import SUFFIX

        data, where, signature = path.read_bytes(), path.name, path.with_name(path.name + SUFFIX)
        if signature.is_file():
            beside = signature.read_text("utf-8", "replace")
    from jurat.bundle.signature import verify_archive  # it takes its time

    try:
        verify_archive(
            data, beside, settings.signed, threshold=settings.signatures, now=now, where=where
        )
    except BundleError as error:
        return error.diagnostics[0].message
    return ""


def own_settings(files: Mapping[str, bytes]) -> Settings:
    """Those of the key `lint` of bundle.yaml. What is wrong with it, loading says."""
    data = files.get("bundle.yaml", b"")
    if b"lint" not in data:
        return Settings()
    root, _ = parse(SourceFile("bundle.yaml", data.decode("utf-8", "replace")))
    node = root.get("lint") if isinstance(root, Node) else None
    try:
        return Settings() if node is None else settings_from(node.plain(), "bundle.yaml")
    except SettingsError:
        return Settings()


def findings_of(
    subject: Subject, rules: Sequence[LintRule], ignores: Sequence[Ignore]
) -> tuple[list[Found], int, list[str]]:
    found: dict[Diagnostic, Found] = {}
    ignored, failed = 0, []
    for rule in rules:
        try:
            findings = list(rule.check(subject))
        except Exception as error:  # noqa: BLE001 # one rule that fails must not hide the others
            failed.append(f"lint rule {rule.code} {rule.name}: {type(error).__name__}")
            continue
        for finding in findings:
            place = finding.place
            # asked one by one: every comment that covers it is used, not the first alone
            taken = [ignore.takes(place.file, place.line, rule) for ignore in ignores]
            if any(taken):
                ignored += 1
                continue
            made = told(subject, rule, finding)
            found.setdefault(made.diagnostic, made)
    return list(found.values()), ignored, failed


def told(subject: Subject, rule: LintRule, finding: LintFinding) -> Found:
    place = finding.place
    return Found(
        Diagnostic(
            rule.code,
            rule.name,
            finding.message,
            place.file,
            place.line,
            place.column,
            finding.help,
            rule.severity,
            subject.line(place),
            max(1, place.length),
            rule.confidence,
            tuple(map(_related, finding.related)),
        ),
        finding.fix,
        finding.hidden,
    )


def masked(found: Iterable[Found]) -> list[Found]:
    """The findings with no secret in a source line that any of them shows."""
    found = list(found)
    secrets: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for each in found:
        if each.hidden:
            item = each.diagnostic
            span = (item.column - 1, item.column - 1 + item.length)
            secrets.setdefault((item.file, item.line), []).append(span)
    if not secrets:
        return found
    made = []
    for each in found:
        item = each.diagnostic
        line = item.source_line
        for start, end in secrets.get((item.file, item.line), ()):
            line = line[:start] + "*" * len(line[start:end]) + line[end:]
        made.append(replace(each, diagnostic=replace(item, source_line=line)))
    return made


def _related(place: Place) -> Related:
    return Related(place.message, place.file, place.line, place.column)


def in_order(found: Found) -> tuple[str, int, int, str, str]:
    item = found.diagnostic
    return item.file, item.line, item.column, item.code, item.message
