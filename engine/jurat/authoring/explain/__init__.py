"""What a bundle's rules mean: a rule as a policy document, and the facts that rules need."""

from ._facts import facts_read, key_of, table_of
from ._kind import documentation
from ._rule import INPUTS, rule_page

__all__ = ["INPUTS", "documentation", "facts_read", "key_of", "rule_page", "table_of"]
