"""Whether a value may be shown, and messages without what must not be shown."""

from ._redact import redact_text
from ._scanner import Scanner

LONGEST = 64


def safe_to_quote(value: str, scanner: Scanner) -> bool:
    """True for short plain ASCII in which no detector of `scanner` finds or suspects anything."""
    if len(value) > LONGEST or not value.isascii() or not value.isprintable():
        return False
    result = scanner.run(value)
    return not result.detections and not result.undecided


def clean(message: str, scanner: Scanner) -> str:
    """`message` with every detection replaced by its label."""
    found = scanner.run(message).detections
    if not found:
        return message
    return redact_text(message, [(d.start, d.end, f"[{d.entity}]") for d in found])
