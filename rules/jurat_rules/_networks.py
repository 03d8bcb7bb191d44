"""Networks in CIDR notation (RFC 4632, RFC 4291 section 2.3), tested without `ipaddress`.

An address is in one of the networks if, for one of their prefix lengths, its prefix is in a set:
as many look-ups as there are different lengths, however many networks there are.
"""

import socket
from collections.abc import Iterable
from socket import inet_pton
from typing import Annotated

from pydantic import AfterValidator

from jurat.plugin import ParamError

_MAPPED = b"\0" * 10 + b"\xff\xff"  # RFC 4291 section 2.5.5.2
_CACHED = 4096  # verdicts kept per matcher: an address costs about 100 bytes

_V4, _V6 = int(socket.AF_INET), int(socket.AF_INET6)  # plain ints: the enums cost on every call


def parse_address(text: str) -> tuple[int, int]:
    """(bits, value) of an IPv4 or IPv6 address; an IPv4-mapped one counts as IPv4.

    Raises ValueError for anything else.
    """
    try:
        packed = inet_pton(_V6 if ":" in text else _V4, text)
    except (OSError, ValueError):
        raise ValueError("not an IPv4 or IPv6 address") from None
    if len(packed) == 16:
        if not packed.startswith(_MAPPED):
            return 128, int.from_bytes(packed)
        packed = packed[12:]
    return 32, int.from_bytes(packed)


def parse_network(text: str) -> tuple[int, int, int]:
    """(bits, prefix length, prefix) of a network; a bare address is a network of one.

    Raises ParamError, with the right spelling where there is one.
    """
    address, slash, length = text.partition("/")
    try:
        bits, value = parse_address(address)
    except ValueError:
        raise ParamError(
            "not a network", help="write it like 10.0.1.0/24, 2001:db8::/32 or 10.0.1.5"
        ) from None
    if not slash:
        return bits, bits, value
    written = 128 if ":" in address else 32
    if not (length.isascii() and length.isdigit()) or int(length) > written:
        raise ParamError(
            "the prefix length is no number of bits",
            help=f"write the network as {address}/n, with n from 0 to {written}",
        )
    prefix = int(length)
    if bits != written:  # an IPv4-mapped network, written as IPv6
        if prefix < 96:
            raise ParamError(
                "an IPv4-mapped network is shorter than the prefix it is mapped under",
                help="write it as an IPv4 network",
            )
        prefix -= 96
    spare = bits - prefix
    if value & ((1 << spare) - 1):
        right = spell_address(bits, value >> spare << spare)
        raise ParamError(
            "the network has bits set beyond its prefix",
            help=f"write {right}/{prefix}, or {spell_address(bits, value)} for the one address",
        )
    return bits, prefix, value >> spare


def spell_address(bits: int, value: int) -> str:
    """The one spelling of an address (RFC 5952) out of those that `parse_address` reads."""
    return socket.inet_ntop(_V4 if bits == 32 else _V6, value.to_bytes(bits // 8))


def _network(text: str) -> str:
    parse_network(text)
    return text


Network = Annotated[str, AfterValidator(_network)]


class Networks:
    """A set of networks. No networks contain nothing.

    `verdicts` are the addresses judged so far: one look-up there is the quick way to `contain`.
    """

    __slots__ = ("_tables", "count", "verdicts")

    def __init__(self, networks: Iterable[str]) -> None:
        """Raises ParamError for a network that is none."""
        prefixes: dict[int, dict[int, set[int]]] = {32: {}, 128: {}}
        self.count = 0
        for network in networks:
            bits, length, prefix = parse_network(network)
            prefixes[bits].setdefault(bits - length, set()).add(prefix)
            self.count += 1
        # the widest networks first: they catch most
        self._tables = {bits: sorted(by.items(), reverse=True) for bits, by in prefixes.items()}
        self.verdicts: dict[str | None, bool] = {}

    def contain(self, address: str) -> bool:
        """Whether `address` lies in one of the networks. Remembers up to 4,096 addresses.

        Raises ValueError for an address that is none.
        """
        verdict = self.verdicts.get(address)
        if verdict is None:
            bits, value = parse_address(address)
            verdict = False
            for spare, prefixes in self._tables[bits]:
                if value >> spare in prefixes:
                    verdict = True
                    break
            if len(self.verdicts) >= _CACHED:
                self.verdicts.clear()
            self.verdicts[address] = verdict
        return verdict
