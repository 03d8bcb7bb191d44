"""What a bundle's own tests show of each rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jurat.bundle import Bundle, BundleError, Case
from jurat.engine import CaseResult, outcomes_by_rule


@dataclass(frozen=True, slots=True)
class Trials:
    """The cases that judge one rule, by what it does in them, in the order of the files."""

    fires: tuple[Case, ...] = ()
    rests: tuple[Case, ...] = ()
    """It passes, or does not apply; on a snapshot, for every resource."""
    lacks: tuple[Case, ...] = ()
    """A fact is missing, or it fails."""


def must_pass(results: Iterable[CaseResult]) -> None:
    """Raises BundleError with every test that fails: such a bundle is never armed."""
    problems = [
        result.case.diagnostic("JB092", f"test {result.case.name!r} fails: {failure}")
        for result in results
        for failure in result.failures
    ]
    if problems:
        raise BundleError(problems)


def trials(bundle: Bundle, results: Iterable[CaseResult]) -> Mapping[str, Trials]:
    """Every rule of the bundle with the tests that judge it. A test that fails shows nothing."""
    made: dict[str, tuple[list[Case], list[Case], list[Case]]] = {
        rule.id: ([], [], []) for rule in bundle.rules
    }
    for result in results:
        if result.decision is None or result.failures:
            continue
        for rule, outcomes in outcomes_by_rule(result.decision).items():
            fires, rests, lacks = made[rule]
            if "fired" in outcomes:
                fires.append(result.case)
            if outcomes <= {"passed", "not_applicable"}:
                rests.append(result.case)
            if outcomes & {"unknown", "error"}:
                lacks.append(result.case)
    return {rule: Trials(*map(tuple, lists)) for rule, lists in made.items()}
