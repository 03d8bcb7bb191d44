"""From a provider's body to the Request or Response that policy judges."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from jurat.canon import join
from jurat.model import MAX_BYTES, InvalidInput, Problem, Prompt, Request, Response, Text, validate

from . import _anthropic, _azure, _embeddings, _openai, _responses, _responses_header
from ._header import Header
from ._parse import InputError, parse_json
from ._walk import Node, Walk


@dataclass(frozen=True, slots=True)
class Format:
    """How bodies of one wire format are read."""

    kind: type[Request] | type[Response]
    table: Node
    header: Callable[[Mapping[str, Any]], Header]
    operation: str | None = None
    """The end of the URL's path, where the path says what serves the call (Azure)."""


FORMATS: Mapping[str, Format] = {
    "openai.chat": Format(Request, _openai.REQUEST, _openai.request_header),
    "openai.chat.response": Format(Response, _openai.RESPONSE, _openai.response_header),
    "openai.responses": Format(Request, _responses.REQUEST, _responses_header.request_header),
    "openai.responses.response": Format(
        Response, _responses.RESPONSE, _responses_header.response_header
    ),
    "openai.embeddings": Format(Request, _embeddings.REQUEST, _embeddings.request_header),
    "openai.embeddings.response": Format(
        Response, _embeddings.RESPONSE, _embeddings.response_header
    ),
    "anthropic.messages": Format(Request, _anthropic.REQUEST, _anthropic.request_header),
    "anthropic.messages.response": Format(
        Response, _anthropic.RESPONSE, _anthropic.response_header
    ),
    "azure.chat": Format(Request, _azure.CHAT_REQUEST, _azure.chat_header, "chat/completions"),
    "azure.chat.response": Format(
        Response, _azure.CHAT_RESPONSE, _azure.on_azure(_openai.response_header)
    ),
    "azure.responses": Format(
        Request,
        _responses.REQUEST,
        _azure.on_azure(_responses_header.request_header),
        "responses",
    ),
    "azure.responses.response": Format(
        Response, _azure.RESPONSES_RESPONSE, _azure.on_azure(_responses_header.response_header)
    ),
    "azure.embeddings": Format(
        Request,
        _embeddings.REQUEST,
        _azure.on_azure(_embeddings.request_header),
        "embeddings",
    ),
    "azure.embeddings.response": Format(
        Response, _embeddings.RESPONSE, _azure.on_azure(_embeddings.response_header)
    ),
}

# What only the body can say: a caller's word beside it could make policy judge something else.
_BODY_ALONE = {"type", "messages", "tools", "tool", "params", "tool_calls", "unscanned"}


def from_body(
    format: str,
    body: bytes | str | Mapping[str, Any],
    /,
    *,
    max_bytes: int = MAX_BYTES,
    path: str | None = None,
    **context: Any,
) -> Request | Response:
    """The Request or Response in a provider's `body`, for policy to judge.

    `format` is one of `openai.chat`, `openai.responses`, `openai.embeddings`,
    `anthropic.messages`, `azure.chat`, `azure.responses` and `azure.embeddings`, or one of these
    with `.response` at its end. The body gives the header (model, messages' roles and sizes,
    tools, parameters) and the text to scan; nothing in it counts as identity. `context` is the
    caller's own word for everything else: `actor={"id": …}`, `source`, `project`, `endpoint`, …;
    for a response also `request=`, the Request that it answers.

    On Azure a body names no model but at most a deployment, which becomes `endpoint.deployment`.
    `path` is the path (or the whole) of the URL that the body was sent to: a deployment in it is
    the one that serves, whatever the body says. What model that is, the bundle's table of
    endpoints tells, or the caller by `model=`.

    Raises InputError for a body that can't be read, InvalidInput for context that is not valid
    (both ValueError, both without values), TypeError for context that has no such field,
    ValueError for a format that does not exist.
    """
    how = FORMATS.get(format) if isinstance(format, str) else None
    if how is None:
        close = get_close_matches(str(format), FORMATS, 1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise ValueError(f"no such wire format; {hint}There are {', '.join(FORMATS)}")
    if path is not None and how.operation is None:
        raise TypeError(f"the path of a URL says nothing about {format}; leave it out")
    if not isinstance(path, str | None):
        raise TypeError("path must be a string")
    _check_names(how.kind, context)
    document = _document(body, max_bytes)
    header = how.header(document)
    walk = Walk()
    walk.visit(document, "", how.table, "other", "", 0)
    sizes = _sizes(walk.texts, header.contents)
    for message, size in zip(header.fields["messages"] or (), sizes, strict=True):
        message["size"] = size
    unscanned = walk.unscanned(tokens=header.tokens)
    fields = header.fields
    if how.operation is not None:
        fields, context = _azure.located(fields, context, path, how.operation)
    made = _made(how.kind, _agreed(fields, context) | {"unscanned": unscanned})
    made._texts = tuple(walk.texts)
    return made


def _document(body: bytes | str | Mapping[str, Any], max_bytes: int) -> Mapping[str, Any]:
    if isinstance(body, bytes | bytearray | str):
        body = parse_json(
            bytes(body) if isinstance(body, bytearray) else body, max_bytes=max_bytes
        )
    if not isinstance(body, Mapping):
        raise InputError("", "must be an object")
    return body


def _agreed(fields: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """What the body and the caller say; the caller's word stands where both may speak."""
    model = context.get("model")
    if model is not None and fields.get("model") not in (None, model):
        raise InputError("/model", "names another model than the caller does")
    prompt, told = fields.get("prompt"), context.get("prompt")
    if isinstance(told, Prompt):
        told = told.model_dump(exclude_unset=True)
    if prompt is None or not isinstance(told, Mapping):
        return fields | context
    for key, value in prompt.items():
        if told.get(key, value) != value:
            raise InputError(join("/prompt", key), "names another prompt than the caller does")
    return fields | context | {"prompt": {**prompt, **told}}


def _check_names(kind: type[Request | Response], context: Mapping[str, Any]) -> None:
    for name in context:
        if name in _BODY_ALONE:
            raise TypeError(f"{name} comes from the body; leave it out")
        if name not in kind.model_fields:
            allowed = [field for field in kind.model_fields if field not in _BODY_ALONE]
            close = get_close_matches(name, allowed, 1)
            hint = f"did you mean {close[0]}?" if close else "there are " + ", ".join(allowed)
            raise TypeError(f"no such context: {name}; {hint}")


def _made(kind: type[Request] | type[Response], fields: dict[str, Any]) -> Request | Response:
    try:
        return kind.model_validate(fields)
    except ValidationError:
        pass
    # The other way of checking tells what is wrong in our words.
    plain = {
        name: value.model_dump(exclude_unset=True, by_alias=True)
        if hasattr(value, "model_dump")
        else value
        for name, value in fields.items()
    }
    validate(kind, plain)
    raise InvalidInput(Problem("", "the context is not valid"))


def _sizes(texts: list[Text], contents: Sequence[str | None]) -> list[int | None]:
    """Code points of the text at and below each pointer, calls of tools and keys left out."""
    sizes = dict.fromkeys(filter(None, contents), 0)
    for text in texts:
        if text.where == "tool_call" or text.at.endswith("#"):
            continue
        at = text.at
        while at and at not in sizes:
            at = at[: at.rfind("/")]
        if at:
            sizes[at] += len(text.text)
    return [None if at is None else sizes[at] for at in contents]
