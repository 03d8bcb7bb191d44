"""Reports on a bundle: made as data, written in one format per file."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from ..files import Event
from ._bundle import BundleReport, bundle_report
from ._bundle_index import index_as_markdown
from ._bundle_json import bundle_as_json
from ._bundle_markdown import bundle_as_markdown
from ._controls import UnknownFramework, control_report
from ._data import ControlLine, ControlReport, FrameworkPart, RuleLine
from ._json import as_json
from ._laws import LAW_FORMATS, LawRun, laws_as
from ._lint import LINT_FORMATS
from ._markdown import as_markdown
from ._scan_json import scan_as_json
from ._scan_sarif import scan_as_sarif
from ._scan_text import scan_as_text
from ._summary import summary_as
from ._tests import TEST_FORMATS, tests_as, trace_lines
from ._text import as_text

FORMATS: Mapping[str, Callable[[ControlReport], str]] = MappingProxyType(
    {"text": as_text, "json": as_json, "markdown": as_markdown}
)
BUNDLE_FORMATS: Mapping[str, Callable[[BundleReport], str]] = MappingProxyType(
    {"markdown": bundle_as_markdown, "json": bundle_as_json}
)
SCAN_FORMATS: Mapping[str, Callable[[Iterable[Event]], Iterator[str]]] = MappingProxyType(
    {"text": scan_as_text, "json": scan_as_json, "sarif": scan_as_sarif}
)

__all__ = [
    "BUNDLE_FORMATS",
    "FORMATS",
    "LAW_FORMATS",
    "LINT_FORMATS",
    "SCAN_FORMATS",
    "TEST_FORMATS",
    "BundleReport",
    "ControlLine",
    "ControlReport",
    "FrameworkPart",
    "LawRun",
    "RuleLine",
    "UnknownFramework",
    "as_json",
    "as_markdown",
    "as_text",
    "bundle_as_json",
    "bundle_as_markdown",
    "bundle_report",
    "control_report",
    "index_as_markdown",
    "laws_as",
    "scan_as_json",
    "scan_as_sarif",
    "scan_as_text",
    "summary_as",
    "tests_as",
    "trace_lines",
]
