"""Who scans the whole Internet and says so: networks that were seen published, and where. A label; nothing is left out because of it.

Addresses that move from owner to owner, as in clouds, are not here: the table names nobody for what another does."""

import ipaddress
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Researcher:
    """A scanner with a name, its networks, and how to be left out of its scans where it tells."""

    name: str
    networks: tuple[str, ...]
    opt_out: str = ""
    "A page that was seen to say so; empty where none was."


RESEARCHERS = (
    Researcher(
        "Censys",
        (
            "66.132.148.0/24", "66.132.153.0/24", "66.132.159.0/24", "66.132.172.0/24", "66.132.186.0/24", "66.132.195.0/24", "66.132.198.0/24",
            "66.132.224.0/24", "66.132.228.0/24", "162.142.125.0/24", "167.94.138.0/24", "167.94.145.0/24", "167.94.146.0/24", "167.248.133.0/24",
            "199.45.154.0/23", "206.168.32.0/22", "2602:80d:1000::/48", "2602:80d:1003::/48", "2602:80d:1004::/48", "2602:80d:1006::/47", "2602:80d:1008::/47",
            "2602:80d:100a::/48", "2620:96:e000::/48",
        ),
        "https://docs.censys.com/docs/opt-out-of-data-collection",
    ),
    Researcher(
        "Shadowserver",
        (
            "64.62.156.0/24", "64.62.195.152/29", "64.62.197.0/24", "65.49.1.0/24", "65.49.20.64/26", "74.82.47.0/26", "184.105.139.64/26",
            "184.105.247.192/26", "216.218.206.64/26",
        ),
    ),
    Researcher(
        "Bitsight (internet-census.org)",
        ("45.156.128.0/22", "109.105.208.0/21", "185.117.225.0/24", "185.180.140.0/22", "185.226.196.0/22"),
    ),
    Researcher(
        "Shodan",
        (
            "66.240.192.138/32", "66.240.205.34/32", "66.240.219.133/32", "66.240.219.146/32", "66.240.236.119/32", "71.6.135.131/32", "71.6.146.130/32",
            "71.6.146.185/32", "71.6.146.186/32", "71.6.147.198/32", "71.6.147.254/32", "71.6.158.166/32", "71.6.165.200/32", "71.6.167.142/32",
            "71.6.199.23/32", "82.221.105.6/31", "86.54.31.32/28", "198.20.69.72/29", "198.20.69.96/29", "198.20.87.96/29", "198.20.99.128/29", "207.90.244.0/24",
            "216.117.2.176/28",
        ),
    ),
    Researcher(
        "Driftnet (internet-measurement.com)",
        ("87.236.176.0/24", "185.247.137.0/24", "193.163.125.0/24", "195.96.139.0/24", "2a06:4880::/29"),
    ),
    Researcher(
        "Palo Alto Networks (Cortex Xpanse)",
        ("144.86.173.0/24", "147.185.132.0/22", "162.216.148.0/22", "198.235.24.0/24", "205.210.31.0/24"),
    ),
    Researcher(
        "Rapid7 (Project Sonar)",
        ("5.63.151.96/27", "71.6.233.0/24", "88.202.190.128/27", "109.123.117.224/27", "146.185.25.160/27"),
    ),
    Researcher("ONYPHE", ("91.196.152.0/24", "91.230.168.0/24", "91.231.89.0/24", "94.231.206.0/24", "195.184.76.0/24")),
    Researcher("Alpha Strike Labs", ("45.83.64.0/22", "194.187.176.0/22")),
    Researcher("University of Michigan", ("141.212.120.0/22", "141.212.124.0/23", "141.213.13.192/28")),
    Researcher("Stanford University", ("171.67.70.0/23",), "http://research.esrg.stanford.edu"),
    Researcher("RWTH Aachen University", ("137.226.113.0/26",)),
    Researcher("Technical University of Munich", ("138.246.253.0/24",)),
)  # fmt: skip
"""Gathered from what scanners publish about themselves and from the public lists that follow them: MISP's warning lists of scanning
networks, and lists made by the names that the addresses have in DNS (scan-*.shadowserver.org, *.internet-census.org, *.census.shodan.io).
Addresses of clouds in those lists were left out. As they stood in 2026."""


@cache
def _networks() -> tuple[list[bytes], list[tuple[bytes, Researcher]]]:
    """First addresses in order, and beside them the last ones; no two networks overlap."""
    found = sorted(((ipaddress.ip_network(text), one) for one in RESEARCHERS for text in one.networks), key=lambda pair: _octets(pair[0][0]))
    return [_octets(network[0]) for network, _ in found], [(_octets(network[-1]), one) for network, one in found]


def _octets(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bytes:
    return address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed


def researcher_of(address: bytes) -> Researcher | None:
    """Whose scanner an address of 16 octets is; None where nobody's is known."""
    firsts, ends = _networks()
    place = bisect_right(firsts, address) - 1
    return ends[place][1] if place >= 0 and address <= ends[place][0] else None
