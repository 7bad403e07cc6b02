"""Packets that reached the edge, as columns of integers; what happened, before any firewall prints it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.int64]

ICMP, IGMP, TCP, UDP, GRE, ICMPV6 = 1, 2, 6, 17, 47, 58  # IANA protocol numbers
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32  # RFC 9293 3.1, bits of the flags octet

PLANES = ("tcp4", "udp4", "tcp6", "udp6", "icmp", "other")
_PLANE_OF = {(TCP, 4): 0, (UDP, 4): 1, (TCP, 6): 2, (UDP, 6): 3, (ICMP, 4): 4, (ICMPV6, 6): 4}

BY_TOOL = -1  # source port left to the sending tool


@dataclass(frozen=True)
class Packets:
    """One row a packet; every column has the same length."""

    time: Column
    """Microseconds since 1970 UTC."""
    sensor: Column
    """0..2, the firewall that saw it."""
    family: Column
    """4 or 6."""
    proto: Column
    """IANA number; 58 for ICMPv6."""
    src: Column
    """Source number, see `_places.source`."""
    host: Column
    """Own host 1..254 behind the sensor."""
    sport: Column
    """BY_TOOL, or a port; the identifier for ICMP."""
    dport: Column
    """Port; the type for ICMP; 0 for protocols without ports."""
    flags: Column
    """TCP flag bits."""
    tool: Column
    """Index in `_tools.TOOLS`."""
    refused: Column
    """1 refused, 0 let through."""

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: NDArray[Any]) -> "Packets":
        """The rows that a mask or an index array selects, in its order."""
        return Packets(*(getattr(self, field.name)[rows] for field in fields(self)))


_DEFAULTS = {
    "sensor": 0,
    "family": 4,
    "proto": TCP,
    "host": 10,
    "sport": BY_TOOL,
    "flags": SYN,
    "tool": 0,
    "refused": 1,
}


def packets(time: NDArray[Any], **columns: Any) -> Packets:
    """Packets from their times and whatever differs from a TCP SYN over IPv4; scalars are repeated."""
    values = _DEFAULTS | columns | {"time": time}
    length = len(time)
    return Packets(
        *(
            np.broadcast_to(np.asarray(values[field.name]).astype(np.int64), (length,))
            for field in fields(Packets)
        )
    )


def concatenate(parts: Sequence[Packets]) -> Packets:
    """All rows of all parts, in time order (equal times keep the order of the parts)."""
    joined = Packets(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Packets))
    )
    return joined.take(np.argsort(joined.time, kind="stable"))


def count_planes(found: Packets) -> dict[str, int]:
    """How many refused packets each plane of a Fireplot has."""
    counts = dict.fromkeys(PLANES, 0)
    refused = found.take(found.refused == 1)
    pairs, totals = np.unique(refused.proto * 8 + refused.family, return_counts=True)
    for pair, total in zip(pairs.tolist(), totals.tolist(), strict=True):
        counts[PLANES[_PLANE_OF.get(divmod(pair, 8), 5)]] += total
    return counts
