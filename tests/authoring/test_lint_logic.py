"""What lint is certain of about conditions holds for every input: against their meaning of record."""

from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.authoring.lint._logic import Reading, Values, cases_of, constant, implies, meet_ever
from jurat.authoring.lint._pairs import implications
from jurat.expr import Condition, Schema, compile_condition
from jurat.model import Request, build, view_class

SCHEMA = Schema({"request": Request})
VIEW = view_class(Request)
FIELDS: dict[tuple[str, ...], tuple[Any, ...]] = {
    ("provider",): ("azure", "openai", "x", None),
    ("params", "store"): (True, False, None),
    ("estimated_tokens",): (0, 3, 5, 7, None),
    ("actor", "kind"): ("user", "service_account", "workload", None),
    ("classification",): ((), ("pii",), None),
}
ATOMS = (
    'request.provider == "azure"', 'request.provider != "azure"', "has(request.provider)",
    'request.provider in ["azure", "openai"]', "request.provider == null",
    'request.provider in ["azure"]', '"openai" == request.provider', "true", "1 > 2",
    "request.params.store", "request.params.store == true", "request.params.store != false",
    "request.estimated_tokens > 3", "request.estimated_tokens <= 3", "5 < request.estimated_tokens",
    "request.estimated_tokens == 5", "request.estimated_tokens >= 2 + 3",
    "request.estimated_tokens < 0", "has(request.estimated_tokens)",
    'request.actor.kind == "user"', 'request.actor.kind in ["user", "service_account", "workload"]',
    'request.actor.kind != "user"', '"pii" in request.classification',
    "size(request.classification) >= 0", "size(request.classification) == 0",
    "has(request.classification)", 'request.provider.startsWith("a")',
    "request.provider == request.actor.kind", "request.provider != request.actor.kind",
    "10 / request.estimated_tokens > 2", 'request.classification.exists(c, c == "pii")',
)  # fmt: skip


def conditions() -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(ATOMS),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(("&&", "||")), inner).map(
                lambda x: f"({x[0]}) {x[1]} ({x[2]})"
            ),
            inner.map(lambda x: f"!({x})"),
            st.tuples(inner, inner, inner).map(lambda x: f"(({x[0]}) ? ({x[1]}) : ({x[2]}))"),
        ),
        max_leaves=5,
    )


def targets() -> list[Any]:
    made = []
    for number, values in enumerate(product(*FIELDS.values())):
        if number % 7:
            continue
        data: dict[str, Any] = {}
        for path, value in zip(FIELDS, values, strict=True):
            if len(path) == 1:
                data[path[0]] = value
            else:
                data.setdefault(path[0], {})[path[1]] = value
        made.append(build(VIEW, data))
    return made


TARGETS = targets()


def compiled(text: str) -> Condition:
    return compile_condition(text, SCHEMA, where={"request": "target"})


def truths(condition: Condition) -> list[bool | None]:
    which = range(len(condition.conjuncts))
    return [condition.judge(which, target, SimpleNamespace(), None).value for target in TARGETS]


@settings(max_examples=120, deadline=None)
@given(conditions(), conditions())
def test_what_is_certain_is_so(one: str, other: str) -> None:
    first, second = compiled(one), compiled(other)
    seen, beside = truths(first), truths(second)
    narrow, wide = cases_of(first), cases_of(second)
    assert narrow is not None
    assert wide is not None
    if not narrow:
        assert True not in seen
    if implies(narrow, wide):
        assert all(b is True for a, b in zip(seen, beside, strict=True) if a is True)
    if not meet_ever(narrow, wide):
        assert not any(a is True and b is True for a, b in zip(seen, beside, strict=True))
    whole = [constant(first, part.node) for part in first.conjuncts]
    if all(value is True for value in whole):
        assert False not in seen
    if False in whole:
        assert True not in seen


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("size(request.classification) >= 0", True),
        ("request.estimated_tokens > 3 || request.estimated_tokens <= 3", True),
        ('request.actor.kind in ["user", "service_account", "workload"]', None),  # null is none
        ('request.actor.kind in ["user", "service_account", "workload", null]', True),
        ('!has(request.provider) || request.provider != ""', None),
        ("!has(request.provider) || has(request.provider)", True),
        ("request.estimated_tokens > 3 && request.estimated_tokens < 3", False),
        ("1 + 1 == 2", True),
        ('request.provider == "azure"', None),
    ],
)
def test_what_never_varies(text: str, value: bool | None) -> None:
    condition = compiled(f"({text})")
    assert constant(condition, condition.conjuncts[0].node) is value


@settings(max_examples=40, deadline=None)
@given(st.lists(conditions(), min_size=2, max_size=6))
def test_pairs_are_those_that_trying_all_finds(texts: list[str]) -> None:
    known: list[Any] = [
        (SimpleNamespace(id=number), cases)
        for number, text in enumerate(texts)
        if (cases := cases_of(compiled(text)))
    ]
    tried = {
        (narrow.id, wide.id)
        for narrow, one in known
        for wide, other in known
        if narrow is not wide and implies(one, other)
    }
    assert {(narrow.id, wide.id) for narrow, wide in implications(known, known)} == tried


def test_too_many_cases_are_given_up() -> None:
    wide = "||".join(
        f'(request.provider=="{n}"&&request.estimated_tokens=={n})' for n in range(65)
    )
    assert cases_of(compiled(wide)) is None
    assert Reading(compiled("true")).true() == ({},)


def test_sets_and_intervals() -> None:
    below, above = Values(False, high=5, high_open=True), Values(False, low=5)
    assert below.meet(above).empty
    assert not Values(False, high=5).meet(above).empty
    assert Values(False, high=7).covers(below)
    assert not below.covers(Values(False, high=5))
    assert Values(True, frozenset({"a"})).covers(Values(False, frozenset({"b"}), False))
    assert not Values(False, frozenset({"a"}), False).covers(Values())
