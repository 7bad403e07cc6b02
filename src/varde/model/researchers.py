"""Who scans the whole Internet and says so: networks that were seen published, and where. A label; nothing is left out because of it.

Addresses that move from owner to owner, as in clouds, are not here: the table names nobody for what another does."""

import ipaddress
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Researcher:
    """A scanner with a name, its networks, and how to be left out of its scans where it tells."""

    name: str
    networks: tuple[str, ...]
    opt_out: str = ""


RESEARCHERS = (
    Researcher(
        "Censys",
        (
            "66.132.148.0/24", "66.132.153.0/24", "66.132.159.0/24", "162.142.125.0/24", "167.94.138.0/24", "167.248.133.0/24", "206.168.32.0/22",
            "2602:80d:1000::/48", "2602:80d:1006::/48", "2620:96:e000::/48",
        ),
        "https://docs.censys.com/docs/opt-out-of-data-collection",
    ),
    Researcher("Shadowserver", ("64.62.197.0/24",)),
    Researcher("internet-census.org", ("185.180.143.0/24",)),
    Researcher(
        "Shodan",
        (
            "66.240.192.138/32", "66.240.219.146/32", "66.240.236.119/32", "71.6.135.131/32", "71.6.146.185/32", "71.6.146.186/32", "71.6.158.166/32", "71.6.165.200/32",
            "71.6.167.142/32", "82.221.105.6/31", "198.20.69.72/29", "198.20.69.96/29", "198.20.87.96/29", "198.20.99.128/29",
        ),
    ),
)  # fmt: skip
"""Censys: announced by AS398324, as its page on opting out and those who look at its traffic list them. The others: by the names that their
addresses have in DNS (scan-*.shadowserver.org, *.internet-census.org, *.census.shodan.io), as published by those who asked for them."""


@cache
def _networks() -> tuple[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, Researcher], ...]:
    return tuple((ipaddress.ip_network(text), one) for one in RESEARCHERS for text in one.networks)


def researcher_of(address: bytes) -> Researcher | None:
    """Whose scanner an address of 16 octets is; None where nobody's is known."""
    whole = ipaddress.IPv6Address(address)
    told = whole.ipv4_mapped or whole
    return next((one for network, one in _networks() if told.version == network.version and told in network), None)
