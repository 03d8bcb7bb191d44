"""Provider bodies to Requests and Responses, and back: the text in them, changed where told."""

from ._body import FORMATS, from_body
from ._edit import Edit, apply_edits
from ._native import TEXT_FIELDS, native_texts
from ._parse import MAX_DEPTH, InputError, parse_json
from ._strings import edit_strings

__all__ = [
    "FORMATS",
    "MAX_DEPTH",
    "TEXT_FIELDS",
    "Edit",
    "InputError",
    "apply_edits",
    "edit_strings",
    "from_body",
    "native_texts",
    "parse_json",
]
