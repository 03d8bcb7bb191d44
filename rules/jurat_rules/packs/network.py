"""Addresses of machines: IP and MAC."""

from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

from jurat.plugin import Detector

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_VERSIONS = (
    "version",
    "versions",
    "release",
    "ver",
    "v",
    "chapter",
    "section",
    "clause",
    "paragraph",
    "firmware",
    "build",
    "oid",
    "abschnitt",
    "kapitel",
    "chapitre",
    "upgrade to",
    "updated to",
)
_HEXES = r"[0-9A-Fa-f]{1,4}"


@cache
def _nobodys() -> tuple[tuple[IPv4Network, ...], tuple[IPv6Network, ...]]:
    """Networks for documentation, and addresses that are everybody's own."""
    v4 = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "127.0.0.0/8", "0.0.0.0/8")
    v6 = ("2001:db8::/32", "3fff::/20", "::1/128")
    return (
        tuple(IPv4Network(network) for network in (*v4, "255.0.0.0/8")),
        tuple(IPv6Network(network) for network in v6),
    )


def _is_nobodys_v4(value: str) -> bool:
    address = IPv4Address(value)
    return any(address in network for network in _nobodys()[0])


def _is_no_version(value: str) -> bool:
    """1.8.12.3 is the version of some program, unless its parts repeat (8.8.8.8, 1.0.0.1)."""
    parts = value.split(".")
    if value.startswith(("2.5.4.", "2.5.29.", "1.3.6.1")):
        return False  # object identifiers
    return len(parts[0]) > 1 or any(int(part) > 30 for part in parts) or len(set(parts)) < 3


def _is_v6(value: str) -> bool:
    # a[1::2] and f1::f2 in code are addresses by their form alone
    long_enough = any(len(group) >= 3 for group in value.partition("%")[0].split(":"))
    if not long_enough or not any(c.isdigit() for c in value):
        return False
    try:
        IPv6Address(value)
    except AddressValueError:
        return False
    return True


def _is_nobodys_v6(value: str) -> bool:
    address = IPv6Address(value)
    if address.ipv4_mapped is not None:
        return _is_nobodys_v4(str(address.ipv4_mapped))
    return any(address in network for network in _nobodys()[1])


def _is_mac(value: str) -> bool:
    plain = value.replace(":", "").replace("-", "").replace(".", "").lower()
    # digits alone with hyphens are somebody's part number
    return ":" in value or any(c in "abcdef" for c in plain)


def _is_nobodys_mac(value: str) -> bool:
    plain = value.replace(":", "").replace("-", "").replace(".", "").lower()
    return plain.startswith("00005e0053") or len(set(plain)) == 1


DETECTORS = (
    Detector(
        id="ipv4",
        entity="IP_ADDRESS",
        patterns=(
            (
                rf"(?:^|[^0-9A-Za-z.]|[^0-9]\.|[A-UW-Za-uw-z])(?P<value>{_IPV4})"
                r"(?:[^0-9A-Za-z.]|[A-Za-z]|\.[^0-9]|\.?$)"
            ),
        ),
        confidence="medium",
        validator=_is_no_version,
        checksum=False,
        documentation=_is_nobodys_v4,
        unlike=_VERSIONS,
        examples=("from 10.0.15.1.", "http://185.17.44.9:8080/x", "host_93.184.7.41_up"),
        counter_examples=(
            "1.2.3.4.5",
            "v1.20.3.4",
            "version 10.4.2.1",
            "10.0.256.1",
            "1.02.3.4",
            "2.10.300.4",
        ),
        source="RFC 791; RFC 5737, section 3 for documentation",
    ),
    Detector(
        id="ipv4.near",
        entity="IP_ADDRESS",
        patterns=(
            rf"(?:^|[^0-9A-Za-z.]|[^0-9]\.)(?P<value>{_IPV4})(?:[^0-9A-Za-z.]|\.[^0-9]|\.?$)",
        ),
        needs_context=True,
        context=(
            "ip",
            "ipv4",
            "ip address",
            "ip-adresse",
            "adresse ip",
            "host",
            "server",
            "ping",
            "dns",
            "gateway",
            "client",
            "remote",
            "src",
            "dst",
            "login",
            "connection",
            "connected",
            "request",
        ),
        unlike=_VERSIONS,
        documentation=_is_nobodys_v4,
        examples=("ping 1.2.30.4", "client IP: 5.9.12.7"),
        counter_examples=("program 1.8.12.3", "server version 1.8.12.3"),
        source="RFC 791",
    ),
    Detector(
        id="ipv6",
        entity="IP_ADDRESS",
        patterns=(
            (
                rf"(?:^|[^0-9A-Za-z:.])(?P<value>(?:{_HEXES}:(?:{_HEXES}:|:)|::)(?:{_HEXES}:|:){{0,7}}"
                rf"(?:{_IPV4}|{_HEXES})?(?:%[0-9A-Za-z]{{1,16}})?)(?:[^0-9A-Za-z:]|$)"
            ),
        ),
        confidence="medium",
        validator=_is_v6,
        checksum=False,
        documentation=_is_nobodys_v6,
        examples=(
            "ping fe80::1c2b:3ff:fe4a:91%eth0",
            "[2a02:8070:41c1:9b00::17]:443",
            "::ffff:10.0.0.1",
        ),
        counter_examples=("12:34:56", "a[1::2]", "std::vector", "cafe::babe", "00:1a:2b:3c:4d:5e"),
        source="RFC 4291, section 2.2; RFC 4007, section 11; RFC 3849 and RFC 9637",
    ),
    Detector(
        id="mac",
        entity="MAC_ADDRESS",
        patterns=(
            (
                r"(?:^|[^0-9A-Za-z:-])(?P<value>[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}"
                r"|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5})(?:[^0-9A-Za-z:-]|$)"
            ),
            (
                r"(?:^|[^0-9A-Za-z.])(?P<value>[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})"
                r"(?:[^0-9A-Za-z.]|\.?$)"
            ),
        ),
        confidence="medium",
        validator=_is_mac,
        checksum=False,
        documentation=_is_nobodys_mac,
        examples=("eth0 3c:22:fb:9a:01:7e", "3C-22-FB-9A-01-7E", "arp 3c22.fb9a.017e"),
        counter_examples=("12-34-56-78-90-12", "1234.5678.9012", "3c:22:fb:9a:01:7e:44"),
        source="IEEE 802-2014, section 8.1; RFC 9542 for documentation",
    ),
)
