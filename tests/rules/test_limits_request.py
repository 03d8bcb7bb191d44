from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat_rules.limits_request import LimitsRequest

# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {"max_tokens": 4096},
    {"by": ["actor", "project", "model"]},
    {"max_tokens": 10, "by": ["model"], "estimated_tokens": 50},
    {"messages": 0},
    {"messages": 200},
    {"messages": 3, "message_size": 5, "total_size": 12, "tools": 0},
    {"images": 0, "audio": 1, "files": 2},
]


def messages(*sizes: int) -> dict[str, Any]:
    return {"messages": [{"role": "user", "size": size} for size in sizes]}


def limit(tokens: int | None) -> dict[str, Any]:
    return {"id": "x", "limits": {"max_tokens": tokens}}


def call(max_tokens: int | None = 100, **fields: Any) -> dict[str, Any]:
    return {"params": {"max_tokens": max_tokens}, **fields}


@pytest.mark.parametrize(
    ("params", "given", "codes"),
    [
        ({"max_tokens": 100}, call(), []),  # exactly the limit is allowed
        ({"max_tokens": 99}, call(), ["max-tokens-exceeded"]),
        ({"max_tokens": 0}, call(0), []),
        ({"max_tokens": 100}, call(None), ["max-tokens-absent"]),
        ({"max_tokens": 100}, {"params": {}}, ["unknown /params/max_tokens"]),
        ({"max_tokens": 100}, {"params": None}, ["max-tokens-absent"]),
        ({"by": ["model"]}, call(model_info=limit(100)), []),
        ({"by": ["model"]}, call(model_info=limit(99)), ["max-tokens-exceeded"]),
        ({"by": ["model"]}, call(model_info=limit(None)), []),
        ({"by": ["model"]}, call(None, model_info=limit(None)), []),  # nothing bounds it
        ({"by": ["model"]}, call(None, model_info=limit(1)), ["max-tokens-absent"]),
        ({"by": ["model"]}, call(), ["unknown /model_info/limits/max_tokens"]),
        ({"by": ["actor"]}, call(actor=limit(99)), ["max-tokens-exceeded"]),
        # the least of all counts
        ({"by": ["project", "model"], "max_tokens": 500},
         call(project=limit(99), model_info=limit(200)), ["max-tokens-exceeded"]),
        ({"by": ["project"], "max_tokens": 99}, call(project=limit(200)), ["max-tokens-exceeded"]),
        ({"estimated_tokens": 50}, {"estimated_tokens": 50}, []),
        ({"estimated_tokens": 49}, {"estimated_tokens": 50}, ["estimated-tokens-exceeded"]),
        ({"estimated_tokens": 49}, {"estimated_tokens": None}, ["tokens-not-estimated"]),
        ({"estimated_tokens": 49}, {}, ["unknown /estimated_tokens"]),
    ],
)  # fmt: skip
def test_tokens(
    bench: Any, params: dict[str, Any], given: dict[str, Any], codes: list[str]
) -> None:
    assert bench(LimitsRequest)(params).codes(given) == codes


@pytest.mark.parametrize(
    ("params", "given", "codes"),
    [
        ({"messages": 2}, messages(1, 1), []),
        ({"messages": 1}, messages(1, 1), ["messages-exceeded"]),
        ({"messages": 0}, {"messages": None}, []),
        ({"messages": 0}, {}, ["unknown /messages"]),
        ({"message_size": 9}, messages(9, 9, 9), []),
        ({"message_size": 9}, messages(10, 1, 10), ["message-too-large"] * 2),
        ({"message_size": 9}, {"messages": [{"role": "user"}]}, ["unknown /messages/0/size"]),
        ({"message_size": 9}, {"messages": [{"size": None}]}, []),
        ({"total_size": 18}, messages(9, 9), []),
        ({"total_size": 17}, messages(9, 9), ["request-too-large"]),
        ({"total_size": 17}, {"messages": None}, []),
        ({"tools": 1}, {"tools": [{"name": "a"}]}, []),
        ({"tools": 0}, {"tools": [{"name": "a"}]}, ["tools-exceeded"]),
        ({"tools": 0}, {"tools": None}, []),
        ({"tools": 0}, {}, ["unknown /tools"]),
    ],
)
def test_messages_and_tools(
    bench: Any, params: dict[str, Any], given: dict[str, Any], codes: list[str]
) -> None:
    assert bench(LimitsRequest)(params).codes(given) == codes


@pytest.mark.parametrize(
    ("params", "given", "codes"),
    [
        ({"images": 1}, {"images": 1}, []),
        ({"images": 0}, {"images": 1}, ["media-exceeded"]),
        ({"images": 0, "files": 0}, {"images": 1, "files": 2}, ["media-exceeded"] * 2),
        ({"audio": 0}, {"images": 1, "audio": None}, []),
        ({"audio": 0}, {"images": 1}, ["unknown /unscanned/audio"]),
        ({"audio": 0}, None, []),
    ],
)
def test_media(bench: Any, params: dict[str, Any], given: Any, codes: list[str]) -> None:
    assert bench(LimitsRequest)(params).codes({"unscanned": given}) == codes
    assert bench(LimitsRequest)(params).codes({}) == []


def test_everything_that_is_wrong_is_told_at_its_place(bench: Any) -> None:
    rule = bench(LimitsRequest)({"max_tokens": 1, "by": ["project"], "message_size": 5})
    found = rule(call(100, project={"id": "p", "limits": {"max_tokens": 0}}, **messages(3, 6)))
    assert [(one.code, one.at) for one in found] == [
        ("max-tokens-exceeded", "/params/max_tokens"),
        ("message-too-large", "/messages/1"),
    ]
    assert found[0].message == "up to 100 tokens may come out, the project's limit is 0"
    assert found[0].evidence == {"asked": 100, "limit": 0}
    assert all(one.remediation for one in found)


@pytest.mark.parametrize(
    "params", [{}, {"max_tokens": -1}, {"messages": 1.0}, {"by": ["model", "model"]}]
)
def test_refused_params(bench: Any, params: dict[str, Any]) -> None:
    assert bench(LimitsRequest).refuses(params).help


@given(st.integers(0, 50), st.integers(0, 50), st.lists(st.integers(0, 50), max_size=4))
def test_a_lower_limit_never_allows(bench: Any, most: int, less: int, sizes: list[int]) -> None:
    for name in ("messages", "message_size", "total_size"):
        wide = bench(LimitsRequest)({name: max(most, less)}).codes(messages(*sizes))
        narrow = bench(LimitsRequest)({name: min(most, less)}).codes(messages(*sizes))
        assert len(narrow) >= len(wide)
