"""Captures built by hand: packets of flow exports in the files that sniffers write. Addresses are synthetic."""

import struct
from collections.abc import Sequence

SRC, DST = bytes([192, 0, 2, 254]), bytes([192, 0, 2, 1])
SRC6, DST6 = bytes.fromhex("20010db8000000000000000000000fe0"), bytes.fromhex("20010db8000000000000000000000001")


def udp(payload: bytes, port: int = 2055) -> bytes:
    return struct.pack(">HHHH", 40_000, port, 8 + len(payload), 0) + payload


def tcp(payload: bytes, sequence: int, flags: int = 0x18, port: int = 4739) -> bytes:
    return struct.pack(">HHIIBBHHH", 40_000, port, sequence, 0, 0x50, flags, 0, 0, 0) + payload


def ip4(data: bytes, proto: int = 17, fragment: int = 0) -> bytes:
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 1, fragment, 64, proto, 0, SRC, DST) + data


def ip6(data: bytes, proto: int = 17) -> bytes:
    return struct.pack(">IHBB", 6 << 28, len(data), proto, 64) + SRC6 + DST6 + data


MACS = bytes(6) + bytes.fromhex("00005e005301")
FRAMES = {
    "ethernet": (1, lambda packet: MACS + b"\x08\x00" + packet), "vlan": (1, lambda packet: MACS + b"\x81\x00\x00\x64\x08\x00" + packet),
    "two vlans": (1, lambda packet: MACS + b"\x88\xa8\x00\x64\x81\x00\x00\x65\x08\x00" + packet), "raw": (101, lambda packet: packet),
    "cooked": (113, lambda packet: bytes(14) + b"\x08\x00" + packet), "cooked 2": (276, lambda packet: b"\x08\x00" + bytes(18) + packet),
    "loopback": (0, lambda packet: b"\x02\x00\x00\x00" + packet), "openbsd loopback": (108, lambda packet: b"\x00\x00\x00\x02" + packet),
}  # fmt: skip
"""Link type, and a frame of that type around an IPv4 packet."""


def pcap(packets: Sequence[bytes], *, link: int = 101, order: str = "<", nano: bool = False, seconds: int = 1_795_300_000, snap: int = 65_535) -> bytes:
    """A capture with one packet a second."""
    head = struct.pack(f"{order}IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snap, link)
    fraction = 500_000 * (1000 if nano else 1)
    kept = [(number, packet[:snap], len(packet)) for number, packet in enumerate(packets)]
    return head + b"".join(struct.pack(f"{order}IIII", seconds + number, fraction, len(some), whole) + some for number, some, whole in kept)


def pcapng(packets: Sequence[bytes], *, link: int = 101, order: str = "<", resolution: int | None = None, seconds: int = 1_795_300_000) -> bytes:
    """The same as pcapng: one section, one interface, enhanced packets."""
    units = 10**6 if resolution is None else 10**resolution
    options = b"" if resolution is None else struct.pack(f"{order}HHB3xHH", 9, 1, resolution, 0, 0)

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        return struct.pack(f"{order}II", kind, 12 + len(body)) + body + struct.pack(f"{order}I", 12 + len(body))

    blocks = [block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)), block(1, struct.pack(f"{order}HHI", link, 0, 0) + options)]
    for number, packet in enumerate(packets):
        stamp = (seconds + number) * units + units // 2
        blocks.append(block(6, struct.pack(f"{order}IIIII", 0, stamp >> 32, stamp & 0xFFFFFFFF, len(packet), len(packet)) + packet))
    return b"".join(blocks)
