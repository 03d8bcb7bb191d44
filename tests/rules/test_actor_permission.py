from typing import Any

import pytest

from jurat_rules.actor_permission import ActorPermission

MISSING = ["permission-missing"]


# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [{}, {"needs": {"embeddings": "vectors"}, "wildcards": True}]


def request(action: Any, permissions: Any) -> dict[str, Any]:
    return {"action": action, "actor": {"permissions": permissions}}


@pytest.mark.parametrize(
    ("params", "action", "permissions", "codes"),
    [
        ({}, "embeddings", ["chat.completions", "embeddings"], []),
        ({}, "embeddings", ["chat.completions"], MISSING),
        ({}, "embeddings", [], MISSING),
        ({}, "embeddings", None, MISSING),
        ({}, "embed", ["embeddings"], MISSING),
        ({}, "Embeddings", ["embeddings"], MISSING),
        ({}, None, ["embeddings"], ["action-absent"]),
        ({}, "files.read", ["files.*"], MISSING),  # a name like any other, unless asked for
        ({}, "files.read", ["*"], MISSING),
        ({"wildcards": True}, "files.read", ["files.*"], []),
        ({"wildcards": True}, "files", ["files.*"], MISSING),
        ({"wildcards": True}, "filesystem.read", ["files.*"], MISSING),
        ({"wildcards": True}, "files.read", ["*"], []),
        ({"wildcards": True}, "files.read", None, MISSING),
        ({"needs": {"responses": "chat.completions"}}, "responses", ["chat.completions"], []),
        ({"needs": {"responses": "chat.completions"}}, "responses", ["responses"], MISSING),
        ({"needs": {"responses": "chat.completions"}}, "embeddings", ["embeddings"], []),
    ],
)
def test_permissions(
    bench: Any, params: Any, action: Any, permissions: Any, codes: list[str]
) -> None:
    assert bench(ActorPermission)(params).codes(request(action, permissions)) == codes


def test_unsent(bench: Any) -> None:
    rule = bench(ActorPermission)()
    assert rule.codes({"action": "embeddings"}) == ["unknown /actor/permissions"]
    assert rule.codes({"actor": {"permissions": ["embeddings"]}}) == ["unknown /action"]


def test_actions_are_words(bench: Any) -> None:
    error = bench(ActorPermission).refuses(
        {"needs": {"embedings": "embeddings"}}, words={"action": {"embeddings"}}
    )
    assert error.at == ("needs", "embedings")
    assert "did you mean embeddings?" in error.help


def test_the_action_is_quoted_not_written(bench: Any) -> None:
    (finding,) = bench(ActorPermission)()(request("canary", []))
    assert "canary" not in finding.message
    assert finding.quote == {"permission": "canary"}
    assert finding.at == "/action"
