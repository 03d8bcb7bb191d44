"""Running a bundle's tests, and tracing those that fail."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jurat.bundle import Case
from jurat.engine import CaseResult, run_case
from jurat.plan import Plan, RuleTrace

_WORD = re.compile(r"\s*(\(|\)|[^\s()]+)")


@dataclass(frozen=True, slots=True)
class Failed:
    """A test that fails: what was expected and is not, and what its rules did."""

    case: Case
    failures: tuple[str, ...]
    decided: str
    """The decision in short."""
    traces: tuple[RuleTrace, ...]
    """Of the rules that the failures name, and of those that decided."""


@dataclass(frozen=True, slots=True)
class TestRun:
    """The tests of one bundle, run once."""

    __test__ = False  # pytest takes it for a class of tests

    plan: Plan
    results: tuple[CaseResult, ...]
    failed: tuple[Failed, ...]
    skipped: int
    """How many were not selected."""

    @property
    def passed(self) -> int:
        return len(self.results) - len(self.failed)


def run_tests(plan: Plan, wanted: Callable[[Case], bool] = lambda case: True) -> TestRun:
    """Run the tests of a plan's bundle that are wanted."""
    cases = [case for case in plan.bundle.tests if wanted(case)]
    results = tuple(run_case(plan, case) for case in cases)
    failed = tuple(_failed(result) for result in results if result.failures)
    return TestRun(plan, results, failed, len(plan.bundle.tests) - len(cases))


def selected(expression: str) -> Callable[[Case], bool]:
    """Which cases an expression selects: words that stand in the name or file, joined by `and`,
    `or`, `not` and parentheses. Raises ValueError for anything else."""
    words = _WORD.findall(expression)
    if not words:
        return lambda case: True
    test, rest = _either(words)
    if rest:
        raise ValueError(f"{rest[0]!r} is not expected there; words are joined by and, or, not")

    def holds(case: Case) -> bool:
        return test(f"{case.file}::{case.name}".lower())

    return holds


Test = Callable[[str], bool]


def _either(words: Sequence[str]) -> tuple[Test, Sequence[str]]:
    left, words = _both(words)
    while words and words[0] == "or":
        right, words = _both(words[1:])
        left = _joined(left, right, any)
    return left, words


def _both(words: Sequence[str]) -> tuple[Test, Sequence[str]]:
    left, words = _one(words)
    while words and words[0] == "and":
        right, words = _one(words[1:])
        left = _joined(left, right, all)
    return left, words


def _one(words: Sequence[str]) -> tuple[Test, Sequence[str]]:
    if not words or words[0] in ("and", "or", ")"):
        raise ValueError("a word is missing")
    word, rest = words[0], words[1:]
    if word == "not":
        test, rest = _one(rest)
        return (lambda text: not test(text)), rest
    if word == "(":
        test, rest = _either(rest)
        if not rest or rest[0] != ")":
            raise ValueError("a parenthesis is not closed")
        return test, rest[1:]
    part = word.lower()
    return (lambda text: part in text), rest


def _joined(left: Test, right: Test, how: Callable[[tuple[bool, ...]], bool]) -> Test:
    return lambda text: how((left(text), right(text)))


def _failed(result: CaseResult) -> Failed:
    decision = result.decision
    if decision is None:
        return Failed(result.case, result.failures, "no decision", ())
    value = f" ({decision.value})" if decision.value else ""
    decided = {outcome.entry.id for outcome in decision._outcomes}
    named = {
        rule.id
        for rule in decision.explain().rules
        if rule.id in decided or any(_names(failure, rule.id) for failure in result.failures)
    }
    traces = tuple(rule for rule in decision.explain().rules if rule.id in named)
    return Failed(result.case, result.failures, f"{decision.effect}{value}", traces)


def _names(failure: str, rule: str) -> bool:
    return failure.startswith(f"{rule} is ")
