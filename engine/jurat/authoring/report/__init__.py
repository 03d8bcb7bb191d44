"""Reports on a bundle: made as data, written in one format per file."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ._controls import UnknownFramework, control_report
from ._data import ControlLine, ControlReport, FrameworkPart, RuleLine
from ._json import as_json
from ._markdown import as_markdown
from ._summary import summary_as
from ._text import as_text

FORMATS: Mapping[str, Callable[[ControlReport], str]] = MappingProxyType(
    {"text": as_text, "json": as_json, "markdown": as_markdown}
)

__all__ = [
    "FORMATS",
    "ControlLine",
    "ControlReport",
    "FrameworkPart",
    "RuleLine",
    "UnknownFramework",
    "as_json",
    "as_markdown",
    "as_text",
    "control_report",
    "summary_as",
]
