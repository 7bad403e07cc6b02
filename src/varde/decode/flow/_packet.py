"""The header of a sampled packet: Ethernet with VLAN tags, IPv4, IPv6 and its extension headers, TCP, UDP, ICMP."""

import struct
from typing import Any

_ETHERNET = 14
VLANS = (0x8100, 0x88A8, 0x9100)
VLANS_MAX = 4
MPLS = 0x8847
_LABELS_MAX = 10
IPV4, IPV6 = 0x0800, 0x86DD
EXTENSIONS = (0, 43, 60, 135)  # hop-by-hop, routing, destination options, mobility
FRAGMENT = 44
PORTED = (6, 17, 33, 132, 136)  # TCP, UDP, DCCP, SCTP, UDP-Lite
ICMP = (1, 58)
_EXTENSIONS_MAX = 8  # RFC 8200 names each once
_MAPPED = bytes(10) + b"\xff\xff"

Fields = dict[str, Any]
"""Columns of `flows`; addresses as 16 octets."""


def read_ethernet(data: bytes) -> Fields | None:
    """Fields of a frame that carries IP; None for other frames, and for those cut off before the end of the IP header."""
    if len(data) < _ETHERNET:
        return None
    fields: Fields = {"dst_mac": data[:6].hex(":"), "src_mac": data[6:12].hex(":")}
    at, kind = _ETHERNET, int.from_bytes(data[12:14], "big")
    for _ in range(VLANS_MAX):
        if kind not in VLANS or len(data) < at + 4:
            break
        tag, kind = struct.unpack_from(">HH", data, at)
        fields.setdefault("vlan", tag & 0xFFF or None)
        at += 4
    if kind == MPLS:
        at, kind = _labels(data, at, fields)
    inner = read_ip(data[at:]) if kind in (IPV4, IPV6) else None
    return None if inner is None else fields | inner


def _labels(data: bytes, at: int, fields: Fields) -> tuple[int, int]:
    """Walk an MPLS stack to what is below it; the first four bits there say which IP it is."""
    labels: list[int] = []
    while len(data) >= at + 4 and len(labels) < _LABELS_MAX:
        (entry,) = struct.unpack_from(">I", data, at)
        labels.append(entry >> 12)
        at += 4
        if entry & 0x100:
            break
    fields["mpls"] = "/".join(map(str, labels)) or None
    return at, {4: IPV4, 6: IPV6}.get(data[at] >> 4, 0) if len(data) > at else 0


def read_ip(data: bytes) -> Fields | None:
    """Fields of an IP packet, as far as it is there."""
    version = data[0] >> 4 if data else 0
    reader = {4: _read_v4, 6: _read_v6}.get(version)
    return reader(data) if reader else None


def _read_v4(data: bytes) -> Fields | None:
    size = (data[0] & 15) * 4
    if len(data) < 20 or size < 20:
        return None
    tos, length, fragment, proto = data[1], int.from_bytes(data[2:4], "big"), int.from_bytes(data[6:8], "big") & 0x1FFF, data[9]
    fields: Fields = {"src_addr": _MAPPED + data[12:16], "dst_addr": _MAPPED + data[16:20], "proto": proto, "tos": tos, "octets": length}
    return fields if fragment else fields | _transport(proto, data[size:])


def _read_v6(data: bytes) -> Fields | None:
    if len(data) < 40:
        return None
    tos = int.from_bytes(data[:2], "big") >> 4 & 255
    fields: Fields = {"src_addr": data[8:24], "dst_addr": data[24:40], "tos": tos, "octets": 40 + int.from_bytes(data[4:6], "big")}
    proto, at = data[6], 40
    for _ in range(_EXTENSIONS_MAX):
        if proto == FRAGMENT and len(data) >= at + 8:
            if int.from_bytes(data[at + 2 : at + 4], "big") >> 3:
                return fields | {"proto": data[at]}
            proto, at = data[at], at + 8
        elif proto in EXTENSIONS and len(data) >= at + 2:
            proto, at = data[at], at + 8 + 8 * data[at + 1]
        else:
            break
    return fields | {"proto": proto} | _transport(proto, data[at:])


def _transport(proto: int, data: bytes) -> Fields:
    if proto in PORTED and len(data) >= 4:
        source, target = struct.unpack_from(">HH", data)
        flags = {"tcp_flags": data[13]} if proto == 6 and len(data) >= 14 else {}
        return {"src_port": source, "dst_port": target} | flags
    if proto in ICMP and len(data) >= 2:
        return {"icmp_type": data[0], "icmp_code": data[1]}
    return {}
