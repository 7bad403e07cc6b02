"""Address space that is nobody's place on the Internet: never located, never listed as bad.

Source: IANA IPv4 and IPv6 Special-Purpose Address Registries, RFC 5771 and RFC 4291 (multicast).
"""

import ipaddress

from varde.intel.intervals import IntervalTable

SPECIAL = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared address space",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "6to4 relay anycast, deprecated",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "::/128": "unspecified",
    "::1/128": "loopback",
    "64:ff9b:1::/48": "local translation",
    "100::/64": "discard",
    "2001:2::/48": "benchmarking",
    "2001:10::/28": "ORCHID, deprecated",
    "2001:20::/28": "ORCHIDv2",
    "2001:db8::/32": "documentation",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "unique local",
    "fe80::/10": "link local",
    "ff00::/8": "multicast",
}

_NAMES = tuple(dict.fromkeys(SPECIAL.values()))

TABLE = IntervalTable.of_networks(
    (ipaddress.ip_network(network), _NAMES.index(name)) for network, name in SPECIAL.items()
)


def special_name(value: int) -> str:
    """The name behind a value that TABLE gives."""
    return _NAMES[value]
