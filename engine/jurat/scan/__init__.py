"""Finding personal data and secrets in text, and redacting them."""

from ._check import check_detector
from ._fold import Folded, fold
from ._operators import Vault, decrypt, replacement
from ._quote import clean, safe_to_quote
from ._redact import OPERATORS, Span, merge, redact_json_text, redact_text
from ._scanner import MAX_CHARACTERS, Scanner, ScanResult

__all__ = [
    "MAX_CHARACTERS",
    "OPERATORS",
    "Folded",
    "ScanResult",
    "Scanner",
    "Span",
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
