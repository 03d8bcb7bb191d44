import ipaddress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jurat_rules._networks import Networks
from jurat_rules.network_allowlist import NetworkAllowlist

DENIED = ["address-not-allowed"]


# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {"networks": ["10.0.1.0/24", "2001:db8:1::/48"]},
    {"networks": ["10.0.1.0/24"], "trusted_proxies": ["10.0.0.0/8"]},
    {"networks": {"fact": "request.actor.networks"}},
]


def call(ip: str | None, chain: Any = ..., **actor: Any) -> dict[str, Any]:
    source: dict[str, Any] = {"ip": ip}
    if chain is not ...:
        source["forwarded_for"] = chain
    return {"source": source, "actor": actor}


@pytest.mark.parametrize(
    ("networks", "ip", "codes"),
    [
        (["10.0.16.0/20"], "10.0.16.1", []),
        (["10.0.16.0/20"], "10.0.31.255", []),
        (["10.0.16.0/20"], "10.0.15.1", DENIED),  # what comparing text lets in
        (["10.0.16.0/20"], "10.0.32.0", DENIED),
        (["10.0.1.0/24"], "10.0.100.5", DENIED),
        (["10.0.1.5"], "10.0.1.5", []),
        (["10.0.1.5"], "10.0.1.50", DENIED),
        (["0.0.0.0/0"], "203.0.113.1", []),
        (["0.0.0.0/0"], "2001:db8::1", DENIED),
        (["2001:db8::/32"], "2001:0DB8:0::1", []),
        (["2001:db8::/32"], "2001:db9::1", DENIED),
        (["::/0"], "10.0.0.1", DENIED),
        (["10.0.0.0/8"], "::ffff:10.1.2.3", []),  # IPv4-mapped counts as IPv4
        (["10.0.0.0/8"], "::ffff:0a01:0203", []),
        (["::ffff:10.0.0.0/104"], "10.1.2.3", []),
        (["10.0.0.0/8"], "::10.1.2.3", DENIED),  # IPv4-compatible is another thing
        (["10.0.1.0/24", "192.168.0.0/16", "2001:db8::/32"], "192.168.77.1", []),
        ([], "10.0.0.1", DENIED),
        (["10.0.0.0/8"], None, ["address-absent"]),
    ],
)
def test_addresses(bench: Any, networks: list[str], ip: str | None, codes: list[str]) -> None:
    rule = bench(NetworkAllowlist)({"networks": networks})
    by_fact = bench(NetworkAllowlist)({"networks": {"fact": "request.actor.networks"}})
    for _ in range(2):  # the second verdict is the remembered one
        assert rule.codes(call(ip)) == codes
        assert by_fact.codes(call(ip, networks=networks)) == codes


@pytest.mark.parametrize(
    ("peer", "chain", "codes", "at"),
    [
        # the peer is no proxy of ours: what it claims counts for nothing
        ("203.0.113.9", ["10.0.1.5"], DENIED, "/source/ip"),
        ("10.0.1.5", ["203.0.113.9"], [], ""),
        ("10.0.1.5", ..., [], ""),
        # the peer is: the client is the right-most address that is no proxy of ours
        ("172.16.0.1", ["10.0.1.5"], [], ""),
        ("172.16.0.1", ["203.0.113.9"], DENIED, "/source/forwarded_for/0"),
        ("172.16.0.1", ["10.0.1.5", "203.0.113.9"], DENIED, "/source/forwarded_for/1"),
        ("172.16.0.1", ["203.0.113.9", "10.0.1.5"], [], ""),
        ("172.16.0.1", ["203.0.113.9", "10.0.1.5", "172.16.0.2"], [], ""),
        ("::ffff:172.16.0.1", ["10.0.1.5"], [], ""),
        # proxies all the way
        ("172.16.0.1", ["172.16.0.3", "172.16.0.2"], DENIED, "/source/forwarded_for/0"),
        ("172.16.0.1", [], DENIED, "/source/ip"),
        ("172.16.0.1", None, DENIED, "/source/ip"),
        ("172.16.0.1", ..., ["unknown /source/forwarded_for"], ""),
        (None, ["10.0.1.5"], ["address-absent"], "/source/ip"),
    ],
)
def test_forwarded_header(
    bench: Any, peer: str | None, chain: Any, codes: list[str], at: str
) -> None:
    trusted = ["172.16.0.0/24"]
    rules = (
        bench(NetworkAllowlist)({"networks": ["10.0.1.0/24"], "trusted_proxies": trusted}),
        bench(NetworkAllowlist)(
            {"networks": {"fact": "request.actor.networks"}, "trusted_proxies": trusted}
        ),
    )
    for rule in rules:
        request = call(peer, chain, networks=["10.0.1.0/24"])
        assert rule.codes(request) == codes
        if at:
            assert rule(request)[0].at == at


def test_header_without_trusted_proxies_is_ignored(bench: Any) -> None:
    rule = bench(NetworkAllowlist)({"networks": ["10.0.1.0/24"]})
    assert rule.codes(call("203.0.113.9", ["10.0.1.5"])) == DENIED


def test_unsent(bench: Any) -> None:
    fixed = bench(NetworkAllowlist)({"networks": ["10.0.1.0/24"]})
    assert fixed.codes({}) == ["unknown /source/ip"]
    by_fact = bench(NetworkAllowlist)({"networks": {"fact": "request.actor.networks"}})
    assert by_fact.codes(call("10.0.1.5")) == ["unknown /actor/networks"]
    assert by_fact.codes(call("10.0.1.5", networks=None)) == DENIED  # absent is empty


def test_fact_with_something_that_is_no_network(bench: Any) -> None:
    rule = bench(NetworkAllowlist)({"networks": {"fact": "request.actor.networks"}})
    for bad in ("canary", "10.0.1.5/24", "10.0.0.0/33"):
        with pytest.raises(ValueError, match="no network") as caught:
            rule(call("10.0.1.5", networks=["10.0.0.0/8", bad]))
        assert bad not in str(caught.value)


@pytest.mark.parametrize(
    ("network", "text"),
    [
        ("10.0.1.5/24", "write 10.0.1.0/24, or 10.0.1.5 for the one address"),
        ("2001:db8::1/32", "write 2001:db8::/32"),
        ("::ffff:10.0.0.1/104", "write 10.0.0.0/8"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/n, with n from 0 to 32"),
        ("10.0.0.0/33", "n from 0 to 32"),
        ("10.0.0.0/", "n from 0 to 32"),
        ("2001:db8::/129", "n from 0 to 128"),
        ("::ffff:0.0.0.0/80", "IPv4 network"),
        ("10.0.0", "write it like"),
        ("10.0.0.0.0/8", "write it like"),
        ("010.0.0.0/8", "write it like"),
        ("fe80::1%eth0", "write it like"),
        ("host.example", "write it like"),
        ("", "write it like"),
        (" 10.0.0.0/8", "write it like"),
    ],
)
def test_refused_networks(bench: Any, network: str, text: str) -> None:
    assert text in bench(NetworkAllowlist).refuses({"networks": [network]}).help
    refused = bench(NetworkAllowlist).refuses({"networks": [], "trusted_proxies": [network]})
    assert text in refused.help


def test_finding(bench: Any) -> None:
    (finding,) = bench(NetworkAllowlist)({"networks": ["10.0.1.0/24"]})(call("203.0.113.1"))
    assert finding.at == "/source/ip"
    assert "203" not in finding.message
    assert finding.quote == {"address": "203.0.113.1"}
    assert finding.evidence == {"networks": 1}


V4 = st.ip_addresses(v=4)
V6 = st.ip_addresses(v=6)


@st.composite
def nets(draw: st.DrawFn) -> str:
    address = draw(V4 | V6)
    length = draw(st.integers(0, address.max_prefixlen))
    return str(ipaddress.ip_network((address, length), strict=False))


@given(networks=st.lists(nets(), max_size=6), address=V4 | V6, near=st.integers(0, 5))
@example(["10.0.16.0/20"], ipaddress.ip_address("10.0.15.1"), 5)
def test_same_as_the_standard_library(networks: list[str], address: Any, near: int) -> None:
    parsed = [ipaddress.ip_network(network) for network in networks]
    if near < len(parsed):  # random addresses alone would hardly ever be inside
        address = parsed[near].broadcast_address
    mapped = getattr(address, "ipv4_mapped", None)
    judged = mapped or address
    expected = any(judged in network for network in parsed)
    if not any(n.version == 6 and n.overlaps(_MAPPED) for n in parsed):
        assert Networks(networks).contain(str(address)) == expected


_MAPPED = ipaddress.ip_network("::ffff:0:0/96")
