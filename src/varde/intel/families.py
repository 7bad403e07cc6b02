"""The two address families as columns of keys that order as addresses do: uint64 for IPv4, 16 octets for IPv6."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[Any]
Lengths = NDArray[np.uint8]

_MAPPED_LOW = np.uint64(0x0000FFFF)
"""The second eight octets of ::ffff:0:0/96, read in the machine's order and cut to 32 bits; see `split`."""


class Family(Protocol):
    """What the tree of prefixes needs to know about a family."""

    bits: int

    def sortable(self, start: Keys, length: Lengths) -> Keys:
        """One key for each prefix, in the order of (start, length)."""
        ...

    def floor(self, keys: Keys, length: int) -> Keys:
        """The first address of the prefix of that length around each."""
        ...

    def after(self, start: Keys, length: Lengths) -> tuple[Keys, NDArray[np.bool_]]:
        """The address behind each prefix, and where there is one: not behind the last of the family."""
        ...


class _IPv4:
    bits = 32

    def sortable(self, start: Keys, length: Lengths) -> Keys:
        return start << np.uint64(8) | length.astype(np.uint64)

    def floor(self, keys: Keys, length: int) -> Keys:
        return keys >> np.uint64(32 - length) << np.uint64(32 - length)

    def after(self, start: Keys, length: Lengths) -> tuple[Keys, NDArray[np.bool_]]:
        behind = start + (np.uint64(1) << (np.uint64(32) - length.astype(np.uint64)))
        return behind, behind < np.uint64(1 << 32)


class _IPv6:
    bits = 128

    def sortable(self, start: Keys, length: Lengths) -> Keys:
        joined = np.empty((len(start), 17), dtype=np.uint8)
        joined[:, :16] = start.view(np.uint8).reshape(-1, 16)
        joined[:, 16] = length
        return joined.view("S17").ravel()

    def floor(self, keys: Keys, length: int) -> Keys:
        mask = np.frombuffer((((1 << 128) - 1) >> (128 - length) << (128 - length)).to_bytes(16, "big"), dtype=np.uint8)
        return (keys.view(np.uint8).reshape(-1, 16) & mask).view("S16").ravel()

    def after(self, start: Keys, length: Lengths) -> tuple[Keys, NDArray[np.bool_]]:
        halves = start.view(">u8").reshape(-1, 2).astype(np.uint64)
        high, low = halves[:, 0], halves[:, 1]
        size = length.astype(np.int64)
        # a shift by 64 or more is 0 in NumPy: only the half in which the prefix ends is counted up
        step = np.where(size > 64, np.uint64(1) << (128 - size).clip(0, 63).astype(np.uint64), np.uint64(0))
        carried = low + step
        up = np.where(size > 64, (carried < low).astype(np.uint64), np.uint64(1) << (64 - size).clip(0, 63).astype(np.uint64))
        up = np.where(size == 0, np.uint64(0), up)
        behind = high + up
        there = ~((behind < high) | (size == 0))
        return np.column_stack([behind, carried]).astype(">u8").view("S16").ravel(), there


IPV4: Family = _IPv4()
IPV6: Family = _IPv6()


def split(octets: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.uint32]]:
    """Of (n, 16) addresses: which are IPv4, and the number of each as if it were."""
    halves = np.ascontiguousarray(octets).view(">u8").reshape(-1, 2)
    words = np.ascontiguousarray(octets).view(">u4").reshape(-1, 4)
    return (halves[:, 0] == 0) & (words[:, 2] == _MAPPED_LOW), words[:, 3].astype(np.uint32)


def sixteen_octets(octets: NDArray[np.uint8]) -> NDArray[np.bytes_]:
    """(n, 16) addresses as keys of IPv6."""
    return np.ascontiguousarray(octets).view("S16").ravel()
