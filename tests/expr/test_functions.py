"""The functions that we add: held to the standard library where it has the same."""

import fnmatch
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.expr._functions import glob, in_network
from jurat.expr._values import EvalError, to_duration

NETWORKS = st.one_of(
    st.tuples(st.ip_addresses(v=4), st.integers(0, 32)),
    st.tuples(st.ip_addresses(v=6), st.integers(0, 128)),
).map(lambda pair: ipaddress.ip_network(pair, strict=False))


@given(network=NETWORKS, others=st.lists(NETWORKS, max_size=3), data=st.data())
def test_networks_are_those_of_the_standard_library(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
    others: list[ipaddress.IPv4Network | ipaddress.IPv6Network],
    data: st.DataObject,
) -> None:
    near = network[data.draw(st.integers(0, network.num_addresses - 1))]
    address = data.draw(st.one_of(st.just(near), st.ip_addresses()))
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    listed = [network, *others]
    if any(isinstance(n, ipaddress.IPv6Network) and n[0].ipv4_mapped for n in listed):
        return  # a v4-mapped network is a v4 network here
    wanted = any((mapped or address) in n for n in listed)
    assert in_network(str(address), tuple(str(n) for n in listed)) is wanted


@pytest.mark.parametrize(
    ("address", "network", "inside"),
    [
        ("10.0.15.1", "10.0.16.0/20", False),
        ("10.0.16.1", "10.0.16.0/20", True),
        ("::ffff:10.0.16.1", "10.0.16.0/20", True),
        ("10.0.16.1", "::ffff:10.0.16.0/116", True),
        ("10.0.0.1", "::/0", False),
        ("192.168.1.100", "192.168.1.100", True),
    ],
)
def test_networks(address: str, network: str, inside: bool) -> None:
    assert in_network(address, network) is inside


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("fe80::1%eth0", "fe80::/10"), ("10.0.0", "10.0.0.0/8"), ("10.0.0.1", "10.0.0.1/8"),
        ("10.0.0.1", "10.0.0.0/33"), ("10.0.0.1", "10.0.0.0/-1"), ("10.0.0.1", "10.0.0.0/٣"),
        ("10.0.0.1", "::ffff:10.0.0.0/90"), ("\ud800", "10.0.0.0/8"), ("", ""),
    ],
)  # fmt: skip
def test_what_is_no_address_or_network_is_an_error(address: str, network: str) -> None:
    with pytest.raises(EvalError):
        in_network(address, network)


@given(text=st.text("ab.-\n", max_size=8), pattern=st.text("ab.-*?", max_size=6))
def test_globs_are_those_of_the_standard_library(text: str, pattern: str) -> None:
    assert glob(text, pattern) is fnmatch.fnmatchcase(text, pattern)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90d", 7776000),
        ("2w", 1209600),
        ("1h30m", 5400),
        ("-1.5s", -1.5),
        ("0", 0),
        ("250ms", 0.25),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert to_duration(text).total_seconds() == seconds


@pytest.mark.parametrize(
    "text", ["", "1", "d", "1 d", "1x", "--1s", "1d-1h", "9999999w", "1.2.3s"]
)
def test_what_is_no_duration_is_an_error(text: str) -> None:
    with pytest.raises(EvalError):
        to_duration(text)
