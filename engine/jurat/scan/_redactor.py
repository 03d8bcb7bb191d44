"""What is redacted, and how: one description for whole texts and for streams."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

from jurat.plugin import CONFIDENCES, Confidence, Detection, Detector

from ._hold import Holdback
from ._operators import Vault, replacement
from ._redact import Replacement, Span, merge, redact_json_text, redact_text
from ._scanner import Scanner

if TYPE_CHECKING:
    from ._stream import StreamRedactor

_SHARED = 8  # sets of detectors
DEFAULT = "default"
"""In a mapping of operators, the one for entities that it does not name."""


class Undecided(RuntimeError):
    """A text that could not be searched to the end, which is therefore not passed on.

    `detectors` are those that did not finish.
    """

    def __init__(self, detectors: Iterable[str], why: str = "detectors could not finish") -> None:
        self.detectors = tuple(detectors)
        names = f": {', '.join(self.detectors)}" if self.detectors else ""
        super().__init__(f"{why}{names}; the text is withheld")


class Redactor:
    """Redacts texts and streams, both in the same way.

    `scanner` finds the values (default: every built-in detector and those of plugins). `operator`
    is one of `OPERATORS`, or a mapping of entities to operators, in which `default` stands for
    the entities not named (else `label`). `entities`, `min_confidence` and `examples` (`ignore`
    leaves out documentation values) say what counts; the rest stays. `key` (32 bytes) is needed
    by hash and encrypt; `keep` is how many characters mask leaves; `vault` keeps pseudonyms (a
    new one by itself). Raises ValueError for an operator that is unknown or lacks its key.

    One Redactor serves many texts, from several threads, of one caller where pseudonyms are
    used: its vault is one caller's.
    """

    def __init__(
        self,
        scanner: Scanner | None = None,
        operator: str | Mapping[str, str] = "label",
        *,
        entities: Iterable[str] | None = None,
        min_confidence: Confidence = "low",
        examples: Literal["count", "ignore"] = "count",
        key: bytes | None = None,
        keep: int = 4,
        vault: Vault | None = None,
    ) -> None:
        self.scanner = Scanner() if scanner is None else scanner
        self.operators = {DEFAULT: operator} if isinstance(operator, str) else dict(operator)
        self.operators.setdefault(DEFAULT, "label")
        self.vault = Vault() if vault is None and "pseudonym" in self.operators.values() else vault
        self._key = key
        self._keep = keep
        for one in self.operators.values():
            replacement(one, "X", "", key=key, vault=Vault())
        self._entities = None if entities is None else frozenset(entities)
        self._confidences = frozenset(CONFIDENCES[CONFIDENCES.index(min_confidence) :])
        self._ignores_examples = examples == "ignore"

    def redact(self, text: str, *, holds_json: bool = False) -> str:
        """`text`, redacted. With `holds_json` a JSON document, such as the arguments of a tool
        call, which stays one. Raises Undecided where a detector could not finish.

        What was redacted is looked at once more: where values have gone, a word that stood far
        from another value stands nearer."""
        once = self._redacted(text, holds_json=holds_json)
        return once if once == text else self._redacted(once, holds_json=holds_json)

    def _redacted(self, text: str, *, holds_json: bool) -> str:
        result = self.scanner.run(text)
        if result.undecided:
            raise Undecided(result.undecided)
        made = self.replacements(text, result.detections)
        return (redact_json_text if holds_json else redact_text)(text, made)

    def stream(self, *, holds_json: bool = False, step: int = 1) -> "StreamRedactor":
        """A stream that is redacted as `redact` would the whole; see `StreamRedactor`."""
        from ._stream import StreamRedactor

        return StreamRedactor(self, holds_json=holds_json, step=step)

    def replacements(self, text: str, detections: Iterable[Detection]) -> list[Replacement]:
        """What takes the place of those of `detections`, found in `text`, that count."""
        spans = merge(
            Span(d.start, d.end, d.entity, self.operator(d.entity))
            for d in detections
            if self._counts(d)
        )
        return [(span.start, span.end, self._new(span, text)) for span in spans]

    def operator(self, entity: str) -> str:
        """How values of `entity` are redacted."""
        return self.operators.get(entity) or self.operators[DEFAULT]

    def _counts(self, detection: Detection) -> bool:
        return (
            (self._entities is None or detection.entity in self._entities)
            and detection.confidence in self._confidences
            and not (self._ignores_examples and detection.example)
        )

    def _new(self, span: Span, text: str) -> str:
        value = text[span.start : span.end]
        return replacement(
            span.operator, span.entity, value, key=self._key, keep=self._keep, vault=self.vault
        )

    # -- for streams, made when the first one is

    @cached_property
    def holdback(self) -> Holdback:
        """What of a stream must wait."""
        return _holdback_of(self.scanner.detectors)

    @cached_property
    def waits_for_words(self) -> frozenset[str]:
        """The ids of the detectors to which words after a value make a difference."""
        return frozenset(d.id for d in self.scanner.detectors if d.context)

    @cached_property
    def suspecting(self) -> Scanner:
        """The scanner of the same detectors that need no words near a value: where it finds
        nothing, nothing will be found whatever comes."""
        return _suspecting(self.scanner.detectors)

    def __repr__(self) -> str:
        return f"<Redactor of {len(self.scanner.detectors)} detectors>"


@lru_cache(maxsize=_SHARED)
def _holdback_of(detectors: tuple[Detector, ...]) -> Holdback:
    """Shared, as every request may have a redactor of its own."""
    return Holdback(detectors)


@lru_cache(maxsize=_SHARED)
def _suspecting(detectors: tuple[Detector, ...]) -> Scanner:
    return Scanner([_suspicious(detector) for detector in detectors])


def _suspicious(detector: Detector) -> Detector:
    """`detector`, as sure without words near a value as it may be with them."""
    if not detector.context:
        return detector
    sure: Confidence = "medium" if detector.confidence == "low" else detector.confidence
    return replace(detector, context=(), needs_context=False, confidence=sure)
