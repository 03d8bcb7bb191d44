import ipaddress
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jurat.engine import Engine
from jurat.wire import from_body
from jurat_rules._hosts import HostList, is_private, parse_host
from jurat_rules.network_egress import NetworkEgress

DENIED = ["host-not-allowed"]
PRIVATE = ["host-private"]
UNREADABLE = ["host-unreadable"]
ABSENT = ["host-absent"]
HOSTS = ["api.example.com", "*.tools.example.com", "mcp.example.net:8443", "10.0.8.0/24"]


# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {"hosts": HOSTS},
    {"hosts": ["*"]},
    {"hosts": ["*.example.org", "192.168.1.5"], "deny_private": False, "require_host": []},
]


def offer(host: Any, kind: str = "mcp") -> dict[str, Any]:
    return {"action": "responses", "tools": [{"kind": kind, "server": "s", "host": host}]}


@pytest.mark.parametrize(
    ("host", "codes"),
    [
        ("api.example.com", []),
        ("API.Example.COM", []),
        ("api.example.com.", []),
        ("api.example.com:9000", []),  # an entry without port admits any
        ("https://api.example.com/mcp?x=a%20@b", []),
        ("example.com", DENIED),
        ("xapi.example.com", DENIED),
        ("api.example.com.evil.example", DENIED),
        ("api.example.comx", DENIED),
        ("a.tools.example.com", []),
        ("a.b.tools.example.com", []),
        ("tools.example.com", DENIED),  # not the name itself
        ("evil-tools.example.com", DENIED),
        (".tools.example.com", UNREADABLE),
        ("mcp.example.net:8443", []),
        ("https://mcp.example.net:8443/", []),
        ("mcp.example.net", DENIED),  # on which port?
        ("https://mcp.example.net/", DENIED),
        ("mcp.example.net:8444", DENIED),
        ("10.0.8.77", []),
        ("10.0.8.77:9000", []),
        ("::ffff:10.0.8.77", []),
        ("[::ffff:10.0.8.77]:443", []),
        ("10.0.9.1", PRIVATE),
        ("169.254.169.254", PRIVATE),
        ("127.0.0.1", PRIVATE),
        ("[::1]", PRIVATE),
        ("fd00::1", PRIVATE),
        ("64:ff9b::a9fe:a9fe", PRIVATE),  # 169.254.169.254 behind a NAT64
        ("localhost", PRIVATE),
        ("redis", PRIVATE),
        ("metadata.google.internal", PRIVATE),
        ("93.184.216.34", DENIED),
        ("[2606:2800:220:1::1]:443", DENIED),
        # what one parser takes for one host and another for another
        ("https://api.example.com@evil.example/", UNREADABLE),
        ("https://evil.example\\@api.example.com/", UNREADABLE),
        ("https://api.example.com\\.evil.example/", UNREADABLE),
        ("api.example.com@evil.example", UNREADABLE),
        ("api.example.com#@evil.example", UNREADABLE),
        ("api.example.com/../evil", UNREADABLE),
        ("//api.example.com", UNREADABLE),
        ("https:api.example.com", UNREADABLE),
        ("javascript://", UNREADABLE),
        ("https://", UNREADABLE),
        ("//api.example.com/://", UNREADABLE),
        ("https://api.exam\tple.com/", UNREADABLE),
        (" https://api.example.com/", UNREADABLE),
        ("api.example.com ", UNREADABLE),
        ("api.example\t.com", UNREADABLE),
        ("api.example.com\n", UNREADABLE),
        ("api%2eexample.com", UNREADABLE),
        ("api..example.com", UNREADABLE),
        ("api.example.com..", UNREADABLE),
        ("api.example.com:", UNREADABLE),
        ("api.example.com:0", UNREADABLE),
        ("api.example.com:65536", UNREADABLE),
        ("api.example.com:٤٤٣", UNREADABLE),
        ("-api.example.com", UNREADABLE),
        ("[api.example.com]", UNREADABLE),
        ("fe80::1%eth0", UNREADABLE),
        ("*", UNREADABLE),
        ("*.tools.example.com", UNREADABLE),
        ("?", UNREADABLE),
        ("", UNREADABLE),
        ("a" * 300 + ".tools.example.com", UNREADABLE),
        ("x." * 500 + "tools.example.com", UNREADABLE),
        # addresses as only some read them
        ("2130706433", UNREADABLE),
        ("0x7f000001", UNREADABLE),
        ("127.1", UNREADABLE),
        ("0177.0.0.1", UNREADABLE),
        ("10.0.8.077", UNREADABLE),
        ("\uff11\uff10.0.8.77", []),  # full-width digits are what IDNA makes of them
        ("①⓪.0.9.1", PRIVATE),
        ("\uff41\uff50\uff49.example。com", []),
    ],
)
def test_hosts(bench: Any, host: str, codes: list[str]) -> None:
    rule = bench(NetworkEgress)({"hosts": HOSTS})
    for _ in range(2):  # the second verdict is the remembered one
        assert rule.codes(offer(host)) == codes
        assert rule.codes({"action": "mcp.tool_call", "tool": {"host": host}}) == codes


@pytest.mark.parametrize(
    ("entry", "host", "codes"),
    [
        ("bücher.example", "xn--bcher-kva.example", []),
        ("bücher.example", "BÜCHER.example", []),
        ("xn--bcher-kva.example", "bücher.example", []),
        ("*.bücher.example", "a.xn--bcher-kva.example", []),
        ("bucher.example", "bücher.example", DENIED),
        ("ex\u0430mple.com", "example.com", DENIED),  # a Cyrillic letter in the entry
        ("fass.example", "faß.example", UNREADABLE),  # two versions of IDNA disagree
        ("Example.COM.", "example.com", []),
        ("example.com:443", "https://example.com", []),
        ("example.com:443", "wss://example.com:443/x", []),
        ("example.com:443", "http://example.com", DENIED),
        ("example.com:80", "http://example.com", []),
        ("[2001:db8::1]:443", "https://[2001:DB8:0::1]/", []),
        ("2001:db8::/32", "2001:db8::1", []),
        ("93.184.216.34", "::ffff:93.184.216.34", []),
        ("localhost", "localhost:8080", []),
        ("*.internal", "mcp.corp.internal", []),
        ("127.0.0.1", "127.0.0.1:1", []),
        ("169.254.169.254", "169.254.169.254", []),
        ("_dmarc.example.com", "_dmarc.example.com", []),
        # wide entries admit nothing local
        ("*", "anything.example", []),
        ("*", "anything.notlocal", []),
        ("*", "93.184.216.34", []),
        ("*", "169.254.169.254", PRIVATE),
        ("*", "localhost", PRIVATE),
        ("*", "[::]", PRIVATE),
        ("*", "https://u@x.example", UNREADABLE),
        ("0.0.0.0/0", "93.184.216.34", []),
        ("0.0.0.0/0", "10.1.2.3", PRIVATE),
        ("8.0.0.0/5", "10.1.2.3", PRIVATE),
        ("10.0.0.0/8", "10.1.2.3", []),
        ("::/0", "fd00::1", PRIVATE),
        ("fd00::/8", "fd00::1", []),
        ("0.0.0.0/0", "example.com", DENIED),
    ],
)
def test_entries(bench: Any, entry: str, host: str, codes: list[str]) -> None:
    assert bench(NetworkEgress)({"hosts": [entry]}).codes(offer(host)) == codes


def test_local_hosts_where_they_need_no_entry(bench: Any) -> None:
    rule = bench(NetworkEgress)({"hosts": ["*"], "deny_private": False})
    for host in ("169.254.169.254", "localhost", "a.internal"):
        assert rule.codes(offer(host)) == []
    rule = bench(NetworkEgress)({"hosts": ["0.0.0.0/0"], "deny_private": False})
    assert rule.codes(offer("10.1.2.3")) == []
    assert rule.codes(offer("localhost")) == DENIED
    assert rule.codes(offer("::1")) == DENIED


def test_several_ports(bench: Any) -> None:
    rule = bench(NetworkEgress)({"hosts": ["a.example:1", "a.example:2", "*.b.example:3"]})
    assert rule.codes(offer("a.example:2")) == []
    assert rule.codes(offer("a.example:3")) == DENIED
    assert rule.codes(offer("x.b.example:3")) == []
    assert rule.codes(offer("x.b.example")) == DENIED
    rule = bench(NetworkEgress)({"hosts": ["a.example:1", "a.example"]})
    assert rule.codes(offer("a.example:9")) == []


@pytest.mark.parametrize(
    ("require", "kind", "codes"),
    [
        (["mcp"], "mcp", ABSENT),
        (["mcp"], "function", []),
        (["mcp"], "hosted", []),
        (["mcp"], None, ABSENT),
        (["function", "hosted"], "function", ABSENT),
        (["function", "hosted"], "mcp", []),
        ([], "mcp", []),
        ([], None, []),
    ],
)
def test_tools_without_host(bench: Any, require: list[str], kind: Any, codes: list[str]) -> None:
    rule = bench(NetworkEgress)({"hosts": HOSTS, "require_host": require})
    assert rule.codes(offer(None, kind)) == codes


@pytest.mark.parametrize(
    ("request_", "codes"),
    [
        ({"action": "responses"}, ["unknown /tools"]),
        ({"action": "responses", "tools": None}, []),
        ({"action": "responses", "tools": [{"kind": "function"}]}, ["unknown /tools/0/host"]),
        ({"action": "responses", "tools": [{"host": None}]}, ["unknown /tools/0/kind"]),
        ({"action": "embeddings"}, []),
        ({"tools": []}, ["unknown /action"]),
        ({"action": "tool.call", "tool": {"host": None, "server": None}}, []),
        ({"action": "tool.call", "tool": {"host": None, "server": "crm"}}, ABSENT),
        ({"action": "tool.call", "tool": {"host": None}}, ["unknown /tool/server"]),
        ({"action": "tool.call", "tool": {"host": "evil.example"}}, DENIED),
        ({"action": "tool.call", "tool": {"server": "crm"}}, ["unknown /tool/host"]),
        ({"action": "mcp.tool_call", "tool": {"host": None, "server": None}}, ABSENT),
        ({"action": "mcp.tools_list", "tool": {"host": "evil.example"}}, DENIED),
        ({"action": "mcp.resource_read"}, ["unknown /tool/host"]),
        ({"action": "acme.ask", "tools": [], "tool": None}, []),
        ({"action": "acme.ask", "tools": []}, ["unknown /tool/host"]),
        ({"action": "acme.ask", "tool": None}, ["unknown /tools"]),
        ({"action": None, "tools": [], "tool": {"host": "evil.example"}}, DENIED),
    ],
)
def test_what_is_looked_at(bench: Any, request_: dict[str, Any], codes: list[str]) -> None:
    assert bench(NetworkEgress)({"hosts": HOSTS}).codes(request_) == codes


def test_each_tool_has_its_finding(bench: Any) -> None:
    tools = [{"host": h, "kind": "mcp"} for h in ("evil.example", "api.example.com", "10.9.9.9")]
    found = bench(NetworkEgress)({"hosts": HOSTS})({"action": "messages", "tools": tools})
    assert [(f.code, f.at) for f in found] == [
        ("host-not-allowed", "/tools/0/host"),
        ("host-private", "/tools/2/host"),
    ]


def test_nothing_of_a_url_but_its_host_is_quoted(bench: Any) -> None:
    rule = bench(NetworkEgress)({"hosts": HOSTS})
    (finding,) = rule(offer("https://EVIL.example/mcp?key=canary"))
    assert finding.quote == {"host": "evil.example"}
    (finding,) = rule(offer("https://u:canary@evil.example/"))
    assert "canary" not in repr(finding)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("https://api.example.com", "the host alone"),
        ("u@api.example.com", "the host alone"),
        ("api.example.com/mcp", "without a path"),
        ("*example.com", "write *.example.com"),
        ("a*.example.com", "write *.example.com"),
        ("*.*.example.com", "write *.example.com"),
        ("*:443", "write *.example.com"),
        ("*.", "write it like"),
        ("", "write it like"),
        ("api example.com", "write it like"),
        ("api.example.com:https", "write it like"),
        ("10.0.8", "write it like"),
        ("*.10.0.8.1", "write a network as a CIDR"),
        ("10.0.8.5/24", "write 10.0.8.0/24"),
        ("10.0.8.0/33", "from 0 to 32"),
    ],
)
def test_refused_params(bench: Any, entry: str, text: str) -> None:
    error = bench(NetworkEgress).refuses({"hosts": [entry]})
    assert text in error.help


def test_what_a_body_offers() -> None:
    rules = """
- {id: egress, title: E, kind: network.egress, effect: deny, severity: high,
   params: {hosts: [mcp.example.com]}}
- {id: any, title: A, kind: expression, effect: permit, severity: info, when: "true"}
"""
    engine = Engine.load(
        {"bundle.yaml": "{name: a, version: 1.0.0, revision: 1}", "rules/a.yaml": rules}
    )

    def codes(url: str | None) -> list[str]:
        tool = {"type": "mcp", "server_label": "crm", "server_url": url}
        body = {
            "model": "gpt-4.1",
            "input": "hi",
            "tools": [tool, {"type": "function", "name": "f"}],
        }
        return [r.code for r in engine.evaluate(from_body("openai.responses", body)).reasons]

    assert codes("https://mcp.example.com/sse") == []
    assert codes("https://evil.example/sse") == DENIED
    assert codes("https://evil.example\\@mcp.example.com/sse") == UNREADABLE
    assert codes("https://mcp.example.com@evil.example/sse") == UNREADABLE
    assert codes("http://169.254.169.254/latest") == PRIVATE
    assert codes(None) == ABSENT


PIECES = st.sampled_from(
    ["example", "com", "a", "10", "127", "1", "0x7f", "443", "::1", "https://", "http://", "xn--",
     "..", *".:@/\\#?[]% \u00fc\u3002\uff11-_*"]
)  # fmt: skip


@given(text=st.one_of(st.lists(PIECES, max_size=8).map("".join), st.text(max_size=20)))
@example("https://a.example:443/x")
@example("\ud800.example")
def test_what_is_read_is_read_alike_elsewhere(text: str) -> None:
    """Never another host than the standard library's parser finds, and no crash but ValueError."""
    try:
        host = parse_host(text)
    except ValueError:
        return
    parts = urlsplit(text if "://" in text or text.count(":") > 1 else "//" + text)
    there = parts.hostname if parts.netloc else text
    assert there is not None
    if host.address is None:
        if there.isascii():
            assert host.name == there.removesuffix(".").lower()
        assert parse_host(host.name).name == host.name
    else:
        address = ipaddress.ip_address(host.name)
        assert (address.max_prefixlen, int(address)) == host.address


@given(address=st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
@example(ipaddress.ip_address("169.254.169.254"))
@example(ipaddress.ip_address("fe80::1"))
@example(ipaddress.ip_address("2002:a9fe:a9fe::"))
def test_what_is_not_global_is_private(address: Any) -> None:
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is None and (address.is_loopback or address.is_link_local or address.is_multicast):
        assert is_private(parse_host(str(address)))
    if address.version == 4 and address.is_private and not _documentation(address):
        assert is_private(parse_host(str(address)))


def _documentation(address: Any) -> bool:
    nets = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
    return any(address in ipaddress.ip_network(net) for net in nets)


ENTRIES = st.sampled_from(
    ["a.example", "*.example", "*", "10.0.0.0/8", "0.0.0.0/0", "a.example:443", "localhost"]
)
SOME = st.sampled_from(
    [
        "a.example",
        "b.a.example",
        "example",
        "10.1.1.1",
        "8.8.8.8",
        "https://a.example",
        "localhost",
    ]
)


@given(entries=st.lists(ENTRIES, max_size=4), drop=st.integers(0, 3), host=SOME)
def test_shrinking_a_list_never_widens(entries: list[str], drop: int, host: str) -> None:
    fewer = entries[:drop] + entries[drop + 1 :]
    if not HostList(fewer, deny_private=True).verdict(host):
        assert not HostList(entries, deny_private=True).verdict(host)
        assert not HostList(fewer, deny_private=False).verdict(host)


USES = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["responses", "tool.call", "mcp.tools_list", "acme.ask"]),
        "tools": st.lists(
            st.fixed_dictionaries(
                {"kind": st.sampled_from(["mcp", "function", None]), "host": st.none() | SOME}
            ),
            max_size=2,
        ),
        "tool": st.fixed_dictionaries(
            {
                "host": st.none() | SOME,
                "server": st.sampled_from(["s", None]),
                "name": st.sampled_from(["a", None]),
            }
        ),
    }
)


@given(
    entries=st.lists(ENTRIES, max_size=4),
    required=st.sets(st.sampled_from(["mcp", "function"])),
    use=USES,
    gone=st.sets(
        st.sampled_from(["action", "tools", "tool", "kind", "host", "server", "name"]), max_size=3
    ),
)
def test_what_is_not_sent_never_helps(
    bench: Any, without: Any, entries: list[str], required: set[str], use: Any, gone: set[str]
) -> None:
    rule = bench(NetworkEgress)({"hosts": entries, "require_host": sorted(required)})
    if rule.codes(without(use, gone)) == []:
        assert rule.codes(use) == []


def test_many_hosts_are_forgotten_again(bench: Any) -> None:
    rule = bench(NetworkEgress)({"hosts": ["*.x.example"]})
    for n in range(5000):
        assert rule.codes(offer(f"a{n}.{'xy'[n % 2]}.example")) == ([] if n % 2 == 0 else DENIED)
