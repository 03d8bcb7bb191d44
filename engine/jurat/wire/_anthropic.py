"""Anthropic messages: what its fields are."""

from collections.abc import Mapping
from typing import Any

from jurat.canon import join

from . import _header as read
from ._walk import ID, NUMBER, OPAQUE, Node, words

_SCHEMA = Node(where="tool_schema")
_SCHEMA.keys["type"] = words(
    "object", "string", "number", "integer", "boolean", "array", "null", "custom", "ephemeral",
    "json_schema",
)  # fmt: skip
_SCHEMA.rest = _SCHEMA

_TYPES = words(
    "text", "image", "document", "tool_use", "tool_result", "thinking", "redacted_thinking",
    "server_tool_use", "web_search_tool_result", "search_result", "base64", "url", "file",
    "content", "ephemeral",
)  # fmt: skip
_CACHE = Node(keys={"type": words("ephemeral"), "ttl": words("5m", "1h")})
_MEDIA_TYPES = words(
    "image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf", "text/plain"
)

_BLOCK = Node(keys={"type": _TYPES, "cache_control": _CACHE, "id": ID, "tool_use_id": ID})


def _source(media: Any) -> Node:
    keys = {
        "type": _TYPES,
        "media_type": _MEDIA_TYPES,
        "url": Node(media=media),
        "file_id": Node("id", media=media),
        "content": Node(items=_BLOCK),
    }
    blob = Node(keys=keys | {"data": Node("opaque", media=media)})
    return Node(keys=keys, types={"base64": blob})


_BLOCK.types = {
    "image": Node(keys=_BLOCK.keys | {"source": _source("images")}),
    "document": Node(keys=_BLOCK.keys | {"source": _source("files")}),
    "tool_use": Node(where="tool_call", keys=_BLOCK.keys | {"name": ID}),
    "server_tool_use": Node(where="tool_call", keys=_BLOCK.keys | {"name": ID}),
    "mcp_tool_use": Node(where="tool_call", keys=_BLOCK.keys | {"name": ID}),
    "tool_result": Node(where="tool_result", keys=_BLOCK.keys | {"content": Node(items=_BLOCK)}),
    "mcp_tool_result": Node(
        where="tool_result", keys=_BLOCK.keys | {"content": Node(items=_BLOCK)}
    ),
    "web_search_tool_result": Node(
        where="tool_result",
        keys=_BLOCK.keys
        | {"content": Node(items=Node(keys={"type": _TYPES, "encrypted_content": OPAQUE}))},
    ),
    "thinking": Node(keys=_BLOCK.keys | {"signature": OPAQUE}),
    "redacted_thinking": Node(keys=_BLOCK.keys | {"data": OPAQUE}),
}

_ROLES = words("user", "assistant", "system")
_METADATA = Node(where="metadata")
_TIERS = words("auto", "standard_only", "standard", "priority", "batch")

REQUEST = Node(
    keys={
        "model": ID,
        "messages": Node(
            items=Node(message=True, keys={"role": _ROLES, "content": Node(items=_BLOCK)})
        ),
        "system": Node(where="message", role="system", items=_BLOCK),
        "tools": Node(items=_SCHEMA),
        "tool_choice": Node(keys={"type": words("auto", "any", "tool", "none"), "name": ID}),
        "metadata": _METADATA,
        "service_tier": _TIERS,
        "thinking": Node(
            keys={"type": words("enabled", "disabled", "adaptive"), "budget_tokens": NUMBER}
        ),
        "output_config": _SCHEMA,
        "output_format": _SCHEMA,
        **dict.fromkeys(("max_tokens", "temperature", "top_p", "top_k"), NUMBER),
    }
)

_USAGE = Node(numbers=False)
_USAGE.rest = _USAGE

RESPONSE = Node(
    message=True,
    keys={
        "id": ID,
        "type": words("message", "error"),
        "role": _ROLES,
        "model": ID,
        "content": Node(items=_BLOCK),
        "stop_reason": words(
            "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal",
            "model_context_window_exceeded",
        ),
        "usage": _USAGE,
    },
)  # fmt: skip

# Tools that Anthropic defines but the caller's own machine runs.
_CLIENT_RUN = ("bash_", "text_editor_", "computer_", "memory_")


def request_header(body: Mapping[str, Any]) -> read.Header:
    messages = read.objects(body, "messages")
    system = body.get("system")
    if system is not None and not isinstance(system, str):
        read.objects(body, "system")
    said = [message(item, join("/messages", i)) for i, item in enumerate(messages or ())]
    contents = [f"/messages/{i}/content" for i in range(len(said))]
    if system is not None:  # after the others, so that their places are those in the body
        said.append(message({"role": "system"}, ""))
        contents.append("/system")
    config = read.mapping(body, "output_config") or {}
    shape = read.choice(config, "format", "/output_config") or read.choice(body, "output_format")
    fields = {
        "action": "messages",
        "provider": "anthropic",
        "model": read.text(body, "model"),
        "messages": said if said or messages is not None else None,
        "tools": _tools(body),
        "params": read.NO_PARAMS
        | {
            "stream": read.flag(body, "stream"),
            "max_tokens": read.whole(body, "max_tokens"),
            "temperature": read.number(body, "temperature"),
            "top_p": read.number(body, "top_p"),
            "service_tier": read.text(body, "service_tier"),
            "reasoning_effort": read.text(config, "effort", "/output_config"),
            "tool_choice": read.choice(body, "tool_choice"),
            "response_format": shape,
        },
    }
    return read.Header(fields, contents)


def message(item: Mapping[str, Any], at: str) -> dict[str, Any]:
    content = item.get("content")
    blocks: list[Mapping[str, Any]] = []
    if content is not None and not isinstance(content, str):
        blocks = read.objects(item, "content", at) or []
    calls, answered = [], None
    for index, block in enumerate(blocks):
        where = join(at, "content", index)
        kind = read.text(block, "type", where)
        if kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
            calls.append(
                {"id": read.text(block, "id", where), "name": read.text(block, "name", where)}
            )
        elif kind in ("tool_result", "mcp_tool_result") and answered is None:
            answered = read.text(block, "tool_use_id", where)
    return {
        "role": read.text(item, "role", at),
        "name": None,
        "tool_calls": calls or None,
        "tool_call_id": answered,
    }


def _tools(body: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    given = read.objects(body, "tools")
    servers = read.objects(body, "mcp_servers")
    urls: dict[str | None, str | None] = {}
    allowed: dict[str | None, list[str | None]] = {}
    for index, item in enumerate(servers or ()):
        at = join("/mcp_servers", index)
        name = read.text(item, "name", at)
        urls[name] = read.text(item, "url", at)
        told = read.mapping(item, "tool_configuration", at) or {}
        allowed[name] = read.names(told, "allowed_tools", at + "/tool_configuration") or [None]
    tools, named = [], set()
    for index, item in enumerate(given or ()):
        at = join("/tools", index)
        kind = read.text(item, "type", at)
        name = read.text(item, "name", at)
        if kind == "mcp_toolset":
            server = read.text(item, "mcp_server_name", at)
            named.add(server)
            tools += [read.mcp(server, urls.get(server), one) for one in _enabled(item, at)]
        elif kind in (None, "custom") or kind.startswith(_CLIENT_RUN):
            tools.append(read.tool(name, "function"))
        else:
            tools.append(read.tool(name or kind, "hosted"))
    for name, url in urls.items():
        if name not in named:
            tools += [read.mcp(name, url, one) for one in allowed[name]]
    return tools or (None if given is None and servers is None else [])


def _enabled(item: Mapping[str, Any], at: str) -> list[str | None]:
    """The tools that a toolset names where it leaves the others out; else [None], for all."""
    default = read.mapping(item, "default_config", at) or {}
    configs = read.mapping(item, "configs", at) or {}
    if default.get("enabled") is not False:
        return [None]
    read.bounded(len(configs), at + "/configs")
    return [
        read.text({"name": name}, "name", at)
        for name, config in configs.items()
        if isinstance(config, Mapping) and config.get("enabled") is True
    ] or [None]


def response_header(body: Mapping[str, Any]) -> read.Header:
    made = message(body, "") if body.get("content") is not None else None
    usage = read.mapping(body, "usage")
    fields = {
        "id": read.text(body, "id"),
        "provider": "anthropic",
        "model": read.text(body, "model"),
        "messages": None if made is None else [made],
        "tool_calls": [] if made is None else made["tool_calls"] or [],
        "finish_reason": read.text(body, "stop_reason"),
        "usage": usage
        and {
            "input_tokens": read.count(usage, "input_tokens", "/usage"),
            "output_tokens": read.count(usage, "output_tokens", "/usage"),
        },
    }
    return read.Header(fields, [] if made is None else ["/content"])
