"""A router that exports synthetic flows as fast as it is told to: NetFlow v5 or v9 over UDP, many datagrams in one call.

Runs in a process of its own: `python -m bench.exporter --port 2055 --rate 1000000 --seconds 60`. Prints what it sent as JSON.
"""

import argparse
import ctypes
import json
import socket
import time

import numpy as np
from numpy.typing import NDArray

from varde.collect.receiver import Message, Piece

KINDS = 512
"""Different datagrams, sent round and round with sequence numbers of their own."""

CALL = 64
"""Datagrams in one call, sendmmsg(2)."""

V9_FIELDS = (
    (8, 4), (12, 4), (15, 4), (10, 4), (14, 4), (2, 4), (1, 4), (22, 4), (21, 4), (7, 2), (11, 2), (6, 1), (4, 1), (5, 1), (16, 4),
    (17, 4), (9, 1), (13, 1),
)  # fmt: skip
"""Elements and lengths of a record of 53 octets, as routers commonly export."""

V9_FLOWS = 24
V5_FLOWS = 30
_UPTIME_MS = 3_600_000


def template() -> bytes:
    """The v9 datagram that describes the records."""
    fields = b"".join(number.to_bytes(2, "big") + length.to_bytes(2, "big") for number, length in V9_FIELDS)
    body = (256).to_bytes(2, "big") + len(V9_FIELDS).to_bytes(2, "big") + fields
    return _head9(1) + (0).to_bytes(2, "big") + (len(body) + 4).to_bytes(2, "big") + body


def _head9(count: int) -> bytes:
    words = (_UPTIME_MS, int(time.time()), 0, 7)
    return (9).to_bytes(2, "big") + count.to_bytes(2, "big") + b"".join(word.to_bytes(4, "big") for word in words)


def datagrams9(random: np.random.Generator) -> NDArray[np.uint8]:
    """(KINDS, octets): a header and one set of V9_FLOWS records each."""
    layout = np.dtype([(f"f{number}", f">u{length}") for number, length in V9_FIELDS])
    records = np.zeros((KINDS, V9_FLOWS), dtype=layout)
    _fill(records, random, {"src": "f8", "dst": "f12", "packets": "f2", "octets": "f1", "first": "f22", "last": "f21", "sport": "f7", "dport": "f11", "proto": "f4", "flags": "f6"})
    octets = records.view(np.uint8).reshape(KINDS, -1)
    head = np.frombuffer(_head9(V9_FLOWS) + (256).to_bytes(2, "big") + (octets.shape[1] + 4).to_bytes(2, "big"), dtype=np.uint8)
    return np.concatenate([np.tile(head, (KINDS, 1)), octets], axis=1)


def datagrams5(random: np.random.Generator) -> NDArray[np.uint8]:
    """(KINDS, 1464): a header of 24 octets and V5_FLOWS records of 48."""
    layout = np.dtype([
        ("src", ">u4"), ("dst", ">u4"), ("next", ">u4"), ("in", ">u2"), ("out", ">u2"), ("packets", ">u4"), ("octets", ">u4"), ("first", ">u4"),
        ("last", ">u4"), ("sport", ">u2"), ("dport", ">u2"), ("pad", "u1"), ("flags", "u1"), ("proto", "u1"), ("tos", "u1"), ("as", ">u4"), ("masks", ">u4"),
    ])  # fmt: skip
    records = np.zeros((KINDS, V5_FLOWS), dtype=layout)
    _fill(records, random, {name: name for name in ("src", "dst", "packets", "octets", "first", "last", "sport", "dport", "proto", "flags")})
    octets = records.view(np.uint8).reshape(KINDS, -1)
    now = int(time.time())
    head = (5).to_bytes(2, "big") + V5_FLOWS.to_bytes(2, "big") + _UPTIME_MS.to_bytes(4, "big") + now.to_bytes(4, "big") + bytes(12)
    return np.concatenate([np.tile(np.frombuffer(head, dtype=np.uint8), (KINDS, 1)), octets], axis=1)


def _fill(records: NDArray[np.void], random: np.random.Generator, names: dict[str, str]) -> None:
    shape = records.shape
    values = {
        "src": random.integers(0x0A000000, 0x0A00FFFF, shape), "dst": random.choice(random.integers(0x01000000, 0xDF000000, 50_000), shape),
        "packets": random.integers(1, 200, shape), "octets": random.integers(40, 200_000, shape),
        "first": random.integers(_UPTIME_MS - 60_000, _UPTIME_MS - 30_000, shape), "last": random.integers(_UPTIME_MS - 30_000, _UPTIME_MS, shape),
        "sport": random.integers(1024, 65_536, shape), "dport": random.choice([53, 80, 443, 443, 443, 22, 123], shape),
        "proto": random.choice([6, 6, 17], shape), "flags": random.choice([2, 18, 27], shape),
    }  # fmt: skip
    for name, field in names.items():
        records[field] = values[name]


class Exporter:
    """Sends rounds of datagrams to one address. `sequence` counts as the protocol has it."""

    def __init__(self, port: int, protocol: str) -> None:
        random = np.random.default_rng(7)
        self.flows, self.at, self.each = (V9_FLOWS, 12, 1) if protocol == "v9" else (V5_FLOWS, 16, V5_FLOWS)
        self.octets = datagrams9(random) if protocol == "v9" else datagrams5(random)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * 1024 * 1024)
        self.socket.connect(("127.0.0.1", port))
        if protocol == "v9":
            self.socket.send(template())
        self.sent, self._place = 0, 0
        self._sequence = int(protocol == "v9")
        self._send = ctypes.CDLL(None, use_errno=True).sendmmsg
        self._pieces, self._messages = (Piece * KINDS)(), (Message * KINDS)()
        for index in range(KINDS):
            self._pieces[index].base, self._pieces[index].length = self.octets[index].ctypes.data, self.octets.shape[1]
            self._messages[index].header.pieces, self._messages[index].header.piece_count = ctypes.addressof(self._pieces[index]), 1

    def burst(self, count: int) -> None:
        """Send the next `count` datagrams."""
        count = min(count, KINDS - self._place)
        numbers = (self._sequence + self.each * np.arange(count)) % 2**32
        self.octets[self._place : self._place + count, self.at : self.at + 4] = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)
        done = self._send(self.socket.fileno(), ctypes.byref(self._messages[self._place]), count, 0)
        if done < 0:
            raise OSError(ctypes.get_errno(), "sendmmsg")
        self._place = (self._place + done) % KINDS
        self._sequence += self.each * done
        self.sent += done

    def run(self, rate: float, seconds: float) -> None:
        """`rate` flows a second, as evenly as a call of CALL datagrams allows; 0 is as fast as it goes."""
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            due = int(passed * rate / self.flows) if rate else self.sent + CALL
            if due > self.sent:
                self.burst(min(CALL, due - self.sent))
            else:
                time.sleep(0.0005)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float, default=100_000, help="flows a second; 0: as fast as it goes")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--protocol", choices=("v5", "v9"), default="v9")
    arguments = parser.parse_args()
    exporter = Exporter(arguments.port, arguments.protocol)
    began = time.monotonic()
    exporter.run(arguments.rate, arguments.seconds)
    print(json.dumps({"datagrams": exporter.sent, "flows": exporter.sent * exporter.flows, "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    main()
