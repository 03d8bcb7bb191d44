"""Overlapping detections are settled as by the plain rule, however many there are."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from jurat.plugin import Confidence, Detection
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
