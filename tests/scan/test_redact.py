"""Redaction: nothing of a span is left, nothing outside is touched, JSON stays JSON."""

import json
import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.scan import OPERATORS, Span, merge, redact_json_text, redact_text, spans_before

SPANS = st.lists(
    st.builds(
        lambda start, length, entity, operator: Span(start, start + length, entity, operator),
        st.integers(0, 30),
        st.integers(1, 9),
        st.sampled_from(("A", "B", "C")),
        st.sampled_from(OPERATORS),
    ),
    max_size=8,
)


def places(spans: list[Span]) -> set[int]:
    return {place for span in spans for place in range(span.start, span.end)}


@given(SPANS, st.randoms(use_true_random=False))
def test_merged_spans_cover_the_same_in_any_order(
    spans: list[Span], shuffle: random.Random
) -> None:
    merged = merge(spans)
    assert places(merged) == places(spans)
    assert all(one.end <= two.start for one, two in pairwise(merged))
    again = list(spans)
    shuffle.shuffle(again)
    assert merge([*again, *again]) == merged
    assert merge(merged) == merged


@given(SPANS)
def test_the_operator_that_shows_least_wins(spans: list[Span]) -> None:
    order = ("remove", "label", "mask", "hash", "encrypt", "pseudonym")
    for one in merge(spans):
        inside = [s for s in spans if one.start <= s.start and s.end <= one.end]
        assert one.operator == min((s.operator for s in inside), key=order.index)
        longest = max(s.end - s.start for s in inside if s.operator == one.operator)
        named = {
            s.entity for s in inside if s.operator == one.operator and s.end - s.start == longest
        }
        assert one.entity in named


def test_spans_that_touch_stay_apart() -> None:
    spans = [Span(0, 3, "A"), Span(3, 5, "B")]
    assert merge(reversed(spans)) == spans


def test_redact_text_leaves_nothing_of_overlapping_spans() -> None:
    assert redact_text("abcdefgh", [(1, 7, "X"), (2, 4, "Y")]) == "aXYh"


@given(st.text(max_size=40), SPANS)
def test_redact_text_keeps_what_is_outside(text: str, spans: list[Span]) -> None:
    merged = [s for s in merge(spans) if s.end <= len(text)]
    kept = "".join(c for place, c in enumerate(text) if place not in places(merged))
    assert redact_text(text, [(s.start, s.end, "") for s in merged]) == kept


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None), max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
NEW = st.sampled_from(("", "[A]", '"', "\\", "\n", "é\ud800", "}"))


def shape(value: Any) -> Any:
    """What is left of a document when its scalars and names don't count."""
    if isinstance(value, list):
        return [shape(one) for one in value]
    if isinstance(value, Pairs):
        return [shape(one) for _, one in value.pairs]
    return None


class Pairs:
    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


@given(JSON, st.data(), st.booleans(), st.sampled_from((None, 1)))
@settings(max_examples=200)
def test_json_stays_json(
    value: Any, data: st.DataObject, ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=8, unique=True).map(sorted))
    spans = [
        (start, end, data.draw(NEW)) for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    made = redact_json_text(text, spans)
    read = json.loads(made, object_pairs_hook=Pairs)
    assert shape(read) == shape(json.loads(text, object_pairs_hook=Pairs))
    if not spans:
        assert made == text


@given(st.text(max_size=30), st.data(), st.booleans())
def test_a_string_keeps_what_is_outside_a_span(
    value: str, data: st.DataObject, ascii_only: bool
) -> None:
    start = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(start, len(value)))
    before, inside, after = (
        json.dumps(part, ensure_ascii=ascii_only)[1:-1]
        for part in (value[:start], value[start:end], value[end:])
    )
    text = f'{{"k": "{before}{inside}{after}", "n": 1}}'
    first = 7 + len(before)
    made = redact_json_text(text, [(first, first + len(inside), "<new>")])
    expected = value[:start] + ("<new>" if inside else "") + value[end:]
    assert json.loads(made) == {"k": expected, "n": 1}


@pytest.mark.parametrize(
    ("text", "spans", "made"),
    [
        (r'"\u0031\u0032x"', [(3, 9, "N")], '"Nx"'),
        (r'"a\"b"', [(1, 3, "N")], '"Nb"'),
        (r'"\ud83d\ude00x"', [(7, 9, "N")], '"Nx"'),
        (r'"\\n"', [(3, 4, "N")], r'"\\N"'),
        ("[4111, 2]", [(1, 5, "[C]")], '["[C]", 2]'),
        ("[4111, 2]", [(2, 3, "[C]")], '["[C]", 2]'),
        ('["ab", "cd"]', [(3, 9, "N")], '["aN", "Nd"]'),
        ('{"ab": true}', [(2, 4, "N")], '{"N": true}'),
        ('"abc"', [(1, 2, "N"), (3, 4, "M")], '"NbM"'),
        ('"abc"', [(0, 1, "N")], '"abc"'),
    ],
)
def test_redacted_json(text: str, spans: list[tuple[int, int, str]], made: str) -> None:
    assert redact_json_text(text, spans) == made
    assert json.loads(made) is not None


@given(st.text('{}[]",: \\1ax', max_size=30), st.data())
def test_what_is_no_json_loses_its_spans_too(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    whole = text[:start] + "SECRET" + text[start:]
    assert "SECRET" not in redact_json_text(whole, [(start, start + 6, "N")])


@given(st.text(min_size=1, max_size=40), SPANS, st.data())
def test_spans_before_are_those_of_the_text_that_was_redacted(
    text: str, spans: list[Span], data: st.DataObject
) -> None:
    merged = [span for span in merge(spans) if span.end <= len(text)]
    made = [(s.start, s.end, "<" * data.draw(st.integers(0, 3))) for s in merged]
    redacted = redact_text(text, made)
    start = data.draw(st.integers(0, max(0, len(redacted) - 1)))
    end = data.draw(st.integers(min(start + 1, len(redacted)), len(redacted)))
    if start == end:
        return
    ((first, last),) = spans_before([(start, end)], made)
    within = [one for one in made if one[0] < last and first < one[1]]
    assert all(first <= one[0] and one[1] <= last for one in within)
    # what stood there, redacted, is what stands there, but for what the span cuts
    shifted = [(a - first, b - first, new) for a, b, new in within]
    assert redacted[start:end] in redact_text(text[first:last], shifted)
    assert (redacted[start:end] == redact_text(text[first:last], shifted)) or within
