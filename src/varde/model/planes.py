"""Planes: the layers of a Fireplot, by protocol and address family."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plane:
    """One layer: its key in files and JSON, and the words of the legend."""

    key: str
    title: str
    has_ports: bool


PLANES = (
    Plane("tcp4", "TCP", True),
    Plane("udp4", "UDP", True),
    Plane("tcp6", "TCP over IPv6", True),
    Plane("udp6", "UDP over IPv6", True),
    Plane("icmp", "ICMP", False),
    Plane("other", "other", False),
)
