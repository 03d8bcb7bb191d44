"""OpenAI embeddings: what its fields are."""

from collections.abc import Mapping
from typing import Any

from jurat.canon import join

from . import _header as read
from ._openai import FIGURES, METADATA
from ._parse import InputError
from ._walk import ID, NUMBER, Node, words

REQUEST = Node(
    keys={
        "model": ID,
        # Numbers as long as an account's are scanned: no token's id is.
        "input": Node(where="message", role="user"),
        "dimensions": NUMBER,
        "encoding_format": words("float", "base64"),
        "user": METADATA,
    }
)

RESPONSE = Node(
    keys={
        "object": words("list"),
        "model": ID,
        "usage": FIGURES,
        "data": Node(
            items=Node(
                keys={
                    "object": words("embedding"),
                    "index": NUMBER,
                    "embedding": Node("opaque", items=NUMBER),
                }
            )
        ),
    }
)


def request_header(body: Mapping[str, Any]) -> read.Header:
    contents = _inputs(body)
    fields = {
        "action": "embeddings",
        "provider": "openai",
        "model": read.text(body, "model"),
        "messages": [
            {"role": "user", "name": None, "tool_calls": None, "tool_call_id": None}
            for _ in contents
        ]
        if "input" in body
        else None,
        "tools": None,
        "params": read.NO_PARAMS,
    }
    return read.Header(fields, contents, tokens=contents.count(None))


def _inputs(body: Mapping[str, Any]) -> list[str | None]:
    """Where each text to embed stands; None for one that is a list of token ids."""
    given = body.get("input")
    if isinstance(given, str):
        return ["/input"]
    if "input" not in body:
        return []
    if not isinstance(given, list | tuple):
        raise InputError("/input", "must be a string or a list")
    if given and _is_id(given[0]):
        _check(given, _is_id, "/input", "must be a token id, like the first of them")
        return [None]
    if given and isinstance(given[0], list | tuple):
        read.listed(body, "input")
        _check(given, _is_list, "/input", "must be a list of token ids, like the first of them")
        for index, ids in enumerate(given):
            _check(ids, _is_id, join("/input", index), "must be a token id")
        return [None] * len(given)
    read.listed(body, "input")
    _check(given, _is_string, "/input", "must be a string")
    return [join("/input", index) for index in range(len(given))]


def _check(given: Any, good: Any, at: str, message: str) -> None:
    for index, item in enumerate(given):
        if not good(item):
            raise InputError(join(at, index), message)


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _is_string(value: Any) -> bool:
    return isinstance(value, str)


def response_header(body: Mapping[str, Any]) -> read.Header:
    read.objects(body, "data")
    usage = read.mapping(body, "usage")
    fields: dict[str, Any] = {
        "id": None,
        "provider": "openai",
        "model": read.text(body, "model"),
        "messages": None,
        "tool_calls": [],
        "finish_reason": None,
        "usage": usage
        and {"input_tokens": read.count(usage, "prompt_tokens", "/usage"), "output_tokens": 0},
    }
    return read.Header(fields)
