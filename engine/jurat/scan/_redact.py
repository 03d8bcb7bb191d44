"""Redacting spans of a text: overlaps settled once, nothing of a value left."""

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

OPERATORS = ("remove", "label", "mask", "hash", "encrypt", "pseudonym")
"""The redaction operators, the one that shows least first."""

Replacement = tuple[int, int, str]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """[start, end) of a text in code points, what stands there, and how to redact it."""

    start: int
    end: int
    entity: str
    operator: str = "label"


def merge(spans: Iterable[Span]) -> list[Span]:
    """`spans` without overlaps, by place. Spans that overlap become one over all of them, with
    the operator that shows least (of these the longest span names the entity), so that no part
    of any value is left."""
    merged: list[Span] = []
    group: list[Span] = []
    end = -1
    for span in sorted(set(spans)):
        if group and span.start >= end:
            merged.append(_united(group))
            group = []
        group.append(span)
        end = max(end, span.end) if len(group) > 1 else span.end
    if group:
        merged.append(_united(group))
    return merged


def _united(group: Sequence[Span]) -> Span:
    first = min(
        group,
        key=lambda s: (OPERATORS.index(s.operator), s.start - s.end, s.entity, s.start),
    )
    return Span(
        min(span.start for span in group),
        max(span.end for span in group),
        first.entity,
        first.operator,
    )


def redact_text(text: str, replacements: Iterable[Replacement]) -> str:
    """`text` with each [start, end) replaced. Spans should not overlap (see `merge`); where they
    do, both replacements stand, and nothing of either span is left."""
    parts, done = [], 0
    for start, end, new in sorted(replacements):
        parts += [text[done:start], new]
        done = max(done, end)
    return "".join([*parts, text[done:]])


def spans_before(
    spans: Iterable[tuple[int, int]], replacements: Iterable[Replacement]
) -> list[tuple[int, int]]:
    """Where spans of a text that `redact_text` made stand in the text that it was made from. What
    reaches into a replacement reaches over all that it replaced."""
    made: list[tuple[int, int, int, int]] = []  # as redacted, and as it was
    done = grown = 0
    for start, end, new in sorted(replacements):
        start = max(done, start)
        done = max(done, end)
        made.append((start + grown, start + grown + len(new), start, done))
        grown += len(new) - (done - start)
    ends = [end for _, end, _, _ in made]
    return [(_before(start, made, ends, 0), _before(end, made, ends, 1)) for start, end in spans]


def _before(
    place: int, made: Sequence[tuple[int, int, int, int]], ends: Sequence[int], side: int
) -> int:
    """The place before; one within a replacement is at its start (side 0) or end (1)."""
    index = bisect_left(ends, place + 1 - side)  # the first that ends after it, or (1) at it
    if index < len(made):
        first, _, *was = made[index]
        if place > first or (place == first and not side):
            return was[side]
    if not index:
        return place
    _, end, _, was_end = made[index - 1]
    return place - end + was_end


STRING = r'[^"\\]*(?:\\.[^"\\]*)*(?:(?P<closed>")|\\?\Z)'
"""What a string of JSON has after its first quotation mark; to the end where the text is cut."""
TOKEN = re.compile(rf'"{STRING}|[^\s{{}}\[\],:"]+', re.DOTALL)
ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL
)


def redact_json_text(text: str, replacements: Iterable[Replacement]) -> str:
    """As `redact_text`, for a text that holds a JSON document, which it stays.

    Inside a string the replacement is escaped, and an escape (a surrogate pair is one) that a
    span cuts goes whole; a number or literal becomes a string as a whole. Of a span over several
    values each gets the replacement; what stands between them is kept.
    """
    return redact_text(text, json_replacements(text, replacements))


def json_replacements(text: str, replacements: Iterable[Replacement]) -> list[Replacement]:
    """What `redact_json_text` puts in the place of what, by place."""
    wanted = sorted(replacements)
    made: list[Replacement] = []
    first = 0
    for token in TOKEN.finditer(text):
        start, end = token.span()
        while first < len(wanted) and wanted[first][1] <= start:
            first += 1
        inside = []
        for number in range(first, len(wanted)):
            if wanted[number][0] >= end:
                break
            if wanted[number][1] > start:
                inside.append(wanted[number])
        if not inside:
            continue
        if text[start] == '"':
            closing = token["closed"] or ""
            made += _in_string(text, start + 1, end - len(closing), inside)
        else:
            made.append((start, end, json.dumps("".join(new for _, _, new in inside))))
    return made


def _in_string(
    text: str, start: int, end: int, inside: Sequence[Replacement]
) -> Iterator[Replacement]:
    """What is replaced in the content [start, end) of a JSON string."""
    escapes = [match.span() for match in ESCAPE.finditer(text, start, end)]
    done = start
    for first, last, new in inside:
        first = _outside(escapes, max(first, start), 0)
        last = _outside(escapes, min(last, end), 1)
        if last <= max(first, done):
            continue  # a span of the quotation mark alone, or of what has gone already
        yield max(first, done), last, json.dumps(new)[1:-1]
        done = last


def _outside(escapes: Sequence[tuple[int, int]], place: int, side: int) -> int:
    """`place`, or the start (side 0) or end (1) of the escape that it would cut."""
    index = bisect_left(escapes, (place,)) - 1  # the last one that starts before it
    if index >= 0 and escapes[index][1] > place:
        return escapes[index][side]
    return place
