"""Bodies that can't be read: refused with a place, never with a value."""

import json
import traceback
from typing import Any

import pytest

from jurat.model import InvalidInput, Request
from jurat.wire import MAX_DEPTH, InputError, from_body, parse_json

CANARY = "canary-7f3a-4111111111111111"


def nested(levels: int) -> bytes:
    return b'{"odd":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


BAD = [
    ("truncated", '{"model": "CANARY', "", "line 1, column"),
    ("trailing", '{"model": "a"} CANARY', "", "line 1, column"),
    ("second line", '{"model": "a",\n "CANARY"}', "", "line 2, column"),
    ("empty", "", "", "not JSON"),
    ("a list", '["CANARY"]', "", "must be an object"),
    ("a string", '"CANARY"', "", "must be an object"),
    ("NaN", '{"odd": NaN, "a": "CANARY"}', "", "not JSON"),
    ("Infinity", '{"odd": -Infinity, "a": "CANARY"}', "", "not JSON"),
    ("NaN beside a surrogate", '{"odd": NaN, "a": "\\ud800"}', "", "not JSON"),
    ("number beyond a double", '{"odd": 1e999}', "", "not JSON"),
    ("a key twice", '{"model": "a", "model": "CANARY"}', "", "one key twice"),
    ("a key twice, spelt apart", '{"model": "a", "mod\\u0065l" : "CANARY"}', "", "twice"),
    ("twice beside colons", '{"a\\":": 1, "b" :1, "b" :2, "t": "x\\":y"}', "", "twice"),
    ("twice beside a surrogate", '{"a": "\\ud800", "a": "b"}', "", "twice"),
    ("not UTF-8", b'{"a": "\xff"}', "", "UTF-8"),
    ("a surrogate in UTF-8", b'{"a": "\xed\xa0\x80"}', "", "UTF-8"),
    ("too deep", nested(MAX_DEPTH + 1), "", "nested deeper"),
    ("far too deep", nested(100_000), "", "nested deeper"),
    ("model", '{"model": ["CANARY"]}', "/model", "must be a string"),
    ("surrogate in a header", '{"model": "\\ud800"}', "/model", "lone surrogate"),
    ("long header", '{"model": "' + "a" * 1025 + '"}', "/model", "longer than"),
    ("messages", '{"messages": "CANARY"}', "/messages", "must be a list"),
    ("message", '{"messages": ["CANARY"]}', "/messages/0", "must be an object"),
    ("role", '{"messages": [{"role": 5}]}', "/messages/0/role", "must be a string"),
    ("content", '{"messages": [{"content": 5}]}', "/messages/0/content", "must be a list"),
    ("part", '{"messages": [{"content": ["a"]}]}', "/messages/0/content/0", "must be an object"),
    ("bool for int", '{"n": true}', "/n", "must be a whole number"),
    ("string for int", '{"n": "CANARY"}', "/n", "must be a whole number"),
    ("int for bool", '{"stream": 1}', "/stream", "must be true or false"),
    ("huge int", '{"n": ' + "9" * 30 + "}", "/n", "must be a whole number"),
    ("uint64", '{"n": 9223372036854775808}', "/n", "too large"),
    ("int beyond all", '{"n": ' + "9" * 6000 + "}", "", "not JSON"),
    ("tools", '{"tools": {"a": "CANARY"}}', "/tools", "must be a list"),
    ("name of a tool", '{"tools": [{"type": "function", "function": {"name": 5}}]}',
     "/tools/0/function/name", "must be a string"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "at", "said"), [row[1:] for row in BAD], ids=[r[0] for r in BAD])
def test_bad_body(body: str | bytes, at: str, said: str) -> None:
    raw = body.replace("CANARY", CANARY).encode() if isinstance(body, str) else body
    with pytest.raises(InputError) as caught:
        from_body("openai.chat", raw)
    error = caught.value
    assert error.at == at
    assert said in str(error)
    assert error.code == "invalid-input"
    told = str(error) + repr(error) + "".join(traceback.format_exception(error))
    assert "canary" not in told
    chain = error.__context__
    assert chain is None, "a chained error would hold the document"


@pytest.mark.parametrize("body", ['{"messages": "x"}', '{"messages": [{"content": [5]}]}',
                                  '{"system": 5}', '{"max_tokens": "5"}',
                                  '{"mcp_servers": [{"url": 5}]}',
                                  '{"output_config": {"effort": 5}}'])  # fmt: skip
def test_bad_anthropic_body(body: str) -> None:
    with pytest.raises(InputError):
        from_body("anthropic.messages", body)


@pytest.mark.parametrize("body", ['{"choices": [{}]}', '{"choices": [{"message": "x"}]}',
                                  '{"usage": {"prompt_tokens": -1}}'])  # fmt: skip
def test_bad_response(body: str) -> None:
    with pytest.raises(InputError):
        from_body("openai.chat.response", body)


def test_too_large_is_told_before_it_is_read() -> None:
    with pytest.raises(InputError, match="larger than 16777216 bytes"):
        from_body("openai.chat", b"{" * 100_000_000)
    with pytest.raises(InputError, match="larger than 10 bytes"):
        from_body("openai.chat", '{"odd":"éé"}', max_bytes=10)
    with pytest.raises(InputError, match="larger than 10 bytes"):
        parse_json('"ééééé"', max_bytes=10)


def cyclic() -> dict[str, Any]:
    body: dict[str, Any] = {}
    body["odd"] = body
    return body


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"odd": float("nan")}, "/odd: not a finite number"),
        ({"odd": {1: "a"}}, "/odd: has a key that is not a string"),
        ({"odd": b"a"}, "/odd: has no JSON form"),
        ({"odd": {"a"}}, "/odd: has no JSON form"),
        (cyclic(), "nested deeper"),
        (None, "must be an object"),
        (5, "must be an object"),
    ],
)
def test_bad_mapping(body: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        from_body("openai.chat", body)


def test_lone_surrogates_are_text() -> None:
    raw = b'{"messages":[{"role":"user","content":"a\\ud800b"}], "n": 3}'
    made = from_body("openai.chat", raw)
    assert made._texts is not None
    assert [text.text for text in made._texts] == ["a\ud800b"]
    assert isinstance(made, Request)
    assert made.messages is not None
    assert made.messages[0].size == 3


def test_colons_in_text_are_no_keys() -> None:
    text = '{"a":"b\\":c", "d" : ":::"}'
    assert parse_json(text) == {"a": 'b":c', "d": ":::"}


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"actr": {"id": "a"}}, "no such context: actr; did you mean actor?"),
        ({"messages": []}, "messages comes from the body"),
        ({"params": {}}, "params comes from the body"),
    ],
)
def test_context_that_does_not_exist(context: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError) as caught:
        from_body("openai.chat", b"{}", **context)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("context", "at", "said"),
    [
        ({"actor": {"idd": CANARY}}, "/actor/idd", "did you mean id?"),
        ({"actor": CANARY}, "/actor", "must be an object"),
        ({"source": {"ip": CANARY}}, "/source/ip", "not an IPv4 or IPv6 address"),
        ({"time": "2026-05-25T12:00:00"}, "/time", "RFC 3339"),
        ({"metadata": {"a": 5}}, "/metadata/a", "must be a string"),
    ],
)
def test_context_that_is_not_valid(context: dict[str, Any], at: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        from_body("openai.chat", b"{}", **context)
    assert not isinstance(caught.value, InputError)
    assert caught.value.at == at
    assert said in str(caught.value)
    assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_the_caller_may_not_name_another_model() -> None:
    with pytest.raises(InputError, match="another model"):
        from_body("openai.chat", b'{"model": "gpt-4.1"}', model="gpt-4.1-mini")
    made = from_body("openai.chat", b"{}", model="gpt-4.1")
    assert made.model == "gpt-4.1"


def test_an_unknown_format_is_told() -> None:
    with pytest.raises(ValueError, match=r"did you mean openai\.chat\? There are openai\.chat, "):
        from_body("openai.caht", b"{}")
    wrong: Any = 5
    for other in ("grpc", wrong):
        with pytest.raises(ValueError, match=r"wire format; There are .*azure\.responses, "):
            from_body(other, b"{}")
    with pytest.raises(TypeError, match="path must be a string"):
        from_body("azure.chat", b"{}", path=wrong)


IDENTITY = {
    "user": "u", "safety_identifier": "s", "metadata": {"project": "p"}, "actor": {"id": "a"},
    "service_account": "sa", "project": {"id": "p"}, "organization": "o", "source": {"ip": "1"},
}  # fmt: skip


@pytest.mark.parametrize("format", ["openai.chat", "anthropic.messages"])
def test_a_body_never_supplies_identity(format: str) -> None:
    made = from_body(format, json.dumps(IDENTITY))
    given = made.model_fields_set
    assert not given & {"actor", "source", "project", "org", "endpoint", "metadata", "tags", "id"}
    assert made._texts is not None
    assert len(made._texts) == len(IDENTITY)


MEDIA = [
    ("data:image/png;base64,AAAA", 0, (1, 0, 0)),
    ("data:audio/wav;base64,AAAA", 0, (0, 1, 0)),
    ("data:application/pdf;base64,AAAA", 0, (0, 0, 1)),
    ("data:text/plain;base64,AAAA", 1, (0, 0, 1)),
    ("data:image/png;base64,123-45-6789", 1, (1, 0, 0)),
    ("data:image/svg+xml,<text>123-45-6789</text>", 1, (0, 0, 0)),
]


@pytest.mark.parametrize(("value", "scanned", "counts"), MEDIA)
def test_media_anywhere(value: str, scanned: int, counts: tuple[int, int, int]) -> None:
    made = from_body("openai.chat", {"odd": [value]})
    assert made.unscanned is not None
    assert (made.unscanned.images, made.unscanned.audio, made.unscanned.files) == counts
    assert made._texts is not None
    assert len(made._texts) == scanned


def test_an_enumeration_holds_its_words_only() -> None:
    body = {
        "reasoning_effort": "high",
        "service_tier": "my SSN is 123-45-6789",
        "messages": [{"role": "123-45-6789", "tool_call_id": "123-45-6789"}],
        "tools": [{"type": "123-45-6789"}],
    }
    made = from_body("openai.chat", body)
    assert made._texts is not None
    assert [text.at for text in made._texts] == [
        "/service_tier",
        "/messages/0/role",
        "/messages/0/tool_call_id",
        "/tools/0/type",
    ]


def test_tools() -> None:
    body = {
        "tools": [
            {"type": "function", "function": {"name": "f"}},
            {"type": "web_search_preview"},
            {"type": "mcp", "server_label": "crm", "server_url": "https://MCP.example.com/x"},
        ],
        "functions": [{"name": "old"}],
    }
    made = from_body("openai.chat", body)
    assert isinstance(made, Request)
    assert [(t.name, t.kind, t.server, t.host) for t in made.tools or ()] == [
        ("f", "function", None, None),
        ("web_search_preview", "hosted", None, None),
        (None, "mcp", "crm", "mcp.example.com"),
        ("old", "function", None, None),
    ]
    body = {
        "tools": [
            {"name": "f", "input_schema": {}},
            {"type": "bash_20250124", "name": "bash"},
            {"type": "web_search_20250305", "name": "web_search"},
            {"type": "mcp_toolset", "mcp_server_name": "crm"},
            {
                "type": "mcp_toolset",
                "mcp_server_name": "git",
                "default_config": {"enabled": False},
                "configs": {"read": {"enabled": True}, "write": {}, "drop": {"enabled": False}},
            },
        ],
        "mcp_servers": [
            {"type": "url", "name": "crm", "url": "https://mcp.example.com/x"},
            {"type": "url", "name": "erp", "url": "https://[oops"},
            {"type": "url", "name": "git", "url": "https://git.example.com"},
            {
                "type": "url",
                "name": "old",
                "url": "https://old.example.com",
                "tool_configuration": {"enabled": True, "allowed_tools": ["a", "b"]},
            },
        ],
    }
    made = from_body("anthropic.messages", body)
    assert isinstance(made, Request)
    assert [(t.name, t.kind, t.server, t.host) for t in made.tools or ()] == [
        ("f", "function", None, None),
        ("bash", "function", None, None),
        ("web_search", "hosted", None, None),
        (None, "mcp", "crm", "mcp.example.com"),
        ("read", "mcp", "git", "git.example.com"),
        (None, "mcp", "erp", "?"),
        ("a", "mcp", "old", "old.example.com"),
        ("b", "mcp", "old", "old.example.com"),
    ]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://MCP.example.com/x?y=a@b", "mcp.example.com"),
        ("https://MCP.example.com:8443/x?y=a@b", "mcp.example.com:8443"),
        ("https://[2001:db8::1]/", "2001:db8::1"),
        ("https://[2001:db8::1]:8443/", "[2001:db8::1]:8443"),
        ("https://mcp.example.com:/", "mcp.example.com"),
        ("https://mcp.example.com:99999/", "?"),
        ("https://mcp.example.com:x/", "?"),
        ("http://good.example#@evil.example", "good.example"),
        (None, None),
        # another parser may read another host, or there is none: never null, and never the rest
        ("", "?"),
        ("evil.example/mcp", "?"),
        ("https://[oops", "?"),
        ("https://user:password@evil.example", "?"),
        ("https://good.example@evil.example", "?"),
        ("https://evil.example\\@good.example", "?"),
        ("https://evil\t.example", "?"),
        (" https://evil.example", "?"),
    ],
)
def test_hosts_of_tools(url: Any, host: Any) -> None:
    tool = {"type": "mcp", "server_label": "crm", "server_url": url}
    made = from_body("openai.chat", {"tools": [tool]})
    assert isinstance(made, Request)
    assert [t.host for t in made.tools or ()] == [host]


def test_of_two_ceilings_the_wider_counts() -> None:
    made = from_body("openai.chat", {"max_tokens": 9, "max_completion_tokens": 5})
    assert isinstance(made, Request)
    assert made.params is not None
    assert made.params.max_tokens == 9
