"""Everything that can be extended. Hooks run at load time only, never on the way of a request.

A plugin is a distribution with an entry point in the group `jurat` that names a module whose
functions are marked with `hookimpl`.
"""

from collections.abc import Iterable

import pluggy

from ._detector import Detector
from ._kind import RuleKind
from ._limits import LimitStore
from ._lint import LintRule
from ._source import FactSource

GROUP = "jurat"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def jurat_rule_kinds() -> Iterable[type[RuleKind]]:  # type: ignore[empty-body]
    """The rule kinds that this plugin adds. Called once per load; a name may be taken once."""


@hookspec
def jurat_detectors() -> Iterable[Detector]:  # type: ignore[empty-body]
    """The detectors that this plugin adds to every scanner. Called once per load."""


@hookspec
def jurat_fact_sources() -> Iterable[FactSource]:  # type: ignore[empty-body]
    """The sources that supply facts which neither caller nor bundle gives. Called once per load."""


@hookspec
def jurat_limit_stores() -> Iterable[LimitStore]:  # type: ignore[empty-body]
    """The stores of counters that `Engine.load(limits=NAME)` may name. Called once per load."""


@hookspec
def jurat_lint_rules() -> Iterable[type[LintRule]]:  # type: ignore[empty-body]
    """The lint rules that this plugin adds to `jurat lint`. Called once per load."""
