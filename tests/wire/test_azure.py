"""Azure: the deployment that serves, and who says so."""

from typing import Any

import pytest
from sdk_captures import captured, format_of, request, response, texts

from jurat.model import Endpoint, InvalidInput, Request, view_of
from jurat.wire import FORMATS, InputError, from_body

CHAT = "/openai/deployments/chat-eu/chat/completions"


def read(body: Any, format: str = "azure.chat", **context: Any) -> Request:
    made = from_body(format, body, **context)
    assert isinstance(made, Request)
    return made


def endpoint(made: Request) -> dict[str, Any]:
    assert made.endpoint is not None
    return made.endpoint.model_dump(exclude_unset=True)


# capture -> the deployment that serves it
SERVED = {
    "azure-chat-plain": "chat-eu",
    "azure-chat-fixed": "chat-eu",
    "azure-chat-v1": "chat-eu",
    "azure-chat-sources": "chat-eu",
    "azure-responses-plain": "chat-eu",
    "azure-responses-tool-call": "chat-eu",
    "azure-responses-v1": "chat-eu",
    "azure-embeddings-string": "embed-eu",
    "azure-embeddings-v1": "embed-eu",
}


@pytest.mark.parametrize("name", SERVED)
def test_captures(name: str) -> None:
    path = captured(name)["request"]["path"]
    for sent in (path, "https://res.openai.azure.com" + path):
        made = request(name, path=sent, endpoint={"region": "westeurope"})
        assert made.provider == "azure"
        assert endpoint(made) == {
            "provider": "azure",
            "region": "westeurope",
            "deployment": SERVED[name],
        }
        # What a deployment serves, the body can't know: unknown, not absent.
        assert "model" not in made.model_fields_set
    same = from_body(format_of(name).replace("azure", "openai"), captured(name)["request"]["body"])
    assert isinstance(same, Request)
    assert (made.action, made.messages, made.params) == (same.action, same.messages, same.params)
    back = response(name, request=made)
    assert (back.provider, back.usage is not None) == ("azure", True)
    assert back.model in ("gpt-4.1-2025-04-14", "text-embedding-3-small")


def test_filters_are_no_text() -> None:
    assert list(texts(response("azure-chat-plain"))) == ["/choices/0/message/content"]
    odd = {"prompt_filter_results": [{"severity": "Jane Doe", "pages": [1234567]}]}
    assert len(texts(from_body("azure.chat.response", odd))) == 2


def test_data_sources_are_tools_that_azure_runs() -> None:
    made = request("azure-chat-sources")
    assert [(t.kind, t.name, t.host) for t in made.tools or ()] == [
        ("hosted", "azure_search", "search.example.com")
    ]
    found = texts(made)
    key = found["/data_sources/0/parameters/authentication/key"]
    assert key[:2] == ("a-key-of-nobody", "tool_schema")
    inner = {"type": "endpoint", "endpoint": "https://embed.example.org/x"}
    body = {
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "data_sources": [{"type": "pinecone", "parameters": {"embedding_dependency": inner}}],
    }
    assert [(t.kind, t.name, t.host) for t in read(body).tools or ()] == [
        ("function", "f", None),
        ("hosted", "pinecone", None),
        ("hosted", "pinecone", "embed.example.org"),
    ]
    for bad in ("a", [1], [{"parameters": "a"}], [{"parameters": {"endpoint": 1}}]):
        with pytest.raises(InputError, match="/data_sources"):
            read({"data_sources": bad})


def test_the_path_stands_above_the_body() -> None:
    made = read({"model": "gpt-4.1"}, path=CHAT)
    assert endpoint(made)["deployment"] == "chat-eu"


@pytest.mark.parametrize(
    "path",
    [
        None,
        "/openai/v1/chat/completions",
        "/openai/chat/completions?api-version=x",
        "/chat/completions",
    ],
)
def test_else_the_body_names_the_deployment(path: str | None) -> None:
    assert endpoint(read({"model": "chat-eu"}, path=path))["deployment"] == "chat-eu"


def test_nobody_names_a_deployment() -> None:
    assert endpoint(read({})) == {"provider": "azure"}


def test_the_caller_names_what_is_served() -> None:
    made = read({"model": "chat-eu"}, path=CHAT, model="gpt-4.1", provider="azure-gov")
    assert (made.model, made.provider) == ("gpt-4.1", "azure-gov")
    assert endpoint(made) == {
        "provider": "azure-gov",
        "deployment": "chat-eu",
        "model": "gpt-4.1",
    }
    made = read({"model": "chat-eu"}, endpoint={"model": "gpt-4.1"})
    assert made.model == "gpt-4.1"
    made = read({}, model="gpt-4.1", endpoint={"model": "gpt-4.1-2025-04-14"})
    assert (made.model, endpoint(made)["model"]) == ("gpt-4.1", "gpt-4.1-2025-04-14")
    for told in ({"id": "eu", "deployment": "chat-eu"}, Endpoint(id="eu", deployment="chat-eu")):
        for body, path in (({"model": "mini"}, CHAT), ({}, None), ({"model": "chat-eu"}, None)):
            made = read(body, path=path, endpoint=told)
            assert endpoint(made) == {"id": "eu", "provider": "azure", "deployment": "chat-eu"}
    assert endpoint(read({"model": "chat-eu"}, endpoint=None))["deployment"] == "chat-eu"


def test_caller_and_body_disagree() -> None:
    with pytest.raises(InputError) as caught:
        read({"model": "chat-us"}, endpoint={"deployment": "chat-eu"})
    assert caught.value.at == "/model"
    assert "chat-" not in str(caught.value)
    with pytest.raises(InvalidInput, match="than the path does"):
        read({}, endpoint={"deployment": "chat-us"}, path=CHAT)
    with pytest.raises(InvalidInput, match="/endpoint: must be an object"):
        read({}, endpoint="chat-us")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "openai/deployments/a/chat/completions",
        "//openai/deployments/a/chat/completions",
        "///openai/deployments/a/chat/completions",
        "/openai//deployments/a/chat/completions",
        "/openai/deployments//chat/completions",
        "/openai/deployments/a/../b/chat/completions",
        "/openai/deployments/a/%2e%2e/b/chat/completions",
        "/openai/deployments/a%2Fb/chat/completions",
        "/openai/deployments/a%5Cb/chat/completions",
        "/openai/deployments/a%252Fb/chat/completions",
        "/openai/deployments/a%00/chat/completions",
        "/openai/deployments/a%FF/chat/completions",
        "/openai/deployments/a /chat/completions",
        "/openai/deployments/ä/chat/completions",
        "/openai/deployments/a/chat/completions\n",
        "/openai/deployments/a/openai/deployments/b/chat/completions",
        "/openai/deployments/a/embeddings",
        "/openai/deployments/a",
        "ftp://x/openai/deployments/a/chat/completions",
        "https:///openai/deployments/a/chat/completions",
        "https://[x/openai/deployments/a/chat/completions",
    ],
)
def test_paths_that_tell_no_deployment_for_sure(path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read({"model": "gpt-4.1"}, path=path)
    assert caught.value.at == "/endpoint/deployment"
    assert not path.strip("/") or path.strip("/") not in str(caught.value)


def test_other_spellings_of_a_path() -> None:
    for path in (
        "/OpenAI/Deployments/chat%2Deu/Chat/Completions/",
        "/gateway/openai/deployments/chat-eu/extensions/chat/completions?api-version=1#x",
    ):
        assert endpoint(read({}, path=path))["deployment"] == "chat-eu"


def test_only_azure_reads_a_path() -> None:
    for format in ("openai.chat", "azure.chat.response"):
        with pytest.raises(TypeError, match=f"nothing about {format}"):
            from_body(format, b"{}", path=CHAT)


def test_a_stored_prompt_brings_no_deployment() -> None:
    made = read({"prompt": {"id": "p"}}, "azure.responses")
    assert endpoint(made) == {"provider": "azure"}
    view: Any = view_of(made)
    assert view.prompt.id == "p"


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_reads_an_empty_body(format: str) -> None:
    made = from_body(format, b"{}", id="x")
    assert made._texts == ()
    assert view_of(made) is not None
