"""What the real SDKs send and get, read and given back."""

import json
from pathlib import Path
from typing import Any

import pytest
from sdk_captures import FILES, captured, format_of, request, response, texts

from jurat.model import Request, view_of
from jurat.wire import FORMATS, apply_edits, from_body


def mark(text: str, /, *, holds_json: bool = False) -> str:
    return json.dumps([text]) if holds_json else f"«{text}»"


def same(text: str, /, *, holds_json: bool = False) -> str:
    return text


def test_there_are_captures_of_each_format() -> None:
    assert len(FILES) == 34
    requests = {name for name, how in FORMATS.items() if how.kind is Request}
    assert {format_of(file.stem) for file in FILES} == requests


# A stream's events are not one body.
BODIES = [
    (file, side)
    for file in FILES
    for side in ("request", "response")
    if side == "request" or "-stream" not in file.stem
]


@pytest.mark.parametrize(("file", "side"), BODIES, ids=lambda value: getattr(value, "stem", value))
def test_round_trip(file: Path, side: str) -> None:
    body = captured(file.stem)[side]["body"]
    format = format_of(file.stem) + (".response" if side == "response" else "")
    made = from_body(format, body)
    found = texts(made)
    assert found or "-embeddings-" in file.stem
    raw = body.encode()
    assert apply_edits(raw, dict.fromkeys(found, same)) == raw
    assert apply_edits(body, dict.fromkeys(found, same)) == body
    plain = json.loads(body)
    assert apply_edits(plain, dict.fromkeys(found, same)) == plain
    changed = apply_edits(raw, dict.fromkeys(found, mark))
    assert apply_edits(plain, dict.fromkeys(found, mark)) == json.loads(changed)
    assert json.loads(body) == plain
    again = texts(from_body(format, changed))
    assert again.keys() == found.keys()
    for at, (text, _, _, kind) in found.items():
        assert again[at][0] == mark(text, holds_json=kind == "json")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_key_is_kept(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "sk-test" not in text
    headers = json.loads(text)["request"]["headers"]
    sent = [headers.get(name) for name in ("authorization", "x-api-key", "api-key")]
    assert set(sent) <= {None, "Bearer fake", "fake"}
    assert any(sent)


def test_openai_plain() -> None:
    made = request("openai-chat-plain", actor={"id": "svc"}, source={"ip": "10.0.0.1"})
    view: Any = view_of(made)
    assert (view.action, view.provider, view.model) == ("chat.completions", "openai", "gpt-4.1")
    assert view.actor.id == "svc"
    assert [(m.role, m.size) for m in view.messages] == [("developer", 9), ("user", 55)]
    assert (view.params.store, view.params.max_tokens, view.params.stream) == (False, 256, None)
    assert view.params.temperature == 0.2
    assert texts(made) == {
        "/messages/0/content": ("Be brief.", "message", "developer", "text"),
        "/messages/1/content": (
            "Wie ist das Wetter in Zürich? Meine Nummer: 123-45-6789",
            "message",
            "user",
            "text",
        ),
        "/metadata/case": ("A-17", "metadata", "", "text"),
        "/user": ("jane@example.com", "metadata", "", "text"),
    }
    assert "metadata" not in made.model_fields_set
    assert "jane" not in repr(made)


def test_openai_parts() -> None:
    made = request("openai-chat-parts")
    assert made.unscanned is not None
    assert (made.unscanned.images, made.unscanned.audio, made.unscanned.files) == (2, 1, 1)
    assert {at: text for at, (text, *_) in texts(made).items()} == {
        "/messages/0/content/0/text": "What are these? 😀",
        "/messages/0/content/2/image_url/url": "https://example.com/jane-doe.png",
        "/messages/0/content/4/file/filename": "letter.pdf",
    }


def test_openai_tools() -> None:
    made = request("openai-chat-tool-result")
    view: Any = view_of(made)
    assert [(t.name, t.kind, t.server) for t in view.tools] == [("get_weather", "function", None)]
    assert [call.name for call in view.messages[1].tool_calls] == ["get_weather"]
    found = texts(made)
    assert found["/messages/1/tool_calls/0/function/arguments"][1:] == (
        "tool_call",
        "assistant",
        "json",
    )
    assert found["/messages/2/content"][1:3] == ("tool_result", "tool")
    assert found["/tools/0/function/description"][1] == "tool_schema"
    back = response("openai-chat-tool-call", request=made, status=200)
    assert back.request is made or back.request == made
    assert (back.finish_reason, back.status) == ("tool_calls", 200)
    assert back.tool_calls is not None
    assert [call.name for call in back.tool_calls] == ["get_weather"]
    assert back.usage is not None
    assert (back.usage.input_tokens, back.usage.output_tokens) == (82, 17)


def test_streaming_flag() -> None:
    for name in ("openai-chat-stream", "anthropic-messages-stream"):
        params = request(name).params
        assert params is not None
        assert params.stream is True


def test_anthropic_plain() -> None:
    made = request("anthropic-messages-plain")
    assert (made.action, made.provider, made.model) == ("messages", "anthropic", "claude-sonnet-5")
    found = texts(made)
    assert found["/system"] == ("Be brief.", "message", "system", "text")
    assert found["/metadata/user_id"][0] == "jane@example.com"
    assert "actor" not in made.model_fields_set
    assert made.tools is None
    assert "tools" in made.model_fields_set
    # The system prompt counts, after the messages: their places are those in the body.
    assert [(m.role, m.size) for m in made.messages or ()] == [("user", 55), ("system", 9)]
    back = response("anthropic-messages-plain")
    assert (back.finish_reason, back.provider) == ("end_turn", "anthropic")
    assert texts(back)["/content/0/text"][:3] == ("Grüezi, 123-45-6789.", "message", "assistant")


def test_anthropic_parts() -> None:
    made = request("anthropic-messages-parts")
    assert made.unscanned is not None
    assert (made.unscanned.images, made.unscanned.audio, made.unscanned.files) == (2, 0, 1)
    assert {at: text for at, (text, *_) in texts(made).items()} == {
        "/system/0/text": "Be brief.",
        "/messages/0/content/0/text": "What are these? 😀",
        "/messages/0/content/2/source/url": "https://example.com/a.png",
        "/messages/0/content/3/title": "letter.pdf",
        "/messages/0/content/4/source/data": "Card 4111 1111 1111 1111",
    }


def test_anthropic_tools() -> None:
    made = request("anthropic-messages-tool-result")
    found = texts(made)
    assert found["/messages/1/content/0/input/account"] == (
        "4111111111111111",
        "tool_call",
        "assistant",
        "text",
    )
    assert found["/messages/2/content/0/content/0/text"][1:3] == ("tool_result", "user")
    assert made.unscanned is not None
    assert made.unscanned.images == 1
    view: Any = view_of(made)
    assert view.messages[1].tool_calls[0].name == "get_weather"
    back = response("anthropic-messages-tool-use")
    assert back.tool_calls is not None
    assert back.tool_calls[0].name == "get_weather"
