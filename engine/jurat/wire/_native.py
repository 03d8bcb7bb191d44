"""The text in jurat's own Requests and Responses."""

from collections.abc import Mapping
from typing import Any

from jurat.model import Text

from ._openai import NATIVE_MESSAGE
from ._walk import ID, Node, Walk

_CALL = Node(where="tool_call", keys={"id": ID, "name": ID, "arguments": Node("json")})
_METADATA = Node(where="metadata")

# Whole fields that hold text; the rest of such a document is its header, the PEP's own word.
_TEXTS: Mapping[str, Node] = {
    "messages": Node(items=NATIVE_MESSAGE),
    "tool_calls": Node(items=_CALL),
    "tool": Node(
        where="tool_call",
        keys=dict.fromkeys(("server", "host", "name"), ID) | {"arguments": Node("json")},
    ),
    "metadata": _METADATA,
}

TEXT_FIELDS = frozenset(_TEXTS)


def native_texts(data: Mapping[str, Any]) -> tuple[Text, ...]:
    """The texts of a Request or Response in jurat's own form, with their pointers in it.

    Messages with their content (a string, or parts of either provider's shape), tool calls'
    arguments, the tool call that the request is, and metadata. The header is not text. Raises
    InputError for what has no JSON form or is nested too deep.
    """
    walk = Walk()
    for name, value in data.items():
        if name in _TEXTS:
            walk.visit(value, "/" + name, _TEXTS[name], "other", "", 1)
    return tuple(walk.texts)
