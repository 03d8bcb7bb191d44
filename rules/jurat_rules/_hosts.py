"""Hosts as URLs name them: read one way only, and lists of them.

A host that two parsers might read differently is none: no list admits it.
"""

import re
from collections.abc import Iterable
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator

from jurat.plugin import ParamError

from ._networks import Networks, parse_address, parse_network, spell_address

_CACHED = 4096  # verdicts kept per list, of hosts of at most _LONGEST characters
_LONGEST = 512

# Addresses of the machine itself, its networks, the cloud's metadata, and those that only lead
# to such (IANA's registries of special-purpose addresses, RFC 6890).
_PRIVATE = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.168.0.0/16 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4
    ::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/32 2002::/16 fc00::/7 fe80::/10 fec0::/10
    ff00::/8
"""
# Names that only the local machine or network knows (RFC 6761, RFC 6762, ICANN's .internal).
_LOCAL = ("localhost", "local", "internal", "home.arpa", "localdomain")

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
_ODD = re.compile(r"[\\\x00-\x20\x7f]")  # parsers part ways over these
_DEVIATING = frozenset("ßẞς\u200c\u200d")  # what IDNA 2003 and 2008 map differently
_DEFAULT_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}


class Host(NamedTuple):
    """A host in its one spelling. `address` are the bits and value of an address, None for a
    name; `port` is None where none was given."""

    name: str
    address: tuple[int, int] | None
    port: int | None


def parse_host(text: str) -> Host:
    """The host that `text`, a host with or without port or a URL, names.

    Names come in lower case, without the dot at the end, in the ASCII form of IDNA (RFC 5890).
    Raises ValueError for what names none, or may be read in two ways.
    """
    if _ODD.search(text):
        raise ValueError("not a host")
    scheme, separator, _ = text.partition("://")
    if separator:
        parts = urlsplit(text)  # raises ValueError itself for what it can't read
        if parts.scheme != scheme.lower():
            raise ValueError("not a host")
        made = _parse_authority(parts.netloc)
        if made.port is None:
            return made._replace(port=_DEFAULT_PORTS.get(parts.scheme))
        return made
    if "/" in text or "?" in text or "#" in text:
        raise ValueError("not a host")
    return _parse_authority(text)


def _parse_authority(text: str) -> Host:
    if text.startswith("["):  # RFC 3986 section 3.2.2
        inner, bracket, rest = text[1:].partition("]")
        if not bracket or ":" not in inner or (rest and not rest.startswith(":")):
            raise ValueError("not a host")
        return _at(inner, _port(rest[1:]) if rest else None)
    if text.count(":") > 1:
        return _at(text, None)
    name, colon, digits = text.partition(":")
    port = _port(digits) if colon else None
    name = _ascii(name)
    last = name.rpartition(".")[2]
    if _NUMBER.fullmatch(last):  # 127.1 and 0x7f.1 are addresses to some, names to none
        return _at(name, port)
    return Host(name, None, port)


def _at(address: str, port: int | None) -> Host:
    bits, value = parse_address(address)
    return Host(spell_address(bits, value), (bits, value), port)


def _port(digits: str) -> int:
    if not _PORT.fullmatch(digits) or not 0 < int(digits) < 65536:
        raise ValueError("not a port")
    return int(digits)


def _ascii(name: str) -> str:
    if not name.isascii():
        if not _DEVIATING.isdisjoint(name):
            raise ValueError("not a host")
        name = name.encode("idna").decode()  # UnicodeError is a ValueError
    name = name.lower().removesuffix(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError("not a host")
    return name


def _entry(text: str) -> str:
    """Checks an entry of a list. Raises ParamError."""
    _Entry.parse(text)
    return text


HostEntry = Annotated[str, AfterValidator(_entry)]


class _Entry(NamedTuple):
    """An entry of a list: one of a suffix, a network, and a host. No suffix is any host."""

    suffix: str | None
    network: str | None
    host: Host | None
    port: int | None

    @classmethod
    def parse(cls, text: str) -> "_Entry":
        """Raises ParamError, with the right spelling where there is one."""
        if "://" in text or "@" in text:
            help = "write the host alone, like api.example.com"
            raise ParamError("a URL in place of a host", help=help)
        if "/" in text:
            if not _network_or_none(text):
                help = "write a host without a path, or a network like 10.0.1.0/24"
                raise ParamError("a host has a path", help=help)
            return cls(None, text, None, None)
        if text == "*":
            return cls("", None, None, None)
        wildcard = text.startswith("*.")
        rest = text[2:] if wildcard else text
        if "*" in rest:
            raise ParamError(
                "`*` stands for whole labels at the front of a name",
                help="write *.example.com for all names below example.com, or * for any host",
            )
        try:
            host = parse_host(rest)
        except ValueError:
            raise ParamError(
                "not a host",
                help="write it like api.example.com, *.example.com, api.example.com:8443 or 10.0.1.5",
            ) from None
        if not wildcard:
            return cls(None, None, host, host.port)
        if host.address is not None:
            raise ParamError("an address has no names below it", help="write a network as a CIDR")
        return cls("." + host.name, None, None, host.port)


def _network_or_none(text: str) -> tuple[int, int, int] | None:
    """The network `text` is, None where it is no network at all. Raises ParamError for a network
    that is badly written."""
    try:
        parse_address(text.partition("/")[0])
    except ValueError:
        return None
    return parse_network(text)


_PRIVATE_NETWORKS = tuple(parse_network(network) for network in _PRIVATE.split())


def _within_private(network: str) -> bool:
    bits, length, prefix = parse_network(network)
    return any(
        bits == b and length >= n and prefix >> (length - n) == p for b, n, p in _PRIVATE_NETWORKS
    )


def is_private(host: Host) -> bool:
    """Whether the host is one of the local machine or network, as far as its spelling tells."""
    if host.address is not None:
        bits, value = host.address
        return any(bits == b and value >> (b - n) == p for b, n, p in _PRIVATE_NETWORKS)
    name = host.name
    return "." not in name or any(name.endswith("." + suffix) for suffix in _LOCAL)


_Ports = frozenset[int] | None  # None: any


class HostList:
    """A list of hosts, made ready. What is private is admitted by an entry of its own alone where
    `deny_private` is true: not by `*`, nor by a network that has public addresses too."""

    __slots__ = ("_any", "_deny_private", "_exact", "_networks", "_own", "_suffixes", "_verdicts")

    def __init__(self, entries: Iterable[str], *, deny_private: bool) -> None:
        self._deny_private = deny_private
        self._any = False
        self._exact: dict[str, _Ports] = {}
        self._suffixes: dict[str, _Ports] = {}
        networks = []
        for entry in map(_Entry.parse, entries):
            if entry.network is not None:
                networks.append(entry.network)
            elif entry.host is not None:
                _add(self._exact, entry.host.name, entry.port)
            elif entry.suffix:
                _add(self._suffixes, entry.suffix, entry.port)
            else:
                self._any = True
        self._networks = Networks(networks)
        self._own = Networks(network for network in networks if _within_private(network))
        self._verdicts: dict[str, str] = {}

    def verdict(self, text: str) -> str:
        """Empty where the host is admitted, else why not: `unreadable`, `private`, `unlisted`.

        Remembers some 4,096 hosts.
        """
        verdict = self._verdicts.get(text)
        if verdict is None:
            if len(text) > _LONGEST:
                return "unreadable"
            try:
                verdict = self._judge(parse_host(text))
            except ValueError:
                verdict = "unreadable"
            if len(self._verdicts) >= _CACHED:
                self._verdicts.clear()
            self._verdicts[text] = verdict
        return verdict

    def _judge(self, host: Host) -> str:
        if _admit(self._exact, host.name, host.port):
            return ""
        private = self._deny_private and is_private(host)
        if host.address is not None:
            admitted = (self._own if private else self._networks).contain(host.name)
        else:
            labels = host.name.split(".")
            below = ("." + ".".join(labels[n:]) for n in range(1, len(labels)))
            admitted = any(_admit(self._suffixes, suffix, host.port) for suffix in below)
        if admitted or (self._any and not private):
            return ""
        return "private" if private else "unlisted"


def _add(ports_of: dict[str, _Ports], name: str, port: int | None) -> None:
    ports = ports_of.get(name, frozenset())
    ports_of[name] = None if port is None or ports is None else ports | {port}


def _admit(ports_of: dict[str, _Ports], name: str, port: int | None) -> bool:
    """Whether `name` is in the list with this port. An unknown port is no particular one."""
    ports = ports_of.get(name, frozenset())
    return ports is None or port in ports
