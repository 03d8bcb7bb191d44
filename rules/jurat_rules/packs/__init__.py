"""The built-in detectors, one public module per pack.

A pack is a module with a tuple `DETECTORS`; nothing else has to be edited to add one. Validators
get the folded value (ASCII) and import what is slow when first called.
"""

from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

from jurat.plugin import Detector

__all__ = ["detectors"]


def detectors() -> tuple[Detector, ...]:
    """Every built-in detector, pack by pack in the order of their names."""
    names = sorted(m.name for m in iter_modules(__path__) if not m.name.startswith("_"))
    return tuple(
        replace(detector, pack=name)
        for name in names
        for detector in import_module(f"{__name__}.{name}").DETECTORS
    )
