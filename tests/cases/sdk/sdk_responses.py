"""Calls of the `openai` SDK's responses and embeddings, with what the API answers."""

from typing import Any

from sdk_parts import ASKED, PAPER, PIXEL, WEATHER, Answer, Cases, events, plain

FUNCTION = {
    "type": "function",
    "name": "get_weather",
    "description": "Current weather of a city",
    "parameters": WEATHER,
    "strict": True,
}
CALL = {
    "type": "function_call",
    "id": "fc_67ccd2bf17f0819081ff3bb2cf6508e60bb6a6b452d3795b",
    "call_id": "call_DdmO9pD3xa9XTPNJ32zg2hcA",
    "name": "get_weather",
    "arguments": '{"city":"Zürich, Schweiz"}',
    "status": "completed",
}
CRM = {
    "type": "mcp",
    "server_label": "crm",
    "server_url": "https://MCP.example.com/sse",
    "allowed_tools": ["get_customer", "list_cases"],
    "require_approval": "never",
    "headers": {"X-Tenant": "jane@example.com"},
}


def said(text: str) -> dict[str, Any]:
    return {
        "type": "message",
        "id": "msg_67ccd2bf17f0819081ff3bb2cf6508e60bb6a6b452d3795b",
        "status": "completed",
        "role": "assistant",
        "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}],
    }


def response(*output: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
        "object": "response",
        "created_at": 1779710400,
        "status": "completed",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "model": "gpt-4.1-2025-04-14",
        "output": list(output),
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": {
            "input_tokens": 82,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": 17,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 99,
        },
        "user": None,
        "metadata": {},
    } | more


def streamed(item: dict[str, Any], *deltas: dict[str, Any]) -> Answer:
    empty = response(status="in_progress", usage=None)
    made: list[dict[str, Any]] = [
        {"type": "response.created", "response": empty},
        {"type": "response.in_progress", "response": empty},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        *({"output_index": 0, "item_id": item["id"]} | delta for delta in deltas),
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": response(item)},
    ]
    return events(*(event | {"sequence_number": n} for n, event in enumerate(made)))


def responses_cases(client: Any, prefix: str, model: str) -> Cases:
    create: Any = client.responses.create
    user = {"role": "user", "content": ASKED}
    delta = {"type": "response.output_text.delta", "content_index": 0, "logprobs": []}
    found = {
        "type": "mcp_call",
        "id": "mcp_68a6102d8948819c9b1490d36d5ffa4a0679e572a900e418",
        "server_label": "crm",
        "name": "get_customer",
        "arguments": '{"ssn":"123-45-6789"}',
        "output": "Jane Doe, Zürich",
        "error": None,
        "approval_request_id": None,
        "status": "completed",
    }
    listed = {
        "type": "mcp_list_tools",
        "id": "mcpl_68a6102a4968819c8177b05584dd627b0679e572a900e618",
        "server_label": "crm",
        "error": None,
        "tools": [
            {
                "name": "get_customer",
                "description": "A customer by number",
                "annotations": {"read_only": True},
                "input_schema": {"type": "object", "properties": {"ssn": {"type": "string"}}},
            }
        ],
    }
    cases: Cases = {
        "plain": (
            plain(response(said("Call 4111 1111 1111 1111? No: that is a card."))),
            lambda: create(
                model=model,
                instructions="Be brief.",
                input=ASKED,
                temperature=0.2,
                max_output_tokens=256,
                store=False,
                background=False,
                user="jane@example.com",
                metadata={"case": "A-17"},
            ),
        ),
        "parts": (
            plain(response(said("A pixel and a paper."))),
            lambda: create(
                model=model,
                previous_response_id="resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
                input=[
                    {"role": "developer", "content": "Be brief."},
                    {
                        "role": "user",
                        "content": [
                            {"type": "input_text", "text": "What are these? 😀"},
                            {
                                "type": "input_image",
                                "image_url": f"data:image/png;base64,{PIXEL}",
                                "detail": "low",
                            },
                            {
                                "type": "input_image",
                                "image_url": "https://example.com/jane-doe.png",
                                "detail": "auto",
                            },
                            {"type": "input_image", "file_id": "file-6F2ks", "detail": "auto"},
                            {
                                "type": "input_file",
                                "filename": "letter.pdf",
                                "file_data": f"data:application/pdf;base64,{PAPER}",
                            },
                            {"type": "input_file", "file_url": "https://example.com/a.pdf"},
                        ],
                    },
                ],
            ),
        ),
        "tool-call": (
            plain(response(CALL, tools=[FUNCTION])),
            lambda: create(
                model=model,
                input=[user],
                tools=[
                    FUNCTION,
                    {"type": "web_search", "filters": {"allowed_domains": ["meteo.example.com"]}},
                    {"type": "custom", "name": "note", "format": {"type": "text"}},
                ],
                tool_choice="auto",
            ),
        ),
        "tool-result": (
            plain(response(said("21 degrees."), tools=[FUNCTION])),
            lambda: create(
                model=model,
                input=[
                    user,
                    {
                        "type": "reasoning",
                        "id": "rs_67ccf7eabcd88190a0d4e5f8",
                        "summary": [{"type": "summary_text", "text": "Jane asks for weather."}],
                        "encrypted_content": "gAAAAABo5pQ3yqv",
                    },
                    CALL,
                    {
                        "type": "function_call_output",
                        "call_id": CALL["call_id"],
                        "output": '{"celsius": 21, "station": "10.1.2.3"}',
                    },
                    {
                        "type": "function_call_output",
                        "call_id": "call_of_a_picture",
                        "output": [
                            {"type": "input_text", "text": "Seen from 10.1.2.3"},
                            {
                                "type": "input_image",
                                "image_url": f"data:image/png;base64,{PIXEL}",
                                "detail": "auto",
                            },
                        ],
                    },
                    {"type": "item_reference", "id": "msg_67ccd2bf17f0819081ff3bb2"},
                ],
                tools=[FUNCTION],
            ),
        ),
        "mcp": (
            plain(response(listed, found, said("Jane Doe lives in Zürich."), tools=[CRM])),
            lambda: create(model=model, input=[user], tools=[CRM], tool_choice="required"),
        ),
        "structured": (
            plain(
                response(
                    said('{"city":"Zürich","phone":"+1 202-555-0143"}'),
                    text={"format": {"type": "json_object"}},
                )
            ),
            lambda: create(
                model=model,
                input=ASKED,
                reasoning={"effort": "low", "summary": "auto"},
                text={
                    "format": {
                        "type": "json_schema",
                        "name": "answer",
                        "schema": WEATHER | {"additionalProperties": False},
                        "strict": True,
                    },
                    "verbosity": "low",
                },
            ),
        ),
        "prompt": (
            plain(
                response(
                    said("Liebe Frau Doe"),
                    status="incomplete",
                    incomplete_details={"reason": "max_output_tokens"},
                )
            ),
            lambda: create(
                prompt={
                    "id": "pmpt_68a6102d8948819c9b1490d36d5ffa4a",
                    "version": "3",
                    "variables": {
                        "customer": "Jane Doe, SSN 123-45-6789",
                        "photo": {"type": "input_image", "file_id": "file-6F2ks", "detail": "low"},
                    },
                },
                conversation={"id": "conv_68a6102d8948819c9b1490d3"},
                background=True,
            ),
        ),
        "stream": (
            streamed(
                said("Grüezi, 123-45-6789."),
                *(delta | {"delta": text} for text in ("Grü", "ezi, ", "123-45", "-6789.")),
            ),
            lambda: list(create(model=model, input=[user], stream=True)),
        ),
        "stream-tool-call": (
            streamed(
                CALL,
                *(
                    {"type": "response.function_call_arguments.delta", "delta": text}
                    for text in ('{"ci', 'ty":"Z', "ürich, Schweiz", '"}')
                ),
            ),
            lambda: list(create(model=model, input=[user], tools=[FUNCTION], stream=True)),
        ),
    }
    return {f"{prefix}-{name}": case for name, case in cases.items()}


def vectors(*vectors: Any) -> Answer:
    return plain(
        {
            "object": "list",
            "data": [
                {"object": "embedding", "index": n, "embedding": vector}
                for n, vector in enumerate(vectors)
            ],
            "model": "text-embedding-3-small",
            "usage": {"prompt_tokens": 12, "total_tokens": 12},
        }
    )


def embeddings_cases(client: Any, prefix: str, model: str) -> Cases:
    create: Any = client.embeddings.create
    vector = [-0.006929283495992422, 0.0023064255, 4.7e-05]
    cases: Cases = {
        # The SDK asks for base64 by itself and decodes what comes.
        "string": (
            vectors("AAAAvwAAgD8AAABA"),
            lambda: create(model=model, input=ASKED, dimensions=3, user="jane@example.com"),
        ),
        "list": (
            vectors(vector, vector),
            lambda: create(
                model=model, input=[ASKED, "Card 4111 1111 1111 1111"], encoding_format="float"
            ),
        ),
        "tokens": (
            vectors(vector, vector),
            lambda: create(model=model, input=[[9906, 1917], [15339]], encoding_format="float"),
        ),
    }
    return {f"{prefix}-{name}": case for name, case in cases.items()}
