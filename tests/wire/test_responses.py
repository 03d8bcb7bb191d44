"""OpenAI responses: what policy sees of them, and what is scanned."""

import json
from typing import Any

import pytest
from sdk_captures import captured, request, response, texts

from jurat.model import InvalidInput, Request, Response, view_of
from jurat.scan import redact_json_text
from jurat.wire import InputError, apply_edits, from_body


def read(body: Any, **context: Any) -> Request:
    made = from_body("openai.responses", body, **context)
    assert isinstance(made, Request)
    return made


def answered(body: Any) -> Response:
    made = from_body("openai.responses.response", body)
    assert isinstance(made, Response)
    return made


def shown(made: Request | Response) -> list[tuple[Any, ...]]:
    return [
        (m.role, m.size, [call.name for call in m.tool_calls or ()], m.tool_call_id)
        for m in made.messages or ()
    ]


def offered(made: Request) -> list[tuple[Any, ...]]:
    return [(t.kind, t.name, t.server, t.host) for t in made.tools or ()]


def test_plain() -> None:
    made = request("openai-responses-plain", actor={"id": "svc"})
    view: Any = view_of(made)
    assert (view.action, view.provider, view.model) == ("responses", "openai", "gpt-4.1")
    assert shown(made) == [("system", 9, [], None), ("user", 55, [], None)]
    params = view.params
    assert (params.store, params.background, params.max_tokens) == (False, False, 256)
    assert (params.temperature, params.stream, params.conversation) == (0.2, None, None)
    assert view.tools is None
    assert "prompt" not in made.model_fields_set
    assert texts(made) == {
        "/instructions": ("Be brief.", "message", "system", "text"),
        "/input": (
            "Wie ist das Wetter in Zürich? Meine Nummer: 123-45-6789",
            "message",
            "user",
            "text",
        ),
        "/metadata/case": ("A-17", "metadata", "", "text"),
        "/user": ("jane@example.com", "metadata", "", "text"),
    }


def test_store_that_was_not_sent_is_not_made_up() -> None:
    view: Any = view_of(read({"model": "gpt-4.1", "input": "a"}))
    assert view.params.store is None
    view = view_of(read({"store": True}))
    assert view.params.store is True


def test_parts() -> None:
    made = request("openai-responses-parts")
    assert made.unscanned is not None
    assert made.unscanned.model_dump() == {"images": 3, "audio": 0, "files": 2, "tokens": 0}
    assert shown(made) == [("developer", 9, [], None), ("user", 84, [], None)]
    assert {at: text for at, (text, *_) in texts(made).items()} == {
        "/input/0/content": "Be brief.",
        "/input/1/content/0/text": "What are these? 😀",
        "/input/1/content/2/image_url": "https://example.com/jane-doe.png",
        "/input/1/content/4/filename": "letter.pdf",
        "/input/1/content/5/file_url": "https://example.com/a.pdf",
    }


def test_tools_and_calls() -> None:
    made = request("openai-responses-tool-call")
    assert offered(made) == [
        ("function", "get_weather", None, None),
        ("hosted", "web_search", None, None),
        ("function", "note", None, None),
    ]
    assert made.params is not None
    assert made.params.tool_choice == "auto"
    found = texts(made)
    assert found["/tools/0/description"] == (
        "Current weather of a city",
        "tool_schema",
        "",
        "text",
    )
    back = response("openai-responses-tool-call", request=made, status=200)
    assert (back.finish_reason, back.status, back.model) == (
        "completed",
        200,
        "gpt-4.1-2025-04-14",
    )
    assert [(c.id, c.name) for c in back.tool_calls or ()] == [
        ("call_DdmO9pD3xa9XTPNJ32zg2hcA", "get_weather")
    ]
    assert back.usage is not None
    assert (back.usage.input_tokens, back.usage.output_tokens) == (82, 17)
    assert texts(back)["/output/0/arguments"] == (
        '{"city":"Zürich, Schweiz"}',
        "tool_call",
        "assistant",
        "json",
    )


def test_results_of_tools() -> None:
    made = request("openai-responses-tool-result")
    call = "call_DdmO9pD3xa9XTPNJ32zg2hcA"
    assert shown(made) == [
        ("user", 55, [], None),
        ("assistant", 22, [], None),
        ("assistant", 0, ["get_weather"], None),
        ("tool", 38, [], call),
        ("tool", 18, [], "call_of_a_picture"),
        (None, 0, [], None),
    ]
    found = texts(made)
    assert found["/input/1/summary/0/text"][1:3] == ("message", "assistant")
    assert found["/input/3/output"][1:3] == ("tool_result", "tool")
    assert found["/input/4/output/0/text"][1:3] == ("tool_result", "tool")
    assert "/input/1/encrypted_content" not in found
    assert made.unscanned is not None
    assert made.unscanned.images == 1


def test_servers() -> None:
    made = request("openai-responses-mcp")
    assert offered(made) == [
        ("mcp", "get_customer", "crm", "mcp.example.com"),
        ("mcp", "list_cases", "crm", "mcp.example.com"),
    ]
    found = texts(made)
    assert found["/tools/0/headers/X-Tenant"][0] == "jane@example.com"
    back = response("openai-responses-mcp")
    assert shown(back) == [
        ("tool", 32, [], None),
        ("assistant", 16, ["get_customer"], None),
        ("assistant", 25, [], None),
    ]
    found = texts(back)
    assert found["/output/0/tools/0/description"][1:3] == ("tool_schema", "tool")
    assert found["/output/1/arguments"][1:] == ("tool_call", "assistant", "json")
    assert found["/output/1/output"][1] == "tool_result"


def test_a_stored_prompt() -> None:
    made = request("openai-responses-prompt")
    assert made.prompt is not None
    assert made.prompt.model_dump(exclude_unset=True) == {
        "id": "pmpt_68a6102d8948819c9b1490d36d5ffa4a",
        "version": "3",
    }
    # The prompt may bring a model and tools of its own: nobody said that there are none.
    assert not made.model_fields_set & {"model", "tools"}
    assert made.params is not None
    assert made.params.background is True
    assert made.params.conversation == "conv_68a6102d8948819c9b1490d3"
    assert shown(made) == [("user", 25, [], None)]
    assert texts(made)["/prompt/variables/customer"][0] == "Jane Doe, SSN 123-45-6789"
    assert made.unscanned is not None
    assert made.unscanned.images == 1
    back = response("openai-responses-prompt")
    assert back.finish_reason == "max_output_tokens"


def test_who_names_a_prompt() -> None:
    body = {"prompt": {"id": "pmpt_1"}, "model": "gpt-4.1", "tools": []}
    made = read(body)
    assert made.prompt is not None
    assert made.prompt.model_dump(exclude_unset=True) == {"id": "pmpt_1", "version": None}
    assert (made.model, made.tools) == ("gpt-4.1", ())
    made = read(body, prompt={"id": "pmpt_1", "version": None, "sha256": "ab"})
    assert made.prompt is not None
    assert made.prompt.sha256 == "ab"
    for told in ({"id": "pmpt_2"}, {"version": "3"}):
        with pytest.raises(InputError, match="another prompt"):
            read(body, prompt=told)
    with pytest.raises(InvalidInput, match="/prompt"):
        read(body, prompt=5)


def test_structured_output() -> None:
    made = request("openai-responses-structured")
    assert made.params is not None
    assert (made.params.response_format, made.params.reasoning_effort) == ("json_schema", "low")
    found = texts(made)
    assert "/text/verbosity" not in found
    assert found["/text/format/schema/properties/city/description"][1] == "tool_schema"


def test_the_end_of_a_stream_holds_a_whole_answer() -> None:
    body = captured("openai-responses-stream")["response"]["body"]
    last = json.loads(body.strip().splitlines()[-1].removeprefix("data: "))
    assert last["type"] == "response.completed"
    assert shown(answered(last["response"])) == [("assistant", 20, [], None)]
    params = request("openai-responses-stream").params
    assert params is not None
    assert params.stream is True


SSN = "123-45-6789"
CANARY = {"secret": SSN}
# (item, (role, size, names of calls, answered), (where, role) of the number in it); of a type
# that the table does not know, the type itself is text
ITEMS: list[tuple[dict[str, Any], tuple[Any, ...], tuple[str, str]]] = [
    ({"role": "user", "content": SSN}, ("user", 11, [], None), ("message", "user")),
    (
        {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": SSN}]},
        ("assistant", 11, [], None),
        ("message", "assistant"),
    ),
    (
        {"type": "custom_tool_call", "call_id": "c", "name": "n", "input": SSN},
        ("assistant", 0, ["n"], None),
        ("tool_call", "assistant"),
    ),
    (
        {"type": "custom_tool_call_output", "call_id": "c", "output": SSN},
        ("tool", 11, [], "c"),
        ("tool_result", "tool"),
    ),
    (
        {
            "type": "computer_call",
            "id": "a",
            "call_id": "c",
            "action": {"type": "type", "text": SSN},
        },
        ("assistant", 0, ["computer"], None),
        ("tool_call", "assistant"),
    ),
    (
        {
            "type": "computer_call_output",
            "call_id": "c",
            "output": {"type": "computer_screenshot", "image_url": "https://x/" + SSN},
        },
        ("tool", 21, [], "c"),
        ("tool_result", "tool"),
    ),
    (
        {"type": "web_search_call", "id": "a", "action": {"type": "search", "query": SSN}},
        ("assistant", 0, ["web_search"], None),
        ("tool_call", "assistant"),
    ),
    (
        {"type": "file_search_call", "id": "a", "queries": [], "results": [{"text": SSN}]},
        ("assistant", 11, ["file_search"], None),
        ("tool_result", "assistant"),
    ),
    (
        {"type": "code_interpreter_call", "id": "a", "code": SSN, "outputs": None},
        ("assistant", 0, ["code_interpreter"], None),
        ("tool_call", "assistant"),
    ),
    (
        {"type": "code_interpreter_call", "id": "a", "outputs": [{"type": "logs", "logs": SSN}]},
        ("assistant", 11, ["code_interpreter"], None),
        ("tool_result", "assistant"),
    ),
    (
        {"type": "image_generation_call", "id": "a", "result": "AAAA", "revised_prompt": SSN},
        ("assistant", 11, ["image_generation"], None),
        ("tool_result", "assistant"),
    ),
    (
        {"type": "local_shell_call", "call_id": "c", "action": {"type": "exec", "command": [SSN]}},
        ("assistant", 0, ["local_shell"], None),
        ("tool_call", "assistant"),
    ),
    (
        {"type": "local_shell_call_output", "id": "c", "output": SSN},
        ("tool", 11, [], "c"),
        ("tool_result", "tool"),
    ),
    (
        {"type": "shell_call_output", "call_id": "c", "output": [{"stdout": SSN, "stderr": ""}]},
        ("tool", 11, [], "c"),
        ("tool_result", "tool"),
    ),
    (
        {"type": "apply_patch_call", "call_id": "c", "operation": {"type": "x", "diff": SSN}},
        ("assistant", 0, ["apply_patch"], None),
        ("tool_call", "assistant"),
    ),
    (
        {
            "type": "mcp_approval_request",
            "id": "m",
            "name": "pay",
            "arguments": json.dumps(CANARY),
        },
        ("assistant", 0, ["pay"], None),
        ("tool_call", "assistant"),
    ),
    (
        {"type": "mcp_approval_response", "approval_request_id": "m", "reason": SSN},
        ("user", 11, [], "m"),
        ("message", ""),
    ),
    (
        {"type": "program", "call_id": "c", "code": SSN, "fingerprint": "ab"},
        ("assistant", 0, ["programmatic_tool_calling"], None),
        ("tool_call", "assistant"),
    ),
    (
        {"type": "reasoning", "id": "r", "summary": [], "content": [{"text": SSN}]},
        ("assistant", 11, [], None),
        ("message", "assistant"),
    ),
    (
        {"type": "new_kind", "role": "user", "odd": SSN},
        ("user", 19, [], None),
        ("message", "user"),
    ),
    (
        {"type": "telepathy_call", "id": "t", "thought": SSN},
        ("assistant", 25, ["telepathy"], None),
        ("message", ""),
    ),
    ({"id": "msg_1", "odd": SSN}, (None, 11, [], None), ("message", "")),
]


@pytest.mark.parametrize(
    ("item", "message", "found"),
    ITEMS,
    ids=[f"{number} {row[0].get('type')}" for number, row in enumerate(ITEMS)],
)
def test_items(item: dict[str, Any], message: tuple[Any, ...], found: tuple[str, str]) -> None:
    made = read({"input": [item]})
    assert shown(made) == [message]
    assert [t[1:3] for t in texts(made).values() if SSN in t[0]] == [found]
    back = answered({"output": [item]})
    assert shown(back) == [message]
    assert [call.name for call in back.tool_calls or ()] == message[2]
    # A redaction finds it, and what held JSON still does.
    edits = {at: cut for at, t in texts(made).items() if SSN in t[0]}
    changed = apply_edits(json.dumps({"input": [item]}), edits)
    assert SSN not in changed
    arguments = json.loads(changed)["input"][0].get("arguments")
    assert arguments is None or json.loads(arguments) == {"secret": "[X]"}


def cut(text: str, /, *, holds_json: bool = False) -> str:
    start = text.index(SSN)
    if holds_json:
        return redact_json_text(text, [(start, start + len(SSN), "[X]")])
    return text.replace(SSN, "[X]")


TOOLS: list[tuple[dict[str, Any], list[tuple[Any, ...]]]] = [
    ({"type": "function", "name": "f"}, [("function", "f", None, None)]),
    ({"name": "f"}, [("function", "f", None, None)]),
    ({"type": "custom", "name": "f"}, [("function", "f", None, None)]),
    ({"type": "file_search"}, [("hosted", "file_search", None, None)]),
    ({"type": "computer_use_preview"}, [("hosted", "computer_use_preview", None, None)]),
    ({"type": "image_generation"}, [("hosted", "image_generation", None, None)]),
    ({"type": "new_hosted"}, [("hosted", "new_hosted", None, None)]),
    ({"type": "code_interpreter", "container": "c"}, [("hosted", "code_interpreter", None, None)]),
    (
        {
            "type": "code_interpreter",
            "container": {
                "type": "auto",
                "network_policy": {
                    "type": "allowlist",
                    "allowed_domains": ["PyPI.org", "user:password@b.org"],
                },
            },
        },
        [
            ("hosted", "code_interpreter", None, "pypi.org"),
            ("hosted", "code_interpreter", None, "?"),
        ],
    ),
    (
        {"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "g"}]},
        [("function", "g", None, None)],
    ),
    (
        {"type": "mcp", "server_label": "crm", "server_url": "https://A.com/x"},
        [("mcp", None, "crm", "a.com")],
    ),
    ({"type": "mcp", "server_label": "crm"}, [("mcp", None, "crm", None)]),
    (
        {"type": "mcp", "server_label": "crm", "connector_id": "connector_gmail"},
        [("mcp", None, "connector_gmail", None)],
    ),
    (
        {
            "type": "mcp",
            "server_label": "crm",
            "server_url": "https://a.com",
            "tunnel_id": "tnl_1",
            "allowed_tools": ["get"],
        },
        [("mcp", "get", "tnl_1", None), ("mcp", "get", "crm", "a.com")],
    ),
    (
        {"type": "mcp", "server_label": "s", "allowed_tools": {"tool_names": ["a", "b"]}},
        [("mcp", "a", "s", None), ("mcp", "b", "s", None)],
    ),
    (
        {"type": "mcp", "server_label": "s", "allowed_tools": {"read_only": True}},
        [("mcp", None, "s", None)],
    ),
    ({"type": "mcp", "server_label": "s", "allowed_tools": []}, [("mcp", None, "s", None)]),
]


@pytest.mark.parametrize(("tool", "expected"), TOOLS, ids=range(len(TOOLS)))
def test_tools(tool: dict[str, Any], expected: list[tuple[Any, ...]]) -> None:
    assert offered(read({"tools": [tool]})) == expected
    # Tools that come in by an item count as those that the field names.
    for kind in ("additional_tools", "tool_search_output"):
        item = {"type": kind, "tools": [tool]}
        assert offered(read({"input": [item]})) == expected
    assert offered(read({"tools": [], "input": [{"type": "message", "tools": [tool]}]})) == []


def test_no_tools_and_none_sent() -> None:
    assert read({"tools": []}).tools == ()
    assert read({}).tools is None


def test_the_greatest_effort_counts() -> None:
    def effort(*efforts: Any) -> Any:
        first, *rest = efforts
        items = [{"type": "configuration_update", "reasoning": {"effort": e}} for e in rest]
        made = read({"reasoning": {"effort": first}, "input": items})
        assert made.params is not None
        return made.params.reasoning_effort

    assert effort("low", "max", None, "minimal") == "max"
    assert effort("high", "low") == "high"
    assert effort("max", "boundless") == "boundless"
    assert effort(None) is None


def test_media_in_containers_and_masks() -> None:
    skill = {"type": "inline", "name": "s", "source": {"type": "base64", "data": "UEsDBA"}}
    made = read(
        {
            "tools": [
                {"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["f-1"]}},
                {"type": "image_generation", "input_image_mask": {"file_id": "f-2"}},
                {"type": "shell", "environment": {"type": "container_auto", "skills": [skill]}},
            ],
            "input": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {
                "data": "AAAA", "format": "wav"}}]}],
        }
    )  # fmt: skip
    assert made.unscanned is not None
    assert made.unscanned.model_dump() == {"images": 1, "audio": 1, "files": 2, "tokens": 0}


@pytest.mark.parametrize(
    ("body", "at", "said"),
    [
        ({"input": None}, "/input", "a string or a list"),
        ({"input": 5}, "/input", "a string or a list"),
        ({"input": {"role": "user"}}, "/input", "a string or a list"),
        ({"input": ["a"]}, "/input/0", "an object"),
        ({"input": [{"role": 5}]}, "/input/0/role", "a string"),
        ({"input": [{"type": []}]}, "/input/0/type", "a string"),
        ({"input": [{"role": "user", "content": 5}]}, "/input/0/content", "a list"),
        ({"input": [{"role": "user", "content": ["a"]}]}, "/input/0/content/0", "an object"),
        ({"input": [{"type": "function_call", "name": {}}]}, "/input/0/name", "a string"),
        ({"input": [{"type": "additional_tools", "tools": 1}]}, "/input/0/tools", "a list"),
        ({"input": [{"type": "tool_search_output", "tools": [{"type": "mcp", "server_url": 1}]}]},
         "/input/0/tools/0/server_url", "a string"),
        ({"model": ["a"]}, "/model", "a string"),
        ({"instructions": ["a"]}, "/instructions", "a string"),
        ({"prompt": "p"}, "/prompt", "an object"),
        ({"prompt": {"id": 5}}, "/prompt/id", "a string"),
        ({"prompt": {"variables": []}}, "/prompt/variables", "an object"),
        ({"conversation": 5}, "/conversation", "a string"),
        ({"conversation": {"id": 5}}, "/conversation/id", "a string"),
        ({"max_output_tokens": "9"}, "/max_output_tokens", "a whole number"),
        ({"background": "no"}, "/background", "true or false"),
        ({"reasoning": "low"}, "/reasoning", "an object"),
        ({"reasoning": {"effort": 1}}, "/reasoning/effort", "a string"),
        ({"text": []}, "/text", "an object"),
        ({"text": {"format": 1}}, "/text/format", "a string"),
        ({"tools": {"a": 1}}, "/tools", "a list"),
        ({"tools": [{"type": "mcp", "allowed_tools": "a"}]}, "/tools/0/allowed_tools", "a list"),
        ({"tools": [{"type": "mcp", "allowed_tools": [5]}]}, "/tools/0/allowed_tools/0",
         "a string"),
        ({"tools": [{"type": "shell", "environment": {"network_policy": {"allowed_domains": 1}}}]},
         "/tools/0/environment/network_policy/allowed_domains", "a list"),
        ({"tools": [{"type": "namespace", "tools": [{"type": "namespace"}]}]},
         "/tools/0/tools/0", "within a namespace"),
    ],
)  # fmt: skip
def test_bad_bodies(body: dict[str, Any], at: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(json.dumps(body))
    assert (caught.value.at, said in str(caught.value)) == (at, True)


@pytest.mark.parametrize("body", [{"output": "a"}, {"output": ["a"]}, {"usage": []},
                                  {"incomplete_details": "a"}, {"status": 5},
                                  {"usage": {"input_tokens": -1}}])  # fmt: skip
def test_bad_answers(body: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        answered(body)


def test_many_messages_are_read_in_linear_time() -> None:
    count = 20_000
    made = read({"input": [{"role": "user", "content": "a"}] * count})
    assert made.messages is not None
    assert sum(m.size or 0 for m in made.messages) == count


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"input": [{}] * 50_001}, "/input"),
        ({"input": [{"role": "user", "content": [{}] * 50_001}]}, "/input/0/content"),
        ({"tools": [{"type": "mcp", "allowed_tools": ["a"] * 50_001}]}, "/tools/0/allowed_tools"),
        ({"tools": [{"type": "mcp", "allowed_tools": ["a"] * 30_000}] * 900}, "/tools"),
        ({"tools": [{"type": "shell", "environment": {
            "network_policy": {"allowed_domains": ["a"] * 50_001}}}]},
         "/tools/0/environment/network_policy/allowed_domains"),
    ],
)  # fmt: skip
def test_headers_are_bounded(body: dict[str, Any], at: str) -> None:
    with pytest.raises(InputError, match="more than 50,000 entries") as caught:
        read(body)
    assert caught.value.at == at
