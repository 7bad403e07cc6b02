"""One sFlow sample by itself, record after record: those that are not of the usual make."""

import struct
from collections.abc import Callable

from varde.decode.flow._packet import PORTED, Fields, read_ethernet, read_ip

_ADDRESSES = {1: 4, 2: 16}  # address type: octets
_MAPPED = bytes(10) + b"\xff\xff"
_HEADERS = {1: read_ethernet, 11: read_ip, 12: read_ip}  # header_protocol: Ethernet, IPv4, IPv6


def read_packet(records: bytes) -> Fields | None:
    """The packet of a sample and what switch and router say about it; None where it is no IP packet."""
    packet: Fields | None = None
    more: Fields = {}
    at = 0
    while at + 8 <= len(records):
        kind, size = struct.unpack_from(">II", records, at)
        body = records[at + 8 : at + 8 + size]
        if kind in _PACKETS:
            packet = packet or _PACKETS[kind](body)
        elif kind in _EXTENDED:
            more |= _EXTENDED[kind](body)
        at += 8 + size
    return None if packet is None else {"packets": 1} | packet | more


def _header(body: bytes) -> Fields | None:
    if len(body) < 16:
        return None
    protocol, _, _, size = struct.unpack_from(">4I", body)
    read = _HEADERS.get(protocol)
    return read(body[16 : 16 + size]) if read else None


def _v4(body: bytes) -> Fields | None:
    if len(body) < 32:
        return None
    length, proto, src, dst, src_port, dst_port, flags, tos = struct.unpack(">II4s4sIIII", body[:32])
    return _plain(length, proto, _MAPPED + src, _MAPPED + dst, src_port, dst_port, flags, tos)


def _v6(body: bytes) -> Fields | None:
    if len(body) < 56:
        return None
    return _plain(*struct.unpack(">II16s16sIIII", body[:56]))


def _plain(length: int, proto: int, src: bytes, dst: bytes, src_port: int, dst_port: int, flags: int, tos: int) -> Fields:
    fields: Fields = {"src_addr": src, "dst_addr": dst, "proto": proto & 255, "octets": length, "tos": tos & 255}
    if proto in PORTED:
        fields |= {"src_port": src_port & 65535, "dst_port": dst_port & 65535}
    return fields | ({"tcp_flags": flags & 255} if proto == 6 else {})


_PACKETS: dict[int, Callable[[bytes], Fields | None]] = {1: _header, 3: _v4, 4: _v6}


def _switch(body: bytes) -> Fields:
    return {"vlan": int.from_bytes(body[:4], "big") & 0xFFF or None} if len(body) >= 16 else {}


def _router(body: bytes) -> Fields:
    size = _ADDRESSES.get(int.from_bytes(body[:4], "big"), 0)
    if not size or len(body) < 12 + size:
        return {}
    hop = body[4 : 4 + size]
    src_mask, dst_mask = struct.unpack_from(">II", body, 4 + size)
    return {"next_hop": (_MAPPED + hop if size == 4 else hop) if any(hop) else None, "src_mask": src_mask & 255, "dst_mask": dst_mask & 255}


def _gateway(body: bytes) -> Fields:
    """Autonomous systems: of the source as such, of the destination as the last of its path."""
    size = _ADDRESSES.get(int.from_bytes(body[:4], "big"), 0)
    if not size or len(body) < 20 + size:
        return {}
    _, src_as, _, segments = struct.unpack_from(">4I", body, 4 + size)
    fields: Fields = {"exporter_src_as": src_as}
    at = 20 + size
    for _ in range(segments):
        if at + 8 > len(body):
            break
        (count,) = struct.unpack_from(">I", body, at + 4)
        at += 8 + 4 * count
        if count and at <= len(body):
            fields["exporter_dst_as"] = int.from_bytes(body[at - 4 : at], "big")
    return fields


_EXTENDED: dict[int, Callable[[bytes], Fields]] = {1001: _switch, 1002: _router, 1003: _gateway}
