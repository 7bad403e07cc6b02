"""Captured exports: pcap and pcapng files, files of IPFIX messages (RFC 5655), files of NetFlow v5 datagrams.

Readers are fed octets and answer with what is whole; they do no input or output themselves."""

import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from varde.collect.exports import Exports
from varde.collect.foreign import SILK, name_of
from varde.collect.packets import LINKS, segment_of
from varde.decode.flow import UNKNOWN
from varde.model import VardeError

HEAD = 4096
"""Octets of a file that are looked at to tell what it is."""

PACKET_MAX = 262_144
"""Octets of a captured packet: tcpdump's own limit. A longer one is damage, and there is no way to find the next."""

TIME_MAX = 2**32 * 1_000_000
"""us since 1970: what the other formats can say, up to 2106. A later time is none, and dates end in the year 9999."""

_BLOCK_MAX = 16 * 1024 * 1024  # of pcapng; libpcap's own limit
_MESSAGE_HEADER = 16
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Export:
    """A datagram or message of a flow protocol: who sent it and when it came (us since 1970 UTC), and the packet it came in."""

    packet: int
    "Number of the packet or message, from 1."
    offset: int
    "Where that begins in the file."
    received: int
    exporter: bytes
    transport: int
    payload: bytes


class CaptureReader(Protocol):
    """Reads one file. `end` is how far whole packets go; `packets` counts them; `left_out` counts those that are no exports,
    by reason."""

    end: int
    packets: int
    left_out: Counter[str]

    def feed(self, data: bytes) -> list[Export]:
        """What the next octets complete. Raises VardeError where the file is damaged or of a kind that is not read."""
        ...

    def finish(self) -> list[Export]:
        """What is whole because the file ends there."""
        ...


@dataclass(slots=True)
class _Fed:
    """What readers share: octets that are not whole yet, and counters."""

    end: int = 0
    packets: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    held: bytes = b""

    def finish(self) -> list[Export]:
        return []

    def damaged(self, what: str) -> VardeError:
        return VardeError(f"damaged at octet {self.end}: {what}. What came before it was read.")


@dataclass(slots=True)
class PcapReader(_Fed):
    """libpcap's format: either byte order, microseconds or nanoseconds."""

    exports: Exports = field(default_factory=Exports)
    _order: str = ""
    _fraction: int = 1
    "Units of the fraction in a microsecond."
    _link: int = 0

    def feed(self, data: bytes) -> list[Export]:
        self.held += data
        found: list[Export] = []
        at = 0
        if not self._order:
            if len(self.held) < 24:
                return found
            self._head()
            at = self.end = 24
        while len(self.held) - at >= 16:
            seconds, fraction, size, _ = struct.unpack_from(f"{self._order}IIII", self.held, at)
            if size > PACKET_MAX:
                self.held = self.held[at:]
                raise self.damaged(f"a packet of {size} octets")
            if len(self.held) - at - 16 < size:
                break
            self.packets += 1
            frame = self.held[at + 16 : at + 16 + size]
            found += _exports(self, self._link, frame, seconds * _SECOND + fraction // self._fraction)
            at += 16 + size
            self.end += 16 + size
        self.held = self.held[at:]
        return found

    def _head(self) -> None:
        magic = self.held[:4]
        self._order, self._fraction = _MAGICS[magic]
        (link,) = struct.unpack_from(f"{self._order}I", self.held, 20)
        self._link = _known_link(link & 0xFFFF)  # above: whether frames end in a checksum


_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1), b"\xa1\xb2\xc3\xd4": (">", 1), b"\x4d\x3c\xb2\xa1": ("<", 1000), b"\xa1\xb2\x3c\x4d": (">", 1000),
}  # fmt: skip


def _known_link(link: int) -> int:
    if link not in LINKS:
        raise VardeError(f"its packets are of link type {link}, which Varde does not read: it reads Ethernet, Linux cooked, raw IP and loopback")
    return link


def _exports(fed: "PcapReader | PcapngReader", link: int, frame: bytes, received: int) -> list[Export]:
    segment = segment_of(link, frame)
    if isinstance(segment, str):
        fed.left_out[segment] += 1
        return []
    payloads = fed.exports.of(segment, fed.left_out)
    return [Export(fed.packets, fed.end, received, exporter, transport, payload) for exporter, transport, payload in payloads]


_SECTION, _INTERFACE, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 3, 6
_RESOLUTION = 9  # option if_tsresol


@dataclass(slots=True)
class PcapngReader(_Fed):
    """pcapng: sections of either byte order, several interfaces; enhanced packet blocks only, since others carry no time."""

    exports: Exports = field(default_factory=Exports)
    _order: str = "<"
    _interfaces: list[tuple[int, int]] = field(default_factory=list)
    "Link type, and units of time in a second."

    def feed(self, data: bytes) -> list[Export]:
        self.held += data
        found: list[Export] = []
        at = 0
        while len(self.held) - at >= 12:
            kind, size = self._block(at)
            if size < 12 or size % 4 or size > _BLOCK_MAX:
                self.held = self.held[at:]
                raise self.damaged(f"a block of {size} octets")
            if len(self.held) - at < size:
                break
            found += self._read(kind, self.held[at + 8 : at + size - 4])
            at += size
            self.end += size
        self.held = self.held[at:]
        return found

    def _block(self, at: int) -> tuple[int, int]:
        (kind,) = struct.unpack_from(f"{self._order}I", self.held, at)
        if kind == _SECTION:  # reads the same in both orders; its byte-order magic says which
            self._order = "<" if self.held[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            self._interfaces.clear()
        (size,) = struct.unpack_from(f"{self._order}I", self.held, at + 4)
        return kind, size

    def _read(self, kind: int, body: bytes) -> list[Export]:
        if kind == _INTERFACE and len(body) >= 8:
            (link,) = struct.unpack_from(f"{self._order}H", body)
            self._interfaces.append((link, _resolution(body[8:], self._order)))
        if kind == _SIMPLE:
            self.packets += 1
            self.left_out["no_time"] += 1
        if kind != _ENHANCED or len(body) < 20:
            return []
        self.packets += 1
        number, high, low, size, _ = struct.unpack_from(f"{self._order}IIIII", body)
        if number >= len(self._interfaces):
            self.left_out["no_interface"] += 1
            return []
        link, units = self._interfaces[number]
        received = (high << 32 | low) * _SECOND // units
        if received > TIME_MAX:
            self.left_out["no_time"] += 1
            return []
        return _exports(self, _known_link(link), body[20 : 20 + size], received)


def _resolution(options: bytes, order: str) -> int:
    """Units of time in a second: microseconds, unless an option says otherwise."""
    at = 0
    while at + 4 <= len(options):
        code, size = struct.unpack_from(f"{order}HH", options, at)
        if code == _RESOLUTION and size == 1 and at + 4 < len(options):
            exponent = options[at + 4]
            return 1 << min(exponent & 0x7F, 63) if exponent & 0x80 else 10 ** min(exponent, 18)
        if code == 0:
            break
        at += 4 + (size + 3) // 4 * 4
    return _SECOND


@dataclass(slots=True)
class MessageReader(_Fed):
    """IPFIX messages one behind another (RFC 5655): nobody says who sent them, and they came when they were exported."""

    def feed(self, data: bytes) -> list[Export]:
        self.held += data
        found: list[Export] = []
        at = 0
        while len(self.held) - at >= _MESSAGE_HEADER:
            version, size, seconds = struct.unpack_from(">HHI", self.held, at)
            if version != 10 or size < _MESSAGE_HEADER:
                self.held = self.held[at:]
                raise self.damaged("no IPFIX message begins there")
            if len(self.held) - at < size:
                break
            self.packets += 1
            found.append(Export(self.packets, self.end, seconds * _SECOND, UNKNOWN, _FILE, self.held[at : at + size]))
            at += size
            self.end += size
        self.held = self.held[at:]
        return found


_FILE = 1
"""Transport of a file: its templates are its own."""

_PDU_HEADER, _PDU_RECORD, _PDU_MAX = 24, 48, 30
_PDU_WHOLE = _PDU_HEADER + _PDU_RECORD * _PDU_MAX
"""Octets of a full NetFlow v5 datagram; some collectors write each in so many, whatever it holds."""


@dataclass(slots=True)
class DatagramReader(_Fed):
    """NetFlow v5 datagrams one behind another, each as long as its records or all of the greatest length."""

    _ended: bool = False

    def feed(self, data: bytes) -> list[Export]:
        self.held += data
        found: list[Export] = []
        at = 0
        while len(self.held) - at >= _PDU_HEADER:
            version, count, _, seconds = struct.unpack_from(">HHII", self.held, at)
            if version != 5 or not 0 < count <= _PDU_MAX:
                self.held = self.held[at:]
                raise self.damaged("no NetFlow v5 datagram begins there")
            size = _PDU_HEADER + _PDU_RECORD * count
            padded = self._padded(at, size)
            if len(self.held) - at < (padded if self._ended or padded == _PDU_WHOLE else padded + 2):
                break  # it shows only behind its records whether it is padded
            self.packets += 1
            found.append(Export(self.packets, self.end, seconds * _SECOND, UNKNOWN, _FILE, self.held[at : at + size]))
            at += padded
            self.end += padded
        self.held = self.held[at:]
        return found

    def finish(self) -> list[Export]:
        self._ended = True
        return self.feed(b"")

    def _padded(self, at: int, size: int) -> int:
        """Octets that a datagram takes: to the next one, which begins behind its records or behind the padding."""
        return size if size == _PDU_WHOLE or self.held[at + size : at + size + 2] in (b"", b"\x00\x05") else _PDU_WHOLE


READERS: dict[str, Callable[[], CaptureReader]] = {
    "a packet capture (pcap)": PcapReader, "a packet capture (pcapng)": PcapngReader, "IPFIX messages": MessageReader,
    "NetFlow v5 datagrams": DatagramReader,
}  # fmt: skip
"""By what `varde.collect.foreign` calls a file."""


KINDS = frozenset({*READERS, SILK})
"""Files that hold flows and are no text."""


def kind_of_capture(head: bytes) -> str | None:
    """What a file is that begins so, where it is one of KINDS."""
    name = name_of(head)
    return name if name in KINDS else None
