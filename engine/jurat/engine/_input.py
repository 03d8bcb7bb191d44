"""From what a caller hands in to a view without text, and the text beside it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from jurat.model import (
    InvalidInput,
    OrgState,
    Request,
    Response,
    Text,
    View,
    build,
    validate,
    view_class,
)
from jurat.plan import Decision, Reason, refusal
from jurat.wire import InputError, native_texts, parse_json

MODELS: dict[str, type[Request | Response | OrgState]] = {
    "request": Request,
    "response": Response,
    "org_state": OrgState,
}
_VIEWS = {kind: view_class(model) for kind, model in MODELS.items()}
_KINDS = {model: kind for kind, model in MODELS.items()}

Input = Request | Response | OrgState | Mapping[str, Any] | bytes | str


class Prepared:
    """An input, validated once: its kind, its view, and its texts where they are wanted."""

    __slots__ = ("kind", "sent", "texts")

    def __init__(self, kind: str, sent: View, texts: tuple[Text, ...]) -> None:
        self.kind = kind
        self.sent = sent
        self.texts = texts


def prepare(source: Input, *, max_bytes: int, reads_text: Callable[[str], bool]) -> Prepared:
    """Validate an input. Raises InvalidInput, whose text holds no value of it."""
    if isinstance(source, Request | Response | OrgState):
        kind, data = _KINDS[type(source)], source.model_dump(exclude_unset=True, by_alias=True)
        texts = getattr(source, "_texts", None)
    else:
        kind, data = _validated(source, max_bytes)
        texts = None
    if kind == "org_state" or not reads_text(kind):
        texts = ()
    elif texts is None:
        texts = native_texts(data)
    if kind != "org_state":
        strip(data)
    return Prepared(kind, build(_VIEWS[kind], data), texts)


def strip(data: dict[str, Any]) -> None:
    """Take the text out of a validated input, which is what rules see: sizes stay."""
    for message in data.get("messages") or ():
        if "content" in message:
            content = message.pop("content")
            message.setdefault("size", _size(content))
        for call in message.get("tool_calls") or ():
            call.pop("arguments", None)
    for call in data.get("tool_calls") or ():
        call.pop("arguments", None)
    if tool := data.get("tool"):
        tool.pop("arguments", None)
    if request := data.get("request"):
        strip(request)


def _validated(source: Mapping[str, Any] | bytes | str, max_bytes: int) -> tuple[str, Any]:
    if isinstance(source, str):
        source = source.encode("utf-8", "surrogatepass")
    if isinstance(source, bytes):
        if len(source) > max_bytes:
            raise InputError(
                "",
                f"the input has {len(source):,} bytes, the limit is {max_bytes:,}",
                "send less, or raise max_input",
            )
        if b'"type"' not in source:  # the ordinary request: decoded and validated in one go
            return "request", validate(Request, source, max_bytes=max_bytes)
        source = parse_json(source, max_bytes=max_bytes)
        if not isinstance(source, dict):
            raise InputError("", "the input is not a JSON object")
    elif not isinstance(source, Mapping):
        raise InputError(
            "", "the input is neither a request, a response, a snapshot, a mapping nor JSON"
        )
    kind = source.get("type") or "request"
    if not isinstance(kind, str) or kind not in MODELS:
        raise InputError(
            "/type", "none of request, response, org_state", "leave it out for a request"
        )
    return kind, validate(MODELS[kind], source)


def invalid(error: InvalidInput, now: datetime) -> Decision:
    """The deny of an input that can't be read, with every problem."""
    decision = refusal("invalid-input", "", now)
    decision._failures = tuple(
        Reason(
            "invalid-input",
            f"{problem.at or 'the input'}: {problem.message}",
            "critical",
            effect="deny",
            at=problem.at,
            remediation=problem.help,
        )
        for problem in error.problems
    )
    return decision


def _size(content: Any) -> int:
    """Code points of a message's text."""
    if isinstance(content, str):
        return len(content)
    return sum(
        len(part["text"])
        for part in content or ()
        if isinstance(part, Mapping) and isinstance(part.get("text"), str)
    )
