"""`jurat scan`: find personal data and secrets in files, and redact them."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from difflib import get_close_matches
from errno import EBADF
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import click

from jurat.authoring.files import (
    Event,
    Hit,
    Mark,
    Scanned,
    Target,
    Unscanned,
    Wanted,
    scan_stream,
    walk,
    why,
)
from jurat.authoring.report import SCAN_FORMATS
from jurat.plugin import CONFIDENCES, Detector, load_plugins
from jurat.scan import KEY_VARIABLE, Scanner, allow_key, entry_of

from ._failure import FINDINGS, INTERNAL, NOT_LOADED, OK, Failure, printable
from ._progress import Progress
from ._scan_redact import Sinks, names, redact_targets

_MAKE = """make one with  python -c 'import secrets; print(secrets.token_hex(32))'"""
OPERATORS = ("label", "mask", "remove")  # those that need no key


@click.command("scan", short_help="Find personal data and secrets in files; redact them.")
@click.argument("files", nargs=-1, metavar="[FILE|DIR|- ...]")
@click.option("--redact", is_flag=True, help="Write the text with what was found replaced.")
@click.option(
    "-i", "--in-place", is_flag=True, help="With --redact: replace the files themselves."
)
@click.option(
    "-o",
    "--output",
    "output",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="With --redact: write to this file, for several files into this directory.",
)
@click.option(
    "--operator",
    type=click.Choice(OPERATORS),
    default="label",
    show_default=True,
    help="What --redact puts in the place of a value.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(SCAN_FORMATS)),
    default="text",
    show_default=True,
    help="How to print what was found.",
)
@click.option(
    "--pack",
    "packs",
    multiple=True,
    metavar="NAME",
    help="Run this pack of detectors alone, like financial, or all packs whose name begins so, "
    "like secrets; may be repeated.",
)
@click.option(
    "--bundle",
    "bundles",
    multiple=True,
    metavar="BUNDLE",
    help="Run the bundle's own detectors, too; may be repeated.",
)
@click.option(
    "--entity",
    "entities",
    multiple=True,
    metavar="NAME",
    help="Count this entity alone, like US_SSN; may be repeated.",
)
@click.option(
    "--min-confidence",
    type=click.Choice(CONFIDENCES),
    default="low",
    show_default=True,
    help="The least that counts: low, a bare shape; medium, words near it speak for it; high, "
    "its checksum holds.",
)
@click.option(
    "--examples",
    type=click.Choice(["count", "ignore"]),
    default="count",
    show_default=True,
    help="Whether well-known documentation values count.",
)
@click.option(
    "--hash",
    "hashes",
    is_flag=True,
    help="Print the keyed hash of each value, for the param `allow` of pii.patterns. The key, 32 "
    f"or more hexadecimal digits, is taken from the environment variable {KEY_VARIABLE}.",
)
@click.option("--hidden", is_flag=True, help="Look into hidden directories, too.")
def command(
    files: tuple[str, ...],
    redact: bool,
    in_place: bool,
    output: Path | None,
    operator: str,
    format_: str,
    packs: tuple[str, ...],
    bundles: tuple[str, ...],
    entities: tuple[str, ...],
    min_confidence: Any,
    examples: str,
    hashes: bool,
    hidden: bool,
) -> int:
    """Find personal data and secrets in files, in all files below directories, or in standard
    input (-). A value that was found is never printed: each of its letters and digits is masked.

    Below directories, symbolic links are not followed; hidden directories and those of version
    control are left out. UTF-8 is assumed where no byte order mark says UTF-16 or UTF-32.

    With --redact, the text of one file goes to standard output, redacted; with --in-place the
    files are replaced, with -o copies are written. A file is replaced only when it was redacted
    to its end.

    Exits with 1 if something was found (with --redact, what was found is dealt with: 0), with 3
    if something could not be scanned.
    """
    if not redact and (in_place or output is not None):
        raise click.UsageError("--in-place and -o go with --redact")
    mark = _mark() if hashes else None
    if mark is not None and (redact or format_ == "sarif"):
        raise click.UsageError("--hash goes with --format text or json, and not with --redact")
    detectors = _detectors(packs, bundles)
    known = {detector.entity for detector in detectors}
    for entity in entities:
        _must_know("entity", entity, known, "--entity")
    wanted = Wanted(frozenset(entities) or None, min_confidence, examples == "count")
    scanner = Scanner(detectors)
    tally = _Tally()
    targets = walk(files or ("-",), hidden=hidden)
    to_stdout = False
    if redact:
        listed, lost = names(targets)
        sinks = Sinks(in_place, output)
        sinks.check(listed)
        to_stdout = output is None and not in_place
        done = redact_targets(listed, sinks, opened, scanner, wanted, operator)
        events: Iterator[Event] = _all(lost, done)
    else:
        events = scan_targets(targets, scanner, wanted, mark)
    counted = tally.count(events)
    if to_stdout:
        for _ in tally.progress.beside(counted):
            pass
        sys.stdout.buffer.flush()
    else:
        for piece in SCAN_FORMATS[format_](counted):
            tally.progress.clear()
            click.echo(piece, nl=False)
    tally.progress.clear()
    return tally.end(redact, bool(files))


def scan_targets(
    targets: Iterable[Target | Unscanned],
    scanner: Scanner,
    wanted: Wanted,
    mark: Mark | None = None,
) -> Iterator[Event]:
    """The events of every file."""
    for target in targets:
        if isinstance(target, Unscanned):
            yield target
            continue
        try:
            entered = opened(target)
        except (OSError, ValueError) as error:
            yield Unscanned(target.name, why(error))
            continue
        with entered as file:
            yield from scan_stream(target.name, file, scanner, wanted, mark)


def opened(target: Target) -> AbstractContextManager[BinaryIO]:
    """The file, or standard input, which is not ours to close. Raises OSError, and ValueError
    for a NUL in the name."""
    if target.path is not None:
        return target.path.open("rb")
    if sys.stdin is None:  # closed by whoever started us
        raise OSError(EBADF, "standard input is closed")
    if sys.stdin.isatty():
        click.echo("reading from standard input; end with Ctrl-D", err=True)
    return nullcontext(sys.stdin.buffer)


def _mark() -> Mark:
    try:
        key = allow_key()
    except ValueError as error:
        raise click.UsageError(f"{error}; {_MAKE}") from None
    if key is None:
        raise click.UsageError(f"--hash needs a key in {KEY_VARIABLE}; {_MAKE}")
    return partial(entry_of, key)


def _all(first: Iterable[Event], then: Iterable[Event]) -> Iterator[Event]:
    yield from first
    yield from then


def _detectors(packs: tuple[str, ...], bundles: tuple[str, ...]) -> list[Detector]:
    """The detectors of these packs, of all without any, and of the bundles. A plugin that is broken may have brought
    some: then nothing is scanned, for what they would have found would pass for clean."""
    registry = load_plugins()
    for bad in registry.broken:
        hint = f"; {bad.hint}" if bad.hint else ""
        raise Failure(printable(f"plugin {bad.name} can't be used: {bad.error}{hint}"), INTERNAL)
    known = {detector.pack for detector in registry.detectors if detector.pack}
    families = {pack.partition("_")[0] for pack in known}
    for pack in packs:
        _must_know("pack", pack, known | families, "--pack")
    chosen = [
        d
        for d in registry.detectors
        if not packs or d.pack in packs or d.pack.partition("_")[0] in packs
    ]
    if bundles:
        from jurat.engine import compile_bundles, versions_of  # late: most scans need no engine

        made, _ = compile_bundles(bundles, registry, versions_of(registry))
        chosen += {d.id: d for bundle in made for d in bundle.detectors}.values()
    return chosen


def _must_know(what: str, word: str, known: set[str], option: str) -> None:
    if word in known:
        return
    near = get_close_matches(word, known, n=1) or get_close_matches(word.upper(), known, n=1)
    hint = f"did you mean {near[0]}?" if near else "there are " + ", ".join(sorted(known))
    raise click.BadParameter(f"there is no {what} {printable(word)!r}; {hint}", param_hint=option)


class _Tally:
    """Counts what goes by, shows how far it is, and says at the end what it amounts to."""

    def __init__(self) -> None:
        self.progress = Progress()
        self.hits = self.scanned = self.unscanned = self.characters = self.files_hit = 0

    def count(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            match event:
                case Hit():
                    self.hits += 1
                case Scanned():
                    self.scanned += 1
                    self.characters += event.characters
                    self.files_hit += event.hits > 0
                    size = self.characters / 1e6
                    self.progress.tell(f"{self.scanned} files, {size:.1f} million characters")
                case Unscanned():
                    self.unscanned += 1
                    self.progress.clear()
                    click.echo(printable(f"{event.file}: {event.why}"), err=True)
            yield event

    def end(self, redacted: bool, named: bool) -> int:
        """The last line on stderr, and the exit code."""
        if not named and self.scanned and not self.characters:
            hint = "name files or directories, or pipe something in"
            raise Failure(f"nothing to scan: standard input is empty; {hint}", NOT_LOADED)
        if not (self.scanned or self.unscanned):
            raise Failure("nothing to scan: there is no file in what was named", NOT_LOADED)
        what = "redacted" if redacted else "found"
        told = f"{self.hits} {what} in {self.files_hit} of {_files(self.scanned)}"
        if self.unscanned:
            told += f"; {self.unscanned} could not be scanned or written whole"
        click.echo(told, err=True)
        if self.unscanned:
            return NOT_LOADED
        return FINDINGS if self.hits and not redacted else OK


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
