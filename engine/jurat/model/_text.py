"""The text of an input: what detectors read and rules never see."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Text:
    """One string to scan.

    `at` is the JSON Pointer of the string in the document that was sent (`jurat.wire` says how
    it addresses keys that can't be shown). `kind` is `json` where
    the string itself holds a JSON document (a tool call's arguments), so that a redaction keeps
    it valid. `where` says what part of the input it is, so that a rule may look at some only.
    """

    at: str
    text: str = field(repr=False)
    where: Literal["message", "tool_call", "tool_result", "tool_schema", "metadata", "other"] = (
        "message"
    )
    role: str = ""
    kind: Literal["text", "json"] = "text"
