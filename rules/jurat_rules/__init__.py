"""The rule kinds and detectors that come with jurat.

A kind is one file in this package: every public module is looked at, and each `RuleKind` that it
defines is registered. Nothing else has to be edited to add one.

PYTEST_DONT_REWRITE: a plugin of pytest comes with this distribution, so pytest would rewrite the
assertions of this module, of which there are none, and warn where it was imported before.
"""

from collections.abc import Iterator
from importlib import import_module
from inspect import getmembers, isclass
from pkgutil import iter_modules

from jurat.plugin import Detector, RuleKind, hookimpl

__all__ = ["jurat_detectors", "jurat_rule_kinds"]


@hookimpl
def jurat_rule_kinds() -> list[type[RuleKind]]:
    """Every kind that a public module of this package defines, by name."""
    return sorted(_defined(), key=lambda kind: kind.name)


@hookimpl
def jurat_detectors() -> tuple[Detector, ...]:
    """The detectors of the packs."""
    from .packs import detectors  # late: the packs build on libraries that are slow to import

    return detectors()


def _defined() -> Iterator[type[RuleKind]]:
    for module in iter_modules(__path__):
        if module.ispkg or module.name.startswith("_"):
            continue
        found = import_module(f"{__name__}.{module.name}")
        for _, member in getmembers(found, isclass):
            if issubclass(member, RuleKind) and member.__module__ == found.__name__:
                yield member
