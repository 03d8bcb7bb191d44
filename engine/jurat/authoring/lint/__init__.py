"""Looking over bundles for mistakes that loading them does not refuse.

A lint rule is one file in one of the families below, with its documentation and two examples; it
is found by being there. Plugins add theirs by the hook `jurat_lint_rules`.
"""

from ._rules import all_rules, documentation, own_rules, rule_named
from ._run import Found, Looked, look
from ._settings import LIMITS, Settings, SettingsError, project_settings, settings_from

__all__ = [
    "LIMITS",
    "Found",
    "Looked",
    "Settings",
    "SettingsError",
    "all_rules",
    "documentation",
    "look",
    "own_rules",
    "project_settings",
    "rule_named",
    "settings_from",
]
