"""OpenAI chat completions: what its fields are."""

from collections.abc import Mapping
from typing import Any

from jurat.canon import join

from . import _header as read
from ._parse import InputError
from ._walk import ID, NUMBER, Node, words

# What the other OpenAI formats share with this one.
SCHEMA_TYPES = (
    "object", "string", "number", "integer", "boolean", "array", "null", "function", "custom",
    "json_schema", "json_object", "text", "grammar", "mcp",
)  # fmt: skip
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
TIERS = words("auto", "default", "flex", "priority", "scale", "fast", "ultrafast")
VERBOSITIES = words("low", "medium", "high")
CACHE_RETENTIONS = words("in-memory", "in_memory", "24h")
METADATA = Node(where="metadata")
FIGURES = Node(numbers=False)
FIGURES.rest = FIGURES

_SCHEMA = Node(where="tool_schema", keys={"type": words(*SCHEMA_TYPES)})
_SCHEMA.rest = _SCHEMA

_CALL = Node(
    where="tool_call",
    keys={
        "id": ID,
        "type": words("function", "custom"),
        "function": Node(keys={"name": ID, "arguments": Node("json")}),
        "custom": Node(keys={"name": ID}),
        "name": ID,
        "arguments": Node("json"),
        "index": NUMBER,
    },
)

_PART = Node(
    keys={
        "type": words("text", "image_url", "input_audio", "file", "refusal"),
        "image_url": Node(
            media=None,
            keys={
                "url": Node(media="images"),
                "detail": words("auto", "low", "high", "original"),
            },
        ),
        "input_audio": Node(
            keys={
                "data": Node("opaque", media="audio"),
                "format": words("wav", "mp3", "flac", "opus", "pcm16", "aac"),
            }
        ),
        "file": Node(
            keys={
                "file_data": Node("opaque", media="files"),
                "file_id": Node("id", media="files"),
            }
        ),
        "video_url": Node(keys={"url": Node(media="files")}),
    }
)

_MESSAGE = Node(
    message=True,
    keys={
        "role": words("system", "developer", "user", "assistant", "tool", "function"),
        "content": Node(items=_PART),
        "tool_calls": Node(items=_CALL),
        "function_call": _CALL,
        "tool_call_id": ID,
        "audio": Node(
            keys={"id": ID, "data": Node("opaque", media="audio"), "expires_at": NUMBER}
        ),
    },
)

# A message in jurat's own form: its calls are flat, its content is of either provider's shape.
NATIVE_MESSAGE = Node(message=True, keys=_MESSAGE.keys | {"size": NUMBER})

REQUEST = Node(
    keys={
        "model": ID,
        "messages": Node(items=_MESSAGE),
        "tools": Node(items=_SCHEMA),
        "functions": Node(items=_SCHEMA),
        "response_format": _SCHEMA,
        "tool_choice": Node(leaf="words", words=frozenset({"none", "auto", "required"})),
        "function_call": words("none", "auto"),
        "metadata": METADATA,
        "user": METADATA,
        "safety_identifier": METADATA,
        "prompt_cache_key": METADATA,
        "service_tier": TIERS,
        "reasoning_effort": words(*EFFORTS),
        "verbosity": VERBOSITIES,
        "modalities": Node(items=words("text", "audio")),
        "prompt_cache_retention": CACHE_RETENTIONS,
        "audio": Node(
            keys={
                "format": words("wav", "mp3", "flac", "opus", "pcm16", "aac"),
                "voice": words(
                    "alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage",
                    "shimmer", "verse", "marin", "cedar",
                ),
            }
        ),
        **dict.fromkeys(
            (
                "seed", "temperature", "top_p", "n", "max_tokens", "max_completion_tokens",
                "frequency_penalty", "presence_penalty", "top_logprobs",
            ),
            NUMBER,
        ),
    }
)  # fmt: skip

RESPONSE = Node(
    keys={
        "id": ID,
        "object": words("chat.completion", "chat.completion.chunk"),
        "created": NUMBER,
        "model": ID,
        "system_fingerprint": ID,
        "service_tier": TIERS,
        "usage": FIGURES,
        "choices": Node(
            items=Node(
                keys={
                    "index": NUMBER,
                    "message": _MESSAGE,
                    "logprobs": FIGURES,
                    "finish_reason": words(
                        "stop", "length", "tool_calls", "content_filter", "function_call"
                    ),
                }
            )
        ),
    }
)

_HOSTED = "hosted"


def request_header(body: Mapping[str, Any]) -> read.Header:
    messages = read.objects(body, "messages")
    limits = [read.whole(body, key) for key in ("max_completion_tokens", "max_tokens")]
    fields = {
        "action": "chat.completions",
        "provider": "openai",
        "model": read.text(body, "model"),
        "messages": None
        if messages is None
        else [message(item, join("/messages", i)) for i, item in enumerate(messages)],
        "tools": _tools(body),
        "params": read.NO_PARAMS
        | {
            "store": read.flag(body, "store"),
            "stream": read.flag(body, "stream"),
            # With both, the wider one: a ceiling must not be passed by sending another key.
            "max_tokens": max((limit for limit in limits if limit is not None), default=None),
            "n": read.whole(body, "n"),
            "temperature": read.number(body, "temperature"),
            "top_p": read.number(body, "top_p"),
            "service_tier": read.text(body, "service_tier"),
            "reasoning_effort": read.text(body, "reasoning_effort"),
            "tool_choice": read.choice(body, "tool_choice"),
            "response_format": read.choice(body, "response_format"),
        },
    }
    return read.Header(fields, [f"/messages/{i}/content" for i in range(len(messages or ()))])


def message(item: Mapping[str, Any], at: str) -> dict[str, Any]:
    content = item.get("content")
    if content is not None and not isinstance(content, str):
        read.objects(item, "content", at)
    calls = read.objects(item, "tool_calls", at)
    made = (
        None
        if calls is None
        else [_call(c, join(at, "tool_calls", i)) for i, c in enumerate(calls)]
    )
    if (legacy := read.mapping(item, "function_call", at)) is not None:
        name = read.text(legacy, "name", join(at, "function_call"))
        made = [*(made or ()), {"id": None, "name": name}]
    return {
        "role": read.text(item, "role", at),
        "name": read.text(item, "name", at),
        "tool_calls": made,
        "tool_call_id": read.text(item, "tool_call_id", at),
    }


def _call(item: Mapping[str, Any], at: str) -> dict[str, Any]:
    for kind in ("function", "custom"):
        if (inner := read.mapping(item, kind, at)) is not None:
            return {
                "id": read.text(item, "id", at),
                "name": read.text(inner, "name", join(at, kind)),
            }
    return {"id": read.text(item, "id", at), "name": None}


def _tools(body: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    given = read.objects(body, "tools")
    legacy = read.objects(body, "functions")
    tools = [_tool(item, join("/tools", index)) for index, item in enumerate(given or ())]
    for index, item in enumerate(legacy or ()):
        tools.append(read.tool(read.text(item, "name", join("/functions", index)), "function"))
    if body.get("web_search_options") is not None:
        tools.append(read.tool("web_search", _HOSTED))
    return tools or (None if given is None and legacy is None else [])


def _tool(item: Mapping[str, Any], at: str) -> dict[str, Any]:
    kind = read.text(item, "type", at)
    if kind == "mcp":
        return read.mcp(read.text(item, "server_label", at), read.text(item, "server_url", at))
    for shape in ("function", "custom"):
        inner = item.get(shape)
        if kind in (shape, None) and isinstance(inner, Mapping):
            return read.tool(read.text(inner, "name", join(at, shape)), "function")
    if kind in ("function", "custom", None):
        return read.tool(read.text(item, "name", at), "function")
    return read.tool(kind, _HOSTED)


def response_header(body: Mapping[str, Any]) -> read.Header:
    choices = read.objects(body, "choices")
    messages: list[dict[str, Any]] = []
    reasons: list[str | None] = []
    for index, item in enumerate(choices or ()):
        at = join("/choices", index)
        given = read.mapping(item, "message", at)
        if given is None:
            raise InputError(join(at, "message"), "must be an object")
        messages.append(message(given, join(at, "message")))
        reasons.append(read.text(item, "finish_reason", at))
    usage = read.mapping(body, "usage")
    fields = {
        "id": read.text(body, "id"),
        "provider": "openai",
        "model": read.text(body, "model"),
        "messages": None if choices is None else messages,
        "tool_calls": [call for made in messages for call in made["tool_calls"] or ()],
        # Of several answers, the first one that did not simply end.
        "finish_reason": next((r for r in reasons if r != "stop"), "stop") if reasons else None,
        "usage": usage
        and {
            "input_tokens": read.count(usage, "prompt_tokens", "/usage"),
            "output_tokens": read.count(usage, "completion_tokens", "/usage"),
        },
    }
    return read.Header(fields, [f"/choices/{i}/message/content" for i in range(len(messages))])
