"""What a scan of files found as text, a line per hit, as compilers and `grep -n` write them."""

from collections.abc import Iterable, Iterator

from ..files import Event, Hit


def scan_as_text(events: Iterable[Event]) -> Iterator[str]:
    """The lines, each with its line feed, as the events come."""
    for event in events:
        if isinstance(event, Hit):
            yield f"{_place(event)}: {_what(event)}\n"


def _place(hit: Hit) -> str:
    return f"{_shown(hit.file)}:{hit.line}:{hit.column}"


def _what(hit: Hit) -> str:
    one = hit.detection
    marks = [one.confidence, *(["example"] if one.example else [])]
    return f"{one.entity} {hit.mark or hit.shown} ({one.detector}, {', '.join(marks)})"


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
