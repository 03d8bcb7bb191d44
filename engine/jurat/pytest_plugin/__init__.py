"""jurat in pytest: a bundle's own tests as items, fixtures, laws, and what a run never showed.

pytest comes in by `jurat_pytest`, which registers this module. Nothing of the engine is imported
before a bundle is collected or a fixture is used.

What is collected has been asked for: the tests of the bundles that `jurat_bundle` in the
configuration or `--jurat-bundle` names, and those of a bundle whose directory, `tests` directory
or file of tests is an argument of pytest. Other bundles in the tree are left alone.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from . import _project
from ._silent import Silent

if TYPE_CHECKING:
    from jurat.engine import Engine

__all__ = ["begin", "jurat_bundle", "jurat_engine", "jurat_law"]


def begin(config: pytest.Config) -> None:
    """Take up the configuration of a run of pytest."""
    _project.begin(config)
    config.pluginmanager.register(Silent(), "jurat.silent")


def pytest_report_header(config: pytest.Config) -> str | None:
    names = _project.names(config)
    return f"jurat: {', '.join(names)}" if names else None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    root = _project.bundle_of(file_path)
    if root is None or not _project.asked_for(root, file_path, parent.session):
        return None
    from ._collect import CaseFile

    made: pytest.Collector = CaseFile.from_parent(parent, path=file_path)
    return made


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    from ._marks import generate

    generate(metafunc)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    if pyfuncitem.get_closest_marker("jurat_laws") is not None:
        from ._marks import law_of

        if (law := law_of(pyfuncitem)) is not None:
            law()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.excinfo is not None and type(call.excinfo.value).__module__.startswith("jurat."):
        from ._told import told

        report.longrepr = told(call.excinfo, item.path) or report.longrepr
    return report


@pytest.fixture
def jurat_law(request: pytest.FixtureRequest) -> str:
    """The name of the law that a test marked `jurat_laws` is run for."""
    return str(request.param)


@pytest.fixture(scope="session")
def jurat_bundle(request: pytest.FixtureRequest) -> Path:
    """The path of the project's bundle: that of the marker `jurat_bundle`, else the one that
    `--jurat-bundle` or `jurat_bundle` in the configuration names."""
    from ._fixtures import bundle_for

    return bundle_for(request)


@pytest.fixture(scope="class")
def jurat_engine(jurat_bundle: Path, request: pytest.FixtureRequest) -> "Iterator[Engine]":
    """An engine with the bundle of `jurat_bundle` armed and no log: one for each test, or for
    each class of tests, so that what one counts or arms is no other's."""
    from ._fixtures import engine_for

    with engine_for(request.config, jurat_bundle) as engine:
        yield engine
