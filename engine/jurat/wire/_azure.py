"""OpenAI's formats as Azure serves them: a deployment in place of a model."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from jurat.canon import join
from jurat.model import Endpoint, InvalidInput, Problem

from . import _header as read
from . import _openai, _responses
from ._parse import InputError
from ._walk import Node, words

_FILTERS = Node(keys={"severity": words("safe", "low", "medium", "high")})
_FILTERS.rest = _FILTERS
_FILTERED = dict.fromkeys(
    ("prompt_filter_results", "content_filter_results", "content_filters"), _FILTERS
)
_SOURCE = Node(
    where="tool_schema",
    keys={"type": words("azure_search", "azure_cosmos_db", "elasticsearch", "mongo_db")},
)
_CHOICE = _openai.RESPONSE.keys["choices"].items
assert _CHOICE is not None

CHAT_REQUEST = replace(
    _openai.REQUEST, keys=_openai.REQUEST.keys | {"data_sources": Node(items=_SOURCE)}
)
CHAT_RESPONSE = replace(
    _openai.RESPONSE,
    keys=_openai.RESPONSE.keys
    | _FILTERED
    | {"choices": Node(items=replace(_CHOICE, keys=_CHOICE.keys | _FILTERED))},
)
RESPONSES_RESPONSE = replace(_responses.RESPONSE, keys=_responses.RESPONSE.keys | _FILTERED)

_ODD = re.compile(r"[/\\%?#\s\x00-\x1f\x7f]")

_Header = Callable[[Mapping[str, Any]], read.Header]


def on_azure(header: _Header) -> _Header:
    """The header of OpenAI's format, told to come from Azure."""

    def azure_header(body: Mapping[str, Any]) -> read.Header:
        made = header(body)
        made.fields["provider"] = "azure"
        return made

    return azure_header


def chat_header(body: Mapping[str, Any]) -> read.Header:
    """A chat's header; the data sources it names are tools that Azure runs."""
    made = on_azure(_openai.request_header)(body)
    sources = []
    for index, item in enumerate(read.objects(body, "data_sources") or ()):
        at = join("/data_sources", index)
        told = read.mapping(item, "parameters", at) or {}
        inner = read.mapping(told, "embedding_dependency", at + "/parameters") or {}
        hosts = [read.host(read.text(told, "endpoint", at + "/parameters"))]
        if "endpoint" in inner:
            where = at + "/parameters/embedding_dependency"
            hosts.append(read.host(read.text(inner, "endpoint", where)))
        kind = read.text(item, "type", at)
        sources += [read.tool(kind, "hosted") | {"host": host} for host in hosts]
    if sources:
        made.fields["tools"] = [*(made.fields["tools"] or ()), *sources]
    return made


def located(
    fields: dict[str, Any], context: dict[str, Any], path: str | None, operation: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fields and context with the deployment as a fact of the endpoint, and no model by the body.

    Azure serves what is deployed under the name that the path gives, and then it reads no `model`
    in the body; on paths that give none, `model` is the deployment's name. Raises InvalidInput
    for a path that is none of `operation`, or where it and the caller disagree; InputError where
    the body and the caller do.
    """
    fields, context = dict(fields), dict(context)
    named = fields.pop("model", None)
    told = context.get("endpoint")
    if isinstance(told, Endpoint):
        told = told.model_dump(exclude_unset=True)
    if not isinstance(told, Mapping | None):
        return fields, context  # no endpoint: the context is refused
    told = dict(told or {})
    deployment = _deployment(path, operation)
    stated = told.get("deployment")
    if deployment is not None and stated not in (None, deployment):
        raise _unfit("names another deployment than the path does")
    if deployment is None and named is not None:
        if stated not in (None, named):
            raise InputError(
                "/model",
                "names another deployment than the caller does",
                "say where the body was sent: with a path that names the deployment, Azure "
                "reads no model in the body",
            )
        deployment = named
    if deployment is not None:
        told["deployment"] = deployment
    # The model called is the one that the deployment serves: told once, it is told of both.
    if told.get("model") is not None:
        context.setdefault("model", told["model"])
    elif context.get("model") is not None:
        told["model"] = context["model"]
    context["endpoint"] = {"provider": context.get("provider", "azure")} | told
    return fields, context


def _deployment(path: str | None, operation: str) -> str | None:
    """The deployment in a path like /openai/deployments/{deployment}/chat/completions."""
    if path is None:
        return None
    parts = _segments(path)
    lower = [part.lower() for part in parts]
    wanted = operation.split("/")
    if lower[-len(wanted) :] != wanted:
        raise _unfit(f"can't be told from a path that does not end in /{operation}")
    found = [
        parts[index + 2]
        for index in range(len(parts) - 2)
        if lower[index : index + 2] == ["openai", "deployments"]
    ]
    if len(found) > 1:
        raise _unfit("can't be told from a path that names several")
    return found[0] if found else None


def _segments(path: str) -> list[str]:
    """The unescaped segments of a URL's path, where there is one way to read them."""
    plain = path.isascii() and path.isprintable() and " " not in path
    if plain and not path.startswith("/"):
        try:
            scheme, host, path, *_ = urlsplit(path)
        except ValueError:
            scheme = host = ""
        plain = scheme in ("http", "https") and host != ""
    parts = path.split("?")[0].split("#")[0].removeprefix("/").removesuffix("/").split("/")
    try:
        parts = [unquote(part, errors="strict") for part in parts]
    except ValueError:
        plain = False
    if not plain or any(part in ("", ".", "..") or _ODD.search(part) for part in parts):
        raise _unfit("can't be told from a path that servers may read in several ways")
    return parts


def _unfit(message: str) -> InvalidInput:
    return InvalidInput(
        Problem(
            "/endpoint/deployment",
            message,
            "give the path of the URL that the body was sent to, as it was sent",
        )
    )
