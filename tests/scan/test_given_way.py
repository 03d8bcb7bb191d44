"""A detector is not asked about a value where it would have to give way."""

from itertools import permutations

import pytest

from jurat.plugin import Confidence, Detector
from jurat.scan import Scanner

TEXT = "badge 123456"


def asked(
    first: Confidence, second: Confidence, entities: tuple[str, str], names: tuple[str, str]
) -> tuple[list[str], list[str]]:
    """Which of two detectors of one pattern were asked about its value, and which found it."""
    calls: list[str] = []

    def says(name: str) -> Detector:
        def valid(value: str) -> bool:
            calls.append(name)
            return value == "123456"

        place = names.index(name)
        return Detector(
            name,
            entities[place],
            (r"[0-9]{6}",),
            (first, second)[place],
            validator=valid,
            checksum=False,
        )

    found = Scanner([says(name) for name in names]).scan(TEXT)
    return calls, [one.detector for one in found]


@pytest.mark.parametrize(("first", "second"), [*permutations(("low", "medium", "high"), 2)])
def test_the_stronger_is_found_and_the_weaker_not_asked_after_it(
    first: Confidence, second: Confidence
) -> None:
    order = ("low", "medium", "high")
    calls, found = asked(first, second, ("BADGE", "BADGE"), ("a", "b"))
    if order.index(first) > order.index(second):
        assert (calls, found) == (["a"], ["a"])
    else:
        assert (calls, found) == (["a", "b"], ["b"])


def test_of_two_alike_the_first_by_name_is_found() -> None:
    assert asked("low", "low", ("BADGE", "BADGE"), ("a", "b")) == (["a"], ["a"])
    assert asked("low", "low", ("BADGE", "BADGE"), ("b", "a")) == (["b", "a"], ["a"])


def test_detectors_of_other_entities_are_asked() -> None:
    assert asked("high", "low", ("BADGE", "PASS"), ("a", "b")) == (["a", "b"], ["a"])
