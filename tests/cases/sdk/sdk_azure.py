"""Calls of the `openai` SDK to Azure, on paths that name a deployment and on those that don't."""

from typing import Any

from sdk_parts import ASKED, Cases, plain
from sdk_responses import embeddings_cases, responses_cases

SAFE = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "violence", "sexual")}


def answer(text: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
        "object": "chat.completion",
        "created": 1779710400,
        "model": "gpt-4.1-2025-04-14",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
                "content_filter_results": SAFE,
            }
        ],
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}],
        "usage": {"prompt_tokens": 82, "completion_tokens": 17, "total_tokens": 99},
    }


def azure_cases(url: str, key: str) -> Cases:
    from openai import AzureOpenAI, OpenAI

    version = "2025-04-01-preview"
    client = AzureOpenAI(azure_endpoint=url, api_key=key, api_version=version, max_retries=0)
    fixed = AzureOpenAI(
        azure_endpoint=url,
        azure_deployment="chat-eu",
        api_key=key,
        api_version=version,
        max_retries=0,
    )
    first = OpenAI(base_url=url + "/openai/v1/", api_key=key, max_retries=0)
    user = {"role": "user", "content": ASKED}

    def chat(client: Any, **more: Any) -> Any:
        return client.chat.completions.create(messages=[user], **more)

    kept = ("azure-responses-plain", "azure-responses-tool-call", "azure-responses-stream")
    responses = responses_cases(client, "azure-responses", "chat-eu")
    source = {
        "type": "azure_search",
        "parameters": {
            "endpoint": "https://Search.example.com",
            "index_name": "customers",
            "authentication": {"type": "api_key", "key": "a-key-of-nobody"},
        },
    }
    return {
        "azure-chat-plain": (
            plain(answer("Grüezi, 123-45-6789.")),
            lambda: chat(client, model="chat-eu"),
        ),
        # The client's deployment stands in the path; the model in the body says nothing then.
        "azure-chat-fixed": (plain(answer("Grüezi.")), lambda: chat(fixed, model="gpt-4.1-mini")),
        "azure-chat-v1": (plain(answer("Grüezi.")), lambda: chat(first, model="chat-eu")),
        "azure-chat-sources": (
            plain(answer("Jane Doe lives in Zürich.")),
            lambda: chat(client, model="chat-eu", extra_body={"data_sources": [source]}),
        ),
        **{name: responses[name] for name in kept},
        "azure-responses-v1": responses_cases(first, "azure-responses", "chat-eu")[kept[0]],
        "azure-embeddings-string": embeddings_cases(client, "azure", "embed-eu")["azure-string"],
        "azure-embeddings-v1": embeddings_cases(first, "azure", "embed-eu")["azure-list"],
    }
