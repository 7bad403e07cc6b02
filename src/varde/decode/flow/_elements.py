"""Information Elements (IANA registry of RFC 7012) that have a column, and those that say how to read others."""

from collections.abc import Iterator
from dataclasses import dataclass

from varde.model import FLOWS, NAT

REVERSE = 29305
"""Enterprise number of elements that describe the other direction (RFC 5103 section 6.1)."""

SCOPE = -9
"""Stands for the enterprise of a NetFlow v9 scope type (RFC 3954 section 6.1), which is no element."""

Key = tuple[int, int]
"""Enterprise and element."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one value: elements that fill it, the first that a template has, and the lengths that these may have."""

    keys: tuple[Key, ...]
    lengths: range | tuple[int, ...]


_ONE, _TWO, _FOUR, _EIGHT = range(1, 2), range(1, 3), range(1, 5), range(1, 9)

_LENGTHS = {
    "packets": _EIGHT, "octets": _EIGHT, "rev_packets": _EIGHT, "rev_octets": _EIGHT, "proto": _ONE, "tos": _ONE, "tcp_flags": _TWO,
    "rev_tcp_flags": _TWO, "src_port": _TWO, "dst_port": _TWO, "nat_src_port": _TWO, "nat_dst_port": _TWO, "first_port": _TWO,
    "last_port": _TWO, "vlan": _TWO, "in_if": _FOUR, "out_if": _FOUR, "src_mask": _ONE, "dst_mask": _ONE, "exporter_src_as": _FOUR,
    "exporter_dst_as": _FOUR, "end_reason": _ONE, "event": _ONE, "firewall_event": _TWO, "domain": _FOUR,
}  # fmt: skip
"""Octets that a number has at most; a longer field is none that we know (RFC 7011 section 6.2 only allows fewer)."""

_ADDRESSES = ("src_addr", "dst_addr", "next_hop", "exporter", "nat_src_addr", "nat_dst_addr")

_REVERSED = {"rev_packets": (2, 86), "rev_octets": (1, 85), "rev_tcp_flags": (6,)}

_MORE: dict[str, tuple[tuple[int, ...], range | tuple[int, ...]]] = {
    "icmp": ((32, 139), _TWO), "icmp_type": ((176, 178), _ONE), "icmp_code": ((177, 179), _ONE), "src_mac": ((56,), (6,)),
    "dst_mac": ((80,), (6,)), "observed": ((61,), _ONE), "ingress_vrf": ((234,), _FOUR), "selector": ((48, 302), _EIGHT),
    "interval": ((34, 50), _FOUR), "sampled": ((305,), _FOUR), "passed_over": ((306,), _FOUR), "biflow": ((239,), _ONE),
    "port_step": ((363,), _TWO), "port_count": ((364,), _TWO), "boot": ((160,), (8,)),
    "start_ms": ((152,), (8,)), "start_us": ((154,), (8,)), "start_ns": ((156,), (8,)), "start_s": ((150,), (4,)),
    "start_ago": ((158,), _FOUR), "start_uptime": ((22,), (4,)),
    "end_ms": ((153,), (8,)), "end_us": ((155,), (8,)), "end_ns": ((157,), (8,)), "end_s": ((151,), (4,)),
    "end_ago": ((159,), _FOUR), "end_uptime": ((21,), (4,)), "lasted_ms": ((161,), _FOUR), "lasted_us": ((162,), _FOUR),
    "seen_ms": ((323,), (8,)), "seen_us": ((324,), (8,)), "seen_ns": ((325,), (8,)), "seen_s": ((322,), (4,)),
    **{f"mpls_{place}": ((70 + place,), (3,)) for place in range(10)},
}  # fmt: skip


def _slots() -> Iterator[tuple[str, Slot]]:
    columns = {column.name: column for column in (*FLOWS.fields, *NAT.fields)}
    for name, lengths in _LENGTHS.items():
        reverse = tuple((REVERSE, element) for element in _REVERSED.get(name, ()))
        yield name, Slot(reverse + tuple((0, element) for element in columns[name].elements), lengths)
    for name in _ADDRESSES:
        v4, v6 = columns[name].elements
        yield f"{name}4", Slot(((0, v4),), (4,))
        yield f"{name}6", Slot(((0, v6),), (16,))
    for name, (elements, some) in _MORE.items():
        yield name, Slot(tuple((0, element) for element in elements), some)


SLOTS = dict(_slots())

IMPLIED = {(0, 210), (0, 60), (0, 291), (0, 292), (0, 293)}
"""Elements that need no column: padding, the IP version that the address shows, and lists, which are skipped by their length."""

IMPLIED_PROTO = {180: 17, 181: 17, 182: 6, 183: 6, 32: 1, 139: 58}
"""Protocol of records that name none: ports of UDP and TCP have elements of their own, ICMP types too."""
