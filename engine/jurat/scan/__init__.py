"""Finding personal data and secrets in text, and redacting them."""

from ._check import check_detector
from ._fold import Folded, fold
from ._operators import Vault, decrypt, replacement
from ._quote import clean, safe_to_quote
from ._redact import OPERATORS, Span, merge, redact_json_text, redact_text
from ._redactor import Redactor, Undecided
from ._scanner import MAX_CHARACTERS, Scanner, ScanResult
from ._stream import StreamRedactor

__all__ = [
    "MAX_CHARACTERS",
    "OPERATORS",
    "Folded",
    "Redactor",
    "ScanResult",
    "Scanner",
    "Span",
    "StreamRedactor",
    "Undecided",
    "Vault",
    "check_detector",
    "clean",
    "decrypt",
    "fold",
    "merge",
    "redact_json_text",
    "redact_text",
    "replacement",
    "safe_to_quote",
]
