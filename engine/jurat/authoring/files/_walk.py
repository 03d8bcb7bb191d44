"""Which files are meant: those named, and those below the directories named."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from ._data import Unscanned

STDIN = "-"
_VERSION_CONTROL = frozenset([".git", ".hg", ".svn", ".bzr", ".jj", "CVS", "_darcs"])


@dataclass(frozen=True, slots=True)
class Target:
    """One file to read. `path` is None for standard input; `below` is where the file lies in
    the directory that was named, for a file that was named itself its own name."""

    name: str
    path: Path | None
    below: PurePath


def walk(names: Iterable[str], *, hidden: bool = False) -> Iterator[Target | Unscanned]:
    """The files, in the order of `names` and of their own names; `-` is standard input.

    In a directory, symbolic links are not followed and what is no regular file (a pipe, a device)
    is passed by; directories of version control are left out, and hidden ones (`.cache`) unless
    `hidden`. What is named itself is read whatever it is. What can't be listed is told.
    """
    for name in names:
        if name == STDIN:
            yield Target(name, None, PurePath("stdin"))
            continue
        path = Path(name)
        try:
            is_directory = stat.S_ISDIR(path.stat().st_mode)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            yield Unscanned(name, why(error))
        else:
            if is_directory:
                yield from _below(path, PurePath(), hidden)
            else:
                yield Target(name, path, PurePath(path.name))


def why(error: Exception) -> str:
    """What an operating system's error says."""
    return getattr(error, "strerror", None) or "no such file"


def _below(directory: Path, below: PurePath, hidden: bool) -> Iterator[Target | Unscanned]:
    waiting = [(directory, below)]  # no recursion: a tree may be deeper than the interpreter goes
    while waiting:
        directory, below = waiting.pop()
        try:
            with os.scandir(directory) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield Unscanned(str(directory), why(error))
            continue
        inner = []
        for entry in entries:
            place = directory / entry.name, below / entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _VERSION_CONTROL and (hidden or entry.name[0] != "."):
                    inner.append(place)
            elif entry.is_file(follow_symlinks=False):
                yield Target(str(place[0]), *place)
        waiting += reversed(inner)
