"""Performing the redactions of a decision on the body that was judged."""

from collections.abc import Iterable
from typing import Any

from jurat.scan import redact_json_text, redact_text
from jurat.wire import apply_edits

from ._obligations import Obligation


def apply(obligations: Iterable[Obligation], body: Any) -> Any:
    """`body` with every redact obligation performed. Raises ValueError if it does not fit."""
    edits = {}
    for obligation in obligations:
        if obligation.type == "redact":
            edits[obligation.at] = _editor(obligation)
    return apply_edits(body, edits) if edits else body


def _editor(obligation: Obligation) -> Any:
    replacements = replacements_of(obligation)

    def edit(text: str, *, holds_json: bool = False) -> str:
        if any(end > len(text) for _, end, _ in replacements):
            raise ValueError(f"the text at {obligation.at} is not the one that was judged")
        return (redact_json_text if holds_json else redact_text)(text, replacements)

    return edit


def replacements_of(obligation: Obligation) -> list[tuple[int, int, str]]:
    """(start, end, replacement) of each span. Raises ValueError where one was not made."""
    made = []
    for number, (start, end, entity) in enumerate(obligation.spans):
        match obligation.operators[number]:
            case "label":
                made.append((start, end, f"[{entity}]"))
            case "remove":
                made.append((start, end, ""))
            case _ if obligation.made:
                made.append((start, end, obligation.made[number]))
            case operator:
                raise ValueError(f"no replacement was made for operator {operator}")
    return made
