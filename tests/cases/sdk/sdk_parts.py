"""What the captures of several APIs share: contents, and the shapes of answers."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

Answer = tuple[str, str]
"""Content type and body."""
Cases = dict[str, tuple[Answer, Callable[[], Any]]]

PIXEL = b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360f8cf500f0003860180"
        "5a347d6b0000000049454e44ae426082"
    )
).decode()
SOUND = b64encode(b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0@\x1f\0\0\x80>\0\0\2\0\x10\0").decode()
PAPER = b64encode(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n").decode()

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "City and country"}},
    "required": ["city"],
}
ASKED = "Wie ist das Wetter in Zürich? Meine Nummer: 123-45-6789"


def dense(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def plain(answer: Any) -> Answer:
    return "application/json", dense(answer)


def events(*data: dict[str, Any]) -> Answer:
    text = "".join(f"event: {item['type']}\ndata: {dense(item)}\n\n" for item in data)
    return "text/event-stream; charset=utf-8", text
