"""What is said of a detector before it is used."""

from jurat.plugin import Detector
from jurat.scan import ExampleFailure, check_detector, failing_examples, not_linear


def test_patterns_that_are_not_linear_are_known() -> None:
    assert not_linear("(?<!x)y")
    assert not_linear(r"(a)\1")
    assert not not_linear("a+b")
    detector = Detector("a", "A", ("(?<!x)yz",), examples=("yz",), counter_examples=("xyz",))
    assert list(failing_examples(detector)) == []
    (problem,) = check_detector(detector)
    assert problem.startswith("pattern '(?<!x)yz' is not RE2 syntax")


def test_examples_are_told_by_their_place() -> None:
    detector = Detector("a", "A", ("a+",), examples=("a", "b", "ca"), counter_examples=("b", "xa"))
    assert list(failing_examples(detector)) == [
        ExampleFailure(False, 1, "nothing is found in example 2"),
        ExampleFailure(True, 1, "something is found in counter-example 2"),
    ]
