"""OpenAI embeddings: texts, token ids, vectors."""

import json
import math
from typing import Any

import pytest
from sdk_captures import request, response, texts

from jurat.model import Request, view_of
from jurat.wire import InputError, from_body


def read(body: Any) -> Request:
    made = from_body("openai.embeddings", body)
    assert isinstance(made, Request)
    return made


def sizes(made: Request) -> list[tuple[Any, Any]]:
    return [(message.role, message.size) for message in made.messages or ()]


def test_a_text() -> None:
    made = request("openai-embeddings-string")
    view: Any = view_of(made)
    assert (view.action, view.provider, view.model) == (
        "embeddings",
        "openai",
        "text-embedding-3-small",
    )
    assert (view.tools, view.params.stream, view.unscanned.tokens) == (None, None, 0)
    assert sizes(made) == [("user", 55)]
    assert [(at, text[1:3]) for at, text in texts(made).items()] == [
        ("/input", ("message", "user")),
        ("/user", ("metadata", "")),
    ]


def test_several_texts() -> None:
    made = request("openai-embeddings-list")
    assert sizes(made) == [("user", 55), ("user", 24)]
    assert texts(made)["/input/1"][0] == "Card 4111 1111 1111 1111"


@pytest.mark.parametrize(
    ("given", "count"),
    [([9906, 1917], 1), ([[9906, 1917], [15339]], 2), ([[]], 1), ([], 0), ("a", 0), (["a"], 0)],
)
def test_token_ids_are_unscanned(given: Any, count: int) -> None:
    made = read({"input": given})
    assert made.unscanned is not None
    assert made.unscanned.tokens == count
    assert sizes(made)[:count] == [("user", None)] * count


def test_the_capture_with_token_ids() -> None:
    made = request("openai-embeddings-tokens")
    assert made.unscanned is not None
    assert made.unscanned.tokens == 2
    assert texts(made) == {}


def test_a_card_is_no_token() -> None:
    made = read({"input": [9906, 4111111111111111]})
    assert texts(made)["/input/1"][0] == "4111111111111111"


@pytest.mark.parametrize("name", ["openai-embeddings-string", "openai-embeddings-list"])
def test_vectors_are_no_text(name: str) -> None:
    back = response(name, status=200)
    assert texts(back) == {}
    assert back.usage is not None
    assert (back.usage.input_tokens, back.usage.output_tokens) == (12, 0)
    assert (back.model, back.messages, back.tool_calls) == ("text-embedding-3-small", None, ())


def test_what_is_no_vector_is_text() -> None:
    body = {"data": [{"embedding": "Jane Doe"}, {"embedding": [0.5, "Jane Doe"]}], "note": "x"}
    made = from_body("openai.embeddings.response", body)
    assert list(texts(made)) == ["/data/0/embedding", "/data/1/embedding/1", "/note"]
    with pytest.raises(InputError, match="not a finite number"):
        from_body("openai.embeddings.response", {"data": [{"embedding": [0.5, math.nan]}]})


def test_nothing_sent() -> None:
    made = read({})
    assert (made.messages, made.model) == (None, None)
    assert read({"input": []}).messages == ()


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"input": None}, "/input"),
        ({"input": 5}, "/input"),
        ({"input": {"a": "b"}}, "/input"),
        ({"input": ["a", 5]}, "/input/1"),
        ({"input": ["a", None]}, "/input/1"),
        ({"input": [None]}, "/input/0"),
        ({"input": [1.5]}, "/input/0"),
        ({"input": [True]}, "/input/0"),
        ({"input": [1, "a"]}, "/input/1"),
        ({"input": [1, True]}, "/input/1"),
        ({"input": [[1], "a"]}, "/input/1"),
        ({"input": [[1], [2, "a"]]}, "/input/1/1"),
        ({"input": [[[1]]]}, "/input/0/0"),
        ({"model": ["a"], "input": "a"}, "/model"),
        ({"input": ["a"] * 50_001}, "/input"),
        ({"input": [[1]] * 50_001}, "/input"),
    ],
)
def test_bad_bodies(body: dict[str, Any], at: str) -> None:
    with pytest.raises(InputError) as caught:
        read(json.dumps(body))
    assert caught.value.at == at


@pytest.mark.parametrize("body", [{"data": "a"}, {"data": [1]}, {"usage": {"prompt_tokens": -1}}])
def test_bad_answers(body: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        from_body("openai.embeddings.response", body)
