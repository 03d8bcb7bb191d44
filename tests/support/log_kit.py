"""What the tests of the log share: small logs, and a system that fails where it is told."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jurat.log import KeyStore, Log, System

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

    def truncate(self, path: Path, size: int) -> None:
        self._at("truncate")
        super().truncate(path, size)
