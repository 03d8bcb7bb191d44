"""Plain data that rules and detectors hand to the engine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

_NAMED = 10  # detectors that a message names

Effect = Literal["permit", "deny", "redact", "require", "advise"]
Severity = Literal["info", "low", "medium", "high", "critical"]
Confidence = Literal["low", "medium", "high"]
Mode = Literal["enforce", "warn", "shadow"]

SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")
CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")
HEADER_SOURCES: tuple[str, ...] = ("decision.id",)
"""What a header's value may be filled in from: the id of the decision, under which its record is
found, and by that everything else that is known of it."""


@dataclass(frozen=True, slots=True)
class Redact:
    """An obligation to redact `spans` of the text at the JSON Pointer `at`.

    A span is (start, end, entity) in code points of that text. `operator` is one of `OPERATORS`
    of `jurat.scan`; `operators` has those of entities that have one of their own.
    """

    at: str
    spans: tuple[tuple[int, int, str], ...]
    operator: str = "label"
    operators: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """An obligation to send the call to one of these endpoints."""

    endpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """An obligation to set an HTTP header on the upstream call.

    `value` is the text, or `{"from": …}` with one of `HEADER_SOURCES`, which the engine fills in
    once it has decided: what differs from call to call is no part of what was decided.
    """

    name: str
    value: str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HoldStream:
    """An obligation not to release the answer before it was judged whole."""


@dataclass(frozen=True, slots=True)
class Approve:
    """An obligation to get an approval first."""

    approvers: tuple[str, ...] = ()


Obligation = Redact | Route | Header | HoldStream | Approve


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation that a check reports.

    `message` says what is wrong in one line. It never holds a secret: a value that came with the
    input goes into `quote` and stands in the message as `{name}`; the engine shows it only where
    that is safe, and the pointer `at` otherwise. `at` is a JSON Pointer relative to the target
    ("" is the target itself), or with `absolute` into the whole input: for a check of `Org`, whose
    violations stand in the snapshot's collections. `evidence` holds counts and words of closed
    vocabularies.

    `found` are the detections behind it; a reason tells entity, detector, confidence and length
    of the first of them.

    With `advice` it goes to the decision's advice and the rule counts as passed. `obligation` is
    for kinds with effect redact or require; `effect="deny"` says that an obligation can't be met.
    """

    code: str
    message: str
    at: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    remediation: str = ""
    quote: Mapping[str, Any] = field(default_factory=dict)
    advice: bool = False
    obligation: Obligation | None = None
    effect: Literal["deny"] | None = None
    example: bool = False
    absolute: bool = False
    found: "tuple[Detection, ...]" = ()


class Unfinished(RuntimeError):
    """Raised by a check that needs detectors which could not finish: the rule errs, and the
    reason names them. Of other exceptions a reason names the type alone."""

    def __init__(self, detectors: Iterable[str]) -> None:
        self.detectors = tuple(detectors)
        named = ", ".join(self.detectors[:_NAMED])
        more = f" and {len(self.detectors) - _NAMED} more" if self.detectors[_NAMED:] else ""
        super().__init__(f"detectors could not finish: {named}{more}")


@dataclass(frozen=True, slots=True)
class Detection:
    """One hit of a detector: [start, end) in code points of the original text.

    `known` is the entry of an allow list that the value is on, `?` where there is a list and the
    value could not be held against it, else "" (`jurat.scan.KnownValues`).
    """

    entity: str
    detector: str
    start: int
    end: int
    confidence: Confidence
    validated: bool = False
    example: bool = False
    known: str = ""


@dataclass(frozen=True, slots=True)
class LocatedDetection:
    """A detection with the JSON Pointer of the text it was made in: a fact.

    `where` says what part of the input that text is, in the words of `jurat.model.Text.where`,
    `role` whose message it belongs to ("" for none).
    """

    at: str
    detection: Detection
    where: str = "message"
    role: str = ""


@dataclass(frozen=True, slots=True)
class Detections:
    """What the detectors found in one input: a fact that rules read in place of the text.

    `undecided` names detectors that could not finish (a time-out, a size cap): never "clean".
    `scanned` is the number of texts.
    """

    hits: tuple[LocatedDetection, ...] = ()
    scanned: int = 0
    undecided: tuple[str, ...] = ()
