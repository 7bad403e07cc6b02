"""IPv4 intervals behind a bitmap of /24s: most addresses are in no list, and one look says so.

Each listed /24 has a number, its rank among the bits, and under it the few intervals that lie in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from varde.intel.arrays import distinct

Ids = NDArray[np.int32]
Numbers = NDArray[np.uint32]

_NETWORKS = 1 << 24
_CHUNK = 1 << 14
"""Addresses looked at in one go: what is computed on the way stays in a processor's second cache, beside the bits."""

_PART = 1 << 17
"""Intervals whose /24s are written out at once."""

_U5, _U8, _U13, _U31 = (np.uint32(number) for number in (5, 8, 13, 31))


@dataclass(frozen=True, slots=True)
class Directory:
    """An interval begins at each `start` (the first at 0.0.0.0), ends before the next, and has a `value` (-1: nothing)."""

    start: Numbers
    value: Ids
    bits: Numbers
    "Bit n % 32 of word n // 32 is set where something is listed in the /24 of number n: 2 MB."
    rank: NDArray[np.int32]
    "How many bits are set before each word."
    begin: NDArray[np.int32]
    "By rank: the interval in which the /24 begins; one more than there are ranks."

    @classmethod
    def of(cls, start: NDArray[np.uint64], value: Ids) -> "Directory":
        """From intervals in order; neighbours differ in value."""
        numbers = start.astype(np.uint32)
        if not len(numbers) or numbers[0] != 0:
            numbers, value = np.append(np.uint32(0), numbers), np.append(np.int32(-1), value)
        networks = _listed(numbers, value)
        bits = np.zeros(_NETWORKS >> 5, dtype=np.uint32)
        np.bitwise_or.at(bits, networks >> _U5, np.uint32(1) << (networks & _U31))
        rank = np.concatenate([[0], np.cumsum(np.bitwise_count(bits), dtype=np.int64)])
        begin = np.empty(len(networks) + 1, dtype=np.int32)
        begin[:-1] = np.searchsorted(numbers, networks << _U8, side="right") - 1
        begin[-1] = len(numbers) - 1
        return cls(numbers, value.astype(np.int32, copy=False), bits, rank[:-1].astype(np.int32), begin)

    def lookup(self, numbers: Numbers) -> Ids:
        """The value of the interval around each address; -1 where nothing is listed."""
        result = np.full(len(numbers), -1, dtype=np.int32)
        for first in range(0, len(numbers), _CHUNK):
            self._look(numbers[first : first + _CHUNK], result[first : first + _CHUNK])
        return result

    def _look(self, keys: Numbers, result: Ids) -> None:
        words = self.bits.take((keys >> _U13).astype(np.intp))
        words >>= keys >> _U8 & _U31
        near = np.flatnonzero((words & np.uint32(1)).astype(np.bool_))
        if len(near):
            result[near] = self.value.take(self._search(keys.take(near)))

    def _search(self, keys: Numbers) -> NDArray[np.int32]:
        """The interval around each address of a listed /24, by halving what lies in that /24."""
        word = (keys >> _U13).astype(np.intp)
        below = (np.uint32(1) << (keys >> _U8 & _U31)) - np.uint32(1)
        rank = self.rank.take(word) + np.bitwise_count(self.bits.take(word) & below)
        low, high = self.begin.take(rank), self.begin.take(rank + 1)
        open_ = np.flatnonzero(low < high)
        while len(open_):
            bottom, top = low.take(open_), high.take(open_)
            middle = bottom + top + 1 >> 1
            reached = self.start.take(middle) <= keys.take(open_)
            low[open_] = bottom = np.where(reached, middle, bottom)
            high[open_] = top = np.where(reached, top, middle - 1)
            open_ = open_[bottom < top]
        return low


def _listed(start: Numbers, value: Ids) -> Numbers:
    """The numbers of the /24s that hold any of an interval that has a value, in order."""
    listed = np.flatnonzero(value >= 0)
    parts = [_networks(start, listed[first : first + _PART]) for first in range(0, len(listed), _PART)]
    return distinct(np.concatenate([np.zeros(0, dtype=np.uint32), *parts]))


def _networks(start: Numbers, listed: NDArray[np.int64]) -> Numbers:
    """Those of some intervals, in order."""
    first = (start[listed] >> _U8).astype(np.int64)
    ends = np.append(start, np.uint32(0)).take(listed + 1).astype(np.int64)
    ends[ends == 0] = 1 << 32  # none begins at 0 but the first
    count = (ends - 1 >> 8) - first + 1
    # intervals are in order and disjoint: this is at most all /24s, and one more for each interval
    inner = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return distinct((np.repeat(first, count) + inner).astype(np.uint32))
