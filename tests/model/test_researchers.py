"""The table of researchers: networks that are networks, of nobody else, told of addresses in them and of no others."""

import ipaddress

import pytest

from varde.model.researchers import RESEARCHERS, Researcher, researcher_of

NETWORKS = [(ipaddress.ip_network(text), one) for one in RESEARCHERS for text in one.networks]


def _octets(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bytes:
    return address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed


def test_no_network_is_named_twice_or_is_not_of_the_internet() -> None:
    networks = [network for network, _ in NETWORKS]
    assert all(network.is_global for network in networks)
    assert all(not a.overlaps(b) for at, a in enumerate(networks) for b in networks[at + 1 :] if a.version == b.version)  # type: ignore[arg-type]


@pytest.mark.parametrize("one", RESEARCHERS, ids=lambda one: one.name)
def test_first_and_last_address_of_a_network_are_its_researchers(one: Researcher) -> None:
    for text in one.networks:
        network = ipaddress.ip_network(text)
        assert researcher_of(_octets(network[0])) is one
        assert researcher_of(_octets(network[-1])) is one


@pytest.mark.parametrize("address", ["198.51.100.7", "66.132.147.255", "66.132.149.0", "::a28e:7d01", "2001:db8::1"])
def test_nobody_else_is(address: str) -> None:
    assert researcher_of(_octets(ipaddress.ip_address(address))) is None
