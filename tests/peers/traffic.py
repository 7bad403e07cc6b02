"""Real traffic in a network of the tests: conversations over TCP, and UDP whose packets and octets are known beforehand."""

import socket
from collections.abc import Callable
from typing import NamedTuple

from tests.peers.isolated import INSIDE, OTHER, Network

PAYLOAD = 100
HEADERS = {4: 28, 6: 48}
"""Octets of IP and UDP headers."""

FIRST_SOURCE = 10_000
"""Port that the first flow comes from; those that the kernel gives may be given twice."""

MARK = 4242
"""Port of the packet behind everything that a test sent: what has seen it has seen all."""

PUSH = 600
PUSHES = 40
"""Packets in one push, and how many pushes. A capture hands packets over in blocks of a quarter of a megabyte, and some kernels never
hand over one that is not full: what was sent is pushed out by what comes after it."""


class Sums(NamedTuple):
    """Of flows."""

    flows: int
    packets: int
    octets: int


def converse(network: Network, src: str, dst: str, port: int = 443, *, request: int = 5000, answer: int = 300) -> int:
    """A TCP connection with octets in both directions. Returns the client's port."""
    with network.socket(socket.SOCK_STREAM, dst, port) as server, network.socket(socket.SOCK_STREAM, src) as client:
        server.listen()
        client.settimeout(20)
        client.connect((dst, port))
        peer, _ = server.accept()
        with peer:
            client.sendall(b"q" * request)
            _read(peer, request)
            peer.sendall(b"a" * answer)
            _read(client, answer)
            return int(client.getsockname()[1])


def _read(inlet: socket.socket, count: int) -> None:
    while count:
        count -= len(inlet.recv(count))


def datagrams(network: Network, src: str, dst: str, flows: int, packets: int, port: int = 9999) -> Sums:
    """Flows of one direction with `packets` each. Returns what an exporter has to say of them."""
    with network.socket(socket.SOCK_DGRAM, dst, port):  # unread, but there: no ICMP comes back
        for number in range(flows):
            with network.socket(socket.SOCK_DGRAM, src, FIRST_SOURCE + number) as sender:
                for _ in range(packets):
                    sender.sendto(b"u" * PAYLOAD, (dst, port))
    return Sums(flows, flows * packets, flows * packets * (PAYLOAD + HEADERS[6 if ":" in dst else 4]))


def push_out(network: Network, has_seen: Callable[[int], bool]) -> None:
    """Send a mark, and then more until `has_seen` says that the exporter has seen flows to the mark's port."""
    open_ports = (network.socket(socket.SOCK_DGRAM, OTHER, MARK), network.socket(socket.SOCK_DGRAM, OTHER, MARK + 1))
    with open_ports[0], open_ports[1], network.socket(socket.SOCK_DGRAM, INSIDE) as sender:
        sender.sendto(b"mark", (OTHER, MARK))
        for _ in range(PUSHES):
            for _ in range(PUSH):
                sender.sendto(b"p" * PAYLOAD, (OTHER, MARK + 1))
            if has_seen(MARK):
                return
    raise AssertionError("the exporter does not see the traffic")
