"""Whether a value may be shown, and messages without what must not be shown."""

from ._redact import Span, merge, redact_text
from ._scanner import Scanner

LONGEST = 64
WITHHELD = "(withheld: it could not be searched for personal data and secrets)"


def safe_to_quote(value: str, scanner: Scanner) -> bool:
    """True for short plain ASCII in which no detector of `scanner` finds or suspects anything."""
    if len(value) > LONGEST or not value.isascii() or not value.isprintable():
        return False
    result = scanner.run(value)
    return not result.detections and not result.undecided


def clean(message: str, scanner: Scanner) -> str:
    """`message` with every detection replaced by its label; none of it where a detector could
    not decide."""
    result = scanner.run(message)
    if result.undecided:
        return WITHHELD
    spans = merge(Span(d.start, d.end, d.entity) for d in result.detections)
    return redact_text(message, [(s.start, s.end, f"[{s.entity}]") for s in spans])
