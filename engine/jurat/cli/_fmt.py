"""`jurat fmt`: write the files of bundles in the one way."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from jurat.authoring.fmt import reformat
from jurat.bundle import Diagnostic, diagnostic, render
from jurat.bundle.source import SourceFile, read_files

from ._failure import FINDINGS, NOT_LOADED, OK, Failure, printable
from ._output import write
from ._sources import read_whole

_MANIFEST = "bundle.yaml"


@dataclass(frozen=True, slots=True)
class _File:
    """A file to format: where it is (None: standard input), and its name in its bundle."""

    path: Path | None
    name: str
    data: bytes

    @property
    def shown(self) -> str:
        return "stdin" if self.path is None else str(self.path)


@click.command("fmt", short_help="Write the files of bundles in the one way.")
@click.argument("paths", metavar="[BUNDLE|FILE|DIR|- …]", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change, and exit so.")
@click.option(
    "--stdin-filename",
    "name",
    metavar="NAME",
    default="rules/stdin.yaml",
    show_default=True,
    help="What `-` would be called in its bundle: the order of keys depends on it.",
)
def command(paths: tuple[str, ...], check: bool, diff: bool, name: str) -> int:
    """Format bundles, or single files of them (default: the bundle that one is in). A directory
    that is no bundle is searched for some.

    Keys stand in their order, indented by two; needless quotes and blanks go. Comments, blank
    lines, and what is a block and what in brackets stay as they are. What the files mean, and so
    the digest, never changes. A file that is no YAML is left alone, and told.
    """
    problems: list[Diagnostic] = []
    changed = total = 0
    for file in _files(paths or (".",), name, problems):
        total += 1
        text, found = _text(file)
        made = text
        if not found:
            made, found = reformat(SourceFile(file.shown, text), file.name)
        if found:
            problems += found
            if file.path is None and not (check or diff):
                raise Failure(f"it can't be formatted\n\n{render(problems)}")
            continue
        if file.path is None and not (check or diff):
            click.echo(made, nl=False)
            continue
        if made.encode() == file.data:
            continue
        changed += 1
        if diff:
            _show(text, made, file.shown)
        else:
            click.echo(printable(file.shown))
            if not check and file.path is not None:
                write(file.path, made.encode(), file.path.stat().st_mode & 0o777)
    if problems:
        click.echo(render(problems), err=True, nl=False)
    if not total and not problems:
        raise Failure("there is no bundle here: no bundle.yaml", NOT_LOADED)
    what = "would change" if check or diff else "changed"
    click.echo(f"{changed} of {total} files {what}", err=True)
    if problems:
        return NOT_LOADED
    return FINDINGS if changed and (check or diff) else OK


def _files(paths: Iterable[str], name: str, problems: list[Diagnostic]) -> Iterator[_File]:
    seen: set[Path] = set()
    for given in paths:
        if given == "-":
            yield _File(None, name, read_whole("-"))
            continue
        path = Path(given)
        if path.is_dir():
            for root in _bundles(path):
                yield from _in_bundle(root, seen, problems)
        elif path.suffix != ".yaml":
            why = "is no YAML file of a bundle" if path.is_file() else "does not exist"
            problems.append(diagnostic("JB001", f"the path {why}", given))
        elif path.resolve() not in seen:
            seen.add(path.resolve())
            yield _File(path, _name_of(path), read_whole(given))


def _bundles(root: Path) -> list[Path]:
    """The bundle that `root` is, or those below it."""
    if (root / _MANIFEST).is_file():
        return [root]
    found = (path.parent for path in sorted(root.rglob(_MANIFEST)))
    return [
        path for path in found if not any(p.startswith(".") for p in path.relative_to(root).parts)
    ]


def _in_bundle(root: Path, seen: set[Path], problems: list[Diagnostic]) -> Iterator[_File]:
    files, found = read_files(root)
    problems += found
    for name, data in files.items():
        path = root / name
        if name.endswith(".yaml") and path.resolve() not in seen:
            seen.add(path.resolve())
            yield _File(path, name, data)


def _name_of(path: Path) -> str:
    """The name that a file has in the bundle it is in; its own, where there is none."""
    whole = path.resolve()
    for parent in whole.parents[:2]:
        if (parent / _MANIFEST).is_file():
            return whole.relative_to(parent).as_posix()
    return (
        "/".join(whole.parts[-2:]) if whole.name not in (_MANIFEST, "waivers.yaml") else path.name
    )


def _text(file: _File) -> tuple[str, list[Diagnostic]]:
    """The text of a file; else why it has none, by the path that was given."""
    try:
        return file.data.decode(), []
    except UnicodeDecodeError as error:
        line = file.data[: error.start].count(b"\n") + 1
        message = f"the byte 0x{file.data[error.start]:02X} is not UTF-8"
        return "", [diagnostic("JB004", message, file.shown, line, 1)]


def _show(before: str, after: str, name: str) -> None:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, name
    )
    for line in lines:
        text = printable(line.rstrip("\r\n"))
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        click.secho(text, fg=colour)
