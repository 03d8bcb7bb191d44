"""A set of logs: one for each process that records, under one name, read and verified as one.

    set.json      format and name of the set
    w0/ w1/ …     logs, whose origins are <name>/w0, <name>/w1, …

A worker takes the first log that nobody has open, so a set has as many logs as there ever were
workers at a time. Its logs share keyed digests and the keys of data subjects.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import orjson

from ._describe import Durability, OnFailure, explained
from ._errors import LogBroken, LogError, LogLocked
from ._keys import KeyStore
from ._layout import SET_FILE, Layout, check_origin, epoch_number, read_description
from ._log import Log, wall_clock
from ._os import System

FORMAT = "jurat-set/1"
_LOG = re.compile(r"w(0|[1-9][0-9]{0,5})", re.ASCII)
_MOST_LOGS = 4096


def open_worker(
    directory: Path | str,
    *,
    set_name: str | None = None,
    keys: KeyStore | None = None,
    durability: Durability = "sync",
    on_failure: OnFailure = "deny",
    types: Mapping[str, Iterable[str]] | None = None,
    mask: Iterable[str] = (),
    copies: Iterable[Path | str] = (),
    clock: Callable[[], int] = wall_clock,
    system: System | None = None,
) -> Log:
    """Open, in the set of logs in `directory`, the first log that no other process has open.

    The set is made where there is none, named `set_name` (default: a random name). Call it in each
    worker after it was forked; the other arguments are those of `Log.open`.

    Raises LogError where it cannot be opened, LogBroken where the log that it took was damaged.
    """
    root = Path(directory)
    system = System() if system is None else system
    with explained(root):
        system.make_directory(root)
        name = _name_of(root, set_name, system)
    copies, masked = tuple(copies), tuple(mask)
    for number in range(_MOST_LOGS):
        with contextlib.suppress(LogLocked):
            return Log.open(
                root / f"w{number}",
                keys=keys,
                durability=durability,
                on_failure=on_failure,
                origin=f"{name}/w{number}",
                set_name=name,
                types=types,
                mask=masked,
                copies=copies,
                clock=clock,
                system=system,
            )
    raise LogError(f"{root}: {_MOST_LOGS} workers have its logs open; use another set")


def set_name(directory: Path | str) -> str | None:
    """The name of the set in `directory`; None where it is none. Raises LogError."""
    path = Path(directory) / SET_FILE
    try:
        document = orjson.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except orjson.JSONDecodeError as error:
        raise LogBroken(f"not JSON: {error}", file=path) from None
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from None
    match document:
        case {"format": str(found), "set": str(name)} if found == FORMAT:
            return name
        case {"format": str(found)} if found != FORMAT:
            raise LogError(
                f"{path}: format {found!r}; this version reads {FORMAT}: use a newer jurat"
            )
    raise LogBroken("format or set is missing", file=path)


def logs_in(directory: Path | str) -> tuple[Path, ...]:
    """The directories of the logs of a set, in their order; of a single log its own.

    Raises LogBroken where one is missing among them, or is of another set.
    """
    root = Path(directory)
    name = set_name(root)
    if name is None:
        return (root,)
    numbers = sorted(
        int(match[1]) for path in root.iterdir() if (match := _LOG.fullmatch(path.name))
    )
    found = []
    for place, number in enumerate(numbers):
        path = root / f"w{number}"
        if number != place:
            raise LogBroken(
                f"the set has a log w{number}, and none w{place} before it: it was removed",
                file=root / f"w{place}",
            )
        if not Layout(path).description.exists():
            continue  # a worker is just making it
        description = read_description(Layout(path))
        base, _ = epoch_number(description.origin)
        if (description.set_name, base) != (name, f"{name}/w{number}"):
            raise LogBroken(
                f"this is the log {description.origin!r}, where the set {name!r} has its log "
                f"w{number}",
                file=path,
            )
        found.append(path)
    if not found:
        raise LogError(f"{root}: the set has no log yet")
    return tuple(found)


def _name_of(root: Path, wanted: str | None, system: System) -> str:
    name = set_name(root)
    if name is None:
        if Layout(root).description.exists():
            raise LogError(f"{root}: this is a single log; give the set another directory")
        name = check_origin(wanted or f"jurat-set/{os.urandom(8).hex()}")
        check_origin(f"{name}/w{_MOST_LOGS}")
        _write_new(root / SET_FILE, orjson.dumps({"format": FORMAT, "set": name}) + b"\n", system)
        name = set_name(root) or name  # another worker may have been quicker
    if wanted is not None and wanted != name:
        raise LogError(f"{root}: this is the set {name!r}, not {wanted!r}")
    return name


def _write_new(path: Path, data: bytes, system: System) -> None:
    """Write `path` whole and durably, or leave it where another process was quicker."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    descriptor = system.open_append(temporary)
    try:
        system.write_all(descriptor, data)
        system.sync(descriptor)
    finally:
        os.close(descriptor)
    with contextlib.suppress(FileExistsError):
        system.link(temporary, path)
    temporary.unlink()
    system.sync_directory(path.parent)
