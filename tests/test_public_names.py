"""What a package says it exports is there, and nothing else comes by the front door."""

from importlib import import_module

import pytest

import jurat

ROOMS = [
    "authoring.explain",
    "authoring.fmt",
    "authoring.lint",
    "authoring.files",
    "authoring.report",
    "authoring.scaffold",
    "bundle",
    "bundle.editing",
    "bundle.source",
    "canon",
    "engine",
    "expr",
    "expr.tree",
    "limits",
    "log",
    "lsp",
    "model",
    "plan",
    "plugin",
    "scan",
    "wire",
]


@pytest.mark.parametrize("room", ROOMS)
def test_every_exported_name_is_there(room: str) -> None:
    module = import_module(f"jurat.{room}")
    assert module.__all__ == sorted(module.__all__, key=_as_ruff_sorts)
    missing = [name for name in module.__all__ if not hasattr(module, name)]
    assert missing == []
    public = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("jurat.")
    }
    assert public <= set(module.__all__)


def test_the_front_door_opens_to_every_name() -> None:
    assert set(jurat._HOMES) == set(jurat.__all__)
    for name in jurat.__all__:
        assert getattr(jurat, name) is getattr(import_module(jurat._HOMES[name]), name)
    with pytest.raises(AttributeError, match="no attribute 'Engin'"):
        _ = jurat.Engin


def _as_ruff_sorts(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)
