"""What the real SDKs sent and got, read as the format that a file's name begins with."""

import json
from pathlib import Path
from typing import Any

from jurat.model import Request, Response
from jurat.wire import from_body

CASES = Path(__file__).parents[1] / "cases" / "sdk"
FILES = sorted(CASES.glob("*.json"))


def format_of(name: str) -> str:
    return ".".join(name.split("-")[:2])


def captured(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return data


def request(name: str, **context: Any) -> Request:
    body = captured(name)["request"]["body"].encode()
    made = from_body(format_of(name), body, **context)
    assert isinstance(made, Request)
    return made


def response(name: str, **context: Any) -> Response:
    body = captured(name)["response"]["body"].encode()
    made = from_body(format_of(name) + ".response", body, **context)
    assert isinstance(made, Response)
    return made


def texts(made: Request | Response) -> dict[str, tuple[str, str, str, str]]:
    assert made._texts is not None
    found: dict[str, tuple[str, str, str, str]] = {
        text.at: (text.text, text.where, text.role, text.kind) for text in made._texts
    }
    assert len(found) == len(made._texts)
    return found
