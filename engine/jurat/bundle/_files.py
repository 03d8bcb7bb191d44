"""The files of a bundle, from a directory, an archive or a mapping."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from . import _archive
from ._diagnostic import Diagnostic, diagnostic, nearest

MAX_FILE = 8 * 2**20
MAX_BUNDLE = 64 * 2**20
MAX_FILES = 20_000
_MAX_ARCHIVE = 96 * 2**20  # one of stored files has their size and a header for each

MANIFEST = "bundle.yaml"
WAIVERS = "waivers.yaml"
FOLDERS = ("rules", "data", "detectors", "tests")
Source = str | os.PathLike[str] | bytes | Mapping[str, str] | Mapping[str, bytes]


def read_files(source: Source) -> tuple[Mapping[str, bytes], list[Diagnostic]]:
    """The files of a bundle by name (relative, with `/`), and what is wrong with them as files."""
    problems: list[Diagnostic] = []
    if isinstance(source, Mapping):
        files = {name: _encoded(text) for name, text in source.items()}
    elif isinstance(source, bytes):
        files = _archive.unpack(source, "archive", problems)
    else:
        files = _from_path(Path(source), problems)
    if len(files) > MAX_FILES:
        problems.append(
            diagnostic("JB003", f"the bundle has more than {MAX_FILES} files", MANIFEST)
        )
        return MappingProxyType({}), problems
    kept: dict[str, bytes] = {}
    total = 0
    for name in sorted(files):
        total += len(files[name])
        if len(files[name]) > MAX_FILE:
            problems.append(diagnostic("JB003", "the file has more than 8 MiB", name))
        elif total > MAX_BUNDLE:
            problems.append(diagnostic("JB003", "the bundle has more than 64 MiB", MANIFEST))
            break
        elif problem := _misplaced(name):
            problems.append(problem)
        else:
            kept[name] = files[name]
    return MappingProxyType(kept), problems


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


def _from_path(path: Path, problems: list[Diagnostic]) -> dict[str, bytes]:
    name = path.name or str(path)
    try:
        if path.is_dir():
            return _from_directory(path, problems)
        if path.is_file():
            with path.open("rb") as file:
                data = file.read(_MAX_ARCHIVE)
            return _archive.unpack(data, name, problems)
        message = "there is no such directory or archive"
        if not path.exists():
            problems.append(diagnostic("JB001", message, name))
        else:
            problems.append(diagnostic("JB001", "neither a directory nor an archive", name))
    except (OSError, ValueError) as error:
        problems.append(_unreadable(name, error))
    return {}


def _unreadable(name: str, error: Exception) -> Diagnostic:
    why = error.strerror if isinstance(error, OSError) and error.strerror else "no usable path"
    return diagnostic("JB001", f"cannot be read: {why}", name)


def _from_directory(root: Path, problems: list[Diagnostic]) -> dict[str, bytes]:
    """What stands at the top and in the known folders. Hidden files are no part of a bundle."""
    files: dict[str, bytes] = {}
    total = 0
    for name in _names(root, problems):
        try:
            if not stat.S_ISREG((root / name).stat().st_mode):  # opening a pipe would wait
                problems.append(diagnostic("JB001", "no regular file", name))
                continue
            with (root / name).open("rb") as file:
                files[name] = file.read(MAX_FILE + 1)
        except OSError as error:
            problems.append(_unreadable(name, error))
            continue
        total += len(files[name])
        if total > MAX_BUNDLE or len(files) > MAX_FILES:
            break  # told by the caller
    return files


def _names(root: Path, problems: list[Diagnostic]) -> list[str]:
    names: list[str] = []
    for entry in sorted(os.scandir(root), key=lambda item: item.name):
        if entry.name.startswith("."):
            continue
        if not entry.is_dir():
            names.append(entry.name)
        elif entry.name in FOLDERS:
            names += _below(root, entry.name, problems)
        elif close := nearest(entry.name, FOLDERS):
            help = f"did you mean `{close}`?"
            message = f"the folder {entry.name} has no meaning in a bundle"
            problems.append(diagnostic("JB014", message, entry.name, help=help))
    return names


def _below(root: Path, folder: str, problems: list[Diagnostic]) -> list[str]:
    names = []
    for entry in sorted(os.scandir(root / folder), key=lambda item: item.name):
        if entry.name.startswith("."):
            continue
        name = f"{folder}/{entry.name}"
        if entry.is_dir():
            message = f"a folder inside of {folder} has no meaning in a bundle"
            help = f"put the files into {folder} itself"
            problems.append(diagnostic("JB014", message, name, help=help))
        else:
            names.append(name)
    return names


def _misplaced(name: str) -> Diagnostic | None:
    """A diagnostic for a file that would have no meaning where it stands."""
    path = PurePosixPath(name)
    message = "the file has no meaning in a bundle"
    if not name or _archive.safe_name(name) != name:
        return diagnostic("JB014", message, name or "?", help="give it a plain relative name")
    if len(path.parts) == 1:
        if path.suffix not in (".yaml", ".yml") or name in (MANIFEST, WAIVERS):
            return None
        close = nearest(path.stem, ("bundle", "waivers"))
        help = f"did you mean `{close}.yaml`?" if close else f"put it into one of {_folders()}"
        return diagnostic("JB014", message, name, help=help)
    folder = path.parts[0]
    if folder not in FOLDERS:
        close = nearest(folder, FOLDERS)
        if close is None and path.suffix not in (".yaml", ".yml"):
            return None
        help = f"did you mean `{close}`?" if close else f"put it into one of {_folders()}"
        return diagnostic("JB014", message, name, help=help)
    if len(path.parts) == 2 and path.suffix == ".yaml" and path.stem:
        return None
    if len(path.parts) > 2:
        help = f"put it into {folder} itself"
    else:
        help = f"rename it to {path.stem}.yaml" if path.suffix == ".yml" else "move it elsewhere"
    return diagnostic("JB014", message, name, help=help)


def _folders() -> str:
    return ", ".join(f"{folder}/" for folder in FOLDERS)
