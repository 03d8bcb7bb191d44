"""Makes the JSON files beside it: what the real `openai` and `anthropic` SDKs send and get.

Each SDK talks to a server on this machine's loopback that answers in the provider's documented
shape. A file holds the request as it arrived (the body as text, exactly) and the answer as it
was sent, a stream's events included. Keys are replaced before anything is kept. Run it anew with

    python -m pip install --group capture
    python tests/cases/sdk/capture.py
"""

import json
import os
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sdk_anthropic import anthropic_cases
from sdk_azure import azure_cases
from sdk_parts import ASKED, PAPER, PIXEL, SOUND, WEATHER, Answer, Cases, dense, plain
from sdk_responses import embeddings_cases, responses_cases

HERE = Path(__file__).parent
KEY = "sk-test-of-nobody"
EMBEDDING = "text-embedding-3-small"
# As received, but for what would differ with each run or machine, and for what authenticates.
REPLACED = {
    "host": "127.0.0.1",
    "authorization": "Bearer fake",
    "x-api-key": "fake",
    "api-key": "fake",
    "x-stainless-os": "Linux",
    "x-stainless-arch": "x64",
    "x-stainless-runtime-version": "3.11.0",
}


class Server(ThreadingHTTPServer):
    """Answers every POST with `answer` and keeps what came."""

    answer: Answer = ("application/json", "{}")
    seen: dict[str, Any]


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = {
            name.lower(): REPLACED.get(name.lower(), value) for name, value in self.headers.items()
        }
        self.server.seen = {
            "method": self.command,
            "path": self.path,
            "headers": headers,
            "body": body,
        }
        content_type, text = self.server.answer
        data = text.encode()
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        pass


# -- OpenAI ------------------------------------------------------------------------------------


def completion(message: dict[str, Any], reason: str) -> Answer:
    message = {"role": "assistant", "content": None, "refusal": None, "annotations": []} | message
    return plain(
        {
            "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
            "object": "chat.completion",
            "created": 1779710400,
            "model": "gpt-4.1-2025-04-14",
            "choices": [
                {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
            ],
            "usage": {
                "prompt_tokens": 82,
                "completion_tokens": 17,
                "total_tokens": 99,
                "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
            },
            "service_tier": "default",
            "system_fingerprint": "fp_44added55e",
        }
    )


def chunks(deltas: Iterable[tuple[dict[str, Any], str | None]]) -> Answer:
    events = []
    for delta, reason in deltas:
        chunk = {
            "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
            "object": "chat.completion.chunk",
            "created": 1779710400,
            "model": "gpt-4.1-2025-04-14",
            "service_tier": "default",
            "system_fingerprint": "fp_44added55e",
            "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}],
        }
        events.append("data: " + dense(chunk))
    return "text/event-stream; charset=utf-8", "\n\n".join([*events, "data: [DONE]", ""]) + "\n"


def tool_call(arguments: str) -> dict[str, Any]:
    return {
        "id": "call_DdmO9pD3xa9XTPNJ32zg2hcA",
        "type": "function",
        "function": {"name": "get_weather", "arguments": arguments},
    }


def openai_cases(url: str) -> Cases:
    from openai import OpenAI

    client = OpenAI(api_key=KEY, base_url=url + "/v1", max_retries=0)
    create: Any = client.chat.completions.create
    user = {"role": "user", "content": ASKED}
    function = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Current weather of a city",
            "parameters": WEATHER,
        },
    }
    asked = tool_call('{"city":"Zürich, Schweiz"}')
    pieces = ['{"ci', 'ty":"Z', "ürich", '"}']
    first = asked | {"index": 0, "function": {"name": "get_weather", "arguments": ""}}
    return {
        "openai-chat-plain": (
            completion({"content": "Call 4111 1111 1111 1111? No: that is a card."}, "stop"),
            lambda: create(
                model="gpt-4.1",
                messages=[{"role": "developer", "content": "Be brief."}, user],
                temperature=0.2,
                max_completion_tokens=256,
                store=False,
                user="jane@example.com",
                metadata={"case": "A-17"},
            ),
        ),
        "openai-chat-parts": (
            completion({"content": "A pixel, a sound and a paper."}, "stop"),
            lambda: create(
                model="gpt-4.1",
                messages=[
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "What are these? 😀"},
                            {
                                "type": "image_url",
                                "image_url": {
                                    "url": f"data:image/png;base64,{PIXEL}",
                                    "detail": "low",
                                },
                            },
                            {
                                "type": "image_url",
                                "image_url": {"url": "https://example.com/jane-doe.png"},
                            },
                            {
                                "type": "input_audio",
                                "input_audio": {"data": SOUND, "format": "wav"},
                            },
                            {
                                "type": "file",
                                "file": {
                                    "filename": "letter.pdf",
                                    "file_data": f"data:application/pdf;base64,{PAPER}",
                                },
                            },
                        ],
                    }
                ],
            ),
        ),
        "openai-chat-tool-call": (
            completion({"tool_calls": [asked]}, "tool_calls"),
            lambda: create(model="gpt-4.1", messages=[user], tools=[function], tool_choice="auto"),
        ),
        "openai-chat-tool-result": (
            completion({"content": "21 degrees."}, "stop"),
            lambda: create(
                model="gpt-4.1",
                messages=[
                    user,
                    {"role": "assistant", "content": None, "tool_calls": [asked]},
                    {
                        "role": "tool",
                        "tool_call_id": asked["id"],
                        "content": '{"celsius": 21, "station": "10.1.2.3"}',
                    },
                ],
                tools=[function],
            ),
        ),
        "openai-chat-stream": (
            chunks(
                [
                    ({"role": "assistant", "content": "", "refusal": None}, None),
                    *(({"content": text}, None) for text in ("Grü", "ezi, ", "123-45", "-6789.")),
                    ({}, "stop"),
                ]
            ),
            lambda: list(create(model="gpt-4.1", messages=[user], stream=True)),
        ),
        "openai-chat-stream-tool-call": (
            chunks(
                [
                    ({"role": "assistant", "content": None, "tool_calls": [first]}, None),
                    *(
                        ({"tool_calls": [{"index": 0, "function": {"arguments": text}}]}, None)
                        for text in pieces
                    ),
                    ({}, "tool_calls"),
                ]
            ),
            lambda: list(
                create(
                    model="gpt-4.1",
                    messages=[user],
                    tools=[function],
                    stream=True,
                    stream_options={"include_usage": True},
                )
            ),
        ),
    }


def main() -> None:
    import anthropic
    import openai

    os.environ["NO_PROXY"] = "127.0.0.1"
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    client = openai.OpenAI(api_key=KEY, base_url=url + "/v1", max_retries=0)
    made = [
        (f"openai {openai.__version__}", openai_cases(url)),
        (f"openai {openai.__version__}", responses_cases(client, "openai-responses", "gpt-4.1")),
        (f"openai {openai.__version__}", embeddings_cases(client, "openai-embeddings", EMBEDDING)),
        (f"openai {openai.__version__}", azure_cases(url, KEY)),
        (f"anthropic {anthropic.__version__}", anthropic_cases(url, KEY)),
    ]
    for sdk, cases in made:
        for name, (answer, call) in cases.items():
            server.answer = answer
            if not call():
                raise SystemExit(f"{name}: the SDK read nothing from the answer")
            content_type, text = answer
            capture = {
                "sdk": sdk,
                "request": server.seen,
                "response": {"status": 200, "content_type": content_type, "body": text},
            }
            data = json.dumps(capture, ensure_ascii=False, indent=1) + "\n"
            if KEY in data:
                raise SystemExit(f"{name}: the key would be kept")
            (HERE / f"{name}.json").write_text(data, encoding="utf-8")
    server.shutdown()


if __name__ == "__main__":
    main()
