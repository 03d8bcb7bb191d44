"""What the tests of the log share: small logs, and a system that fails where it is told."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jurat.log import KeyStore, Log, System

SECTOR = 128  # small, so that one commit spans several
BODY: dict[str, Any] = {"dec": "hmac:" + "0" * 64, "effect": "allow"}


def make_log(root: Path, counts: list[int], **options: Any) -> Path:
    """A closed log in `root` with one commit per count of decisions, after the genesis."""
    keys = KeyStore(root / "keys")
    directory = root / "log"
    with Log.open(directory, keys=keys, **options) as log:
        number = 0
        for count in counts:
            pending = None
            for _ in range(count):
                number += 1
                pending = log.append("decision", BODY | {"n": number})
            if pending is not None:
                pending.wait()
    return directory


def segment(directory: Path, first: int = 0) -> Path:
    return directory / "seg" / f"{first:020d}.jsonl"


def lines(directory: Path) -> list[bytes]:
    """The lines of the only segment, each with its LF."""
    return segment(directory).read_bytes().splitlines(keepends=True)


class Crash(BaseException):
    """The power went out."""


class FaultySystem(System):
    """Counts its calls and lets `fault` decide what happens at each: (name, number) -> error."""

    def __init__(self, fault: Callable[[str, int], BaseException | None]) -> None:
        self._fault = fault
        self.calls: list[str] = []

    def _at(self, name: str) -> None:
        self.calls.append(name)
        error = self._fault(name, len(self.calls))
        if error is not None:
            raise error

    def open_append(self, path: Path) -> int:
        self._at("open")
        return super().open_append(path)

    def write(self, descriptor: int, data: bytes) -> int:
        self.calls.append("write")
        error = self._fault("write", len(self.calls))
        if error is not None:
            with contextlib.suppress(OSError):
                os.write(descriptor, data[: len(data) // 2])
            raise error
        return super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        self._at("sync")
        super().sync(descriptor)

    def sync_directory(self, path: Path) -> None:
        self._at("sync_directory")
        super().sync_directory(path)

    def replace(self, source: Path, target: Path) -> None:
        self._at("replace")
        super().replace(source, target)

    def unlink(self, path: Path) -> None:
        self._at("unlink")
        super().unlink(path)

    def truncate(self, path: Path, size: int) -> None:
        self._at("truncate")
        super().truncate(path, size)


class Disk(System):
    """Remembers how much of each file is synced, and what names are."""

    def __init__(self, crash_at: int) -> None:
        self._crash_at = crash_at
        self.calls = 0
        self.paths: dict[int, Path] = {}
        self.synced: dict[Path, int] = {}
        self.unsynced_names: set[Path] = set()
        self.unsynced_removals: dict[Path, bytes] = {}

    def _tick(self) -> None:
        self.calls += 1
        if self.calls == self._crash_at:
            raise Crash

    def open_append(self, path: Path) -> int:
        if not path.exists():
            self.unsynced_names.add(path)
        self._tick()
        descriptor = super().open_append(path)
        self.paths[descriptor] = path
        self.synced.setdefault(path, path.stat().st_size)
        return descriptor

    def write(self, descriptor: int, data: bytes) -> int:
        self._tick()
        return super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        self._tick()
        super().sync(descriptor)
        path = self.paths[descriptor]
        self.synced[path] = path.stat().st_size

    def sync_directory(self, path: Path) -> None:
        self._tick()
        super().sync_directory(path)
        self.unsynced_names = {name for name in self.unsynced_names if name.parent != path}
        self.unsynced_removals = {
            name: data for name, data in self.unsynced_removals.items() if name.parent != path
        }

    def unlink(self, path: Path) -> None:
        self._tick()
        self.unsynced_removals[path] = path.read_bytes()
        super().unlink(path)
        self.synced.pop(path, None)
        self.unsynced_names.discard(path)

    def replace(self, source: Path, target: Path) -> None:
        self._tick()
        if not target.exists():
            self.unsynced_names.add(target)
        super().replace(source, target)
        self.synced[target] = self.synced.pop(source)
        self.unsynced_names.discard(source)

    def truncate(self, path: Path, size: int) -> None:
        self._tick()
        super().truncate(path, size)
        self.synced[path] = min(size, self.synced.get(path, size))

    def states(self) -> Iterator[dict[Path, bytes | None]]:
        """What the disk may hold after the crash: files that differ from what was written."""
        pending = {}
        for path, size in self.synced.items():
            if path.exists() and path.stat().st_size > size:
                pending[path] = size
        yield {}
        for path, data in self.unsynced_removals.items():
            yield {path: data}
        for path in self.unsynced_names:
            yield {path: None}
        for path, size in pending.items():
            whole = path.read_bytes()
            yield {path: whole[:size]}
            yield {path: whole[: (size + len(whole)) // 2]}
            step = max(SECTOR, (len(whole) - size) // 12)
            for lost in range(size, len(whole), step):
                stop = min(lost + step, len(whole))
                yield {path: whole[:lost] + bytes(stop - lost) + whole[stop:]}
