"""Messages that tell rules about text apart: with a value of each entity, and without any."""

from collections.abc import Iterator
from typing import Any

from jurat.bundle import Bundle, Registry

_MOST = 24  # texts with something to find
_MEDIA = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}


def messages_of(bundle: Bundle, registry: Registry, input: str) -> Iterator[list[dict[str, Any]]]:
    """Lists of messages; none where no rule of the bundle looks into the text of such an input."""
    asked: set[str] = set()
    every = reads = False
    for rule in bundle.rules:
        if rule.implementation is not None and any(one.input == input for one in rule.judges):
            entities = rule.implementation.entities(rule.params)
            if entities is not None:
                reads, every = True, every or not entities
                asked |= entities
    if not reads:
        return
    role = "assistant" if input == "response" else "user"
    yield [{"role": role, "content": "What is the capital of France?"}]
    yield [{"role": role, "content": [{"type": "text", "text": "What is this?"}, _MEDIA]}]
    shown: dict[str, int] = {}
    for detector in (*bundle.detectors, *registry.detectors):
        known = shown.get(detector.entity, 0)
        if not detector.examples or not (every or detector.entity in asked):
            continue
        if known < (1 if every else 3) and sum(shown.values()) < _MOST:
            shown[detector.entity] = known + 1
            yield [{"role": role, "content": detector.examples[0]}]
