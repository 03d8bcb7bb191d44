"""Looking over bundles for mistakes that loading them does not refuse.

A lint rule is one file in one of the families below, with its documentation and two examples; it
is found by being there. Plugins add theirs by the hook `jurat_lint_rules`.
"""

from ._again import Again
from ._items import Item, is_list, items_of
from ._mend import Mended, differences, mend
from ._rules import all_rules, documentation, own_rules, rule_named
from ._run import Found, Looked, look
from ._settings import LIMITS, Settings, SettingsError, project_settings, settings_from
from ._sheet import Sheet, baseline_of, fingerprint, read_baseline, sheet_of

__all__ = [
    "LIMITS",
    "Again",
    "Found",
    "Item",
    "Looked",
    "Mended",
    "Settings",
    "SettingsError",
    "Sheet",
    "all_rules",
    "baseline_of",
    "differences",
    "documentation",
    "fingerprint",
    "is_list",
    "items_of",
    "look",
    "mend",
    "own_rules",
    "project_settings",
    "read_baseline",
    "rule_named",
    "settings_from",
    "sheet_of",
]
