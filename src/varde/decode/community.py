"""Community ID, version 1: one name for a flow that Zeek, Suricata and others compute too, whichever end they saw first.

The specification is https://github.com/corelight/community-id-spec; how ICMP is put into ports is Zeek's.
"""

import base64
import hashlib
import struct

_MAPPED = b"\x00" * 10 + b"\xff\xff"
_PORTED = (6, 17, 132)  # TCP, UDP, SCTP
_ICMP, _ICMP6 = 1, 58

_COUNTERPARTS = {
    _ICMP: {0: 8, 8: 0, 9: 10, 10: 9, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17},
    _ICMP6: {128: 129, 129: 128, 130: 131, 131: 130, 133: 134, 134: 133, 135: 136, 136: 135, 139: 140, 140: 139, 144: 145, 145: 144},
}
"""Types of requests and of their answers; a type that has no counterpart goes one way only."""


def community_id(
    source: bytes, destination: bytes, proto: int, ports: tuple[int | None, int | None], icmp: tuple[int | None, int | None] = (None, None),
    *, seed: int = 0,
) -> str:  # fmt: skip
    """`1:` and the base64 of a SHA-1. Addresses are 16 octets, `icmp` is type and code. Empty where ports or type are not known."""
    ends = _ends(proto, ports, icmp)
    if ends is None:
        return ""
    one_way, pair = ends
    first, second = _short(source, destination)
    if not one_way and (first, pair[:1]) > (second, pair[1:]):
        first, second, pair = second, first, pair[::-1]
    tail = struct.pack(">HH", *pair) if pair else b""
    digest = hashlib.sha1(struct.pack(">H", seed) + first + second + bytes((proto, 0)) + tail, usedforsecurity=False)
    return "1:" + base64.b64encode(digest.digest()).decode()


def _ends(proto: int, ports: tuple[int | None, int | None], icmp: tuple[int | None, int | None]) -> tuple[bool, tuple[int, ...]] | None:
    """Whether it goes one way only, and what stands for the two ports: nothing for protocols without; None where unknown."""
    if proto in _COUNTERPARTS:
        kind, code = icmp
        if kind is None:
            return None
        other = _COUNTERPARTS[proto].get(kind)
        return other is None, (kind, (code or 0) if other is None else other)
    if proto not in _PORTED:
        return False, ()
    return None if None in ports else (False, tuple(port for port in ports if port is not None))


def _short(source: bytes, destination: bytes) -> tuple[bytes, bytes]:
    """Addresses as they were on the wire: 4 octets each where both are IPv4."""
    if source.startswith(_MAPPED) and destination.startswith(_MAPPED):
        return source[12:], destination[12:]
    return source, destination
