"""The process that takes datagrams from the kernel and does nothing else, so that a slow commit never costs one.

It shares a ring of memory with the collector: datagrams one after another, and an entry for each with its place, sender and
moment of receipt. When the ring is full it leaves them in the socket's buffer; what the kernel drops there it counts for us.

This file runs by itself, with the standard library and NumPy alone: the parent starts it by its path with the sockets, the ring
and a pipe as open files.

Sources: recvmmsg(2), socket(7) (SO_RCVBUF), sock_diag(7) and linux/sock_diag.h (SK_MEMINFO_DROPS).
"""

import contextlib
import ctypes
import mmap
import os
import select
import signal
import socket
import struct
import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

OCTETS = 64 * 1024 * 1024
"""Datagrams that wait for the collector: about two seconds of a million flows a second."""

ENTRIES = 1 << 17
SOCKETS_MAX = 64

BURST = 128
"""Datagrams taken in one call."""

DATAGRAM_MAX = 65_536
"""The largest datagram that UDP can carry, and one octet more."""

BURSTS_A_TURN = 8
"""Of one socket before the others get their turn."""

DRAIN_SECONDS = 20.0
"""At the end, for what waits in the sockets: as much as a ring and a buffer hold takes a few seconds to be decoded."""

TURN_MS = 100
FULL_SECONDS = 0.001
"""Waited when the ring is full."""

HEADER = np.dtype([
    ("written", "<u8"), ("taken", "<u8"), ("octets_written", "<u8"), ("octets_taken", "<u8"), ("turns", "<u8"),
    ("dropped", "<i8", (SOCKETS_MAX,)),
])  # fmt: skip
"""Counts since the beginning. Each field has one writer: `taken` and `octets_taken` the collector, the others the receiver."""

ENTRY = np.dtype([
    ("start", "<u8"), ("length", "<u4"), ("socket", "<u2"), ("port", "<u2"), ("received", "<i8"), ("address", "u1", (16,)),
])  # fmt: skip
"""One datagram: where it begins, counted from the ring's first octet on, who sent it, and when it came (us since 1970 UTC)."""

UNKNOWN = -1
"""Of `dropped`: this system does not tell."""

_PAGE = 4096
_ENTRIES_AT = _PAGE
_OCTETS_AT = _PAGE + -(-ENTRIES * ENTRY.itemsize // _PAGE) * _PAGE
SIZE = _OCTETS_AT + OCTETS

_SO_MEMINFO, _MEMINFO_DROPS = 55, 8
_MAPPED = bytes(10) + b"\xff\xff"


class Ring:
    """The shared memory, as arrays."""

    def __init__(self, file: int) -> None:
        self._memory = mmap.mmap(file, SIZE)
        self.header: NDArray[np.void] = np.frombuffer(self._memory, dtype=HEADER, count=1)
        self.entries: NDArray[np.void] = np.frombuffer(self._memory, dtype=ENTRY, count=ENTRIES, offset=_ENTRIES_AT)
        self.octets: NDArray[np.uint8] = np.frombuffer(self._memory, dtype=np.uint8, count=OCTETS, offset=_OCTETS_AT)

    def room(self) -> bool:
        """Whether a whole burst of the largest datagrams fits."""
        head = self.header[0]
        entries = int(head["written"]) - int(head["taken"])
        octets = int(head["octets_written"]) - int(head["octets_taken"])
        return entries + BURST <= ENTRIES and octets + (BURST + 1) * DATAGRAM_MAX <= OCTETS

    def write(self, burst: "Burst", number: int) -> None:
        """Append the datagrams that a socket's burst holds."""
        head = self.header
        written = int(head["written"][0])
        lengths = burst.lengths().astype(np.int64)
        starts = _laid(int(head["octets_written"][0]), lengths)
        self._copy(burst, starts, lengths)
        rows = np.arange(written, written + burst.count) % ENTRIES
        self.entries["start"][rows], self.entries["length"][rows] = starts, lengths
        self.entries["socket"][rows], self.entries["received"][rows] = number, time.time_ns() // 1000
        self.entries["address"][rows], self.entries["port"][rows] = burst.senders()
        head["octets_written"], head["written"] = starts[-1] + lengths[-1], written + burst.count

    def _copy(self, burst: "Burst", starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> None:
        count, length, at = burst.count, int(lengths[0]), int(starts[0]) % OCTETS
        if (np.diff(starts) == length).all() and lengths[-1] == length:  # mostly: exporters fill their datagrams
            self.octets[at : at + count * length].reshape(count, length)[:] = burst.octets[:count, :length]
            return
        for index, (place, size) in enumerate(zip((starts % OCTETS).tolist(), lengths.tolist(), strict=True)):
            self.octets[place : place + size] = burst.octets[index, :size]


def _laid(place: int, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where datagrams begin that are laid one behind another from a place on, each in one piece. They are far less than the ring
    holds, so one at most would lie across its end."""
    starts: NDArray[np.int64] = place + np.cumsum(lengths) - lengths
    across = starts % OCTETS + lengths > OCTETS
    if across.any():
        first = int(np.argmax(across))
        starts[first:] += OCTETS - starts[first] % OCTETS
    return starts


class Piece(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Header(ctypes.Structure):
    """`struct msghdr`."""

    _fields_ = (
        ("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32), ("pieces", ctypes.c_void_p), ("piece_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t), ("flags", ctypes.c_int),
    )  # fmt: skip


class Message(ctypes.Structure):
    """`struct mmsghdr`."""

    _fields_ = (("header", _Header), ("length", ctypes.c_uint32))


_TABLE = np.dtype({
    "names": ["name_length", "length"], "formats": ["<u4", "<u4"],
    "offsets": [Message.header.offset + _Header.name_length.offset, Message.length.offset], "itemsize": ctypes.sizeof(Message),
})  # fmt: skip
"""What changes between two calls, of a whole array of messages."""


class Burst:
    """Room for BURST datagrams and their senders, filled by one call of the kernel where it has such a call."""

    count = 0

    def __init__(self) -> None:
        self.octets = np.zeros((BURST, DATAGRAM_MAX), dtype=np.uint8)
        self._names = np.zeros((BURST, 32), dtype=np.uint8)
        self._lengths = np.zeros(BURST, dtype=np.uint32)
        self._recvmmsg: Any = getattr(ctypes.CDLL(None), "recvmmsg", None)
        self._pieces = (Piece * BURST)()
        self._messages = (Message * BURST)()
        for index, (piece, message) in enumerate(zip(self._pieces, self._messages, strict=True)):
            piece.base, piece.length = self.octets[index].ctypes.data, DATAGRAM_MAX
            message.header.name = self._names[index].ctypes.data
            message.header.pieces, message.header.piece_count = ctypes.addressof(piece), 1
        self._table = np.frombuffer(memoryview(self._messages), dtype=_TABLE)

    def take(self, inlet: socket.socket) -> int:
        """Fill from a socket that does not block. Returns the number of datagrams, 0 where none waits."""
        self.count = self._take_many(inlet) if self._recvmmsg else self._take_one_by_one(inlet)
        return self.count

    def _take_many(self, inlet: socket.socket) -> int:
        self._table["name_length"] = self._names.shape[1]
        count = int(self._recvmmsg(inlet.fileno(), self._messages, BURST, socket.MSG_DONTWAIT, None))
        if count < 0:
            return 0  # nothing waits, or an ICMP error of a former peer was reported
        self._lengths[:count] = self._table["length"][:count]
        return count

    def _take_one_by_one(self, inlet: socket.socket) -> int:
        for index in range(BURST):
            try:
                length, sender = inlet.recvfrom_into(memoryview(self.octets[index]))
            except (BlockingIOError, InterruptedError, ConnectionError):
                return index
            self._lengths[index] = length
            self._names[index] = _packed(inlet.family, sender)
        return BURST

    def lengths(self) -> NDArray[np.uint32]:
        return self._lengths[: self.count]

    def senders(self) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
        """(count, 16) addresses, IPv4 as ::ffff:a.b.c.d, and ports. `struct sockaddr_in` and `sockaddr_in6` of ip(7), ipv6(7)."""
        names = self._names[: self.count]
        ports = names[:, 2:4].astype(np.uint16)
        address = np.ascontiguousarray(names[:, 8:24])
        is_v4 = np.ascontiguousarray(names[:, :2]).view(np.uint16).ravel() == socket.AF_INET
        address[is_v4, :12] = np.frombuffer(_MAPPED, dtype=np.uint8)
        address[is_v4, 12:] = names[is_v4, 4:8]
        return address, (ports[:, 0] << 8 | ports[:, 1]).astype(np.uint16)


def _packed(family: int, sender: tuple[str, int]) -> NDArray[np.uint8]:
    host, port = sender[0].partition("%")[0], sender[1]
    address = socket.inet_pton(family, host)
    head = struct.pack("=H", family) + port.to_bytes(2, "big")
    name = head + address if family == socket.AF_INET else head + bytes(4) + address
    return np.frombuffer(name.ljust(32, b"\0"), dtype=np.uint8)


@dataclass(slots=True)
class Receiver:
    """The process: sockets into the ring until the lifeline's other end is closed."""

    ring: Ring
    sockets: list[socket.socket]
    lifeline: int
    bell: int
    "Written to when something has come; a pipe that does not block."

    def run(self) -> None:
        waiting, burst = select.poll(), Burst()
        waiting.register(self.lifeline, select.POLLIN | select.POLLHUP)
        numbers = {inlet.fileno(): number for number, inlet in enumerate(self.sockets)}
        for file in numbers:
            waiting.register(file, select.POLLIN)
        counted = 0.0
        while True:
            ready = [file for file, _ in waiting.poll(TURN_MS)]
            if self.lifeline in ready:
                self._drain(burst)
                return
            took = sum(self._take(burst, numbers[file]) for file in ready if file in numbers)
            if took:
                self._ring_bell()
            elif ready:
                time.sleep(FULL_SECONDS)
            if time.monotonic() - counted > TURN_MS / 1000:
                counted = time.monotonic()
                self._count_drops()

    def _drain(self, burst: Burst) -> None:
        """What waits in the sockets at the end. A flood, or a collector that takes nothing any more, does not keep us from ending."""
        end = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < end:
            if not self.ring.room():
                time.sleep(FULL_SECONDS)
            elif not sum(self._take(burst, number) for number in range(len(self.sockets))):
                break
        self._count_drops()

    def _take(self, burst: Burst, number: int) -> int:
        took = 0
        for _ in range(BURSTS_A_TURN):
            if not self.ring.room() or not burst.take(self.sockets[number]):
                break
            self.ring.write(burst, number)
            took += burst.count
            if burst.count < BURST:
                break
        return took

    def _ring_bell(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it rings already
            os.write(self.bell, b"\0")

    def _count_drops(self) -> None:
        self.ring.header["turns"] += 1
        for number, inlet in enumerate(self.sockets):
            self.ring.header["dropped"][0, number] = drops(inlet)


def drops(inlet: socket.socket) -> int:
    """Datagrams that the kernel dropped at a socket since it was opened; UNKNOWN where it does not tell."""
    if sys.platform != "linux":
        return UNKNOWN
    try:
        told = inlet.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 4 * (_MEMINFO_DROPS + 1))
    except OSError:
        return UNKNOWN
    return int(struct.unpack(f"={len(told) // 4}I", told)[_MEMINFO_DROPS]) if len(told) > 4 * _MEMINFO_DROPS else UNKNOWN


def main(arguments: list[str]) -> None:
    """RING LIFELINE BELL SOCKET...: numbers of open files."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: who started us ends us
    ring, lifeline, bell, *inlets = (int(text) for text in arguments)
    sockets = [socket.socket(fileno=file) for file in inlets]
    for inlet in sockets:
        inlet.setblocking(False)
    Receiver(Ring(ring), sockets, lifeline, bell).run()


if __name__ == "__main__":
    main(sys.argv[1:])
