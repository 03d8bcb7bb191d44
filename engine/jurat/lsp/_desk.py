"""A bundle that is being edited: its files on disk under what is open, and what was found in it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from jurat.authoring.lint import (
    Again,
    Found,
    Looked,
    Settings,
    SettingsError,
    look,
    project_settings,
    read_baseline,
    sheet_of,
)
from jurat.bundle import Bundle
from jurat.bundle.source import Node, SourceFile, parse, read_files
from jurat.plugin import Registry

MANIFEST = "bundle.yaml"
_FOLDERS = ("rules", "data", "detectors", "tests")


def root_of(path: Path, opened: Mapping[Path, str]) -> Path | None:
    """The bundle that a file is of: the nearest folder above with a bundle.yaml, saved or not."""
    for folder in path.parents:
        manifest = folder / MANIFEST
        if manifest in opened or manifest.is_file():
            return folder if _belongs(path.relative_to(folder).parts) else None
    return None


def _belongs(parts: tuple[str, ...]) -> bool:
    """Whether a file there has a meaning in a bundle."""
    if len(parts) == 1:
        return parts[0] in (MANIFEST, "waivers.yaml")
    return len(parts) == 2 and parts[0] in _FOLDERS


class Desk:
    """One bundle. What looks (`whole`, `again`) may run in any thread: it changes nothing here."""

    def __init__(self, root: Path, registry: Registry) -> None:
        self.root = root
        self.registry = registry
        self.disk: Mapping[str, bytes] = {}
        self.opened: dict[str, bytes] = {}
        """The texts of open files, by their name in the bundle."""
        self.looked: Looked | None = None
        self.bundle: Bundle | None = None
        """As it last could be read."""
        self.trouble = ""
        """What is wrong with the settings."""
        self._again: Again | None = None
        self._baseline: Mapping[str, int] = {}
        self._roots: dict[str, tuple[bytes, Node | None]] = {}

    @property
    def files(self) -> Mapping[str, bytes]:
        """The bundle as the editor shows it."""
        return {**self.disk, **self.opened}

    def text(self, name: str) -> str:
        return self.files.get(name, b"").decode("utf-8", "replace")

    def tree(self, name: str) -> Node | None:
        """The tree of a file, None where it is no YAML; parsed once."""
        data = self.files.get(name, b"")
        known = self._roots.get(name)
        if known is None or known[0] != data:
            text = data.decode("utf-8", "replace").removeprefix("\ufeff")
            known = self._roots[name] = (data, parse(SourceFile(name, text))[0])
        return known[1]

    # -- looking

    def whole(self, opened: Mapping[str, bytes], now: datetime) -> "Seen":
        """Everything that is found, with the files from the disk as they are now."""
        there = self.root.is_dir()  # not so where nothing is saved yet
        disk, problems = read_files(self.root) if there else ({}, [])
        trouble = ""
        try:
            settings = project_settings(self.root)
            baseline = read_baseline(settings.baseline) if settings.baseline else {}
        except SettingsError as error:
            settings, baseline, trouble = Settings(), {}, str(error)
        files = {**disk, **opened}
        try:
            looked = look(files, self.registry, settings, now=now)
            again = Again(looked, self.registry, settings, now=now)
        except SettingsError as error:
            settings, trouble = Settings(), str(error)
            looked = look(files, self.registry, settings, now=now)
            again = Again(looked, self.registry, settings, now=now)
        about = [Found(problem) for problem in problems if problem.file not in opened]
        looked = replace(looked, found=(*about, *(f for f in looked.found if f not in about)))
        return Seen(disk, looked, again, baseline, trouble)

    def take(self, seen: "Seen") -> None:
        """From now on what was seen holds."""
        self.disk, self.looked, self._again = seen.disk, seen.looked, seen.again
        self._baseline, self.trouble = seen.baseline, seen.trouble
        self.bundle = seen.looked.bundle or self.bundle

    def again(self) -> tuple[Again, Looked] | None:
        """What looks again at changes, and at what; None before all was looked over."""
        if self._again is None or self.looked is None:
            return None
        return self._again, self.looked

    def shown(self) -> tuple[Found, ...]:
        """What is to be shown: all that no baseline knows."""
        if self.looked is None:
            return ()
        if not self._baseline:
            return self.looked.found
        return sheet_of("", "", self.looked, baseline=self._baseline).found


class Seen:
    """What looking over a whole bundle gave."""

    def __init__(
        self,
        disk: Mapping[str, bytes],
        looked: Looked,
        again: Again,
        baseline: Mapping[str, int],
        trouble: str,
    ) -> None:
        self.disk = disk
        self.looked = looked
        self.again = again
        self.baseline = baseline
        self.trouble = trouble
