"""Bodies of the providers' wire formats, all of them accepted by `jurat.from_body`."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from hypothesis import strategies as st

from jurat.wire import FORMATS

from .._options import strategy_of
from .._unsent import UNSENT

Body = st.SearchStrategy[dict[str, Any]]

_MODELS = {
    "openai": ("gpt-4.1", "gpt-4.1-mini", "o4-mini", "my-model"),
    "azure": ("chat-eu", "my-deployment"),
    "anthropic": ("claude-sonnet-4-5", "claude-haiku-4-5"),
}
_COUNT = st.integers(0, 100_000)
_NAME = st.sampled_from(("look_up", "quote_refund"))
_ARGUMENTS = st.sampled_from(("{}", '{"order": "4711"}', '{"text": "Hello."}'))
_SCHEMA = {"type": "object", "properties": {"order": {"type": "string"}}}
_URL = "https://example.com/a.png"


def provider_bodies(
    format: str, *, text: st.SearchStrategy[str] | None = None, **keys: Any
) -> Body:
    """Bodies of `format`, one of those that `jurat.from_body` takes (`openai.chat`,
    `anthropic.messages.response`, …), as the provider's clients and servers send them: with and
    without system messages, parts, tools, calls of tools, their results, and parameters.

    `text` draws what is said in messages. A key of the body given by name is drawn from that
    strategy, is that value, or is left out if it is `UNSENT`. Raises ValueError for a format that
    does not exist.
    """
    if format not in FORMATS:
        near = get_close_matches(format, FORMATS, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ValueError(f"no such wire format; {hint}There are {', '.join(FORMATS)}")
    provider, _, kind = format.partition(".")
    said = st.one_of(st.sampled_from(("Hello.", "What is it?")), st.text(max_size=40))
    model = st.sampled_from(_MODELS[provider])
    body = _MAKERS[kind](said if text is None else text, model)
    if not keys:
        return body
    given = st.fixed_dictionaries({name: strategy_of(value) for name, value in keys.items()})
    return st.builds(_with, body, given)


def _with(body: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**body, **given}.items() if value is not UNSENT}


def _one(**keys: Any) -> Body:
    return st.fixed_dictionaries({name: strategy_of(value) for name, value in keys.items()})


def _some(required: Mapping[str, Any], **optional: Any) -> Body:
    return st.fixed_dictionaries(
        {name: strategy_of(value) for name, value in required.items()},
        optional={name: strategy_of(value) for name, value in optional.items()},
    )


def _list(item: Body, least: int = 0) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(item, min_size=least, max_size=3)


# -- OpenAI chat completions -------------------------------------------------------------------


def _chat(text: st.SearchStrategy[str], model: st.SearchStrategy[str]) -> Body:
    part = st.one_of(
        _one(type="text", text=text),
        st.just({"type": "image_url", "image_url": {"url": _URL, "detail": "low"}}),
        st.just({"type": "file", "file": {"file_id": "file-1"}}),
    )
    content = st.one_of(text, _list(part, 1))
    call = _one(id="call_1", type="function", function=_one(name=_NAME, arguments=_ARGUMENTS))
    message = st.one_of(
        _one(role="user", content=content),
        _one(role=st.sampled_from(("system", "developer")), content=text),
        _one(role="assistant", content=text),
        _one(role="assistant", content=None, tool_calls=_list(call, 1)),
        _one(role="tool", tool_call_id="call_1", content=text),
    )
    function = _some({"name": _NAME}, description=text, parameters=_SCHEMA, strict=True)
    return _some(
        {"model": model, "messages": _list(message, 1)},
        tools=_list(_one(type="function", function=function)),
        tool_choice=st.sampled_from(("auto", "none", "required")),
        temperature=st.floats(0, 2),
        top_p=st.floats(0, 1),
        max_completion_tokens=_COUNT,
        n=st.integers(1, 4),
        stream=st.booleans(),
        store=st.booleans(),
        response_format=st.sampled_from(({"type": "text"}, {"type": "json_object"})),
        service_tier=st.sampled_from(("auto", "default", "flex")),
        reasoning_effort=st.sampled_from(("low", "medium", "high")),
        metadata=st.dictionaries(st.sampled_from(("ticket", "team")), text, max_size=2),
        user=st.sampled_from(("user-a", "user-b")),
    )


def _chat_response(text: st.SearchStrategy[str], model: st.SearchStrategy[str]) -> Body:
    call = _one(id="call_1", type="function", function=_one(name=_NAME, arguments=_ARGUMENTS))
    message = st.one_of(
        _one(role="assistant", content=text),
        _one(role="assistant", content=None, tool_calls=_list(call, 1)),
        _one(role="assistant", content=None, refusal=text),
    )
    choice = _one(
        index=st.integers(0, 3),
        message=message,
        finish_reason=st.sampled_from(("stop", "length", "tool_calls", "content_filter")),
    )
    usage = _one(prompt_tokens=_COUNT, completion_tokens=_COUNT, total_tokens=_COUNT)
    return _some(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_779_710_400,
            "model": model,
            "choices": _list(choice, 1),
        },
        usage=usage,
        service_tier="default",
        system_fingerprint="fp_1",
    )


# -- OpenAI responses --------------------------------------------------------------------------


def _responses(text: st.SearchStrategy[str], model: st.SearchStrategy[str]) -> Body:
    part = st.one_of(
        _one(type="input_text", text=text),
        st.just({"type": "input_image", "image_url": _URL}),
    )
    item = st.one_of(
        _one(role="user", content=text),
        _one(type="message", role="user", content=_list(part, 1)),
        _one(type="function_call", call_id="call_1", name=_NAME, arguments=_ARGUMENTS),
        _one(type="function_call_output", call_id="call_1", output=text),
    )
    tool: Body = st.one_of(
        _some({"type": "function", "name": _NAME}, description=text, parameters=_SCHEMA),
        st.just({"type": "web_search"}),
        st.just({"type": "file_search", "vector_store_ids": []}),
        _some(
            {"type": "mcp", "server_label": "crm", "server_url": "https://tools.example.com/"},
            allowed_tools=st.just(["find"]),
        ),
    )
    return _some(
        {"model": model, "input": st.one_of(text, _list(item, 1))},
        instructions=text,
        tools=_list(tool),
        tool_choice=st.sampled_from(("auto", "none", {"type": "file_search"})),
        temperature=st.floats(0, 2),
        max_output_tokens=_COUNT,
        stream=st.booleans(),
        store=st.booleans(),
        background=st.booleans(),
        previous_response_id="resp_1",
        conversation=st.sampled_from(("conv_1", {"id": "conv_1"})),
        reasoning=_one(effort=st.sampled_from(("low", "medium", "high"))),
        text=st.just({"format": {"type": "text"}}),
        prompt=_some({"id": "pmpt_1"}, version=st.sampled_from(("1", "2"))),
        metadata=st.dictionaries(st.sampled_from(("ticket", "team")), text, max_size=2),
    )


def _responses_response(text: st.SearchStrategy[str], model: st.SearchStrategy[str]) -> Body:
    part = st.one_of(
        _one(type="output_text", text=text, annotations=st.just([])),
        _one(type="refusal", refusal=text),
    )
    item = st.one_of(
        _one(
            type="message", id="msg_1", role="assistant", status="completed", content=_list(part)
        ),
        _one(type="function_call", call_id="call_1", name=_NAME, arguments=_ARGUMENTS),
        _one(type="reasoning", id="rs_1", summary=st.just([])),
    )
    usage = _one(input_tokens=_COUNT, output_tokens=_COUNT, total_tokens=_COUNT)
    return _some(
        {
            "id": "resp_1",
            "object": "response",
            "created_at": 1_779_710_400,
            "status": st.sampled_from(("completed", "incomplete")),
            "model": model,
            "output": _list(item),
        },
        usage=usage,
        incomplete_details=st.just({"reason": "max_output_tokens"}),
    )


# -- embeddings --------------------------------------------------------------------------------


def _embeddings(text: st.SearchStrategy[str], model: st.SearchStrategy[str]) -> Body:
    ids = st.lists(st.integers(0, 100_000), min_size=1, max_size=4)
    given = st.one_of(
        text,
        st.lists(text, min_size=1, max_size=3),
        ids,
        st.lists(ids, min_size=1, max_size=2),
    )
    return _some(
        {"model": model, "input": given},
        dimensions=st.sampled_from((256, 1024)),
        encoding_format=st.sampled_from(("float", "base64")),
        user=st.sampled_from(("user-a", "user-b")),
    )


def _embeddings_response(text: st.SearchStrategy[str], model: st.SearchStrategy[str]) -> Body:
    vector = st.lists(st.floats(-1, 1), min_size=1, max_size=3)
    item = _one(object="embedding", index=st.integers(0, 3), embedding=vector)
    return _one(
        object="list",
        model=model,
        data=_list(item),
        usage=_one(prompt_tokens=_COUNT, total_tokens=_COUNT),
    )


# -- Anthropic messages ------------------------------------------------------------------------


def _messages(text: st.SearchStrategy[str], model: st.SearchStrategy[str]) -> Body:
    said = _one(type="text", text=text)
    image = st.just({"type": "image", "source": {"type": "url", "url": _URL}})
    use = _one(type="tool_use", id="toolu_1", name=_NAME, input=st.just({"order": "4711"}))
    result = _one(type="tool_result", tool_use_id="toolu_1", content=st.one_of(text, _list(said)))
    message = st.one_of(
        _one(role="user", content=st.one_of(text, _list(st.one_of(said, image, result), 1))),
        _one(role="assistant", content=st.one_of(text, _list(st.one_of(said, use), 1))),
    )
    tool = st.one_of(
        _some({"name": _NAME, "input_schema": _SCHEMA}, description=text),
        st.just({"type": "web_search_20250305", "name": "web_search"}),
    )
    return _some(
        {"model": model, "max_tokens": st.integers(1, 8192), "messages": _list(message, 1)},
        system=st.one_of(text, _list(said, 1)),
        tools=_list(tool),
        tool_choice=st.sampled_from(({"type": "auto"}, {"type": "any"})),
        temperature=st.floats(0, 1),
        top_p=st.floats(0, 1),
        stream=st.booleans(),
        service_tier=st.sampled_from(("auto", "standard_only")),
        metadata=st.just({"user_id": "user-a"}),
        mcp_servers=st.just([{"type": "url", "name": "crm", "url": "https://tools.example.com/"}]),
    )


def _messages_response(text: st.SearchStrategy[str], model: st.SearchStrategy[str]) -> Body:
    use = _one(type="tool_use", id="toolu_1", name=_NAME, input=st.just({"order": "4711"}))
    return _some(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": _list(st.one_of(_one(type="text", text=text), use)),
            "stop_reason": st.sampled_from(("end_turn", "max_tokens", "tool_use")),
        },
        usage=_one(input_tokens=_COUNT, output_tokens=_COUNT),
        stop_sequence=st.none(),
    )


_MAKERS: Mapping[str, Callable[[st.SearchStrategy[str], st.SearchStrategy[str]], Body]] = {
    "chat": _chat,
    "chat.response": _chat_response,
    "responses": _responses,
    "responses.response": _responses_response,
    "embeddings": _embeddings,
    "embeddings.response": _embeddings_response,
    "messages": _messages,
    "messages.response": _messages_response,
}
