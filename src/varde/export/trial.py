"""One flow as NetFlow v5, v9 and IPFIX, and one refused probe as a line of syslog: what a self-test sends.

Addresses are of RFC 5737 and RFC 3849, and nobody's. Sources: RFC 3954, RFC 7011, RFC 5424."""

import struct
from datetime import datetime, timezone
from ipaddress import ip_address

SRC, DST = "192.0.2.86", "192.0.2.69"
SRC6, DST6 = "2001:db8:86::1", "2001:db8:69::1"

SRC_PORT = 40_000
_UPTIME = 600_000
"""ms. Every test says the same, so that the next one begins its numbers anew and none is missing."""

_PACKETS, _OCTETS = 1, 64
_SYN, _TCP = 2, 6
_TEMPLATE = 256
_V4 = ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (2, 4), (1, 4))
"""Information Elements and their octets: both addresses and ports, protocol, flags, packets, octets."""

_V9_TIMES = ((22, 4), (21, 4))
_IPFIX_TIMES = ((152, 8), (153, 8))
_V6 = ((27, 16), (28, 16), *_V4[2:])


def netflow5(port: int, now: float) -> bytes:
    """A datagram of one flow to `port`."""
    head = struct.pack(">HHIIIIHH", 5, 1, _UPTIME, int(now), int(now % 1 * 1e9), 0, 0, 0)
    addresses = ip_address(SRC).packed + ip_address(DST).packed + bytes(4)
    numbers = struct.pack(">HHIIII", 0, 0, _PACKETS, _OCTETS, _UPTIME - 1000, _UPTIME - 500)
    return head + addresses + numbers + struct.pack(">HHBBBBHHBBH", SRC_PORT, port, 0, _SYN, _TCP, 0, 0, 0, 0, 0, 0)


def netflow9(port: int, now: float) -> bytes:
    """Template and data of one flow in a datagram."""
    fields = _V4 + _V9_TIMES
    template = struct.pack(">HH", _TEMPLATE, len(fields)) + b"".join(struct.pack(">HH", *field) for field in fields)
    record = _four(port) + struct.pack(">II", _UPTIME - 1000, _UPTIME - 500)
    head = struct.pack(">HHIIII", 9, 2, _UPTIME, int(now), 0, 0)
    return head + _set(0, template) + _set(_TEMPLATE, record + bytes(-len(record) % 4))


def ipfix(port: int, now: float) -> bytes:
    """The same over IPv6 as IPFIX; one message for a datagram or a connection."""
    fields = _V6 + _IPFIX_TIMES
    template = struct.pack(">HH", _TEMPLATE, len(fields)) + b"".join(struct.pack(">HH", *field) for field in fields)
    addresses = ip_address(SRC6).packed + ip_address(DST6).packed
    record = addresses + _rest(port) + struct.pack(">QQ", int(now * 1000) - 1000, int(now * 1000) - 500)
    body = _set(2, template) + _set(_TEMPLATE, record)
    return struct.pack(">HHIII", 10, 16 + len(body), int(now), 0, 0) + body


def probe_line(port: int, now: float, *, v6: bool = False) -> bytes:
    """A line of the kernel's firewall about a refused TCP probe, without a line feed."""
    stamp = datetime.fromtimestamp(now, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    src, dst = (SRC6, DST6) if v6 else (SRC, DST)
    return f"<4>1 {stamp} selftest kernel - - - [UFW BLOCK] IN=selftest OUT= SRC={src} DST={dst} LEN=44 PROTO=TCP SPT={SRC_PORT} DPT={port} WINDOW=1024 SYN".encode()


def _four(port: int) -> bytes:
    return ip_address(SRC).packed + ip_address(DST).packed + _rest(port)


def _rest(port: int) -> bytes:
    return struct.pack(">HHBBII", SRC_PORT, port, _TCP, _SYN, _PACKETS, _OCTETS)


def _set(number: int, body: bytes) -> bytes:
    return struct.pack(">HH", number, 4 + len(body)) + body
