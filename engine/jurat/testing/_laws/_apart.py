"""Laws in a process of their own: a plugin that hangs, takes all memory or ends the process ends
that one alone, and it is known whose code ran last."""

import json
import mmap
import os
import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import monotonic
from typing import IO, Any

from ._suite import named
from ._twin import command, environment

BEACON = 256
"""Bytes of the file in which the process says which rule's code is running."""
_MAIN = "from jurat.testing._laws._child import main; main()"
_GRACE = 5.0  # seconds that the process has to end by itself


@dataclass(frozen=True, slots=True)
class Task:
    """What is held to which laws, and within what.

    `time_limit` is in seconds, for loading and for each law; `memory` in bytes of address space,
    None for no limit (there is none on Windows).
    """

    source: str
    laws: tuple[str, ...] = ()
    rule: str | None = None
    profile: str = "quick"
    max_examples: int | None = None
    seed: int = 0
    time_limit: float = 300.0
    memory: int | None = 4 * 2**30


@dataclass(frozen=True, slots=True)
class BrokenLaw:
    """A breach, as it was told: `text` is all of it, `what` what was seen, `case` the input."""

    rule: str
    place: str
    what: str
    where: str
    case: str
    text: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A law begins to be tried."""

    law: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The bundle was loaded."""

    name: str
    version: str
    rules: int


@dataclass(frozen=True, slots=True)
class Held:
    """A law was tried; it held if nothing is broken."""

    law: str
    words: str
    broken: tuple[BrokenLaw, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Lost:
    """The process ended, or was ended: no other law is tried. `law` is "" while it was loading;
    `rule` is whose code ran, "" where it was nobody's."""

    law: str
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class NotLoaded:
    """The bundle can't be loaded, or there is no such rule; `plugin` is at fault or the bundle."""

    text: str
    plugin: bool


Event = Loaded | Begun | Held | Lost | NotLoaded


def laws_apart(task: Task) -> Iterator[Event]:
    """Hold a bundle to laws in a process of its own: what happens, as it happens.

    Raises ValueError for a law that there isn't.
    """
    named(task.laws)
    for told in told_apart(_MAIN, _plain(task), time_limit=task.time_limit, seed=task.seed):
        if isinstance(told, Lost):
            yield told
            return
        event = _event(told)
        if event is None:
            return
        yield event
        if isinstance(event, NotLoaded | Lost):
            return


def told_apart(
    code: str, task: dict[str, Any], *, time_limit: float, seed: int
) -> Iterator[dict[str, Any] | Lost]:
    """What another interpreter that runs `code` tells of `task` (see `_child.serve`), as it does,
    and how it was lost, if it was: after `time_limit` seconds without anything begun, say.

    The interpreter has sets in an order that `seed` decides.
    """
    with _beacon() as (path, read), _process(code, task, seed, path) as (process, lines):
        law = ""
        deadline = monotonic() + time_limit
        while True:
            try:
                line = lines.get(timeout=max(0.0, deadline - monotonic()))
            except queue.Empty:
                yield Lost(law, read(), f"it did not end within {time_limit:g} s")
                return
            if line is None:  # it closed what it tells by
                yield from _ended(process, law, read)
                return
            told: dict[str, Any] = json.loads(line)
            if told["event"] == "done":
                return
            if told["event"] == "begun":
                law = told["law"]
                deadline = monotonic() + time_limit
            yield told


@contextmanager
def _beacon() -> Iterator[tuple[str, Any]]:
    with NamedTemporaryFile(prefix="jurat-laws-", delete=False) as made:
        made.write(bytes(BEACON))
    try:
        yield made.name, lambda: _read(made.name)
    finally:
        Path(made.name).unlink(missing_ok=True)


def _read(path: str) -> str:
    return Path(path).read_bytes().partition(b"\0")[0].decode("utf-8", "replace")


@contextmanager
def _process(
    code: str, task: dict[str, Any], seed: int, beacon: str
) -> Iterator[tuple[Any, "queue.Queue[bytes | None]"]]:
    process = subprocess.Popen(
        command(code),
        # so that the seed finds again what hangs on the order of sets, too
        env=environment(PYTHONHASHSEED=str(1 + seed % (2**32 - 1))),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    lines: queue.Queue[bytes | None] = queue.Queue()
    threading.Thread(target=_pump, args=(process.stdout, lines), daemon=True).start()
    try:
        with process.stdin as into:
            into.write(json.dumps({**task, "beacon": beacon}).encode())
    except OSError:  # it ended before it read this: that is told by its end
        pass
    try:
        yield process, lines
    finally:
        process.kill()
        process.wait()


def _plain(task: Task) -> dict[str, Any]:
    return {name: getattr(task, name) for name in task.__slots__}


def _pump(out: IO[bytes], lines: "queue.Queue[bytes | None]") -> None:
    with out:
        for line in out:
            lines.put(line)
    lines.put(None)


def _event(told: dict[str, Any]) -> Event | None:
    """What the process says; None for what is no event."""
    match told.pop("event"):
        case "loaded":
            return Loaded(**told)
        case "begun":
            return Begun(**told)
        case "held":
            told["broken"] = tuple(BrokenLaw(**one) for one in told["broken"])
            return Held(**told)
        case "lost":
            return Lost(**told)
        case "not-loaded":
            return NotLoaded(**told)
    return None


def _ended(process: Any, law: str, read: Any) -> Iterator[Lost]:
    try:
        code = process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        yield Lost(law, read(), "it closed its output and went on")
        return
    if code < 0:
        why = f"it was ended by signal {-code}"
        if -code == getattr(os, "SIGKILL", 9):
            why += ", as when memory runs out"
    else:
        why = f"it ended the process, with exit code {code}"
    yield Lost(law, read(), why)


class Beacon:
    """The other side: writes which rule's code is running."""

    def __init__(self, path: str) -> None:
        with open(path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), BEACON)

    def __call__(self, rule: str) -> None:
        told = rule.encode()[: BEACON - 1]
        self._map[: len(told) + 1] = told + b"\0"
