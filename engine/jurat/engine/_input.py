"""From what a caller hands in to a view without text, and the text beside it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from jurat.model import (
    InvalidInput,
    OrgState,
    Place,
    Request,
    Response,
    Text,
    View,
    build,
    forget,
    read,
    sent_fields,
    validate,
    view_class,
    view_of,
)
from jurat.plan import Decision, Reason, refusal
from jurat.wire import TEXT_FIELDS, InputError, native_texts, parse_json

MODELS: dict[str, type[Request | Response | OrgState]] = {
    "request": Request,
    "response": Response,
    "org_state": OrgState,
}
_VIEWS = {kind: view_class(model) for kind, model in MODELS.items()}
_MEDIA = {
    "image": "images",
    "image_url": "images",
    "input_image": "images",
    "audio": "audio",
    "input_audio": "audio",
    "file": "files",
    "input_file": "files",
    "document": "files",
}
_TEXTUAL = frozenset({"messages", "tool_calls", "tool", "request"})
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
    if source.__class__ in _KINDS:  # asking a model's class whether it has an instance is slow
        return _instance(source, reads_text)
    if isinstance(source, str):
        source = source.encode("utf-8", "surrogatepass")
    data = source if source.__class__ is bytes else _plain_json(source)
    if data is not None and len(data) <= max_bytes:
        view = read(Request, data)  # the ordinary request, in one go
        if view is not None:
            strip(view)
            texts = native_texts(orjson.loads(data)) if reads_text("request") else ()
            return Prepared("request", view, texts)
    kind, fields = _validated(source, max_bytes)
    texts = ()
    if kind != "org_state" and reads_text(kind):
        texts = native_texts(fields)
    return _prepared(kind, build(_VIEWS[kind], fields), texts)


def _instance(source: Any, reads_text: Callable[[str], bool]) -> Prepared:
    kind = _KINDS[type(source)]
    texts: tuple[Text, ...] = ()
    if kind != "org_state" and reads_text(kind):
        given = getattr(source, "_texts", None)
        texts = native_texts(sent_fields(source, TEXT_FIELDS)) if given is None else given
    return _prepared(kind, view_of(source), texts)


def _prepared(kind: str, view: View, texts: tuple[Text, ...]) -> Prepared:
    if kind != "org_state":
        strip(view)
    recordable(view)
    return Prepared(kind, view, texts)


def _plain_json(source: Input) -> bytes | None:
    """The JSON of a mapping that may be a request; None for anything else."""
    if source.__class__ is dict and "type" not in source:
        try:
            data = orjson.dumps(source)
        except TypeError:
            return None
        return None if b"null" in data else data  # which may have been a NaN
    return None


def strip(view: Any) -> None:
    """Take the text out of an input, which is what rules see: sizes stay."""
    fields = view.__dict__
    if _TEXTUAL.isdisjoint(fields):
        return
    media: dict[str, int] = {}
    for message in fields.get("messages") or ():
        parts = message.__dict__
        if "content" in parts:
            content = forget(message, "content")
            if content.__class__ is str:
                parts.setdefault("size", len(content))
            else:
                parts.setdefault("size", _size(content))
                _count_media(content, media)
        for call in parts.get("tool_calls") or ():
            forget(call, "arguments")
    for call in fields.get("tool_calls") or ():
        forget(call, "arguments")
    if "tool" in fields:
        forget(fields["tool"], "arguments")
    if "request" in fields:
        strip(fields["request"])
    if media and "unscanned" not in fields:  # what no detector can read must not go unnoticed
        fields["unscanned"] = build(type(view).children["unscanned"], media)


def recordable(view: View) -> None:
    """Refuse a header that JSON can't carry: a record could not hold it."""
    try:
        orjson.dumps(view, default=_inside)
    except TypeError:
        raise InputError(
            "", "a string of it holds a lone surrogate", "send text that UTF-8 can hold"
        ) from None


def _inside(value: Any) -> Any:
    """What orjson writes for a view: its fields, and nothing for its place."""
    if isinstance(value, View):
        return value.__dict__
    if isinstance(value, Place):
        return None
    raise TypeError


def _validated(source: Any, max_bytes: int) -> tuple[str, Any]:
    if isinstance(source, bytes):
        if len(source) > max_bytes:
            raise InputError(
                "",
                f"the input has {len(source):,} bytes, the limit is {max_bytes:,}",
                "send less, or raise max_input",
            )
        source = parse_json(source, max_bytes=max_bytes)
        if not isinstance(source, dict):
            raise InputError("", "the input is not a JSON object")
    elif not isinstance(source, Mapping):
        raise InputError(
            "", "the input is neither a request, a response, a snapshot, a mapping nor JSON"
        )
    elif not isinstance(source, dict):
        source = dict(source)
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


def _count_media(content: Any, counts: dict[str, int]) -> None:
    """Count the parts of a message that are no text, by what they are; none is the same as zero."""
    for part in content or ():
        kind = _MEDIA.get(str(part.get("type")))
        if kind is not None:
            for name in ("images", "audio", "files"):
                counts.setdefault(name, 0)
            counts[kind] += 1


def _size(content: Any) -> int:
    """Code points of the text in a message's parts."""
    return sum(
        len(part["text"])
        for part in content or ()
        if isinstance(part, Mapping) and isinstance(part.get("text"), str)
    )
