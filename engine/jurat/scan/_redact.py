"""Redacting spans of a text: overlaps settled once, nothing of a value left."""

import json
import re
from collections.abc import Iterable, Sequence
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
    """`text` with each [start, end) replaced. The spans must not overlap."""
    parts, done = [], 0
    for start, end, new in sorted(replacements):
        parts += [text[done:start], new]
        done = end
    return "".join([*parts, text[done:]])


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+', re.DOTALL)
_UNIT = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL)


def redact_json_text(text: str, replacements: Iterable[Replacement]) -> str:
    """As `redact_text`, for a text that holds a JSON document, which it stays.

    Inside a string the replacement is escaped, and an escape that a span cuts goes whole; a
    number or literal becomes a string as a whole.
    """
    wanted = sorted(replacements)
    parts, done = [], 0
    for token in _TOKEN.finditer(text):
        start, end = token.span()
        inside = [r for r in wanted if r[0] < end and r[1] > start]
        if not inside:
            continue
        parts.append(text[done:start])
        if token.group().startswith('"'):
            parts.append('"' + _in_string(text, start + 1, end - 1, inside) + '"')
        else:
            parts.append(json.dumps("".join(new for _, _, new in inside)))
        done = end
    return "".join([*parts, text[done:]])


def _in_string(text: str, start: int, end: int, inside: Sequence[Replacement]) -> str:
    """The content [start, end) of a JSON string with replacements made."""
    parts: list[str] = []
    placed: set[int] = set()
    for unit in _UNIT.finditer(text, start, end):
        hit = next(
            (
                number
                for number, (first, last, _) in enumerate(inside)
                if first < unit.end() and last > unit.start()
            ),
            None,
        )
        if hit is None:
            parts.append(unit.group())
        elif hit not in placed:
            placed.add(hit)
            parts.append(json.dumps(inside[hit][2])[1:-1])
    return "".join(parts)
