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

KINDS = 8192
"""Different datagrams of some 200,000 flows, sent round and round with sequence numbers and times of their own."""

CALL = 64
"""Datagrams in one call, sendmmsg(2)."""

V9_FIELDS = (
    (8, 4), (12, 4), (15, 4), (10, 4), (14, 4), (2, 4), (1, 4), (22, 4), (21, 4), (7, 2), (11, 2), (6, 1), (4, 1), (5, 1), (16, 4),
    (17, 4), (9, 1), (13, 1),
)  # fmt: skip
"""Elements and lengths of a record of 53 octets, as routers commonly export."""

V9_FLOWS = 24
V5_FLOWS = 30
DOMAIN = 7
FAREWELL_SECONDS = 3.0
_UPTIME_MS = 3_600_000


RECORD9 = np.dtype([(f"f{number}", f">u{length}") for number, length in V9_FIELDS])
RECORD5 = np.dtype([
    ("f8", ">u4"), ("f12", ">u4"), ("f15", ">u4"), ("f10", ">u2"), ("f14", ">u2"), ("f2", ">u4"), ("f1", ">u4"), ("f22", ">u4"),
    ("f21", ">u4"), ("f7", ">u2"), ("f11", ">u2"), ("pad", "u1"), ("f6", "u1"), ("f4", "u1"), ("f5", "u1"), ("as", ">u4"), ("masks", ">u4"),
])  # fmt: skip
"""Fields by the numbers that v9 has for them."""

_HEAD = [("version", ">u2"), ("count", ">u2"), ("uptime", ">u4"), ("seconds", ">u4")]
DATAGRAM9 = np.dtype([*_HEAD, ("sequence", ">u4"), ("domain", ">u4"), ("set", ">u2"), ("length", ">u2"), ("records", RECORD9, (V9_FLOWS,))])
DATAGRAM5 = np.dtype([*_HEAD, ("nanoseconds", ">u4"), ("sequence", ">u4"), ("engine", ">u4"), ("records", RECORD5, (V5_FLOWS,))])


def template() -> bytes:
    """The v9 datagram that describes the records."""
    fields = b"".join(number.to_bytes(2, "big") + length.to_bytes(2, "big") for number, length in V9_FIELDS)
    body = (256).to_bytes(2, "big") + len(V9_FIELDS).to_bytes(2, "big") + fields
    words = (_UPTIME_MS, int(time.time()), 0, DOMAIN)
    head = (9).to_bytes(2, "big") + (1).to_bytes(2, "big") + b"".join(word.to_bytes(4, "big") for word in words)
    return head + (0).to_bytes(2, "big") + (len(body) + 4).to_bytes(2, "big") + body


def datagrams(protocol: str) -> NDArray[np.void]:
    """KINDS datagrams of synthetic flows: 65,536 hosts that speak with 50,000 addresses all over the Internet."""
    made = np.zeros(KINDS, dtype=DATAGRAM9 if protocol == "v9" else DATAGRAM5)
    made["version"] = int(protocol[1:])
    made["count"] = made["records"].shape[1]
    if protocol == "v9":
        made["domain"], made["set"], made["length"] = DOMAIN, 256, 4 + V9_FLOWS * RECORD9.itemsize
    _fill(made["records"], np.random.default_rng(7))
    return made


def _fill(records: NDArray[np.void], random: np.random.Generator) -> None:
    shape = records.shape
    values = {
        8: random.integers(0x0A000000, 0x0A00FFFF, shape), 12: random.choice(random.integers(0x01000000, 0xDF000000, 50_000), shape),
        2: random.integers(1, 200, shape), 1: random.integers(40, 200_000, shape),
        22: random.integers(_UPTIME_MS - 60_000, _UPTIME_MS - 30_000, shape), 21: random.integers(_UPTIME_MS - 30_000, _UPTIME_MS, shape),
        7: random.integers(1024, 65_536, shape), 11: random.choice([53, 80, 443, 443, 443, 22, 123], shape),
        4: random.choice([6, 6, 17], shape), 6: random.choice([2, 18, 27], shape),
    }  # fmt: skip
    for number, value in values.items():
        records[f"f{number}"] = value


class Exporter:
    """Sends rounds of datagrams to one address. Their sequence counts as the protocol has it, v9 datagrams and v5 flows, and the clocks
    of headers and flows go with the time."""

    def __init__(self, port: int, protocol: str) -> None:
        self.made = datagrams(protocol)
        self.flows = int(self.made["records"].shape[1])
        self.each = 1 if protocol == "v9" else self.flows
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * 1024 * 1024)
        self.socket.connect(("127.0.0.1", port))
        if protocol == "v9":
            self.socket.send(template())
        self.sent, self._place = 0, 0
        self._sequence = int(protocol == "v9")
        self._began = time.time()
        self._clocks = {field: self.made["records"][field].copy() for field in ("f22", "f21")}
        self._send = ctypes.CDLL(None, use_errno=True).sendmmsg
        self._pieces, self._messages = (Piece * KINDS)(), (Message * KINDS)()
        for index in range(KINDS):
            self._pieces[index].base, self._pieces[index].length = self.made.ctypes.data + index * self.made.itemsize, self.made.itemsize
            self._messages[index].header.pieces, self._messages[index].header.piece_count = ctypes.addressof(self._pieces[index]), 1

    def burst(self, count: int) -> None:
        """Send the next `count` datagrams, or those that are left of the round."""
        count = min(count, KINDS - self._place)
        self._prepare(slice(self._place, self._place + count))
        done = self._send(self.socket.fileno(), ctypes.byref(self._messages[self._place]), count, 0)
        if done < 0:
            raise OSError(ctypes.get_errno(), "sendmmsg")
        self._place = (self._place + done) % KINDS
        self._sequence += self.each * done
        self.sent += done

    def _prepare(self, some: slice) -> None:
        now = time.time()
        passed = int((now - self._began) * 1000)
        self.made["sequence"][some] = (self._sequence + self.each * np.arange(some.stop - some.start)) % 2**32
        self.made["uptime"][some], self.made["seconds"][some] = _UPTIME_MS + passed, int(now)
        for field, clock in self._clocks.items():
            self.made["records"][field][some] = clock[some] + passed

    def run(self, rate: float, seconds: float, flows: int = 0) -> None:
        """`rate` flows a second, as evenly as a call of CALL datagrams allows; 0 is as fast as it goes. Ends after `seconds`, or after
        `flows` where that is given."""
        began, most = time.monotonic(), flows // self.flows
        while (passed := time.monotonic() - began) < seconds and not (most and self.sent >= most):
            due = int(passed * rate / self.flows) if rate else self.sent + CALL
            due = min(due, most) if most else due
            if due > self.sent:
                self.burst(min(CALL, due - self.sent))
            else:
                time.sleep(0.0005)

    def farewell(self) -> None:
        """One datagram more when everything before it has been taken or dropped: without it nobody could know what was lost at the end."""
        time.sleep(FAREWELL_SECONDS)
        self.burst(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float, default=100_000, help="flows a second; 0: as fast as it goes")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--flows", type=int, default=0, help="at most so many")
    parser.add_argument("--protocol", choices=("v5", "v9"), default="v9")
    arguments = parser.parse_args()
    exporter = Exporter(arguments.port, arguments.protocol)
    began = time.monotonic()
    exporter.run(arguments.rate, arguments.seconds, arguments.flows)
    took = time.monotonic() - began
    exporter.farewell()
    print(json.dumps({"datagrams": exporter.sent, "flows": exporter.sent * exporter.flows, "seconds": took}))


if __name__ == "__main__":
    main()
