"""What the markers `jurat_bundle` and `jurat_laws` make of a test."""

from collections.abc import Callable
from typing import Any, NoReturn

import pytest

LAW = "jurat_law"


def generate(metafunc: pytest.Metafunc) -> None:
    """Give the fixture the bundle that the nearest marker names, and make one test of each law."""
    marker = metafunc.definition.get_closest_marker("jurat_bundle")
    if marker is not None and "jurat_bundle" in metafunc.fixturenames:
        if len(marker.args) != 1 or marker.kwargs:
            _misused(metafunc, "jurat_bundle takes one bundle")
        hidden = getattr(pytest, "HIDDEN_PARAM", None)  # since 8.4
        ids = None if hidden is None else [hidden]
        metafunc.parametrize("jurat_bundle", marker.args, indirect=True, ids=ids)
    marker = metafunc.definition.get_closest_marker("jurat_laws")
    if marker is not None:
        if len(marker.args) > 1:
            _misused(metafunc, "jurat_laws takes one bundle, and options by name")
        if LAW not in metafunc.fixturenames:
            metafunc.fixturenames.append(LAW)
        metafunc.parametrize(LAW, _laws(), indirect=True)


def _misused(metafunc: pytest.Metafunc, how: str) -> NoReturn:
    raise pytest.UsageError(f"{metafunc.definition.nodeid}: the marker {how}")


def law_of(item: pytest.Item) -> Callable[[], None] | None:
    """Holds the bundle of a marked test to the law that this one of them is for."""
    marker = item.get_closest_marker("jurat_laws")
    spec = getattr(item, "callspec", None)
    if marker is None or spec is None or LAW not in spec.params:
        return None
    return lambda: _hold(item, spec.params[LAW], marker)


def _hold(item: pytest.Item, law: str, marker: pytest.Mark) -> None:
    from jurat.testing import LAWS

    from ._bundles import bundles_of
    from ._fixtures import path_of, the_one

    path = path_of(item.config, _bundle_of(item, marker) or the_one(item.config))
    LAWS[law](bundles_of(item.config).bench(path), **marker.kwargs)


def _bundle_of(item: pytest.Item, marker: pytest.Mark) -> Any:
    if marker.args:
        return marker.args[0]
    other = item.get_closest_marker("jurat_bundle")
    return other.args[0] if other is not None and other.args else None


def _laws() -> list[str]:
    from jurat.testing import LAWS

    return list(LAWS)
