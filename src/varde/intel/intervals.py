"""Disjoint address intervals with a value each, looked up a column at a time."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_Key = TypeVar("_Key", np.uint32, np.bytes_)
_MAPPED = np.frombuffer(b"\x00" * 10 + b"\xff\xff", dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class IntervalTable:
    """Sorted, disjoint, inclusive intervals. IPv4 as uint32, IPv6 as 16 octets in network order (they order alike)."""

    v4_start: NDArray[np.uint32]
    v4_end: NDArray[np.uint32]
    v4_value: NDArray[np.int32]
    v6_start: NDArray[np.bytes_]
    v6_end: NDArray[np.bytes_]
    v6_value: NDArray[np.int32]

    @classmethod
    def of_networks(cls, networks: Iterable[tuple[Network, int]]) -> "IntervalTable":
        """From networks that may nest: the smaller one wins inside the larger."""
        pairs = list(networks)
        v4 = _flatten([(n, v) for n, v in pairs if n.version == 4])
        v6 = _flatten([(n, v) for n, v in pairs if n.version == 6])
        return cls(
            np.array([s for s, _, _ in v4], dtype=np.uint32),
            np.array([e for _, e, _ in v4], dtype=np.uint32),
            np.array([v for _, _, v in v4], dtype=np.int32),
            sixteen([s for s, _, _ in v6]),
            sixteen([e for _, e, _ in v6]),
            np.array([v for _, _, v in v6], dtype=np.int32),
        )

    def __len__(self) -> int:
        return len(self.v4_start) + len(self.v6_start)

    def lookup(self, octets: NDArray[np.uint8]) -> NDArray[np.int32]:
        """The value for each row of an (n, 16) array of addresses; -1 where no interval holds it."""
        result = np.full(len(octets), -1, dtype=np.int32)
        is_v4 = (octets[:, :12] == _MAPPED).all(axis=1)
        v4 = np.ascontiguousarray(octets[is_v4, 12:]).view(">u4").ravel().astype(np.uint32)
        result[is_v4] = _find(v4, self.v4_start, self.v4_end, self.v4_value)
        v6 = np.ascontiguousarray(octets[~is_v4]).view("S16").ravel()
        result[~is_v4] = _find(v6, self.v6_start, self.v6_end, self.v6_value)
        return result


def sixteen(numbers: Iterable[int]) -> NDArray[np.bytes_]:
    """128-bit integers as an array of 16 octets each. NumPy drops trailing NULs only when it shows them."""
    return np.frombuffer(b"".join(n.to_bytes(16, "big") for n in numbers), dtype="S16")


def _find(
    keys: NDArray[_Key], start: NDArray[_Key], end: NDArray[_Key], value: NDArray[np.int32]
) -> NDArray[np.int32]:
    if len(start) == 0 or len(keys) == 0:
        return np.full(len(keys), -1, dtype=np.int32)
    at = np.searchsorted(start, keys, side="right") - 1
    inside = (at >= 0) & (keys <= end[np.maximum(at, 0)])
    return np.where(inside, value[np.maximum(at, 0)], -1).astype(np.int32)


def _flatten(networks: list[tuple[Network, int]]) -> list[tuple[int, int, int]]:
    """Nested networks to disjoint intervals (start, end, value), sorted."""
    ordered = sorted(networks, key=lambda item: (int(item[0].network_address), item[0].prefixlen))
    out: list[tuple[int, int, int]] = []
    open_: list[tuple[int, int]] = []  # (end, value) of the networks around the current place
    place = 0
    for network, value in ordered:
        first, last = int(network.network_address), int(network.broadcast_address)
        while open_ and open_[-1][0] < first:
            end, around = open_.pop()
            if place <= end:
                out.append((place, end, around))
                place = end + 1
        if open_ and place < first:
            out.append((place, first - 1, open_[-1][1]))
        place = first
        open_.append((last, value))
    while open_:
        end, around = open_.pop()
        if place <= end:
            out.append((place, end, around))
            place = end + 1
    return out
