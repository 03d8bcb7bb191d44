"""Calls of the `anthropic` SDK, with what the API answers."""

from typing import Any

from sdk_parts import ASKED, PAPER, PIXEL, WEATHER, Answer, Cases, events, plain

CLAUDE = "claude-sonnet-5"


def reply(content: list[dict[str, Any]], reason: str) -> dict[str, Any]:
    return {
        "id": "msg_01XFDUDYJgAACzvnptvVoYEL",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5",
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 82, "output_tokens": 17, "service_tier": "standard"},
    }


def streamed(block: dict[str, Any], deltas: list[dict[str, Any]], reason: str) -> Answer:
    return events(
        {"type": "message_start", "message": reply([], reason) | {"stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "ping"},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": None},
            "usage": {"output_tokens": 17},
        },
        {"type": "message_stop"},
    )


def anthropic_cases(url: str, key: str) -> Cases:
    from anthropic import Anthropic

    client = Anthropic(api_key=key, base_url=url, max_retries=0)
    create: Any = client.messages.create
    user = {"role": "user", "content": ASKED}
    tool = {
        "name": "get_weather",
        "description": "Current weather of a city",
        "input_schema": WEATHER,
    }
    asked = {
        "type": "tool_use",
        "id": "toolu_01A09q90qw90lq917835lq9",
        "name": "get_weather",
        "input": {"city": "Zürich, Schweiz", "account": 4111111111111111},
    }
    return {
        "anthropic-messages-plain": (
            plain(reply([{"type": "text", "text": "Grüezi, 123-45-6789."}], "end_turn")),
            lambda: create(
                model=CLAUDE,
                max_tokens=256,
                system="Be brief.",
                messages=[user],
                metadata={"user_id": "jane@example.com"},
            ),
        ),
        "anthropic-messages-parts": (
            plain(reply([{"type": "text", "text": "A pixel and a paper."}], "end_turn")),
            lambda: create(
                model=CLAUDE,
                max_tokens=256,
                system=[
                    {
                        "type": "text",
                        "text": "Be brief.",
                        "cache_control": {"type": "ephemeral"},
                    }
                ],
                messages=[
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "What are these? 😀"},
                            {
                                "type": "image",
                                "source": {
                                    "type": "base64",
                                    "media_type": "image/png",
                                    "data": PIXEL,
                                },
                            },
                            {
                                "type": "image",
                                "source": {"type": "url", "url": "https://example.com/a.png"},
                            },
                            {
                                "type": "document",
                                "title": "letter.pdf",
                                "source": {
                                    "type": "base64",
                                    "media_type": "application/pdf",
                                    "data": PAPER,
                                },
                            },
                            {
                                "type": "document",
                                "source": {
                                    "type": "text",
                                    "media_type": "text/plain",
                                    "data": "Card 4111 1111 1111 1111",
                                },
                            },
                        ],
                    }
                ],
            ),
        ),
        "anthropic-messages-tool-use": (
            plain(reply([{"type": "text", "text": "Let me look."}, asked], "tool_use")),
            lambda: create(
                model=CLAUDE,
                max_tokens=256,
                messages=[user],
                tools=[tool],
                tool_choice={"type": "auto"},
            ),
        ),
        "anthropic-messages-tool-result": (
            plain(reply([{"type": "text", "text": "21 degrees."}], "end_turn")),
            lambda: create(
                model=CLAUDE,
                max_tokens=256,
                messages=[
                    user,
                    {"role": "assistant", "content": [asked]},
                    {
                        "role": "user",
                        "content": [
                            {
                                "type": "tool_result",
                                "tool_use_id": asked["id"],
                                "content": [
                                    {"type": "text", "text": "21 C, station 10.1.2.3"},
                                    {
                                        "type": "image",
                                        "source": {
                                            "type": "base64",
                                            "media_type": "image/png",
                                            "data": PIXEL,
                                        },
                                    },
                                ],
                            }
                        ],
                    },
                ],
                tools=[tool],
            ),
        ),
        "anthropic-messages-stream": (
            streamed(
                {"type": "text", "text": ""},
                [
                    {"type": "text_delta", "text": text}
                    for text in ("Grü", "ezi, ", "123-45", "-6789.")
                ],
                "end_turn",
            ),
            lambda: list(create(model=CLAUDE, max_tokens=256, messages=[user], stream=True)),
        ),
        "anthropic-messages-stream-tool-use": (
            streamed(
                {
                    "type": "tool_use",
                    "id": "toolu_01A09q90qw90lq917835lq9",
                    "name": "get_weather",
                    "input": {},
                },
                [
                    {"type": "input_json_delta", "partial_json": text}
                    for text in ("", '{"ci', 'ty":"Z', "ürich", '"}')
                ],
                "tool_use",
            ),
            lambda: list(
                create(model=CLAUDE, max_tokens=256, messages=[user], tools=[tool], stream=True)
            ),
        ),
    }
