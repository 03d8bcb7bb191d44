"""The formats of what `jurat lint` found, by name."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from jurat.plugin import LintRule

from ..lint import Sheet
from ._lint_ci import lint_as_github, lint_as_junit
from ._lint_json import lint_as_json
from ._lint_sarif import lint_as_sarif
from ._lint_text import lint_as_text

LINT_FORMATS: Mapping[str, Callable[[Sequence[Sheet], Sequence[LintRule], bool], str]] = (
    MappingProxyType(
        {
            "text": lint_as_text,
            "json": lint_as_json,
            "sarif": lint_as_sarif,
            "junit": lint_as_junit,
            "github": lint_as_github,
        }
    )
)
