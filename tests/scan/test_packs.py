"""The built-in detectors: each finds what it is for, and ordinary text holds none of it."""

import pytest

from jurat.plugin import Detector
from jurat.scan import Scanner, check_detector
from jurat_rules.packs import detectors

ALL = detectors()
PARAM_ALL = [pytest.param(detector, id=detector.id) for detector in ALL]


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(ALL)


def test_ids_are_unique_and_each_says_where_its_format_is_described() -> None:
    ids = [detector.id for detector in ALL]
    assert len(ids) == len(set(ids))
    assert not [detector.id for detector in ALL if not detector.source]
    assert not [d.id for d in ALL if not d.examples or not d.counter_examples]


@pytest.mark.parametrize("detector", PARAM_ALL)
def test_examples_and_counter_examples(detector: Detector) -> None:
    assert check_detector(detector) == []


@pytest.mark.parametrize("detector", PARAM_ALL)
def test_examples_are_found_among_all_the_others(detector: Detector, scanner: Scanner) -> None:
    for text in detector.examples:
        assert detector.entity in {found.entity for found in scanner.scan(text)}, text
