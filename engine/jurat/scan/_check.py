"""Checking a detector before it is used."""

from jurat.plugin import Detector

from ._scanner import Scanner


def check_detector(detector: Detector) -> list[str]:
    """What is wrong with `detector`, in words: patterns that don't compile or that match the
    empty text, examples that it misses, counter-examples in which it finds something, texts on
    which its validator fails."""
    import re2

    problems = []
    quiet = re2.Options()
    quiet.log_errors = False
    for pattern in detector.patterns:
        try:
            compiled = re2.compile(pattern, quiet)
        except re2.error as error:
            what = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
            problems.append(f"pattern {pattern!r} is not RE2 syntax: {what}")
            continue
        empty = compiled.search(b"")
        if empty is not None:
            problems.append(f"pattern {pattern!r} matches the empty text")
    if problems:
        return problems
    scanner = Scanner([detector])
    for number, text in enumerate(detector.examples, 1):
        result = scanner.run(text)
        if result.undecided:
            problems.append(f"the validator fails on example {number}")
        elif not result.detections:
            problems.append(f"nothing is found in example {number}")
    for number, text in enumerate(detector.counter_examples, 1):
        result = scanner.run(text)
        if result.undecided:
            problems.append(f"the validator fails on counter-example {number}")
        elif result.detections:
            problems.append(f"something is found in counter-example {number}")
    return problems
