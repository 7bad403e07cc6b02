"""From one input to datagrams: who sends them, and when they come."""

from typing import NamedTuple

SEPARATOR = b"\xf5~\xf5~"
"""Between datagrams; an input that lost one by mutation still has the others in their places."""

DATAGRAMS_MAX = 16
START = 1_795_300_000 * 1_000_000
"""us since 1970: when the first comes."""

STEPS = (0, 20_000, 1_000_000, 45 * 60 * 1_000_000)
"""us to the next datagram; the last is longer than a set waits for its template."""

EXPORTERS = (
    *(bytes(10) + b"\xff\xff" + bytes([192, 0, 2, number]) for number in (1, 2, 3)),
    bytes.fromhex("20010db8") + bytes(11) + b"\x01",
)
"""Synthetic addresses."""


class Arrival(NamedTuple):
    """One datagram."""

    payload: bytes
    exporter: bytes
    received: int


def arrivals(data: bytes) -> list[Arrival]:
    """Datagrams of an input. The first octet of each says who sends it (2 bits) and how long after the one before (2 bits)."""
    found = []
    now = START
    for piece in data.split(SEPARATOR)[:DATAGRAMS_MAX]:
        head = piece[0] if piece else 0
        now += STEPS[head >> 2 & 3]
        found.append(Arrival(piece[1:], EXPORTERS[head & 3], now))
    return found


def scene(*payloads: bytes, heads: bytes = b"") -> bytes:
    """The other way: an input of datagrams; `heads` has the first octet of each."""
    told = heads + bytes(len(payloads) - len(heads))
    return SEPARATOR.join(bytes([head]) + payload for head, payload in zip(told, payloads, strict=True))
