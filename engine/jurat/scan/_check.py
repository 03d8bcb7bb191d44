"""Checking a detector before it is used."""

from jurat.plugin import Detector

from ._scanner import Scanner


def check_detector(detector: Detector) -> list[str]:
    """What is wrong with `detector`, in words: patterns that don't compile or that match nothing
    at all, examples that it misses, counter-examples in which it finds something."""
    import re2

    problems = []
    for pattern in detector.patterns:
        try:
            compiled = re2.compile(pattern)
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
    problems += [
        f"nothing is found in example {number}"
        for number, text in enumerate(detector.examples, 1)
        if not scanner.scan(text)
    ]
    problems += [
        f"something is found in counter-example {number}"
        for number, text in enumerate(detector.counter_examples, 1)
        if scanner.scan(text)
    ]
    return problems
