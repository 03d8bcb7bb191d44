"""The controls that rules may name: the catalogues that are installed, and a bundle's own."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType

from jurat.bundle import Bundle, BundleError, Catalogue, diagnostic, read_catalogue

CATALOGUES = "jurat_controls"  # entry points that name directories of catalogues


def installed_catalogues() -> dict[str, Catalogue]:
    """The catalogues that installed distributions ship, by framework, sorted.

    Each entry point of the group `jurat_controls` gives the path of a directory, each .yaml file
    in it is one framework. Raises BundleError for a broken catalogue, and for a framework that
    two files claim.
    """
    found: dict[str, Catalogue] = {}
    places: dict[str, str] = {}
    for point in sorted(entry_points(group=CATALOGUES), key=lambda point: point.name):
        for path in sorted(Path(str(point.load())).glob("*.yaml")):
            place = f"{point.name}/{path.name}"
            catalogue = _read(path, place)
            first = places.setdefault(catalogue.framework, place)
            if first != place:
                message = f"another catalogue is of the framework {catalogue.framework}, too"
                help = f"it is {first}; keep one of the two"
                raise BundleError([diagnostic("JB030", message, place, help=help)])
            found[catalogue.framework] = catalogue
    return dict(sorted(found.items()))


def catalogues_for(bundle: Bundle) -> dict[str, Catalogue]:
    """The installed catalogues with the bundle's own controls (its table `controls`) added.

    Where both have an id, the bundle's text holds.
    """
    found = installed_catalogues()
    own: dict[str, dict[str, str]] = {}
    if "controls" in bundle.tables.names:
        for id_, row in bundle.tables["controls"].items():
            own.setdefault(framework_of(id_), {})[id_] = row.__dict__["text"] or ""
    for framework, texts in own.items():
        there = found.get(framework)
        if there is None:
            title = f"controls of {bundle.name}"
            there = Catalogue(framework, title, "data/controls.yaml", {})
        merged: Mapping[str, str] = MappingProxyType({**there.controls, **texts})
        found[framework] = Catalogue(framework, there.title, there.source, merged, there.remains)
    return dict(sorted(found.items()))


def framework_of(control: str) -> str:
    """`SOC2` of `SOC2:CC6.1`."""
    return control.partition(":")[0]


def _read(path: Path, place: str) -> Catalogue:
    try:
        return read_catalogue(place, path.read_text("utf-8"))
    except UnicodeDecodeError:
        message = "the catalogue is not UTF-8"
        raise BundleError([diagnostic("JB004", message, place)]) from None
