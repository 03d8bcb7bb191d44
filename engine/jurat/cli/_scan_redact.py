"""`jurat scan --redact`: where the redacted text goes, and that no file is lost on the way."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

import click

from jurat.authoring.files import Event, Target, Unscanned, Wanted, redact_stream, why
from jurat.scan import Scanner

from ._failure import printable

Opened = Callable[[Target], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where redacted text goes: each file's own place, `output`, or standard output."""

    in_place: bool
    output: Path | None

    def check(self, targets: list[Target]) -> None:
        """Raises click.UsageError where it would not be clear what goes where."""
        if self.in_place and self.output is not None:
            raise click.UsageError("--in-place and -o exclude each other")
        if self.in_place:
            if any(target.path is None for target in targets):
                raise click.UsageError("standard input can't be redacted in place; leave it out")
            for target in targets:
                if target.path is not None and target.path.exists() and not target.path.is_file():
                    raise click.UsageError(
                        printable(f"{target.name} is no regular file, so it can't be replaced")
                    )
            return
        if len(targets) < 2 and not (self.output is not None and self.output.is_dir()):
            return
        if self.output is None:
            raise click.UsageError(
                f"{len(targets)} files can't go to standard output; say --in-place, "
                "or -o DIRECTORY to write copies there"
            )
        if self.output.exists() and not self.output.is_dir():
            raise click.UsageError(f"{len(targets)} files need a directory after -o")
        places: dict[PurePath, str] = {}
        for target in targets:
            other = places.setdefault(target.below, target.name)
            if other != target.name:
                raise click.UsageError(
                    f"{other} and {target.name} would both be written to "
                    f"{self.output / target.below}; redact them one after the other"
                )

    def place(self, target: Target, several: bool) -> Path | None:
        """The file to write, None for standard output."""
        if self.in_place and target.path is not None:
            return Path(os.path.realpath(target.path))  # of a link, the file and not the link
        if self.output is None:
            return None
        return self.output / target.below if several or self.output.is_dir() else self.output


def redact_targets(
    targets: list[Target],
    sinks: Sinks,
    opened: Opened,
    scanner: Scanner,
    wanted: Wanted,
    operator: str,
) -> Iterator[Event]:
    """Redact each file, and tell what a scan tells. A file is replaced only when it was redacted
    to its end; in place, one that holds nothing is not touched."""
    several = len(targets) > 1
    for target in targets:
        try:
            entered = opened(target)
        except (OSError, ValueError) as error:
            yield Unscanned(target.name, why(error))
            continue
        place = sinks.place(target, several)
        if place is None:
            with entered as file:
                yield from redact_stream(
                    target.name, file, sys.stdout.buffer, scanner, wanted, operator
                )
            continue
        try:
            with entered as file:
                yield from _replaced(
                    target.name, file, place, scanner, wanted, operator, sinks.in_place
                )
        except OSError as error:
            yield Unscanned(target.name, f"{place}: {error.strerror}")


def _replaced(
    name: str,
    file: BinaryIO,
    place: Path,
    scanner: Scanner,
    wanted: Wanted,
    operator: str,
    in_place: bool,
) -> Iterator[Event]:
    """Written beside `place` first, then moved there in one step."""
    if not in_place:
        place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(dir=place.parent, prefix=".jurat-", suffix=".part")
    whole, found = True, 0
    try:
        with open(descriptor, "wb") as sink:
            for event in redact_stream(
                name, file, sink, scanner, wanted, operator, binary=not in_place
            ):
                whole = whole and not isinstance(event, Unscanned)
                found = getattr(event, "hits", found)
                yield event
            sink.flush()
            os.fsync(sink.fileno())
        if whole and (found or not in_place):
            _like(beside, file, place)
            os.replace(beside, place)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(beside)


def _like(made: str, file: BinaryIO, place: Path) -> None:
    """Give what was written the owner and the permissions of the file that it replaces, else the
    permissions of the one that was read."""
    mode = 0o600
    with suppress(OSError, ValueError):
        mode = os.fstat(file.fileno()).st_mode & 0o666
    with suppress(OSError):
        before = place.stat()
        mode = before.st_mode & 0o7777
        if hasattr(os, "chown"):
            os.chown(made, before.st_uid, before.st_gid)  # before the mode, which it may change
    os.chmod(made, mode)


def names(targets: Iterable[Target | Unscanned]) -> tuple[list[Target], list[Unscanned]]:
    """The files, each once, and what can't be read."""
    found: dict[str, Target] = {}
    lost = []
    for target in targets:
        if isinstance(target, Unscanned):
            lost.append(target)
        else:
            found.setdefault(target.name, target)
    return list(found.values()), lost
