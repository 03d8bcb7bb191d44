"""Bundles, loaded once in a run."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jurat.bundle import Bundle, BundleError
from jurat.engine import Engine, compile_bundles, versions_of
from jurat.plan import Plan
from jurat.plugin import load_plugins

if TYPE_CHECKING:
    from jurat.testing._laws import Bench


class Bundles:
    """The bundles that a run of pytest has loaded, by their paths."""

    def __init__(self) -> None:
        self.registry = load_plugins()
        self._loaded: dict[Path, Plan | BundleError] = {}
        self._armed: dict[Path, Bundle] = {}
        self._benches: dict[Path, Bench] = {}
        self._told: dict[Path, Path] = {}

    def plan(self, path: Path) -> Plan:
        """The plan of the bundle at `path`. Raises BundleError, the same one each time."""
        path = path.resolve()
        found = self._loaded.get(path)
        if found is None:
            try:
                _, (found,) = compile_bundles(path, self.registry, versions_of(self.registry))
            except BundleError as error:
                found = error
            self._loaded[path] = found
        if isinstance(found, BundleError):
            raise found.with_traceback(None)
        return found

    def told_with(self, path: Path, file: Path) -> Path:
        """The file with which it is told that the bundle at `path` can't be loaded: the first."""
        return self._told.setdefault(path.resolve(), file)

    def bench(self, path: Path) -> "Bench":
        """What laws are tried on, for the bundle at `path`. Raises BundleError."""
        from jurat.testing._laws import Bench

        path = path.resolve()
        if path not in self._benches:
            self._benches[path] = Bench(self.plan(path).bundle, self.registry)
        return self._benches[path]

    def engine(self, path: Path) -> Engine:
        """An engine of its own with the bundle at `path` armed. Raises BundleError.

        The bundle's own tests, which arming runs, are run once.
        """
        path = path.resolve()
        tested = self._armed.get(path)
        if tested is not None:
            return Engine.load(tested, registry=self.registry)
        bundle = self.plan(path).bundle
        engine = Engine.load(bundle, registry=self.registry)
        self._armed[path] = replace(bundle, tests=())
        return engine


_KEY = pytest.StashKey[Bundles]()


def bundles_of(config: pytest.Config) -> Bundles:
    """The bundles of a run."""
    found = config.stash.get(_KEY, None)
    if found is None:
        found = config.stash[_KEY] = Bundles()
    return found
