"""Checking a detector before it is used."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jurat.plugin import Detector

from ._scanner import Scanner

MAX_PATTERN = 4096


@dataclass(frozen=True, slots=True)
class ExampleFailure:
    """An example (`counter` for a counter-example) by its index, and what is wrong with it."""

    counter: bool
    index: int
    problem: str


def check_detector(detector: Detector) -> list[str]:
    """What is wrong with `detector`, in words: patterns that are not RE2's (those of `regex` run,
    but not in linear time: see `not_linear`) or that match the empty text, examples that it misses, counter-examples in which it finds something, texts on
    which it could not decide."""
    problems = [why for pattern in detector.patterns if (why := _problem(pattern))]
    return problems or [failure.problem for failure in failing_examples(detector)]


def unfit(detector: Detector) -> list[str]:
    """What keeps `detector` from being used: patterns that neither RE2 nor `regex` knows or that
    match the empty text, and examples that don't hold."""
    problems = [
        f"pattern {pattern!r}: {why}"
        for pattern in detector.patterns
        if (why := broken_pattern(pattern))
    ]
    return problems or [failure.problem for failure in failing_examples(detector)]


def broken_pattern(pattern: str) -> str:
    """Why a pattern is none, for RE2 and for `regex`; "" for a good one."""
    if len(pattern) > MAX_PATTERN:
        return f"it has more than {MAX_PATTERN} characters"
    import re2
    import regex

    try:
        matches_empty = re2.compile(pattern, _quiet()).fullmatch("") is not None
    except (re2.error, UnicodeError):
        try:
            matches_empty = regex.compile(pattern).fullmatch("", timeout=1) is not None
        except (regex.error, ValueError, TimeoutError, RecursionError, OverflowError) as error:
            return str(error).splitlines()[0]
    return "it matches the empty text" if matches_empty else ""


def failing_examples(detector: Detector) -> Iterator[ExampleFailure]:
    """The examples and counter-examples of a detector whose patterns compile that don't hold."""
    scanner = Scanner([detector])
    for counter, texts in ((False, detector.examples), (True, detector.counter_examples)):
        name = "counter-example" if counter else "example"
        for index, text in enumerate(texts):
            result = scanner.run(text)
            if result.undecided:
                what = "the validator fails on" if detector.validator else "it can't decide about"
                yield ExampleFailure(counter, index, f"{what} {name} {index + 1}")
            elif bool(result.detections) is counter:
                found = "something" if counter else "nothing"
                yield ExampleFailure(counter, index, f"{found} is found in {name} {index + 1}")


def not_linear(pattern: str) -> bool:
    """True for a pattern that RE2 does not know, so that its time has no bound: the first stage
    runs without it or with a looser one, and `regex` confirms, in limited time."""
    import re2

    try:
        re2.compile(pattern, _quiet())
    except (re2.error, UnicodeError):
        return True
    return False


def _problem(pattern: str) -> str:
    """Why a pattern is none of RE2's, "" for a good one."""
    import re2

    try:
        empty = re2.compile(pattern, _quiet()).search(b"") is not None
    except (re2.error, UnicodeError) as error:
        what = error.args[0] if error.args else ""
        what = what.decode() if isinstance(what, bytes) else str(what)
        return f"pattern {pattern!r} is not RE2 syntax: {what}"
    return f"pattern {pattern!r} matches the empty text" if empty else ""


def _quiet() -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    return options
