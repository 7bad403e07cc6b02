"""Export messages: what the header of each says, as one array of structures."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from varde.decode.flow._octets import unsigned
from varde.decode.flow.datagrams import Datagrams

PROTOCOLS = ("", "netflow1", "netflow5", "netflow7", "netflow9", "ipfix", "sflow5")
"""Names of what is read; a message's `protocol` is a place in this list, 0 for none of them."""

NONE, NETFLOW1, NETFLOW5, NETFLOW7, NETFLOW9, IPFIX, SFLOW5 = range(len(PROTOCOLS))

MESSAGE = np.dtype(
    [
        ("received", "i8"), ("offset", "i8"), ("transport", "i8"), ("exporter", "u1", 16), ("protocol", "i8"), ("domain", "i8"),
        ("sequence", "i8"), ("count", "i8"), ("export", "i8"), ("uptime", "i8"), ("sampling", "i8"), ("begin", "i8"), ("end", "i8"),
        ("stream", "i8"), ("facts", "i8"), ("late", "i8"),
    ]
)  # fmt: skip
"""`export` is the exporter's clock in us since 1970, `uptime` its age in ms or -1, `begin` and `end` are the body's."""

Messages = NDArray[np.void]

NO_UPTIME = -1
_SECOND = 1_000_000
_NANOSECONDS = 1_000_000_000
_SAMPLING_BITS = 0x3FFF  # the two bits above are the mode

VERSIONS = {1: NETFLOW1, 5: NETFLOW5, 7: NETFLOW7, 9: NETFLOW9, 10: IPFIX}


@dataclass(frozen=True, slots=True)
class Header:
    """Octets of a protocol's header and where its fields stand: (place, octets)."""

    size: int
    fields: dict[str, tuple[int, int]]


HEADERS = {
    NETFLOW1: Header(16, {"count": (2, 2), "uptime": (4, 4), "seconds": (8, 4), "nanoseconds": (12, 4)}),
    NETFLOW5: Header(24, {"count": (2, 2), "uptime": (4, 4), "seconds": (8, 4), "nanoseconds": (12, 4), "sequence": (16, 4), "domain": (20, 2), "sampling": (22, 2)}),
    NETFLOW7: Header(24, {"count": (2, 2), "uptime": (4, 4), "seconds": (8, 4), "nanoseconds": (12, 4), "sequence": (16, 4)}),
    NETFLOW9: Header(20, {"count": (2, 2), "uptime": (4, 4), "seconds": (8, 4), "sequence": (12, 4), "domain": (16, 4)}),
    IPFIX: Header(16, {"count": (2, 2), "seconds": (4, 4), "sequence": (8, 4), "domain": (12, 4)}),
}  # fmt: skip
"""RFC 3954 section 5.1, RFC 7011 section 3.1 (where `count` is the length), and Cisco's tables for the fixed formats."""


def read_messages(datagrams: Datagrams) -> Messages:
    """The headers of all datagrams; those that are no export, or shorter than a header, have protocol NONE."""
    messages = np.zeros(len(datagrams), MESSAGE)
    messages["uptime"] = NO_UPTIME
    for name in ("received", "offset", "transport", "exporter"):
        messages[name] = getattr(datagrams, name)
    messages["begin"], messages["end"] = datagrams.start, datagrams.start + datagrams.length
    messages["protocol"] = protocols(datagrams)
    for protocol, header in HEADERS.items():
        rows = np.flatnonzero(messages["protocol"] == protocol)
        if len(rows):
            _read(messages, rows, datagrams, header)
    return messages


def protocols(datagrams: Datagrams) -> NDArray[np.int64]:
    """What each datagram is, by its version number and length."""
    found = np.zeros(len(datagrams), np.int64)
    readable = np.flatnonzero(datagrams.length >= 4)
    version = unsigned(datagrams.octets, datagrams.start[readable], 4)
    for number, protocol in VERSIONS.items():
        rows = readable[version >> 16 == number]
        found[rows[datagrams.length[rows] >= HEADERS[protocol].size]] = protocol
    found[readable[version == 5]] = SFLOW5  # its version number has 32 bits, those of the others 16
    return found


def _read(messages: Messages, rows: NDArray[np.intp], datagrams: Datagrams, header: Header) -> None:
    begin = datagrams.start[rows]
    taken = {name: unsigned(datagrams.octets, begin + place, width) for name, (place, width) in header.fields.items()}
    fraction = taken.get("nanoseconds", np.zeros(len(rows), np.int64))
    messages["export"][rows] = taken["seconds"] * _SECOND + np.where(fraction < _NANOSECONDS, fraction // 1000, 0)
    for name in ("count", "uptime", "sequence", "domain"):
        if name in taken:
            messages[name][rows] = taken[name]
    messages["sampling"][rows] = taken.get("sampling", np.int64(0)) & _SAMPLING_BITS
    messages["begin"][rows] = begin + header.size


def split_messages(data: bytes) -> tuple[list[tuple[int, int]], int]:
    """Start and length of each whole IPFIX message in a stream (RFC 7011 section 10.4, RFC 5655), and where the rest begins.

    What does not begin with version 10 and a length that holds a header ends the stream: there is no way to find the
    next message in it. The rest is then longer than a message can be, or begins with something else."""
    edges = [0]
    while len(data) - edges[-1] >= HEADERS[IPFIX].size:
        at = edges[-1]
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at : at + 2] != b"\x00\x0a" or size < HEADERS[IPFIX].size or at + size > len(data):
            break
        edges.append(at + size)
    return [(begin, end - begin) for begin, end in pairwise(edges)], edges[-1]
