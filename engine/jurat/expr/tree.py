"""The nodes of a checked condition, and its constants: for those who reason about conditions."""

from ._condition import field_path
from ._judge import Failure, Unknown, evaluate
from ._types import Call, Const, Fold, Ident, Items, Node, Pairs, Select, Type, children

__all__ = [
    "Call",
    "Const",
    "Failure",
    "Fold",
    "Ident",
    "Items",
    "Node",
    "Pairs",
    "Select",
    "Type",
    "Unknown",
    "children",
    "evaluate",
    "field_path",
]
