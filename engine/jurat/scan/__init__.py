"""Finding personal data and secrets in text, and redacting them."""

from ._check import (
    ExampleFailure,
    broken_pattern,
    check_detector,
    failing_examples,
    not_linear,
    unfit,
)
from ._fold import Folded, fold
from ._known import ENTRY, KEY_VARIABLE, KnownValues, allow_key, entry_of
from ._operators import Vault, decrypt, replacement
from ._quote import clean, safe_to_quote
from ._redact import (
    OPERATORS,
    Span,
    json_replacements,
    merge,
    redact_json_text,
    redact_text,
    spans_before,
)
from ._redactor import Redactor, Undecided
from ._restore import StreamRestorer
from ._scanner import MAX_CHARACTERS, Scanner, ScanResult
from ._stream import StreamRedactor

__all__ = [
    "ENTRY",
    "KEY_VARIABLE",
    "MAX_CHARACTERS",
    "OPERATORS",
    "ExampleFailure",
    "Folded",
    "KnownValues",
    "Redactor",
    "ScanResult",
    "Scanner",
    "Span",
    "StreamRedactor",
    "StreamRestorer",
    "Undecided",
    "Vault",
    "allow_key",
    "broken_pattern",
    "check_detector",
    "clean",
    "decrypt",
    "entry_of",
    "failing_examples",
    "fold",
    "json_replacements",
    "merge",
    "not_linear",
    "redact_json_text",
    "redact_text",
    "replacement",
    "safe_to_quote",
    "spans_before",
    "unfit",
]
