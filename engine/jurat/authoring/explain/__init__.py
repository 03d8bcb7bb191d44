"""What a bundle's rules mean: a rule as a policy document, and the facts that rules need."""

from .._catalogues import catalogues_for
from ._facts import Joined, facts_read, source_of
from ._kind import documentation
from ._rule import INPUTS, plain_json, rule_page

__all__ = [
    "INPUTS",
    "Joined",
    "catalogues_for",
    "documentation",
    "facts_read",
    "plain_json",
    "rule_page",
    "source_of",
]
