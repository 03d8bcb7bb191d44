"""What the markers `jurat_bundle` and `jurat_laws` make of a test."""

import pytest


def generate(metafunc: pytest.Metafunc) -> None:
    """Give the fixture the bundle that the nearest marker names."""
    marker = metafunc.definition.get_closest_marker("jurat_bundle")
    if marker is None or "jurat_bundle" not in metafunc.fixturenames:
        return
    if len(marker.args) != 1 or marker.kwargs:
        raise pytest.UsageError(
            f"{metafunc.definition.nodeid}: the marker jurat_bundle takes one bundle"
        )
    metafunc.parametrize("jurat_bundle", marker.args, indirect=True, ids=[pytest.HIDDEN_PARAM])
