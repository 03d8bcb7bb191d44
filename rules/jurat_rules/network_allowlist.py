"""Calls come from known networks."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from jurat.model import Request
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    FactRef,
    Facts,
    Finding,
    RuleKind,
    RuleParams,
    RuleSpec,
)

from ._networks import Network, Networks

_LISTS = 1024  # lists of networks kept ready per rule, where they come from a fact


def _shape(value: Any) -> str:
    return "fact" if isinstance(value, dict | FactRef) else "list"


NetworksOrFact = Annotated[
    Annotated[tuple[Network, ...], Tag("list")] | Annotated[FactRef, Tag("fact")],
    Discriminator(_shape),
]


class NetworkAllowlist(RuleKind):
    """A call comes from one of the listed networks.

    ## What it does
    Fires where the client's address lies in none of `networks`. The list stands in the rule, or
    in a fact, such as the networks of the account that calls. An empty list has no address in it,
    so it always fires. The client is the peer (`/source/ip`), unless the peer is one of
    `trusted_proxies`: then it is the right-most address of `/source/forwarded_for` that is not
    itself a trusted proxy.

    ## Why
    A stolen key is used from somewhere else. And an address in a forwarded header is whatever
    the caller wrote there, unless a proxy of your own wrote it.

    ## Example
    ```yaml
    - id: networks
      title: Accounts call from their networks
      kind: network.allowlist
      effect: deny
      severity: high
      when: request.actor.kind == "service_account"
      params:
        networks: {fact: request.actor.networks}
        trusted_proxies: [10.0.0.5]
    ```

    ## Options
    - `networks`: IPv4 and IPv6 networks in CIDR notation, or `{fact: …}` for a list that comes
      with the request. A bare address is a network of one.
    - `trusted_proxies`: networks of the proxies whose forwarded header is believed.

    ## Limits
    An IPv4-mapped IPv6 address counts as its IPv4 address. A network with bits set beyond its
    prefix (`10.0.1.5/24`) is refused: it isn't clear which of two networks was meant. In a list
    that comes from a fact, such a network makes the rule err, which denies. Where the peer is a
    trusted proxy and the forwarded header was not supplied, the rule is unknown, which denies;
    a header that is known to be absent leaves the peer itself as the client.

    ## Codes
    | code | meaning |
    |---|---|
    | `address-not-allowed` | the client's address lies in none of the networks |
    | `address-absent` | the address is known to be absent |
    """

    name = "network.allowlist"
    judges = Request
    effects = {"deny", "advise"}
    allowlists = ("networks",)

    class Params(RuleParams):
        networks: NetworksOrFact
        """Networks in CIDR notation, or `{fact: …}` for a list that comes with the request."""
        trusted_proxies: tuple[Network, ...] = ()
        """Networks of the proxies whose forwarded header is believed."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        trusted = Networks(params.trusted_proxies)
        if isinstance(params.networks, FactRef):
            return _by_fact(context.fact(params.networks), trusted)
        allowed = Networks(params.networks)
        verdicts, proxies = allowed.verdicts, trusted.verdicts
        peers_only = not trusted.count

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            address = request.source.ip
            if verdicts.get(address) and (peers_only or proxies.get(address) is False):
                return ()
            return _judge(request.source, trusted, allowed)

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        read = ["/source/ip"]
        if params.trusted_proxies:
            read.append("/source/forwarded_for")
        if isinstance(params.networks, FactRef):
            read.append("/" + params.networks.fact.removeprefix("request.").replace(".", "/"))
        return tuple(read)

    def examples(self, params: Any) -> Examples | None:
        if isinstance(params.networks, FactRef):
            if params.networks.fact != "request.actor.networks":
                return None  # what else the fact could be is the bundle's affair
            actor: dict[str, Any] = {"id": "svc-1", "networks": ["198.51.100.0/24"]}
            inside, networks = "198.51.100.7", actor["networks"]
        else:
            actor, networks = {"id": "svc-1"}, params.networks
            inside = next((network.partition("/")[0] for network in networks), "")
        allowed, trusted = Networks(networks), Networks(params.trusted_proxies)
        outside = [ip for ip in _ELSEWHERE if not allowed.contain(ip) and not trusted.contain(ip)]

        def calls(address: str) -> Example:
            source: dict[str, Any] = {"ip": address}
            if trusted.contain(address):
                source["forwarded_for"] = None
            return Example({"actor": actor, "source": source}, note=f"a call from {address}")

        return Examples(
            fires=tuple(calls(ip) for ip in outside[:1]),
            passes=(calls(inside),) if inside else (),
        )


_ELSEWHERE = ("203.0.113.9", "192.0.2.9", "2001:db8::9")  # RFC 5737, RFC 3849


def _client(source: Any, trusted: Networks) -> tuple[str | None, str]:
    """The client's address, and the pointer of where it stands."""
    peer = source.ip
    if peer is None or not trusted.contain(peer):
        return peer, "/source/ip"
    chain = source.forwarded_for or ()
    for index in range(len(chain) - 1, -1, -1):
        if not trusted.contain(chain[index]):
            return chain[index], f"/source/forwarded_for/{index}"
    if chain:  # proxies of our own all the way: the first of them made the call
        return chain[0], "/source/forwarded_for/0"
    return peer, "/source/ip"


def _by_fact(read: Callable[[Any, Facts], Any], trusted: Networks) -> Check:
    ready: dict[tuple[str, ...], Networks] = {}
    proxies = trusted.verdicts
    peers_only = not trusted.count

    def make_ready(networks: tuple[str, ...]) -> Networks:
        try:
            made = Networks(networks)
        except ValueError:
            raise ValueError("the fact's list holds something that is no network") from None
        if len(ready) >= _LISTS:
            ready.clear()
        ready[networks] = made
        return made

    def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        networks = read(request, facts)
        if type(networks) is not tuple:
            networks = tuple(networks or ())
        allowed = ready.get(networks) or make_ready(networks)
        address = request.source.ip
        if allowed.verdicts.get(address) and (peers_only or proxies.get(address) is False):
            return ()
        return _judge(request.source, trusted, allowed)

    return check


def _judge(source: Any, trusted: Networks, allowed: Networks) -> tuple[Finding, ...]:
    address, at = _client(source, trusted)
    if address is None:
        return (Finding("address-absent", "the call has no address", at=at),)
    if allowed.contain(address):
        return ()
    return (
        Finding(
            "address-not-allowed",
            "{address} is in none of the networks allowed"
            if allowed.count
            else "{address} calls, and the list of networks allowed is empty",
            at=at,
            evidence={"networks": allowed.count},
            quote={"address": address},
            remediation="Call from an allowed network, or have this one reviewed and listed.",
        ),
    )
