"""Beginnings: a rule of a kind, a detector, a plugin package with a kind of one's own."""

from ._ci import SYSTEMS, ci_file
from ._detector import new_detector
from ._kind import kind_files
from ._rule import NewRule, added, new_rule

__all__ = [
    "SYSTEMS",
    "NewRule",
    "added",
    "ci_file",
    "kind_files",
    "new_detector",
    "new_rule",
]
