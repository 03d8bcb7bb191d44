"""Missing is not absent: a definite answer on partial input is the answer on every completion."""

import itertools
import random
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.expr import Condition, Schema, _judge, compile_condition
from jurat.expr._fast import Fast
from jurat.expr._judge import Failure, Unknown
from jurat.model import MissingFact, Request, build, view_class

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
SCHEMA = Schema({"request": Request})
VIEW = view_class(Request)
UNSET = "not sent"
# a path -> the values that its completions are drawn from; null is one of them
FIELDS: dict[tuple[str, ...], tuple[Any, ...]] = {
    ("model",): ("a", "b", None),
    ("params", "stream"): (True, False, None),
    ("estimated_tokens",): (0, 7, 2**63 - 1, None),
    ("classification",): ((), ("pii",), None),
    ("tags",): ({}, {"team": "a"}, None),
    ("messages",): ((), ({"role": "user", "size": 5},), ({"role": "user"}, {"role": "tool"})),
}
ATOMS = (
    'request.model == "a"', 'request.model in ["a", "c"]', "request.model == null",
    "has(request.model)", "request.params.stream", "has(request.params.stream)",
    "request.estimated_tokens > 3", "request.estimated_tokens + 1 > 3",
    "10 / request.estimated_tokens > 1", '"pii" in request.classification',
    "size(request.classification) == 0", "has(request.classification)",
    'request.tags.team == "a"', "has(request.tags.team)", "request.params == null",
    "has(request.params)", "request.messages.exists(m, m.size > 3)",
    'request.messages.all(m, m.role == "user")', 'request.messages.exists_one(m, m.size == 5)',
    'request.messages.exists(m, m.size > 9 || m.role == "tool")',
    "request.messages.filter(m, m.size > 3).size() == 1",
    "request.classification.all(c, c == request.model)", 'request.model.startsWith("a")',
    'request.model.matches("^a")', 'glob(request.model, "a*")',
)  # fmt: skip


def conditions() -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(ATOMS),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(("&&", "||", "==")), inner).map(
                lambda x: f"(({x[0]}) {x[1]} ({x[2]}))"
            ),
            inner.map(lambda x: f"!({x})"),
            st.tuples(inner, inner, inner).map(lambda x: f"(({x[0]}) ? ({x[1]}) : ({x[2]}))"),
        ),
        max_leaves=4,
    )


def built(values: dict[tuple[str, ...], Any]) -> Any:
    data: dict[str, Any] = {}
    for path, value in values.items():
        if value is UNSET:
            continue
        copy = (
            tuple(dict(v) if isinstance(v, dict) else v for v in value)
            if isinstance(value, tuple)
            else value
        )  # building takes its input over
        if len(path) == 1:
            data[path[0]] = copy
        else:
            data.setdefault(path[0], {})[path[1]] = copy
    return build(VIEW, data)


def answers(condition: Condition, target: Any) -> tuple[Any, Any]:
    which = range(len(condition.conjuncts))
    slow = condition.judge(which, target, SimpleNamespace(), NOW)
    try:
        fast = condition.function(which)(target, SimpleNamespace(), NOW)
    except Exception:  # noqa: BLE001 - whatever fast code raises sends the caller to the judge
        fast = None
    return slow, fast


def violation(text: str, values: dict[tuple[str, ...], Any]) -> str | None:
    """How the law breaks for one condition and one partial input."""
    condition = compile_condition(text, SCHEMA, where={"request": "target"})
    slow, fast = answers(condition, built(values))
    if fast is not None and fast != slow.value:
        return f"{text}: fast {fast}, judge {slow}"
    if (slow.value is None) != bool(slow.missing or slow.error):
        return f"{text}: {slow} says neither"
    if slow.value is None:
        return None
    unset = [path for path, value in values.items() if value is UNSET]
    for chosen in itertools.islice(itertools.product(*(FIELDS[p] for p in unset)), 60):
        whole, quick = answers(
            condition, built({**values, **dict(zip(unset, chosen, strict=True))})
        )
        if not whole.missing and whole.value is not slow.value:
            return f"{text}: {slow.value} on part, {whole} on the whole"
        if quick is not None and quick is not slow.value:
            return f"{text}: {slow.value} on part, fast {quick} on the whole"
    return None


@settings(max_examples=200, deadline=None)
@given(
    text=conditions(),
    values=st.fixed_dictionaries({p: st.sampled_from((UNSET, *v)) for p, v in FIELDS.items()}),
)
def test_a_definite_answer_stays(text: str, values: dict[tuple[str, ...], Any]) -> None:
    assert violation(text, values) is None


def _no_unknown(function: Any, *args: Any) -> Any:
    try:
        return function(*args)
    except MissingFact:
        return None
    except Exception:  # noqa: BLE001 - as the judge's own guard
        return Failure("error")


FAULTS: dict[str, tuple[Any, str, Any]] = {
    "not sent reads as null": (_judge, "guard", _no_unknown),
    "unknown counts as false": (_judge, "_boolean", lambda v: False if _unknown(v) else v),
    "null counts as false, fast": (Fast, "_bool", lambda self, node, out: self._node(node, out)),
    "an object is always there": (_judge, "has", lambda value: True),
}


def _unknown(value: Any) -> bool:
    return isinstance(value, Unknown)


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*FAULTS[name])
    draw = random.Random(0)
    for _ in range(40):
        values = {p: draw.choice((UNSET, *v)) for p, v in FIELDS.items()}
        for text in (*ATOMS, *(f"({a}) || !({b})" for a, b in itertools.pairwise(ATOMS))):
            if violation(text, values):
                return
    pytest.fail(f"no generated case notices: {name}")


@pytest.mark.parametrize("text", ATOMS)
def test_what_is_missing_is_named(text: str) -> None:
    condition = compile_condition(text, SCHEMA, where={"request": "target"})
    truth = condition.judge([0], build(VIEW, {}), None, NOW)
    assert truth.value is None
    assert truth.missing
    with pytest.raises(MissingFact):
        condition.function([0])(build(VIEW, {}), None, NOW)
