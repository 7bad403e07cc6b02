"""SiLK flow files built from their parts, by the layouts that comments of libsilk describe. Synthetic: no file here was made by SiLK."""

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

HOUR = 1_234_396_800_000
"""ms since 1970: 2009-02-12 00:00 UTC, the hour of packed files."""

GENERIC, IPV6, ROUTING, SPLIT, AUGMENTED, AUGROUTING, FILTER = 0x16, 0x0B, 0x0C, 0x12, 0x14, 0x0E, 0x13


@dataclass(frozen=True)
class Flow:
    """What a record says. Octets are a multiple of packets, so that formats that keep their ratio hold them."""

    src: str = "192.0.2.7"
    dst: str = "203.0.113.9"
    src_port: int = 29617
    dst_port: int = 443
    proto: int = 6
    flags: int = 0x1B
    first: int = 0x02
    rest: int = 0x1B
    state: int = 1
    start: int = HOUR + 2_696
    elapsed: int = 49_321
    packets: int = 12
    octets: int = 1200
    in_if: int = 10
    out_if: int = 192
    next_hop: str = "198.51.100.1"
    application: int = 443
    sensor: int = 6
    flow_type: int = 3


def header(form: int, version: int, size: int, *, big: bool = False, compression: int = 0, entries: bytes = b"", packed: bool = False, file_version: int = 16) -> bytes:
    """Padded to whole records, with the invoking command as SiLK writes it."""
    command = b"rwfilter --type=all\0"
    made = struct.pack(">4sBBBBIHH", b"\xde\xad\xbe\xef", int(big), form, file_version, compression, 3_019_001, size, version) + entries
    made += struct.pack(">IIqII", 1, 24, HOUR, 3, 6) if packed else b""
    made += struct.pack(">II", 2, 8 + len(command)) + command
    left = -(len(made) + 8) % size
    return made + struct.pack(">II", 0, 8 + left) + bytes(left)


def _v4(text: str) -> int:
    return int(ip_address(text))


def _v6(text: str) -> bytes:
    address = ip_address(text)
    return address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed


def _state(flow: Flow) -> int:
    return flow.state | (0x80 if ":" in flow.src else 0)


def _each(flow: Flow) -> int:
    whole, rest = divmod(flow.octets, flow.packets)
    return whole << 6 | rest * 64 // flow.packets


def _many(flow: Flow) -> tuple[int, int]:
    """Packets, and whether they are counted by 64."""
    return (flow.packets, 0) if flow.packets < 2**20 else (flow.packets // 64, 1)


def _either(flow: Flow) -> int:
    if flow.proto != 6:
        return flow.proto
    return flow.first if flow.state & 1 else flow.flags


def _head(o: str, f: Flow) -> bytes:
    return struct.pack(f"{o}qIHHBBHBBBBHH", f.start, f.elapsed, f.src_port, f.dst_port, f.proto, f.flow_type, f.sensor, f.flags, f.first, f.rest, _state(f), f.application, 0)


def _generic1(o: str, f: Flow) -> bytes:
    return struct.pack(f"{o}IIHHBBBBIIIIIB", _v4(f.src), _v4(f.dst), f.src_port, f.dst_port, f.proto, f.flags, f.in_if, f.out_if, _v4(f.next_hop), f.start // 1000, f.packets, f.octets, f.elapsed // 1000, f.sensor)


def _generic2(o: str, f: Flow) -> bytes:
    return struct.pack(f"{o}IIHHIHHIIIIBBHBBBBI", _v4(f.src), _v4(f.dst), f.src_port, f.dst_port, _v4(f.next_hop), f.in_if, f.out_if, f.start // 1000, f.elapsed // 1000, f.packets, f.octets,
                       f.proto, f.flow_type, f.sensor, f.flags, f.first, f.rest, f.state, 0)  # fmt: skip


def _generic3(o: str, f: Flow) -> bytes:
    return _generic2(o, f) + struct.pack(f"{o}HHHH", f.start % 1000, f.elapsed % 1000, f.application, 0)


def _generic5(o: str, f: Flow) -> bytes:
    return _head(o, f) + struct.pack(f"{o}HHIIIII", f.in_if, f.out_if, f.packets, f.octets, _v4(f.src), _v4(f.dst), _v4(f.next_hop))


def _ipv6_1(o: str, f: Flow) -> bytes:
    return _head(o, f) + struct.pack(f"{o}II", f.packets, f.octets) + _v6(f.src) + _v6(f.dst)


def _packed5(o: str, f: Flow) -> bytes:
    tcp = f.proto == 6
    word = (f.rest << 24 if tcp and f.state & 1 else 0) | tcp << 23 | f.start - HOUR
    return struct.pack(f"{o}IBBHHHIII", word, _either(f), _state(f), f.application, f.src_port, f.dst_port, f.elapsed, f.packets, f.octets)


def _ipv6_2(o: str, f: Flow) -> bytes:
    return _packed5(o, f) + _v6(f.src) + _v6(f.dst)


def _routing1(o: str, f: Flow) -> bytes:
    return _head(o, f) + struct.pack(f"{o}HHII", f.in_if, f.out_if, f.packets, f.octets) + _v6(f.src) + _v6(f.dst) + _v6(f.next_hop)


def _routing3(o: str, f: Flow) -> bytes:
    return _head(o, f) + struct.pack(f"{o}IQQ", f.in_if, f.packets, f.octets) + _v6(f.src) + _v6(f.dst) + _v6(f.next_hop) + struct.pack(f"{o}I", f.out_if)


def _ends(o: str, f: Flow) -> bytes:
    return struct.pack(f"{o}II", _v4(f.src), _v4(f.dst))


def _ports(o: str, f: Flow) -> bytes:
    return struct.pack(f"{o}HH", f.src_port, f.dst_port)


def _packed4(o: str, f: Flow) -> bytes:
    packets, many = _many(f)
    each = _each(f)
    third = _either(f) << 24 | many << 23 | (f.proto == 6) << 22 | packets
    return struct.pack(f"{o}III", f.start - HOUR << 10 | each >> 10, (each & 1023) << 22 | f.elapsed, third)


def _state4(o: str, f: Flow) -> bytes:
    return struct.pack(f"{o}BBH", f.state, f.rest if f.state & 1 or f.proto != 6 else 0, f.application)


def _packed3(o: str, f: Flow) -> bytes:
    packets, many = _many(f)
    seconds, rest = divmod(f.start - HOUR, 1000)
    third = rest << 22 | f.elapsed % 1000 << 12 | many << 11 | (f.proto == 6) << 10 | _either(f)
    return _ends(o, f) + _ports(o, f) + struct.pack(f"{o}III", packets << 12 | seconds, _each(f) << 12 | f.elapsed // 1000, third)


def _state3(o: str, f: Flow) -> bytes:
    return struct.pack(f"{o}HBB", f.application, f.state, f.rest if f.state & 1 or f.proto != 6 else 0)


def _split1(o: str, f: Flow) -> bytes:
    packets, many = _many(f)
    first, second = packets << 12 | f.elapsed // 1000 << 1 | many, (f.start - HOUR) // 1000 << 20 | _each(f)
    return _ends(o, f) + _ports(o, f) + struct.pack(f"{o}IIBB", first, second, f.proto, f.flags)


def _route(o: str, f: Flow) -> bytes:
    return struct.pack(f"{o}IHH", _v4(f.next_hop), f.in_if, f.out_if)


def _filter_head(o: str, f: Flow) -> bytes:
    return _ends(o, f) + _ports(o, f) + _route(o, f) + struct.pack(f"{o}II", f.start // 1000, f.elapsed // 1000)


def _filter3(o: str, f: Flow) -> bytes:
    packets, many = _many(f)
    return _filter_head(o, f) + struct.pack(f"{o}IIHBB", packets << 12 | many << 11 | f.flow_type, _each(f) << 12, f.sensor, f.proto, f.flags)


def _filter4(o: str, f: Flow) -> bytes:
    packets, many = _many(f)
    first = packets << 12 | many << 11 | (f.proto == 6) << 10 | f.start % 1000
    rest = f.rest if f.state & 1 or f.proto != 6 else 0
    return _filter_head(o, f) + struct.pack(f"{o}IIHBBHBB", first, _each(f) << 12 | f.elapsed % 1000, f.sensor, f.flow_type, _either(f), f.application, f.state, rest)


def _joined(*parts: Callable[[str, Flow], bytes]) -> Callable[[str, Flow], bytes]:
    return lambda order, flow: b"".join(part(order, flow) for part in parts)


def _stateless(write: Callable[[str, Flow], bytes]) -> Callable[[str, Flow], bytes]:
    """Of a format without the state of TCP, whose flags are those of all packets."""
    return lambda order, flow: write(order, replace(flow, state=0))


MILLI, HOP, APART, KEEPS_APPLICATION = "milli", "hop", "apart", "application"
_ALL = {MILLI, HOP, APART, KEEPS_APPLICATION}

FORMS: dict[tuple[int, int], tuple[Callable[[str, Flow], bytes], set[str], bool]] = {
    (GENERIC, 0): (lambda o, f: _generic1(o, f) + bytes(3), {HOP}, False), (GENERIC, 1): (_generic1, {HOP}, False),
    (GENERIC, 2): (_generic2, {HOP, APART}, False), (GENERIC, 3): (_generic3, _ALL, False), (GENERIC, 4): (_generic3, _ALL, False),
    (GENERIC, 5): (_generic5, _ALL, False), (IPV6, 1): (_ipv6_1, _ALL - {HOP}, False), (IPV6, 2): (_ipv6_2, _ALL - {HOP}, True),
    (ROUTING, 1): (_routing1, _ALL, False), (ROUTING, 2): (_routing1, _ALL - {KEEPS_APPLICATION}, False), (ROUTING, 3): (_routing3, _ALL, False),
    (SPLIT, 1): (_split1, set(), True), (SPLIT, 2): (_split1, set(), True), (SPLIT, 3): (_stateless(_packed3), {MILLI}, True), (SPLIT, 4): (_stateless(_packed3), {MILLI}, True),
    (SPLIT, 5): (_stateless(_joined(_packed4, _ports, _ends)), {MILLI}, True),
    **{(AUGMENTED, version): (_joined(_packed3, _state3), _ALL - {HOP}, True) for version in (1, 2, 3)},
    (AUGMENTED, 4): (_joined(_packed4, _state4, _ports, _ends), _ALL - {HOP}, True), (AUGMENTED, 5): (_joined(_packed5, _ends), _ALL - {HOP}, True),
    **{(AUGROUTING, version): (_joined(_packed3, _state3, _route), _ALL, True) for version in (1, 2, 3)},
    (AUGROUTING, 4): (_joined(_packed4, _state4, _ports, lambda o, f: struct.pack(f"{o}HH", f.in_if, f.out_if), _ends, lambda o, f: struct.pack(f"{o}I", _v4(f.next_hop))), _ALL, True),
    (AUGROUTING, 5): (_joined(_packed5, _ends, _route), _ALL, True),
    (FILTER, 3): (_filter3, {HOP}, False), (FILTER, 4): (_filter4, _ALL, False), (FILTER, 5): (_filter4, _ALL, False),
}  # fmt: skip
"""How a record of each format and version is written, what it keeps, and whether the header has the hour."""


def said(flow: Flow) -> Flow:
    """A flow as formats that split flags by the first packet can say it."""
    return replace(flow, flags=flow.first | flow.rest) if flow.proto == 6 and flow.state & 1 else flow


def silk_file(form: int, version: int, flows: Sequence[Flow], *, big: bool = False, compressed: bool = False) -> bytes:
    """A whole file."""
    write, _, packed = FORMS[form, version]
    records = [write(">" if big else "<", said(flow)) for flow in flows]
    size = len(write("<", Flow()))
    head = header(form, version, size, big=big, compression=int(compressed), packed=packed)
    if not compressed:
        return head + b"".join(records)
    blocks = [b"".join(records[at : at + 3]) for at in range(0, len(records), 3)]
    return head + b"".join(struct.pack(">II", len(zlib.compress(block)), len(block)) + zlib.compress(block) for block in blocks)
