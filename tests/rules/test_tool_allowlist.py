from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.bundle import read_bundle
from jurat.plugin import load_plugins
from jurat_rules._tools import CALLS, OFFERS, TOOLLESS
from jurat_rules.tool_allowlist import ToolAllowlist

DENIED = ["tool-not-allowed"]
UNNAMED = ["tool-unnamed"]
LISTED = {
    "tools": [
        "function:get_weather",
        "function:crm_*",
        "hosted:web_search",
        "mcp:github/get_issue",
        "mcp:docs/*",
        "mcp:jira/read_*",
    ]
}


# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    LISTED,
    {"tools": {"fact": "request.project.tools"}},
    {"tools": ["function:*", "mcp:*/*"], "projects": {"p": ["mcp:github/*"]}},
    {"actors": {"svc-9": ["hosted:file_search"]}, "roles": {"r": ["hosted:*"]}},
]


def offer(*tools: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"action": "chat.completions", "tools": list(tools), **more}


def function(name: str | None) -> dict[str, Any]:
    return {"kind": "function", "name": name}


def hosted(name: str | None) -> dict[str, Any]:
    return {"kind": "hosted", "name": name}


def mcp(server: str | None, name: str | None) -> dict[str, Any]:
    return {"kind": "mcp", "server": server, "name": name}


@pytest.mark.parametrize(
    ("tool", "codes"),
    [
        (function("get_weather"), []),
        (function("Get_Weather"), DENIED),
        (function("get_weather "), DENIED),
        (function("get_weather\n"), DENIED),
        (function("get_weather2"), DENIED),
        (function("function:get_weather"), DENIED),
        (function("crm_read"), []),
        (function("xcrm_read"), DENIED),
        (function(""), DENIED),
        (function(None), UNNAMED),
        # a kind admits no other kind of that name
        (hosted("get_weather"), DENIED),
        (function("web_search"), DENIED),
        (function("docs/search"), DENIED),
        (mcp("get_weather", "get_weather"), DENIED),
        (hosted("web_search"), []),
        (hosted("web_search_preview"), DENIED),
        (hosted(None), UNNAMED),
        (mcp("github", "get_issue"), []),
        (mcp("github", "delete_repo"), DENIED),
        (mcp("github", None), DENIED),  # the server as a whole
        (mcp("github", "*"), DENIED),
        (mcp("GitHub", "get_issue"), DENIED),
        (mcp("docs", None), []),
        (mcp("docs", "anything"), []),
        (mcp("docs/x", "y"), DENIED),
        (mcp("jira", "read_ticket"), []),
        (mcp("jira", "write_ticket"), DENIED),
        (mcp("jira", None), DENIED),
        (mcp("*", None), DENIED),
        (mcp(None, "get_issue"), UNNAMED),
        ({"kind": None, "name": "get_weather"}, UNNAMED),
        ({"name": "get_weather"}, ["unknown /tools/0/kind"]),
        ({"kind": "function"}, ["unknown /tools/0/name"]),
        ({"kind": "mcp", "name": "get_issue"}, ["unknown /tools/0/server"]),
        ({"kind": "mcp", "server": "github"}, ["unknown /tools/0/name"]),
    ],
)
def test_offered_tools(bench: Any, tool: dict[str, Any], codes: list[str]) -> None:
    rule = bench(ToolAllowlist)(LISTED)
    by_fact = bench(ToolAllowlist)({"tools": {"fact": "request.project.tools"}})
    for _ in range(2):  # the second verdict is the remembered one
        assert rule.codes(offer(tool)) == codes
        assert by_fact.codes(offer(tool, project={"tools": LISTED["tools"]})) == codes


@pytest.mark.parametrize(
    ("action", "tool", "codes", "at"),
    [
        ("tool.call", {"server": None, "name": "get_weather"}, [], ""),
        ("tool.call", {"server": None, "name": "web_search"}, DENIED, "/tool"),  # is hosted
        ("tool.call", {"server": None, "name": None}, UNNAMED, "/tool/name"),
        ("tool.call", {"server": "github", "name": "get_issue"}, [], ""),
        ("tool.call", {"server": "github", "name": "get_weather"}, DENIED, "/tool"),
        ("tool.call", None, UNNAMED, "/tool/name"),
        ("tool.call", {"name": "get_weather"}, ["unknown /tool/server"], ""),
        ("tool.call", ..., ["unknown /tool/server"], ""),
        ("mcp.tool_call", {"server": "github", "name": "get_issue"}, [], ""),
        ("mcp.tool_call", {"server": "github", "name": "push"}, DENIED, "/tool"),
        ("mcp.tool_call", {"server": "docs", "name": "push"}, [], ""),
        ("mcp.tool_call", {"server": None, "name": "get_weather"}, UNNAMED, "/tool/server"),
        ("mcp.tool_call", {"server": "docs", "name": None}, UNNAMED, "/tool/name"),
        ("mcp.tool_call", {"server": "docs"}, ["unknown /tool/name"], ""),
        ("mcp.tool_call", None, UNNAMED, "/tool/server"),
        # a server of which any tool is listed
        ("mcp.tools_list", {"server": "github", "name": None}, [], ""),
        ("mcp.tools_list", {"server": "gitlab", "name": None}, DENIED, "/tool"),
        ("mcp.resource_read", {"server": "jira", "name": "x"}, [], ""),
        ("mcp.prompt_get", {"server": "web_search", "name": "x"}, DENIED, "/tool"),
    ],
)
def test_calls_of_tools(bench: Any, action: str, tool: Any, codes: list[str], at: str) -> None:
    rule = bench(ToolAllowlist)(LISTED)
    request = {"action": action} | ({} if tool is ... else {"tool": tool})
    assert rule.codes(request) == codes
    if at:
        assert rule(request)[0].at == at


@pytest.mark.parametrize(
    ("request_", "codes"),
    [
        ({"action": "chat.completions"}, ["unknown /tools"]),
        ({"action": "responses", "tools": None}, []),
        ({"action": "messages", "tools": []}, []),
        ({"action": "embeddings"}, []),
        ({"tools": []}, ["unknown /action"]),
        # an action that jurat doesn't know may offer tools and call one
        ({"action": "acme.ask", "tools": []}, ["unknown /tool/name"]),
        ({"action": "acme.ask", "tool": None}, ["unknown /tools"]),
        ({"action": "acme.ask", "tools": [], "tool": None}, []),
        ({"action": None, "tools": [function("rm")], "tool": None}, DENIED),
        ({"action": "a.b", "tools": [function("x")], "tool": {"server": "s", "name": "t"}}, DENIED * 2),
        ({"action": "a.b", "tools": None, "tool": {"server": None, "name": "rm"}}, DENIED),
        ({"action": "a.b", "tools": None, "tool": {"server": "s", "name": None}}, UNNAMED),
    ],
)  # fmt: skip
def test_what_is_looked_at(bench: Any, request_: dict[str, Any], codes: list[str]) -> None:
    assert bench(ToolAllowlist)(LISTED).codes(request_) == codes


def test_every_action_of_the_vocabulary_is_placed() -> None:
    bundle = read_bundle(
        {"bundle.yaml": b"{name: a, version: 1.0.0, revision: 1}"}, load_plugins()
    )
    assert bundle.words("action") == OFFERS | CALLS | TOOLLESS
    assert len(bundle.words("action")) == len(OFFERS) + len(CALLS) + len(TOOLLESS)


def test_any_tool_of_a_kind_is_none_of_another(bench: Any) -> None:
    tools = [function("x"), hosted("x"), mcp("s", "x"), mcp("s", None)]
    for entry, admitted in [("function:*", 1), ("hosted:*", 1), ("mcp:*/*", 2)]:
        rule = bench(ToolAllowlist)({"tools": [entry]})
        assert rule.codes(offer(*tools)) == DENIED * (4 - admitted)
        assert len([t for t in tools if rule.codes(offer(t)) == []]) == admitted


def test_each_tool_has_its_finding(bench: Any) -> None:
    tools = [function("rm"), function("get_weather"), mcp("evil", None), mcp("github", "push")]
    found = bench(ToolAllowlist)(LISTED)(offer(*tools))
    assert [f.at for f in found] == ["/tools/0", "/tools/2", "/tools/3"]
    assert [f.message for f in found] == [
        "the function {tool} is not on the list of tools",
        "the MCP server {server} is not on the list of tools",
        "the tool {tool} of MCP server {server} is not on the list of tools",
    ]
    assert [f.quote for f in found] == [
        {"tool": "rm"},
        {"server": "evil"},
        {"server": "github", "tool": "push"},
    ]


LISTS = {
    "projects": {"proj-a": ["function:*", "hosted:web_search"], "proj-none": []},
    "actors": {"svc-1": ["function:read"]},
    "roles": {"researcher": ["hosted:*"], "writer": ["function:*"]},
}


@pytest.mark.parametrize(
    ("tool", "project", "actor", "roles", "codes"),
    [
        (function("read"), "proj-a", "svc-1", ["writer"], []),
        (hosted("web_search"), "proj-a", "svc-2", ["researcher"], []),
        (hosted("web_search"), "proj-a", "svc-1", ["researcher"], DENIED),  # the actor's narrows
        (hosted("web_search"), "proj-a", "svc-2", ["writer"], DENIED),
        (hosted("web_search"), "proj-a", "svc-2", ["writer", "researcher"], []),  # any role may
        (function("read"), "proj-none", "svc-1", [], DENIED),  # an empty list has nothing on it
        (function("read"), "proj-x", "svc-1", None, []),
        (function("read"), "proj-x", "svc-2", ["other"], DENIED),  # no list applies
        (function("read"), None, None, None, DENIED),
    ],
)
def test_lists_narrow_each_other(
    bench: Any, tool: Any, project: Any, actor: Any, roles: Any, codes: list[str]
) -> None:
    request = offer(tool, project={"id": project}, actor={"id": actor, "roles": roles})
    assert bench(ToolAllowlist)(LISTS).codes(request) == codes


def test_what_a_list_needs_is_asked_for_where_there_are_tools(bench: Any) -> None:
    rule = bench(ToolAllowlist)(LISTS)
    assert rule.codes(offer()) == []
    assert rule.codes(offer(function("read"))) == ["unknown /project/id"]
    known: dict[str, Any] = {"project": {"id": "proj-x"}}
    assert rule.codes(offer(function("read"), **known)) == ["unknown /actor/id"]
    known["actor"] = {"id": "svc-1"}
    assert rule.codes(offer(function("read"), **known)) == ["unknown /actor/roles"]


def test_list_from_a_fact(bench: Any) -> None:
    rule = bench(ToolAllowlist)({"tools": {"fact": "request.project.tools"}})
    assert rule.codes(offer(function("read"))) == ["unknown /project/tools"]
    assert rule.codes(offer(function("read"), project={"tools": None})) == DENIED
    assert rule.codes(offer(function("read"), project={"tools": []})) == DENIED
    with pytest.raises(ValueError, match="the fact's list holds something that is no tool"):
        rule(offer(function("read"), project={"tools": ["read"]}))


@pytest.mark.parametrize(
    ("params", "at", "text"),
    [
        ({}, (), "give tools"),
        ({"tools": ["get_weather"]}, (), "write function:get_weather, hosted:get_weather"),
        ({"tools": ["*"]}, (), "write function:*"),
        ({"tools": ["function:get weather"]}, (), "write function:getweather"),
        ({"tools": [" "]}, (), "like function:get_weather"),
        ({"tools": ["functoin:x"]}, (), "did you mean function?"),
        ({"tools": ["Function:x"]}, (), "did you mean function?"),
        ({"tools": ["hosted:"]}, (), "write hosted:*"),
        ({"projects": {"p": ["mcp:github"]}}, (), "write mcp:github/*"),
        ({"actors": {"p": ["mcp:/x"]}}, (), "write mcp:server/*"),
        ({"roles": {"p": ["mcp:github/"]}}, (), "write mcp:github/*"),
        ({"tools": ["mcp:git*/x"]}, (), "name the server"),
        ({"tools": ["mcp:*/search"]}, (), "name the server"),
    ],
)
def test_refused_params(bench: Any, params: Any, at: Any, text: str) -> None:
    error = bench(ToolAllowlist).refuses(params)
    assert error.at == at
    assert text in error.help


def test_reads() -> None:
    kind = ToolAllowlist()
    params = kind.Params.model_validate({"tools": {"fact": "request.project.tools"}, **LISTS})
    assert kind.reads(params) == (
        "/action", "/tools", "/tool/name", "/tool/server", "/project/id", "/actor/id",
        "/actor/roles", "/project/tools",
    )  # fmt: skip


ENTRIES = st.sampled_from(
    ["function:a", "function:*", "hosted:a", "hosted:*b", "mcp:s/a", "mcp:s/*", "mcp:*/*"]
)
TOOLS = st.one_of(
    st.builds(function, st.sampled_from("ab")),
    st.builds(hosted, st.sampled_from("ab")),
    st.builds(mcp, st.sampled_from("sta"), st.sampled_from(["a", "b", None])),
)


@given(entries=st.lists(ENTRIES, max_size=5), drop=st.integers(0, 4), tool=TOOLS)
def test_shrinking_a_list_never_widens(
    bench: Any, entries: list[str], drop: int, tool: Any
) -> None:
    fewer = entries[:drop] + entries[drop + 1 :]
    before = bench(ToolAllowlist)({"tools": entries}).codes(offer(tool))
    after = bench(ToolAllowlist)({"tools": fewer}).codes(offer(tool))
    assert before == [] or after == DENIED


USES = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["chat.completions", "tool.call", "mcp.tool_call", "acme.ask"]),
        "tools": st.lists(TOOLS, max_size=2),
        "tool": st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {"server": st.sampled_from(["s", None]), "name": st.sampled_from(["a", "b", None])}
            ),
        ),
        "project": st.fixed_dictionaries({"id": st.sampled_from(["p", "q", None])}),
    }
)
FACTS = ["action", "tools", "tool", "kind", "server", "name", "project", "id"]


@given(
    entries=st.lists(ENTRIES, max_size=4),
    of_project=st.lists(ENTRIES, max_size=2),
    use=USES,
    gone=st.sets(st.sampled_from(FACTS), max_size=3),
)
def test_what_is_not_sent_never_helps(
    bench: Any, without: Any, entries: list[str], of_project: list[str], use: Any, gone: set[str]
) -> None:
    rule = bench(ToolAllowlist)({"tools": entries, "projects": {"p": of_project}})
    if rule.codes(without(use, gone)) == []:
        assert rule.codes(use) == []


def test_many_names_are_forgotten_again(bench: Any) -> None:
    rule = bench(ToolAllowlist)({"tools": ["function:x-*"]})
    for n in range(5000):
        tool = function(f"{'xy'[n % 2]}-{n}")
        assert rule.codes(offer(tool)) == ([] if n % 2 == 0 else DENIED)
