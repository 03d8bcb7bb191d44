"""Networks in CIDR notation, as rules and tables hold them."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

from hypothesis import strategies as st

_WHOLE = {4: "0.0.0.0/0", 6: "::/0"}
# of private use and for documentation: RFC 1918, 5737, 4193, 3849
_COMMON = {
    4: ("10.0.0.0/8", "192.168.1.0/24", "172.16.0.0/12", "203.0.113.0/24"),
    6: ("2001:db8::/32", "fd00::/8"),
}


def networks(
    *, version: Literal[4, 6] | None = None, within: str | None = None, min_prefix: int = 0
) -> st.SearchStrategy[str]:
    """Networks like `10.0.1.0/24` and `2001:db8::/32`, with no bit set beyond the prefix.

    `version` is that of IP, both if not given; `within` is a network that each is a part of;
    `min_prefix` is the shortest prefix, in bits. Raises ValueError for what is no network, or a
    prefix that cannot be.
    """
    if within is not None:
        outer: IPv4Network | IPv6Network = ip_network(within)
        if version not in (None, outer.version):
            raise ValueError(f"within is no network of IPv{version}")
        return _parts(outer, min_prefix)
    drawn: list[st.SearchStrategy[str]] = []
    for each in (4, 6) if version is None else (version,):
        common = [one for one in _COMMON[each] if ip_network(one).prefixlen >= min_prefix]
        drawn += [st.sampled_from(common)] if common else []
        drawn.append(_parts(ip_network(_WHOLE[each]), min_prefix))
    return st.one_of(drawn)


def _parts(outer: IPv4Network | IPv6Network, min_prefix: int) -> st.SearchStrategy[str]:
    """The networks inside of `outer`."""
    least, most = max(outer.prefixlen, min_prefix), outer.max_prefixlen
    if least > most:
        raise ValueError(f"min_prefix is at most {most} for IPv{outer.version}")

    def made(prefix: int, bits: int) -> str:
        free = most - outer.prefixlen
        host = most - prefix
        address = int(outer.network_address) + ((bits % 2**free) >> host << host)
        return f"{type(outer.network_address)(address)}/{prefix}"

    size = 2 ** (most - outer.prefixlen)
    return st.builds(made, st.integers(least, most), st.integers(0, size - 1))
