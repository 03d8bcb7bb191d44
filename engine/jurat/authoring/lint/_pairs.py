"""Pairs of rules of which one applies wherever the other does, found without trying all pairs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jurat.plugin import LintSubject

from ._logic import Case, Values, covers

Member = tuple[Any, tuple[Case, ...]]  # a rule and its cases


def members(subject: LintSubject, rules: Iterable[Any]) -> list[tuple[Any, tuple[Case, ...]]]:
    """Those of `rules` of whose condition all is certain, and that apply at all."""
    found = []
    for rule in rules:
        told = [subject.cases(judged.condition) for judged in rule.judges]
        if told and told[0] and all(cases == told[0] for cases in told):
            found.append((rule, told[0]))
    return found


def inputs_of(rule: Any) -> frozenset[tuple[str, str]]:
    """What a rule judges: inputs with the resource."""
    return frozenset((judged.input, judged.resource) for judged in rule.judges)


def implications(narrow: list[Member], wide: list[Member]) -> Iterator[tuple[Any, Any]]:
    """Each (a, b), two rules, with a's condition true only where b's is."""
    often = Counter(key for _, cases in wide for case in cases for key in _keys(case))
    index: dict[Any, list[tuple[int, Case]]] = {}
    for number, (_, cases) in enumerate(wide):
        for case in cases:
            for key in _rarest(case, often):
                index.setdefault(key, []).append((number, case))
    for rule, cases in narrow:
        common: set[int] | None = None
        for case in cases:
            above = {
                number
                for key in _asked(case)
                for number, other in index.get(key, ())
                if (common is None or number in common) and covers(other, case)
            }
            common = above
            if not common:
                break
        for number in sorted(common or ()):
            if wide[number][0] is not rule:
                yield rule, wide[number][0]


def _keys(case: Case) -> Iterator[Any]:
    """Where a case may be kept: below each value of a term, or below the term."""
    for term, values in case.items():
        if _few(values):
            for value in values.listed:
                yield term, value
        else:
            yield term


def _rarest(case: Case, often: Mapping[Any, int]) -> list[Any]:
    """Where a case is kept: by the term that the fewest others have with these values."""
    if not case:
        return [""]
    choices = [list(_keys({term: values})) for term, values in case.items()]
    return min(choices, key=lambda keys: sum(often[key] for key in keys))


def _asked(case: Case) -> Iterator[Any]:
    yield ""
    for term, values in case.items():
        yield term
        if _few(values):
            yield term, min(values.listed, key=repr)


def _few(values: Values) -> bool:
    return not values.inverted and not values.null and bool(values.listed)
