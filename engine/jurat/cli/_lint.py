"""`jurat lint`: look over bundles for mistakes, and mend them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from jurat.authoring.lint import (
    Looked,
    Settings,
    SettingsError,
    Sheet,
    all_rules,
    baseline_of,
    differences,
    look,
    mend,
    project_settings,
    read_baseline,
    sheet_of,
)
from jurat.authoring.report import LINT_FORMATS
from jurat.engine import resolve
from jurat.plugin import LintRule, Registry, load_plugins

from ._clock import moment_or_now
from ._failure import FINDINGS, INTERNAL, NOT_LOADED, OK, Failure, printable
from ._output import write

MANIFEST = "bundle.yaml"


@click.command("lint", short_help="Look over bundles for mistakes, and mend them.")
@click.argument("paths", metavar="[BUNDLE|PATH …]", nargs=-1)
@click.option(
    "--format",
    "output",
    type=click.Choice(list(LINT_FORMATS)),
    default="text",
    show_default=True,
    help="How to tell it.",
)
@click.option("-o", "--output", "file", metavar="FILE", help="Write FILE, and text to stdout.")
@click.option("--select", multiple=True, metavar="CODES", help="Only these: JL101, JL3 or names.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Not these: JL101, JL3 or names.")
@click.option("--fix", is_flag=True, help="Make the fixes that change no decision.")
@click.option("--unsafe-fixes", is_flag=True, help="Make the others too: read what they change.")
@click.option("--diff", is_flag=True, help="Show what the fixes would change; write nothing.")
@click.option("--statistics", is_flag=True, help="Count by code instead of telling each.")
@click.option("--baseline", metavar="FILE", help="Leave out the findings that FILE knows.")
@click.option("--write-baseline", metavar="FILE", help="Write the findings to FILE as known.")
@click.option("--now", metavar="TIME", help="Look at this time (RFC 3339), not by the clock.")
@click.option("--list", "listing", is_flag=True, help="List the lint rules, and look at nothing.")
def command(
    paths: tuple[str, ...],
    output: str,
    file: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    statistics: bool,
    baseline: str | None,
    write_baseline: str | None,
    now: str | None,
    listing: bool,
) -> int:
    """Look over bundles (directories, archives, files of them, folders of bundles; default: where
    you are) for mistakes: what keeps a bundle from loading, and what loads but is not meant.

    Settings stand in pyproject.toml under [tool.jurat.lint], or in bundle.yaml under `lint`:
    select, ignore, shadow, waiver and rotation as durations; and in pyproject.toml alone,
    baseline, and signed and signatures: whose signatures an archive needs, and how many. A finding
    is accepted by a comment in its line or above it: `# jurat: ignore[JL307] why`. `jurat explain CODE` says what a code means.

    Exits with 1 for an error or a warning, 3 for a bundle that can't be loaded, 4 for a plugin
    or a lint rule that is broken.
    """
    registry = load_plugins()
    rules = all_rules(registry)
    if listing:
        click.echo(_listed(rules), nl=False)
        return OK
    own = Settings(_words(select), _words(ignore), Path(baseline) if baseline else None)
    at = moment_or_now(now)
    mends = fix or unsafe_fixes or diff
    try:
        own.chosen(rules)
    except SettingsError as error:
        raise click.UsageError(printable(str(error))) from None
    try:
        targets = list(_targets(paths or (".",)))
        if not targets:
            raise Failure("there is no bundle here: none has a bundle.yaml", NOT_LOADED)
        run = _Run(registry, own, at, len(targets) == 1, mends, unsafe_fixes, diff)
        run.compares = write_baseline is None  # the one to be written may not be there yet
        sheets = [run.sheet(target) for target in targets]
    except SettingsError as error:
        raise Failure(printable(str(error)), NOT_LOADED) from None
    if write_baseline is not None:
        write(write_baseline, (baseline_of(sheets)).encode())
        count = sum(not each.from_loading for sheet in sheets for each in sheet.looked.found)
        click.echo(f"{count} findings written to {printable(write_baseline)}", err=True)
        return _code(sheets, failing=False)
    if diff:
        _echo("".join(f"{line}\n" for line in run.differences))
        return FINDINGS if run.differences else _code(sheets, failing=False)
    made = LINT_FORMATS[output](sheets, rules, statistics)
    if file is not None:
        write(file, (made).encode())
        made = LINT_FORMATS["text"](sheets, rules, statistics)
    _echo(made)
    for why in dict.fromkeys(why for sheet in sheets for why in sheet.looked.failed):
        click.echo(f"{why} kept it from looking; this is a fault of the rule", err=True)
    for bad in registry.broken:
        hint = f"; {bad.hint}" if bad.hint else ""
        click.echo(printable(f"plugin {bad.name} looks at nothing: {bad.error}{hint}"), err=True)
    return INTERNAL if registry.broken else _code(sheets)


@dataclass(frozen=True, slots=True)
class _Target:
    """A bundle to look over: as the user names it, where it is, and the files asked for."""

    name: str
    path: Path
    files: frozenset[str] | None = None

    @property
    def prefix(self) -> str:
        return "" if self.name in ("", ".") else f"{self.name.rstrip('/')}/"


class _Run:
    def __init__(
        self,
        registry: Registry,
        own: Settings,
        now: datetime,
        alone: bool,
        mends: bool,
        unsafe: bool,
        dry: bool,
    ) -> None:
        self.registry = registry
        self.own = own
        self.now = now
        self.alone = alone
        self.mends = mends
        self.unsafe = unsafe
        self.dry = dry
        self.compares = True
        self.differences: list[str] = []

    def sheet(self, target: _Target) -> Sheet:
        settings = self.own.over(project_settings(target.path))

        def again(files: Mapping[str, bytes] | Path) -> Looked:
            return look(files, self.registry, settings, now=self.now, alone=self.alone)

        looked, fixed = again(target.path), 0
        if self.mends:
            if not target.path.is_dir():
                raise click.UsageError(f"{printable(target.name)} is an archive: fix its source")
            mended = mend(looked, again, unsafe=self.unsafe, only=target.files)
            self.differences += differences(looked.files, mended.files, target.prefix)
            if not self.dry:
                for name, data in mended.files.items():
                    if looked.files[name] != data:
                        write(target.path / name, data)
                looked, fixed = mended.looked, mended.count
        baseline = settings.baseline if self.compares else None
        known = read_baseline(baseline) if baseline else None
        return sheet_of(
            target.name, target.prefix, looked, files=target.files, baseline=known, fixed=fixed
        )


def _targets(names: Iterable[str]) -> Iterator[_Target]:
    """The bundles that paths stand for. Raises BundleError and Failure."""
    several: dict[Path, _Target] = {}
    for name in names:
        path = Path(name)
        if not path.exists():
            several.setdefault(resolve(name), _Target(name, resolve(name)))
        elif path.is_file() and path.suffix in (".yaml", ".yml"):
            target = _holding(path)
            before = several.get(target.path)
            if before is not None and before.files is not None and target.files is not None:
                target = _Target(target.name, target.path, before.files | target.files)
            several[target.path] = target if before is None or before.files else before
        elif path.is_dir() and not (path / MANIFEST).exists():
            found = sorted(path.rglob(MANIFEST))
            for manifest in found:
                if not any(part.startswith(".") for part in manifest.relative_to(path).parts):
                    folder = manifest.parent
                    several[folder] = _Target(folder.as_posix(), folder)
            if not found and any((path / part).is_dir() for part in ("rules", "data")):
                several[path] = _Target(name, path)  # a bundle that lacks its manifest
        else:
            several[path] = _Target(name, path)
    yield from several.values()


def _holding(file: Path) -> _Target:
    """The bundle that a file is of."""
    for folder in (file.parent, file.parent.parent):
        if (folder / MANIFEST).is_file():
            inside = file.relative_to(folder).as_posix()
            return _Target(folder.as_posix(), folder, frozenset({inside}))
    raise Failure(
        f"{printable(str(file))}: there is no bundle.yaml beside or above it", NOT_LOADED
    )


def _words(options: Iterable[str]) -> tuple[str, ...]:
    return tuple(word.strip() for option in options for word in option.split(",") if word.strip())


def _listed(rules: Iterable[LintRule]) -> str:
    rows = [(rule.code, rule.name, rule.severity, (rule.__doc__ or "").strip()) for rule in rules]
    width = max(len(name) for _, name, _, _ in rows)
    return "".join(
        f"{code}  {name:<{width}}  {severity:<7}  {' '.join(text.split(chr(10) * 2)[0].split())}\n"
        for code, name, severity, text in rows
    )


def _code(sheets: Iterable[Sheet], *, failing: bool = True) -> int:
    """The worst of what the bundles come to."""
    sheets = list(sheets)
    if any(sheet.looked.failed or sheet.looked.broken_plugin for sheet in sheets):
        return INTERNAL
    if not all(sheet.looked.loaded for sheet in sheets):
        return NOT_LOADED
    return FINDINGS if failing and any(sheet.failing for sheet in sheets) else OK


def _echo(text: str) -> None:
    click.echo("\n".join(map(printable, text.split("\n"))), nl=False)
