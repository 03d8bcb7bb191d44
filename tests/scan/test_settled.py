"""Overlapping detections are settled as by the plain rule, however many there are."""

import json
import re
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from jurat.plugin import Confidence, Detection
from jurat.scan import redact_json_text
from jurat.scan._scanner import _strength, settled

detections = st.builds(
    lambda start, length, entity, confidence: Detection(
        entity, "d", start, start + length, confidence
    ),
    st.integers(0, 30),
    st.integers(1, 6),
    st.sampled_from(("A", "B")),
    st.sampled_from(get_args(Confidence)),
)


@given(st.lists(detections, max_size=12))
def test_the_strongest_stay(found: list[Detection]) -> None:
    kept: list[Detection] = []
    for one in sorted(set(found), key=_strength):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    assert settled(found) == sorted(kept, key=lambda detection: detection.start)


class Counted(int):
    """A place that counts how often it is compared."""

    compared = 0

    def __lt__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) < other

    def __le__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) <= other

    def __gt__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) > other

    def __ge__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) >= other


def test_work_does_not_grow_with_the_square_of_the_hits() -> None:
    count = 2_000
    found = [
        Detection("A", "d", Counted(10 * n), Counted(10 * n + 5), "high") for n in range(count)
    ]
    Counted.compared = 0
    assert len(settled(found)) == count
    assert Counted.compared < 50 * count


def plainly(text: str, replacements: list[tuple[int, int, str]]) -> str:
    """`redact_json_text` for a string alone, one escape or character after the other."""
    made, placed = [], set()
    for unit in re.finditer(r"\\u[0-9a-f]{4}|\\.|.", text[1:-1]):
        start, end = unit.start() + 1, unit.end() + 1
        hit = next((r for r in replacements if r[0] < end and r[1] > start), None)
        if hit is None:
            made.append(unit.group())
        elif hit not in placed:
            placed.add(hit)
            made.append(json.dumps(hit[2])[1:-1])
    return '"' + "".join(made) + '"'


@given(
    st.text(st.sampled_from('ab"\\é\n'), min_size=1, max_size=20),
    st.lists(st.integers(1, 40), max_size=8),
)
def test_json_text_is_redacted_as_character_by_character(value: str, cuts: list[int]) -> None:
    text = json.dumps(value)
    places = sorted({cut for cut in cuts if cut < len(text) - 1})
    spans = [
        (start, end, f'<"{n}">')
        for n, (start, end) in enumerate(zip(places[::2], places[1::2], strict=False))
    ]
    redacted = redact_json_text(text, spans)
    assert redacted == plainly(text, spans)
    json.loads(redacted)


def test_arguments_full_of_hits_are_redacted() -> None:
    count = 20_000
    text = json.dumps({"x": "secret " * count, "n": list(range(count))})
    first = text.index("secret")
    spans = [(first + 7 * n, first + 7 * n + 6, "[S]") for n in range(count)]
    assert json.loads(redact_json_text(text, spans))["x"] == "[S] " * count
