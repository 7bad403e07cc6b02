"""From link layer to payload: the UDP datagrams and TCP segments in captured packets."""

import struct
from typing import NamedTuple

UDP, TCP = 17, 6

_MAPPED = bytes(10) + b"\xff\xff"
_VLANS = (b"\x81\x00", b"\x88\xa8", b"\x91\x00")
_VLANS_MAX = 4
_EXTENSIONS = (0, 43, 60, 135)
_EXTENSIONS_MAX = 8  # RFC 8200 names each once
_FRAGMENT = 44


class Segment(NamedTuple):
    """What one packet carries: both ends as 16 octets and port, protocol, payload; of TCP also number and flags."""

    src: bytes
    src_port: int
    dst: bytes
    dst_port: int
    proto: int
    payload: bytes
    sequence: int = 0
    flags: int = 0
    cut: bool = False
    "Whether the capture kept only the beginning."


NO_IP, OTHER, FRAGMENT, CUT = "no_ip", "other", "fragment", "cut"
"""Why a packet carries no segment: it is no IP packet, neither UDP nor TCP, a fragment, or cut off in its headers."""


def _ethernet(frame: bytes) -> int:
    at = 12
    for _ in range(_VLANS_MAX):
        if frame[at : at + 2] not in _VLANS:
            break
        at += 4
    return at + 2


def _sll(frame: bytes) -> int:
    return 18 if frame[14:16] in _VLANS else 16


def _sll2(frame: bytes) -> int:
    return 20


def _loopback(frame: bytes) -> int:
    return 4


def _none(frame: bytes) -> int:
    return 0


LINKS = {
    0: _loopback, 1: _ethernet, 12: _none, 14: _none, 101: _none, 108: _loopback, 113: _sll, 228: _none, 229: _none, 276: _sll2,
}  # fmt: skip
"""Link types (tcpdump.org's list) whose packets are read: where the IP header begins."""


def segment_of(link: int, frame: bytes) -> "Segment | str":
    """The segment of a captured packet, or why there is none. `link` must be one of LINKS."""
    packet = frame[LINKS[link](frame) :]
    version = packet[0] >> 4 if packet else 0
    if version == 4:
        return _v4(packet)
    return _v6(packet) if version == 6 else NO_IP


def _v4(packet: bytes) -> "Segment | str":
    size = (packet[0] & 15) * 4
    if len(packet) < max(20, size) or size < 20:
        return CUT
    length, fragment = int.from_bytes(packet[2:4], "big"), int.from_bytes(packet[6:8], "big")
    if fragment & 0x3FFF:  # more to come, or not the first
        return FRAGMENT
    whole = packet[size : max(size, length)] if length else packet[size:]  # a length of 0: the network card cuts it to pieces later
    return _transport(packet[9], _MAPPED + packet[12:16], _MAPPED + packet[16:20], whole, length - size if length else len(whole))


def _v6(packet: bytes) -> "Segment | str":
    if len(packet) < 40:
        return CUT
    length, proto, at = int.from_bytes(packet[4:6], "big"), packet[6], 40
    end = 40 + length
    for _ in range(_EXTENSIONS_MAX):
        if proto == _FRAGMENT:
            return FRAGMENT
        if proto not in _EXTENSIONS:
            break
        if len(packet) < at + 2:
            return CUT
        proto, at = packet[at], at + 8 + 8 * packet[at + 1]
    return _transport(proto, packet[8:24], packet[24:40], packet[at:end], end - at)


def _transport(proto: int, src: bytes, dst: bytes, data: bytes, length: int) -> "Segment | str":
    if proto not in (UDP, TCP):
        return OTHER
    if len(data) < (8 if proto == UDP else 20):
        return CUT
    src_port, dst_port = struct.unpack_from(">HH", data)
    if proto == UDP:
        size = int.from_bytes(data[4:6], "big") or length
        return Segment(src, src_port, dst, dst_port, UDP, data[8 : max(8, size)], cut=len(data) < min(size, length))
    sequence, offset, flags = int.from_bytes(data[4:8], "big"), (data[12] >> 4) * 4, data[13]
    return Segment(src, src_port, dst, dst_port, TCP, data[max(20, offset) :], sequence, flags, cut=len(data) < length)
