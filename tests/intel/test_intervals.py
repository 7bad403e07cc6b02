"""Interval tables against a model that looks at every network."""

import ipaddress
from ipaddress import IPv4Network, IPv6Network

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material import matrix_of

from varde.intel import IntervalTable
from varde.intel.intervals import sixteen
from varde.intel.special import SPECIAL, TABLE, special_name

V4 = st.builds(lambda a, p: ipaddress.ip_network((a << 24 | 0x0A00 | a, p), strict=False), st.integers(0, 255), st.integers(0, 32))
V6 = st.builds(lambda a, b, p: ipaddress.ip_network((a << 120 | b, p), strict=False), st.integers(0, 255), st.integers(0, 255), st.integers(0, 128))


def slow(networks: dict[IPv4Network | IPv6Network, int], address: str) -> int:
    """The value of the smallest network that holds an address."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6 and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    holders = [network for network in networks if network.version == ip.version and ip in network]
    return networks[max(holders, key=lambda n: n.prefixlen)] if holders else -1


def edges(networks: dict[IPv4Network | IPv6Network, int]) -> list[str]:
    """Addresses at and beside both ends of every network."""
    found = ["0.0.0.0", "255.255.255.255", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "10.0.0.1"]
    for network in networks:
        top = (1 << network.max_prefixlen) - 1
        kind = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
        for number in (int(network.network_address), int(network.broadcast_address)):
            found += [str(kind(n)) for n in (number - 1, number, number + 1) if 0 <= n <= top]
    return found


@given(networks=st.dictionaries(st.one_of(V4, V6), st.integers(0, 2**31 - 1), max_size=14))
@settings(max_examples=150)
def test_nested_networks_become_intervals_that_answer_as_the_smallest_network(networks: dict[IPv4Network | IPv6Network, int]) -> None:
    table = IntervalTable.of_networks(networks.items())
    asked = [a for a in edges(networks) if not (ipaddress.ip_address(a).version == 6 and ipaddress.ip_address(a).ipv4_mapped)]  # type: ignore[union-attr]
    assert table.lookup(matrix_of(asked)).tolist() == [slow(networks, address) for address in asked]


@given(networks=st.lists(st.tuples(st.one_of(V4, V6), st.integers(0, 9)), max_size=14, unique_by=lambda pair: pair[0]))
def test_intervals_are_sorted_and_disjoint(networks: list[tuple[IPv4Network | IPv6Network, int]]) -> None:
    table = IntervalTable.of_networks(networks)
    for start, end in ((table.v4_start.tolist(), table.v4_end.tolist()), (list(table.v6_start), list(table.v6_end))):
        assert all(s <= e for s, e in zip(start, end, strict=True))
        assert all(e < s for e, s in zip(end, start[1:], strict=False))
    assert len(table) == len(table.v4_start) + len(table.v6_start)


def test_addresses_that_end_in_zero_octets_are_found_too() -> None:
    table = IntervalTable.of_networks([(ipaddress.ip_network("2001:db8::/128"), 1), (ipaddress.ip_network("2001:db8:0:1::/64"), 2)])
    assert table.lookup(matrix_of(["2001:db8::", "2001:db8::1", "2001:db8:0:1::", "2001:db8:0:1:ffff::", "2001:db8:0:2::"])).tolist() == [1, -1, 2, 2, -1]


def test_an_empty_table_and_an_empty_question_are_answered() -> None:
    empty = IntervalTable.of_networks([])
    assert empty.lookup(matrix_of(["192.0.2.1", "::1"])).tolist() == [-1, -1]
    assert TABLE.lookup(np.zeros((0, 16), dtype=np.uint8)).tolist() == []
    assert sixteen([]).dtype == "S16"


@pytest.mark.parametrize("network", SPECIAL)
def test_both_ends_of_special_space_are_special_by_their_own_name(network: str) -> None:
    ends = ipaddress.ip_network(network)
    found = TABLE.lookup(matrix_of([str(ends.network_address), str(ends.broadcast_address)]))
    inner = [n for n in SPECIAL if n != network and ":" in n == ":" in network and ipaddress.ip_network(n).subnet_of(ends)]  # type: ignore[arg-type]
    names = {special_name(value) for value in found.tolist()}
    assert SPECIAL[network] in names
    assert names <= {SPECIAL[network], *(SPECIAL[n] for n in inner)}


@pytest.mark.parametrize("address", ["8.8.8.8", "9.255.255.255", "11.0.0.0", "172.32.0.0", "192.0.1.0", "223.255.255.255", "2001:4860::1", "2a00::1", "100:0:0:1::"])
def test_ordinary_addresses_are_not_special(address: str) -> None:
    assert TABLE.lookup(matrix_of([address])).tolist() == [-1]
