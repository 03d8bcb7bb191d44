"""detectors/*.yaml: a bundle's own detectors."""

import re
from collections.abc import Iterable
from typing import Any

from jurat.plugin import CONFIDENCES, Detector

from ._diagnostic import Diagnostic
from ._keys import DETECTOR
from ._nodes import Mapping, Node, SourceFile
from ._shape import Fields, list_of, mapping_of, shown

_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}", re.ASCII)
_ENTITY = re.compile(r"[A-Z][A-Z0-9_]{0,99}", re.ASCII)


class Detectors:
    """Reads the detectors of one bundle. `taken` are the ids of those already installed."""

    def __init__(self, taken: Iterable[str], problems: list[Diagnostic]) -> None:
        self._places: dict[str, str] = dict.fromkeys(taken, "an installed plugin")
        self._problems = problems
        self.detectors: dict[str, Detector] = {}

    def read(self, file: SourceFile, root: Node) -> None:
        """Read one file."""
        for item in list_of(root, file.path, self._problems):
            node = mapping_of(item, "a detector", self._problems)
            if node is None:
                continue
            before = len(self._problems)
            detector = self._detector(node)
            if detector is not None and len(self._problems) == before:
                self.detectors[detector.id] = detector

    def _detector(self, node: Mapping) -> Detector | None:
        from jurat.scan import broken_pattern  # late: most bundles have no detectors

        fields = Fields(node, DETECTOR, "a detector", self._problems)
        id_ = fields.text("id", _ID, "an id has lower-case letters, digits, `.`, `_` and `-`")
        entity = fields.text("entity", _ENTITY, "an entity is written like ACME_CUSTOMER_ID")
        patterns = fields.texts("patterns")
        for item, pattern in zip(fields.items("patterns"), patterns, strict=False):
            if fields.fit and (why := broken_pattern(pattern)):
                fields.refuse("JB080", f"the pattern {shown(item)} is not valid", item, why)
        if fields.fit and not patterns:
            fields.refuse("JB080", "a detector has at least one pattern", "patterns")
        context = fields.texts("context")
        needs_context = fields.flag("needs_context", False)
        if needs_context and not context:
            fields.refuse("JB035", "`needs_context` needs `context`", "needs_context")
        confidence: Any = fields.word("confidence", CONFIDENCES) or "low"
        examples, counter_examples = fields.texts("examples"), fields.texts("counter_examples")
        source = fields.text("source") or ""
        unlike = fields.texts("unlike")
        if id_ is not None and (place := self._places.get(id_)):
            message = f"another detector has the id {shown(node.entries['id'][1])}"
            fields.refuse("JB030", message, "id", f"it comes from {place}")
        elif id_ is not None:
            at = node.entries["id"][1]
            self._places[id_] = f"{at.file.path}:{at.line}:{at.column}"
        if not (fields.fit and id_ and entity):
            return None
        detector = Detector(
            id=id_,
            entity=entity,
            patterns=patterns,
            confidence=confidence,
            context=context,
            needs_context=needs_context,
            examples=examples,
            counter_examples=counter_examples,
            source=source,
            unlike=unlike,
        )
        _try_examples(detector, fields)
        return detector


def _try_examples(detector: Detector, fields: Fields) -> None:
    """An example that does not hold is a mistake in it or in the pattern, which somebody who reads
    the bundle would take for a proof."""
    from jurat.scan import failing_examples  # late: most bundles have no detectors

    for failure in failing_examples(detector):
        key = "counter_examples" if failure.counter else "examples"
        found = "mend the pattern, or the text"
        if not failure.counter and detector.needs_context:
            found = "it also needs one of the words of `context` near the value"
        fields.refuse("JB081", failure.problem, fields.items(key)[failure.index], found)
