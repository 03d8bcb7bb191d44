"""What a plugin author imports: hooks, the base of rule kinds, detectors, and their plain data."""

from jurat.model import MissingFact

from ._data import (
    CONFIDENCES,
    SEVERITIES,
    Approve,
    Confidence,
    Detection,
    Detections,
    Effect,
    Finding,
    Header,
    HoldStream,
    LocatedDetection,
    Mode,
    Obligation,
    Redact,
    Route,
    Severity,
)
from ._detector import Detector
from ._hooks import GROUP, hookimpl, hookspec
from ._kind import (
    Check,
    CompileContext,
    Example,
    Examples,
    FactRef,
    Facts,
    ParamError,
    RuleKind,
    RuleParams,
    RuleSpec,
)
from ._limits import Counted, CounterUse, LimitStore, Reserved, Uses
from ._loader import BrokenPlugin, LoadedPlugin, Registry, load_plugins
from ._regions import AZURE_SKUS, guaranteed, providers, regions, zone_of
from ._source import FactSource

__all__ = [
    "AZURE_SKUS",
    "CONFIDENCES",
    "GROUP",
    "SEVERITIES",
    "Approve",
    "BrokenPlugin",
    "Check",
    "CompileContext",
    "Confidence",
    "Counted",
    "CounterUse",
    "Detection",
    "Detections",
    "Detector",
    "Effect",
    "Example",
    "Examples",
    "FactRef",
    "FactSource",
    "Facts",
    "Finding",
    "Header",
    "HoldStream",
    "LimitStore",
    "LoadedPlugin",
    "LocatedDetection",
    "MissingFact",
    "Mode",
    "Obligation",
    "ParamError",
    "Redact",
    "Registry",
    "Reserved",
    "Route",
    "RuleKind",
    "RuleParams",
    "RuleSpec",
    "Severity",
    "Uses",
    "guaranteed",
    "hookimpl",
    "hookspec",
    "load_plugins",
    "providers",
    "regions",
    "zone_of",
]
