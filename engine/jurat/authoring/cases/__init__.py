"""A bundle's own tests: which are run, what they show, and what they leave open."""

from ._coverage import Branch, Coverage, RuleCoverage, cover, never_fired
from ._run import Failed, TestRun, run_tests, selected

__all__ = [
    "Branch",
    "Coverage",
    "Failed",
    "RuleCoverage",
    "TestRun",
    "cover",
    "never_fired",
    "run_tests",
    "selected",
]
