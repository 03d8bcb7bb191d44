"""Which tests of a bundle an expression selects."""

from types import SimpleNamespace
from typing import Any

import pytest

from jurat.authoring.cases import selected

CASES: list[Any] = [
    SimpleNamespace(file="tests/keys.yaml", name="an old key"),
    SimpleNamespace(file="tests/keys.yaml", name="a new key is allowed"),
    SimpleNamespace(file="tests/models.yaml", name="An Old model"),
]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("", [0, 1, 2]),
        ("old", [0, 2]),
        ("KEYS", [0, 1]),
        ("not old", [1]),
        ("keys and not allowed", [0]),
        ("allowed or model", [1, 2]),
        ("(allowed or model) and not keys", [2]),
        ("not (old or new)", []),
        ("not not old", [0, 2]),
        ("nothing", []),
    ],
)
def test_what_is_selected(expression: str, found: list[int]) -> None:
    test = selected(expression)
    assert [number for number, case in enumerate(CASES) if test(case)] == found


@pytest.mark.parametrize("expression", ["old new", "and", "old and", "not", "(old", "old)", "()"])
def test_what_is_no_expression(expression: str) -> None:
    with pytest.raises(ValueError, match=r"missing|expected|closed"):
        selected(expression)
