"""Tools reach known hosts only."""

from datetime import datetime
from typing import Any, Literal

from jurat.model import Request
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    Facts,
    Finding,
    RuleKind,
    RuleParams,
    RuleSpec,
)

from ._hosts import HostEntry, HostList, parse_host
from ._tools import CALLS, OFFERS, TOOLLESS

ToolKind = Literal["function", "hosted", "mcp"]


class NetworkEgress(RuleKind):
    """Tools and MCP servers are on listed hosts.

    ## What it does
    Fires for each tool that the request offers, and for the tool or server that it calls, whose
    host (`/tools/…/host`, `/tool/host`) is not one of `hosts`. A host that may be read in two
    ways, such as a URL with a user name before the host or an address written as one number, is
    on no list. Addresses of the machine itself, of private networks and of the cloud's metadata
    (169.254.169.254) need an entry of their own.

    ## Why
    A server of tools reads what the model writes and writes what the model reads. One that
    nobody reviewed is a way out for data and a way in for instructions; and one at an address of
    your own network makes the provider, or your gateway, knock on doors inside.

    ## Example
    ```yaml
    - id: egress
      title: Tools are on reviewed hosts
      kind: network.egress
      effect: deny
      severity: high
      params:
        hosts: [api.example.com, "*.tools.example.com", "mcp.example.net:8443", 10.0.8.0/24]
    ```

    ## Options
    - `hosts`: a name with or without port, `*.example.com` for every name below it (and not
      `example.com` itself), an address, a network in CIDR notation, or `*` for any host.
    - `deny_private`: whether names and addresses that lead to the machine itself, a private
      network or the cloud's metadata need an entry of their own (default: true). Then neither `*`
      nor a network that has public addresses too admits them.
    - `require_host`: the kinds of tools that must have a host: `function`, `hosted`, `mcp`
      (default: `mcp`). A tool of another kind that is known to have none is local, or the
      provider's own, and passes.

    ## Limits
    Names are compared without regard to case, to a dot at the end, and to whether they are
    written in Unicode or in ASCII (`bücher.example` is `xn--bcher-kva.example`). They aren't
    resolved: what address a listed name has is its owner's to say. An entry without port admits
    any; one with a port admits hosts that state that port, or URLs whose scheme has it. Where
    servers of tools run on the caller's own machine and have no host, leave `mcp` out of
    `require_host`. Actions that take no tools pass; an action that jurat doesn't know needs both
    `tools` and `tool` to be sent.

    ## Codes
    | code | meaning |
    |---|---|
    | `host-not-allowed` | the host is not on the list |
    | `host-private` | the host is of a local network, and has no entry of its own |
    | `host-unreadable` | the host is none, or may be read in two ways |
    | `host-absent` | the tool is known to have no host, and its kind must have one |
    """

    name = "network.egress"
    judges = Request
    effects = {"deny", "advise"}
    allowlists = ("hosts",)

    class Params(RuleParams):
        hosts: tuple[HostEntry, ...]
        """Names, `*.` and a name, addresses and networks that tools may be on."""
        deny_private: bool = True
        """Whether hosts of local networks need an entry of their own."""
        require_host: tuple[ToolKind, ...] = ("mcp",)
        """The kinds of tools that must have a host."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        verdict = HostList(params.hosts, deny_private=params.deny_private).verdict
        required = frozenset(params.require_host)

        def judge(host: str | None, kind: str | None, at: str) -> tuple[Finding, ...]:
            if host is None:  # a tool of no kind may be of any
                needed = kind in required if kind is not None else bool(required)
                return _absent(at) if needed else ()
            found = verdict(host)
            return _finding(found, host, at) if found else ()

        def offered(tools: Any) -> tuple[Finding, ...]:
            found: tuple[Finding, ...] = ()
            for index, tool in enumerate(tools):
                host = tool.host
                kind = tool.kind if host is None and required else None
                found += judge(host, kind, f"/tools/{index}/host")
            return found

        def called(tool: Any, action: str) -> tuple[Finding, ...]:
            host = tool.host
            kind = "mcp"
            if host is None and required and action == "tool.call" and tool.server is None:
                kind = "function"
            return judge(host, kind, "/tool/host")

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            action = request.action
            if action in OFFERS:
                return offered(request.tools or ())
            if action in CALLS:
                return called(request.tool, action)
            if action in TOOLLESS:
                return ()
            tools, tool = request.tools, request.tool
            found = offered(tools or ())
            if tool.host is None and tool.name is None and tool.server is None:
                return found
            return found + called(tool, "tool.call")

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        server = ("/tool/server",) if params.require_host else ()
        return ("/action", "/tools", "/tool/host", "/tool/name", *server)

    def examples(self, params: Any) -> Examples:
        hosts = HostList(params.hosts, deny_private=params.deny_private)
        entries = (entry.replace("*.", "a.").replace("*", "a.example") for entry in params.hosts)
        inside = (entry.partition("/")[0] for entry in entries)
        known = next((host for host in inside if not hosts.verdict(host)), None)

        def made(host: str, note: str) -> Example:
            tool = {"kind": "mcp", "server": "tools", "name": None, "host": host}
            return Example({"action": "chat.completions", "tools": [tool]}, note=note)

        strangers = ("unreviewed.example", "169.254.169.254")
        doubtful = f"https://{known or 'good.example'}@unreviewed.example/"
        fires = [made(s, f"a server of tools on {s}") for s in strangers if hosts.verdict(s)]
        fires.append(made(doubtful, "a URL that looks like another host's"))
        passes = (made(known, f"a server of tools on {known}"),) if known else ()
        return Examples(fires=tuple(fires), passes=passes)


def _finding(verdict: str, host: str, at: str) -> tuple[Finding, ...]:
    if verdict == "unreadable":  # nothing is quoted: a URL may hold a password
        return (
            Finding(
                "host-unreadable",
                "the host of a tool can't be read, or may be read in two ways",
                at=at,
                remediation="Send the host alone, or a URL without a user name in it.",
            ),
        )
    quote = {"host": parse_host(host).name}  # nothing else of a URL
    if verdict == "private":
        return (
            Finding(
                "host-private",
                "{host} is of a local network, and has no entry of its own",
                at=at,
                quote=quote,
                remediation="Use a public host, or have this one reviewed and listed.",
            ),
        )
    return (
        Finding(
            "host-not-allowed",
            "{host} is not on the list of hosts",
            at=at,
            quote=quote,
            remediation="Use a listed host, or have this one reviewed and listed.",
        ),
    )


def _absent(at: str) -> tuple[Finding, ...]:
    return (
        Finding(
            "host-absent",
            "a tool has no host, and tools of its kind must have one",
            at=at,
            remediation="Send where the tool's server is.",
        ),
    )
