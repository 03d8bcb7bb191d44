"""Conditions in CEL: checked by Google's library at load, compiled to Python by us."""

from ._condition import Condition, Conjunct, ScopeTerm, compile_condition, compile_path
from ._judge import Truth
from ._problem import ConditionError, Problem
from ._schema import Schema

__all__ = [
    "Condition",
    "ConditionError",
    "Conjunct",
    "Problem",
    "Schema",
    "ScopeTerm",
    "Truth",
    "compile_condition",
    "compile_path",
]
