"""Only listed tools are offered to models and called."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from jurat.model import Request
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    FactRef,
    Facts,
    Finding,
    ParamError,
    RuleKind,
    RuleParams,
    RuleSpec,
)

from ._tools import CALLS, OFFERS, TOOLLESS, ToolEntry, ToolKey, ToolList, parse_entry

_LISTS = 1024  # lists kept ready per rule, where they come from a fact


def _shape(value: Any) -> str:
    return "fact" if isinstance(value, dict | FactRef) else "list"


EntriesOrFact = Annotated[
    Annotated[tuple[ToolEntry, ...], Tag("list")] | Annotated[FactRef, Tag("fact")],
    Discriminator(_shape),
]


class ToolAllowlist(RuleKind):
    """Only tools on the list are offered to a model, and only these are called.

    ## What it does
    Fires for each tool that the request offers, and for the tool that it calls, that is not on
    every list that applies: `tools` for everyone, and those of the request's project, actor and
    roles where these have one. Where no list applies, every tool fires. An entry says which kind
    of tool it is for, and admits no other kind of that name:

    - `function:get_weather`: a function of the caller's own, which the caller runs.
    - `hosted:web_search`: a tool that the provider runs, by the provider's name for it.
    - `mcp:github/get_issue`: a tool of the MCP server of that name; `mcp:github/*`: all of them.

    A request that offers an MCP server as a whole needs `mcp:server/*`. With action
    `mcp.tool_call` the tool called is one of an MCP server, with `tool.call` a function unless it
    names a server. The other `mcp.` actions need an entry for any tool of their server.

    ## Why
    A tool is what turns text into deeds: it reads files, sends mail, pays. A model that is
    talked into something can do no more than its tools can, so the list of tools is the list of
    what may go wrong.

    ## Example
    ```yaml
    - id: tools
      title: Reviewed tools only
      kind: tool.allowlist
      effect: deny
      severity: high
      params:
        tools: ["function:*", "hosted:file_search", "mcp:github/get_issue"]
        projects: {proj-prod: ["function:get_order"]}
    ```

    ## Options
    - `tools`: what anyone may offer and call, as a list or as `{fact: …}`, such as
      `{fact: request.project.tools}`. In a name `*` stands for any characters, `function:*` for
      every function. In place of an MCP server's name there is no pattern; `mcp:*/*` stands for
      any tool of any server.
    - `projects`: lists by project id.
    - `actors`: lists by actor id.
    - `roles`: lists by role. An actor with several listed roles may use what any of them may.

    ## Limits
    Lists narrow each other: a project's list can't add to `tools`. Names are compared exactly,
    case included. The name of an MCP server is what the caller calls it: `network.egress` judges
    where it is. A list that comes from a fact and is absent is empty; an entry in it that is none
    makes the rule err, which denies. What a model asks for in its answer is judged when it is
    called, as an action of its own; the answer itself isn't judged. Actions that take no tools,
    such as embeddings and files, pass; an action that jurat doesn't know needs both `tools` and
    `tool` to be sent.

    ## Codes
    | code | meaning |
    |---|---|
    | `tool-not-allowed` | the tool is not on a list that applies |
    | `tool-unnamed` | the tool is known to have no kind, no name or no server |
    """

    name = "tool.allowlist"
    judges = Request
    effects = {"deny", "advise"}
    allowlists = ("tools", "projects", "actors", "roles")

    class Params(RuleParams):
        tools: EntriesOrFact | None = None
        """What anyone may offer and call, or `{fact: …}` for a list that comes with the request."""
        projects: dict[str, tuple[ToolEntry, ...]] = Field(default_factory=dict)
        """Lists by project id."""
        actors: dict[str, tuple[ToolEntry, ...]] = Field(default_factory=dict)
        """Lists by actor id."""
        roles: dict[str, tuple[ToolEntry, ...]] = Field(default_factory=dict)
        """Lists by role: an actor may use what any of its listed roles may."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        named = {
            group: {id_: ToolList(entries) for id_, entries in getattr(params, group).items()}
            for group in ("projects", "actors", "roles")
        }
        if params.tools is None and not any(named.values()):
            raise ParamError(
                "there is no list", help="give tools, or lists by projects, actors or roles"
            )
        everyone: _Everyone | None = None
        if isinstance(params.tools, FactRef):
            everyone = _by_fact(context.fact(params.tools))
        elif params.tools is not None:
            everyone = _always(ToolList(params.tools))
        applying = _applying(everyone, named)

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            action = request.action
            if action in OFFERS:
                tools = request.tools
                return _offered(tools, applying(request, facts)) if tools else ()
            if action in CALLS:
                return _called(action, request.tool, applying(request, facts))
            if action in TOOLLESS:
                return ()
            tools, tool = request.tools, request.tool
            found = _offered(tools, applying(request, facts)) if tools else ()
            if tool.name is None and tool.server is None:
                return found
            return found + _called("tool.call", tool, applying(request, facts))

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        read = ["/action", "/tools", "/tool/name", "/tool/server"]
        if params.projects:
            read.append("/project/id")
        if params.actors:
            read.append("/actor/id")
        if params.roles:
            read.append("/actor/roles")
        if isinstance(params.tools, FactRef):
            read.append("/" + params.tools.fact.removeprefix("request.").replace(".", "/"))
        return tuple(read)

    def examples(self, params: Any) -> Examples | None:
        project = {"id": next(iter(params.projects), "proj-a")}
        actor = next(iter(params.actors), "svc-1")
        role = next(iter(params.roles), "member")
        everyone = params.tools
        if isinstance(everyone, FactRef):
            if everyone.fact != "request.project.tools":
                return None  # what else the fact could be is the bundle's affair
            everyone = ("function:get_weather",)
            project["tools"] = everyone
        applying = [
            entries
            for entries in (
                everyone,
                params.projects.get(project["id"]),
                params.actors.get(actor),
                params.roles.get(role),
            )
            if entries is not None
        ]
        lists = [ToolList(entries) for entries in applying]

        def made(key: ToolKey) -> Example:
            kind, server, name = key
            tool = {"kind": kind, "server": server, "name": name}
            given = {
                "action": "chat.completions",
                "tools": [tool],
                "actor": {"id": actor, "roles": [role]},
                "project": project,
            }
            return Example(given, note=f"{actor} offers {_spelt(key)}")

        keys = [parse_entry(entry) for entries in applying for entry in entries]
        offered = (
            (kind, server and server.replace("*", "any"), name and name.replace("*", "x"))
            for kind, server, name in keys
        )
        shared = next((key for key in offered if all(one.admits(key) for one in lists)), None)
        strangers: list[ToolKey] = [
            ("function", None, "run_shell"),
            ("hosted", None, "computer_use"),
            ("mcp", "unreviewed", None),
        ]
        return Examples(
            fires=tuple(
                made(key) for key in strangers if not all(one.admits(key) for one in lists)
            )[:2],
            passes=(made(shared),) if shared else (),
        )


_Everyone = Callable[[Any, Facts], ToolList]
# what each list is called, and the lists of which one must admit a tool
_Applying = Sequence[tuple[str, Sequence[ToolList]]]
_EVERYONES = "the list of tools"
_NO_LIST: _Applying = (("any list: none is for this project, actor or role", ()),)


def _always(tools: ToolList) -> _Everyone:
    def read(request: Any, facts: Facts) -> ToolList:
        return tools

    return read


def _by_fact(read: Callable[[Any, Facts], Any]) -> _Everyone:
    ready: dict[tuple[str, ...], ToolList] = {}

    def everyone(request: Any, facts: Facts) -> ToolList:
        entries = tuple(read(request, facts) or ())
        tools = ready.get(entries)
        if tools is None:
            try:
                tools = ToolList(entries)
            except ValueError:
                raise ValueError("the fact's list holds something that is no tool") from None
            if len(ready) >= _LISTS:
                ready.clear()
            ready[entries] = tools
        return tools

    return everyone


def _applying(
    everyone: _Everyone | None, named: Mapping[str, dict[str, ToolList]]
) -> Callable[[Any, Facts], _Applying]:
    """A reader (request, facts) -> the lists that apply to its tools."""
    projects, actors, roles = named["projects"], named["actors"], named["roles"]
    if everyone is not None and not (projects or actors or roles):
        ready = everyone

        def one_list(request: Any, facts: Facts) -> _Applying:
            return ((_EVERYONES, (ready(request, facts),)),)

        return one_list

    def applying(request: Any, facts: Facts) -> _Applying:
        found: list[tuple[str, Sequence[ToolList]]] = []
        if everyone is not None:
            found.append((_EVERYONES, (everyone(request, facts),)))
        if projects and (of_project := projects.get(request.project.id)) is not None:
            found.append(("the project's list of tools", (of_project,)))
        if actors and (of_actor := actors.get(request.actor.id)) is not None:
            found.append(("the actor's list of tools", (of_actor,)))
        if roles:
            of_roles = [roles[role] for role in request.actor.roles or () if role in roles]
            if of_roles:
                found.append(("any list of tools of the actor's roles", of_roles))
        return found or _NO_LIST

    return applying


def _offered(tools: Iterable[Any], applying: _Applying) -> tuple[Finding, ...]:
    """The findings for the tools that a request offers to its model."""
    found: tuple[Finding, ...] = ()
    for index, tool in enumerate(tools):
        kind = tool.kind
        if kind == "mcp":
            server, name = tool.server, tool.name
            if server is None:
                found += (_unnamed(f"/tools/{index}/server"),)
                continue
        elif kind is None:
            found += (_unnamed(f"/tools/{index}/kind"),)
            continue
        else:
            server, name = None, tool.name
            if name is None:
                found += (_unnamed(f"/tools/{index}/name"),)
                continue
        key = (kind, server, name)
        if (of := _refusing(key, applying)) is not None:
            found += (_refused(key, of, f"/tools/{index}"),)
    return found


def _called(action: str, tool: Any, applying: _Applying) -> tuple[Finding, ...]:
    """The findings for a request that is itself the use of a tool."""
    server, name = tool.server, tool.name
    if server is None and action != "tool.call":
        return (_unnamed("/tool/server"),)
    if action not in ("tool.call", "mcp.tool_call"):
        of = next(
            (of for of, lists in applying if not any(t.reaches(server) for t in lists)), None
        )
        return () if of is None else (_refused(("mcp", server, None), of, "/tool"),)
    if name is None:
        return (_unnamed("/tool/name"),)
    key = ("function" if server is None else "mcp", server, name)
    refusing = _refusing(key, applying)
    return () if refusing is None else (_refused(key, refusing, "/tool"),)


def _refusing(key: ToolKey, applying: _Applying) -> str | None:
    """What the first list is called that doesn't admit the tool; None where all do."""
    for of, lists in applying:
        for tools in lists:
            if tools.verdicts.get(key) or tools.admits(key):
                break
        else:
            return of
    return None


def _spelt(key: ToolKey) -> str:
    """An entry that would admit the tool."""
    kind, server, name = key
    return f"{kind}:{name}" if server is None else f"{kind}:{server}/{name or '*'}"


def _refused(key: ToolKey, of: str, at: str) -> Finding:
    kind, server, name = key
    quote: dict[str, str] = {}
    if server is not None:
        quote["server"] = server
    if name is not None:
        quote["tool"] = name
    what = {
        "function": "the function {tool}",
        "hosted": "the provider's tool {tool}",
        "mcp": "the tool {tool} of MCP server {server}",
    }[kind]
    return Finding(
        "tool-not-allowed",
        f"{what if name is not None else 'the MCP server {server}'} is not on {of}",
        at=at,
        evidence={"kind": kind},
        quote=quote,
        remediation="Leave the tool out, or have it reviewed and listed.",
    )


def _unnamed(at: str) -> Finding:
    return Finding(
        "tool-unnamed",
        "a tool doesn't say what it is, so it is on no list",
        at=at,
        remediation="Name the tool with its kind, and a server where it is one of an MCP server.",
    )
