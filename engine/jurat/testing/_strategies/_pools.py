"""Ordinary values for the fields of the models, by their names: what inputs are mostly made of."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from jurat.bundle._vocabulary import OWN  # jurat's own words, with no bundle to add some
from jurat.canon import format_time

from .._mentions_fields import Field

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
"""The clock that the times are measured from."""

_ACTORS = ("svc-a", "svc-b", "user-a", "user-b")
_PROJECTS = ("proj-a", "proj-b")
_MODELS = ("gpt-4.1", "gpt-4.1-mini", "o4-mini", "claude-sonnet-4-5", "text-embedding-3-small")
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "actor/id": _ACTORS,
    "principal/id": _ACTORS,
    "project": _PROJECTS,
    "project/id": _PROJECTS,
    "owner": _ACTORS,
    "principal": _ACTORS,
    "credential/id": ("key-a", "key-b"),
    "rotated_from": ("key-a", "key-b"),
    "fingerprint": ("sha256:4f1a", "sha256:9c07"),
    "endpoint": ("azure-eu", "openai-us"),
    "endpoint/id": ("azure-eu", "openai-us"),
    "prompt/id": ("support-answer",),
    "version": ("1", "2"),
    "org/id": ("acme",),
    "vendor/id": ("openai", "azure"),
    "modelinfo/id": _MODELS,
    "model_info/id": _MODELS,
    "provider": ("openai", "azure", "anthropic"),
    "model": (*_MODELS, "my-model"),
    "models": _MODELS,
    "aliases": _MODELS,
    "action": ("chat.completions", "responses", "embeddings", "files.create", "mcp.tool_call"),
    "permissions": ("chat.completions", "embeddings", "chat.*"),
    "scopes": ("chat.completions", "embeddings", "chat.*"),
    "region": ("westeurope", "eastus", "us-east-1"),
    "sku": ("Standard", "GlobalStandard", "DataZoneStandard"),
    "deployment": ("chat-eu", "chat-us"),
    "tls_version": ("1.3", "1.2", "1.1"),
    "email": ("ann@example.com", "ben@example.org"),
    "groups": ("engineering", "platform"),
    "roles": ("owner", "reader", "member"),
    "role": ("owner", "reader", "member"),
    "members": _ACTORS,
    "team": ("platform", "search"),
    "networks": ("10.0.0.0/8", "192.168.1.0/24", "2001:db8::/32"),
    "forwarded_for": ("10.0.1.50", "203.0.113.9"),
    "tools": ("function:look_up", "hosted:web_search", "mcp:crm/*"),
    "class": ("chat", "embedding", "reasoning"),
    "finish_reason": ("stop", "length", "tool_calls", "content_filter"),
    "service_tier": ("default", "flex", "priority"),
    "reasoning_effort": ("low", "medium", "high"),
    "tool_choice": ("auto", "none", "required"),
    "response_format": ("text", "json_schema"),
    "host": ("tools.example.com",),
    "server": ("crm", "files"),
    "currency": ("USD", "EUR"),
    "source": ("openai-admin",),
    "mode": ("allow_list", "deny_list"),
}
_TIMES = tuple(
    format_time(NOW + distance)
    for distance in (
        timedelta(),
        timedelta(seconds=1),
        timedelta(seconds=-1),
        timedelta(days=-1),
        timedelta(days=-30),
        timedelta(days=-90),
        timedelta(days=-400),
        timedelta(days=30),
        timedelta(days=400),
    )
)
_NUMBERS = (0, 1, 2, 10, 100, 4096, 1_000_000, 2**63 - 1)
_OBJECTS: Mapping[str, tuple[list[dict[str, Any]], ...]] = {
    "messages": (
        [],
        [{"role": "user", "content": "What is the capital of France?"}],
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello."}],
        [{"role": "user", "content": [{"type": "text", "text": "What is in this text?"}]}],
        [{"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "name": "look_up"}]}],
        [{}],
    ),
    "tools": (
        [],
        [{"kind": "function", "name": "look_up"}],
        [{"kind": "hosted", "name": "web_search"}],
        [{"kind": "mcp", "server": "crm", "name": "find", "host": "tools.example.com"}],
        [{"kind": "mcp", "server": "files", "name": None, "host": None}, {}],
    ),
    "tool_calls": ([], [{"id": "c1", "name": "look_up", "arguments": "{}"}], [{}]),
    "approvals": (
        [],
        [{"rule": "fine-tunes", "approver": "user-b", "granted_at": _TIMES[3]}],
        [{"rule": "fine-tunes", "approver": "user-b", "expires_at": None}, {}],
    ),
}
_MAPS: Mapping[str, tuple[dict[str, Any], ...]] = {
    "price": ({}, {"input": 2_000_000, "output": 8_000_000}),
    "tools": ({}, {"web_search": False}, {"web_search": True, "file_search": False}),
}


def values_for(field: Field, owner: str = "") -> tuple[Any, ...]:
    """Ordinary values of a field of the model `owner`, the plainest first."""
    name = field.path[-1]
    match field.sort:
        case "time":
            return _TIMES
        case "number":
            return _NUMBERS
        case "real":
            return (0.0, 0.2, 1.0, 2.0)
        case "flag":
            return (False, True)
        case "ip":
            return ("10.0.1.50", "192.168.1.100", "203.0.113.9", "2001:db8::9")
        case "objects":
            return _OBJECTS[name]
        case "map":
            return _MAPS.get(name, ({}, {"a": "1"}, {"a": "1", "b": "2"}))
        case "texts":
            words = _words(field, owner)
            return ([], *([word] for word in words), list(words[:2]))
    return _words(field, owner)


def _words(field: Field, owner: str) -> tuple[str, ...]:
    if field.words:
        return field.words
    name = field.path[-1]
    parent = field.path[-2] if len(field.path) > 1 else owner.lower()
    for key in (f"{parent}/{name}", name):
        if key in _TEXTS:
            return _TEXTS[key]
    if field.vocabulary:
        return (*sorted(OWN[field.vocabulary]), f"my-{field.vocabulary.replace('_', '-')}")
    return (f"{name}-a", f"{name}-b")
