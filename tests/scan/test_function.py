"""Detectors that are functions over the text."""

from collections.abc import Iterable
from typing import Any

import pytest

from jurat.plugin import Confidence, Detector
from jurat.scan import Scanner, check_detector

Spans = Iterable[tuple[int, int, Confidence]]


def _names(text: str) -> Spans:
    start = text.find("Ada")
    if start >= 0:
        yield start, start + 3, "medium"


def _raises(text: str) -> Spans:
    yield 0, 1, "low"
    raise ValueError(text)


NAMES = Detector("names", "PERSON", find=_names, examples=("I am Ada",), counter_examples=("hi",))


def test_it_finds_in_the_text_as_it_was_sent() -> None:
    scanner = Scanner([NAMES, Detector("digits", "NUMBER", (r"\d{4,}",))])
    found = scanner.run("caf\u00e9\u200b Ada 12345")
    assert [(d.entity, d.start, d.end, d.confidence) for d in found.detections] == [
        ("PERSON", 6, 9, "medium"),
        ("NUMBER", 10, 15, "low"),
    ]
    assert found.undecided == ()


@pytest.mark.parametrize(
    "find",
    [
        _raises,
        lambda text: [(0, 99, "low")],
        lambda text: [(2, 2, "low")],
        lambda text: [(0, 1, "sure")],
        lambda text: [(0, 1)],
        lambda text: None,
    ],
    ids=["raises", "beyond", "empty", "confidence", "pair", "nothing"],
)
def test_what_goes_wrong_is_undecided_and_adds_nothing(find: Any) -> None:
    result = Scanner([Detector("bad", "PERSON", find=find)]).run("some text")
    assert (result.detections, result.undecided) == ((), ("bad",))


def test_its_examples_are_checked_like_any_others() -> None:
    assert check_detector(NAMES) == []
    blind = Detector("names", "PERSON", find=lambda text: (), examples=("I am Ada",))
    assert check_detector(blind) == ["nothing is found in example 1"]


def test_documentation_values() -> None:
    detector = Detector("n", "PERSON", find=_names, documentation=lambda value: value == "Ada")
    (one,) = Scanner([detector]).scan("Ada")
    assert one.example
