"""What the fixtures give."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from jurat.bundle import BundleError
from jurat.engine import Engine, resolve

from . import _project
from ._bundles import bundles_of

T = TypeVar("T")


def bundle_for(request: pytest.FixtureRequest) -> Path:
    """The bundle that a marker or the project names, as a path."""
    name = getattr(request, "param", None)
    return path_of(request.config, the_one(request.config) if name is None else name)


def the_one(config: pytest.Config) -> str:
    """The bundle of a project that has one."""
    names = _project.names(config)
    if len(names) == 1:
        return names[0]
    told = (
        f"the project names several bundles ({', '.join(names)})" if names else "no bundle named"
    )
    pytest.fail(
        f'{told}: mark the test with @pytest.mark.jurat_bundle("…"), or set jurat_bundle = ["…"] '
        "in the configuration of pytest",
        pytrace=False,
    )


def path_of(config: pytest.Config, name: str | Path) -> Path:
    """The path of a bundle as a project or a marker names it."""
    return _or_fail(lambda: resolve(_project.located(config, name)), "")


def engine_for(config: pytest.Config, path: Path) -> Engine:
    """An engine with the bundle at `path` armed."""
    return _or_fail(lambda: bundles_of(config).engine(path), "the bundle can't be armed\n\n")


def _or_fail(make: Callable[[], T], heading: str) -> T:
    """What `make` makes. A bundle that can't be loaded fails the test with what is wrong with it,
    and with nothing of ours."""
    try:
        return make()
    except BundleError as error:
        told = f"{heading}{error}"
    pytest.fail(told, pytrace=False)
