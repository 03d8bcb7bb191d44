"""OpenAI responses: the header in a body."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from jurat.canon import join

from . import _header as read
from ._openai import EFFORTS
from ._parse import InputError

Object = Mapping[str, Any]

_NAMED = ("function_call", "custom_tool_call", "mcp_call", "mcp_approval_request")
_TOOL_OF = {"program": "programmatic_tool_calling"}
_DOMAIN = re.compile(r"[A-Za-z0-9._*:\[\]-]+").fullmatch
_TOOLS_WITHIN = ("additional_tools", "tool_search_output")


def request_header(body: Object) -> read.Header:
    items = _items(body)
    prompt = _prompt(body)
    messages, contents = _inserted(body, prompt)
    if isinstance(body.get("input"), str):
        messages.append(_message("user"))
        contents.append("/input")
    for index, item in enumerate(items or ()):
        at = join("/input", index)
        messages.append(_of_item(item, at))
        contents.append(_content(item, at))
    sent = items is not None or bool(messages)
    fields: dict[str, Any] = {
        "action": "responses",
        "provider": "openai",
        "model": read.text(body, "model"),
        "messages": messages if sent else None,
        "tools": _tools(body, items or []),
        "params": _params(body, items or []),
    }
    if prompt is not None:
        fields["prompt"] = prompt
        # A stored prompt brings what the body leaves out: not sent, and not known to be absent.
        for name in ("model", "tools"):
            if fields[name] is None:
                del fields[name]
    return read.Header(fields, contents)


def response_header(body: Object) -> read.Header:
    items = read.objects(body, "output")
    messages = [_of_item(item, join("/output", i)) for i, item in enumerate(items or ())]
    contents = [_content(item, join("/output", i)) for i, item in enumerate(items or ())]
    details = read.mapping(body, "incomplete_details") or {}
    usage = read.mapping(body, "usage")
    fields = {
        "id": read.text(body, "id"),
        "provider": "openai",
        "model": read.text(body, "model"),
        "messages": None if items is None else messages,
        "tool_calls": [call for made in messages for call in made["tool_calls"] or ()],
        "finish_reason": read.text(details, "reason", "/incomplete_details")
        or read.text(body, "status"),
        "usage": usage
        and {
            "input_tokens": read.count(usage, "input_tokens", "/usage"),
            "output_tokens": read.count(usage, "output_tokens", "/usage"),
        },
    }
    return read.Header(fields, contents)


# -- messages ----------------------------------------------------------------------------------


def _items(body: Object) -> list[Object] | None:
    given = body.get("input")
    if isinstance(given, str) or "input" not in body:
        return None
    if not isinstance(given, list | tuple):
        raise InputError("/input", "must be a string or a list")
    return read.objects(body, "input")


def _inserted(body: Object, prompt: Object | None) -> tuple[list[dict[str, Any]], list[str]]:
    """Messages that fields other than `input` put into the model's context."""
    messages, contents = [], []
    instructions = body.get("instructions")
    if instructions is not None:
        if not isinstance(instructions, str):
            raise InputError("/instructions", "must be a string")
        messages.append(_message("system"))
        contents.append("/instructions")
    if prompt is not None and read.mapping(body["prompt"], "variables", "/prompt"):
        messages.append(_message("user"))
        contents.append("/prompt/variables")
    return messages, contents


def _message(role: str | None, **more: Any) -> dict[str, Any]:
    return {"role": role, "name": None, "tool_calls": None, "tool_call_id": None} | more


def _of_item(item: Object, at: str) -> dict[str, Any]:
    """An item as a message: what a model says, calls or thinks is the assistant's."""
    kind = read.text(item, "type", at)
    if kind in ("message", None):
        content = item.get("content")
        if content is not None and not isinstance(content, str):
            read.objects(item, "content", at)
        return _message(read.text(item, "role", at))
    if kind.endswith("_call") or kind in ("mcp_approval_request", "program"):
        return _message("assistant", tool_calls=[_call(item, kind, at)])
    if kind.endswith("_output"):
        answered = read.text(item, "call_id", at) or read.text(item, "id", at)
        return _message("tool", tool_call_id=answered)
    if kind == "mcp_list_tools":
        return _message("tool")
    if kind == "mcp_approval_response":
        return _message("user", tool_call_id=read.text(item, "approval_request_id", at))
    if kind in ("reasoning", "compaction"):
        return _message("assistant")
    return _message(read.text(item, "role", at))


def _call(item: Object, kind: str, at: str) -> dict[str, Any]:
    name = read.text(item, "name", at)
    if name is None and kind not in _NAMED:
        name = _TOOL_OF.get(kind, kind.removesuffix("_call"))
    id_ = read.text(item, "call_id", at)
    return {"id": read.text(item, "id", at) if id_ is None else id_, "name": name}


def _content(item: Object, at: str) -> str:
    """Where the text of an item stands: in its content, else anywhere in it."""
    is_message = item.get("type") in ("message", None) and "content" in item
    return join(at, "content") if is_message else at


# -- tools -------------------------------------------------------------------------------------


def _tools(body: Object, items: list[Object]) -> list[dict[str, Any]] | None:
    tools = list(islice(_all_tools(body, items), read.ENTRIES + 1))
    read.bounded(len(tools), "/tools")
    return tools or (None if body.get("tools") is None else [])


def _all_tools(body: Object, items: list[Object]) -> Iterator[dict[str, Any]]:
    for index, one in enumerate(read.objects(body, "tools") or ()):
        yield from _tool(one, join("/tools", index))
    for index, item in enumerate(items):  # tools that join in later count as much
        if item.get("type") in _TOOLS_WITHIN:
            at = join("/input", index)
            for place, one in enumerate(read.objects(item, "tools", at) or ()):
                yield from _tool(one, join(at, "tools", place))


def _tool(item: Object, at: str) -> Iterator[dict[str, Any]]:
    kind = read.text(item, "type", at)
    if kind == "namespace":
        for index, one in enumerate(read.objects(item, "tools", at) or ()):
            where = join(at, "tools", index)
            if read.text(one, "type", where) == "namespace":
                raise InputError(where, "a namespace within a namespace")
            yield from _tool(one, where)
    elif kind == "mcp":
        yield from _mcp(item, at)
    elif kind in ("function", "custom", None):
        yield read.tool(read.text(item, "name", at), "function")
    else:
        yield from ({**read.tool(kind, "hosted"), "host": host} for host in _hosts(item, at))


def _mcp(item: Object, at: str) -> Iterator[dict[str, Any]]:
    """A server, or the tools of it that may be called.

    A label is what the caller likes to say: what the provider reaches by an id goes by that.
    """
    label = read.text(item, "server_label", at)
    url = read.text(item, "server_url", at)
    ids = [read.text(item, key, at) for key in ("connector_id", "tunnel_id")]
    servers: list[tuple[str | None, str | None]] = [(id_, None) for id_ in ids if id_ is not None]
    if url is not None or not servers:
        servers.append((label, url))
    names = _allowed(item, at)
    for server, address in servers:
        for name in [None] if names is None else names:
            yield read.mcp(server, address, name=name)


def _allowed(item: Object, at: str) -> list[str | None] | None:
    """The names in `allowed_tools`; None for all tools, or such as no names tell."""
    if isinstance(inner := item.get("allowed_tools"), Mapping):
        return read.names(inner, "tool_names", at + "/allowed_tools") or None
    return read.names(item, "allowed_tools", at) or None


def _hosts(item: Object, at: str) -> list[str | None]:
    """The hosts that a tool of the provider's may reach from its container; [None] for none."""
    for key in ("container", "environment"):
        inner = item.get(key)
        policy = inner.get("network_policy") if isinstance(inner, Mapping) else None
        if isinstance(policy, Mapping):
            domains = read.names(policy, "allowed_domains", join(at, key, "network_policy"))
            if domains:
                return [name and (name.lower() if _DOMAIN(name) else "?") for name in domains]
    return [None]


# -- parameters --------------------------------------------------------------------------------


def _params(body: Object, items: list[Object]) -> dict[str, Any]:
    text = read.mapping(body, "text") or {}
    return read.NO_PARAMS | {
        "store": read.flag(body, "store"),
        "background": read.flag(body, "background"),
        "stream": read.flag(body, "stream"),
        "max_tokens": read.whole(body, "max_output_tokens"),
        "temperature": read.number(body, "temperature"),
        "top_p": read.number(body, "top_p"),
        "service_tier": read.text(body, "service_tier"),
        "reasoning_effort": _effort(body, items),
        "tool_choice": read.choice(body, "tool_choice"),
        "response_format": read.choice(text, "format", "/text"),
        "conversation": _conversation(body),
    }


def _conversation(body: Object) -> str | None:
    given = body.get("conversation")
    if isinstance(given, Mapping):
        return read.text(given, "id", "/conversation")
    return read.text(body, "conversation")


def _effort(body: Object, items: list[Object]) -> str | None:
    """The greatest effort asked for: an item may raise it on the way."""
    asking = [("", body)]
    for index, item in enumerate(items):
        if item.get("type") == "configuration_update":
            asking.append((join("/input", index), item))
    efforts = []
    for at, one in asking:
        reasoning = read.mapping(one, "reasoning", at) or {}
        efforts.append(read.text(reasoning, "effort", at + "/reasoning"))
    return max((e for e in efforts if e is not None), key=_rank, default=None)


def _rank(effort: str) -> int:
    return EFFORTS.index(effort) if effort in EFFORTS else len(EFFORTS)


def _prompt(body: Object) -> dict[str, Any] | None:
    given = read.mapping(body, "prompt")
    if given is None:
        return None
    return {key: read.text(given, key, "/prompt") for key in ("id", "version")}
