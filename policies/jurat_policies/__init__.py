"""The bundles that ship with jurat, as data: each is a directory of this package.

A distribution offers bundles by entry points in the group `jurat_bundles`: the name of each is
the bundle's name, the value an attribute that holds the path of its directory. Catalogues of
controls come the same way in the group `jurat_controls`: one file per framework in a directory.

PYTEST_DONT_REWRITE: a plugin of pytest comes with this distribution, so pytest would rewrite the
assertions of this module, of which there are none, and warn where it was imported before.
"""

from pathlib import Path

__all__ = [
    "AGENTS_AND_TOOLS",
    "CARDHOLDER_DATA",
    "CONTROLS",
    "EU_DATA_RESIDENCY",
    "HEALTHCARE_PHI",
    "OPENAI_ENTERPRISE",
    "SECRETS_HYGIENE",
    "STARTER",
    "names",
    "path",
]

_HERE = Path(__file__).parent

AGENTS_AND_TOOLS = _HERE / "agents-and-tools"
EU_DATA_RESIDENCY = _HERE / "eu-data-residency"
HEALTHCARE_PHI = _HERE / "healthcare-phi"
CARDHOLDER_DATA = _HERE / "cardholder-data"
STARTER = _HERE / "starter"
CONTROLS = _HERE / "controls"
OPENAI_ENTERPRISE = _HERE / "openai-enterprise"
SECRETS_HYGIENE = _HERE / "secrets-hygiene"


def names() -> tuple[str, ...]:
    """The names of the bundles that ship, sorted."""
    return tuple(sorted(manifest.parent.name for manifest in _HERE.glob("*/bundle.yaml")))


def path(name: str) -> Path:
    """The directory of the bundle `name`. Raises LookupError for a name that does not ship."""
    if name not in names():
        raise LookupError(f"no bundle {name!r} ships; there are {', '.join(names())}")
    return _HERE / name
