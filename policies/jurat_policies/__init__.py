"""The bundles that ship with jurat, as data.

A distribution offers bundles by entry points in the group `jurat_bundles`: the name of each is
the bundle's name, the value a function that gives its path by that name.
"""

from pathlib import Path

__all__ = ["names", "path"]

_HERE = Path(__file__).parent


def names() -> tuple[str, ...]:
    """The names of the bundles that ship, sorted."""
    return tuple(sorted(manifest.parent.name for manifest in _HERE.glob("*/bundle.yaml")))


def path(name: str) -> Path:
    """The directory of the bundle `name`. Raises LookupError for a name that does not ship."""
    if name not in names():
        raise LookupError(f"no bundle {name!r} ships; there are {', '.join(names())}")
    return _HERE / name
