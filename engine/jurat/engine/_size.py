"""How much text an input holds, roughly: enough to decide where it is judged."""

from collections.abc import Mapping
from typing import Any

from jurat.model import OrgState

from ._input import Input

LONG = 16_000  # characters of text from which aevaluate leaves the event loop


def weight(source: Input) -> int:
    """About how many characters of text an input holds; counted no further than it matters."""
    if isinstance(source, OrgState):
        return LONG + 1  # judging all of it takes its time
    texts = getattr(source, "_texts", None)
    if texts is not None:
        return sum(len(text.text) for text in texts)
    weight = 0
    left: list[Any] = [source]
    while left and weight <= LONG:
        value = left.pop()
        weight += 1  # so that this ends, whatever refers to itself
        if isinstance(value, str | bytes):
            weight += len(value)
        elif isinstance(value, dict):
            left += value.values()
        elif isinstance(value, Mapping):
            return LONG + 1  # a caller's own, which reading it will judge
        elif isinstance(value, list | tuple):
            left += value
        elif hasattr(value, "__dict__"):
            left += vars(value).values()
    return weight
