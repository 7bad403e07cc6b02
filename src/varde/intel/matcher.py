"""Addresses and names against millions of indicators, a column at a time.

A matcher never changes: a new one takes its place. Set ids belong to the matcher that gave them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from varde.intel.bitmaps import Bits, may_hold
from varde.intel.directory import Directory
from varde.intel.families import sixteen_octets, split
from varde.intel.members import Members, Row
from varde.intel.names import NameTable
from varde.intel.sets import Sets

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Matcher:
    """Disjoint intervals: one begins at each start, ends before the next, and has a set (-1: nothing is listed)."""

    key: str
    "What it was made of: lists, guards and the moment of the next expiry."
    expires: int | None
    "When the first of its indicators expires, us since 1970 UTC: a new matcher is due then."
    indicators: int
    "Rows that it was made of."
    v4: Directory
    v6_start: NDArray[np.bytes_]
    v6_value: Ids
    v6_fine: Bits
    v6_coarse: Bits
    names: NameTable
    sets: Sets
    members: Members

    def __len__(self) -> int:
        """How many distinct sets there are."""
        return len(self.sets)

    def lookup(self, octets: NDArray[np.uint8]) -> Ids:
        """The set id of each row of (n, 16) addresses, IPv4 as ::ffff:a.b.c.d; -1 where nothing is listed."""
        result = np.full(len(octets), -1, dtype=np.int32)
        is_v4, numbers = split(octets)
        if is_v4.all():
            return self.lookup_v4(numbers)
        result[is_v4] = self.lookup_v4(numbers[is_v4])
        result[~is_v4] = self._lookup_v6(sixteen_octets(octets[~is_v4]))
        return result

    def lookup_v4(self, numbers: NDArray[np.uint32]) -> Ids:
        """The set id of each IPv4 address, given as a number; -1 where nothing is listed."""
        return self.v4.lookup(numbers)

    def _lookup_v6(self, keys: NDArray[np.bytes_]) -> Ids:
        result = np.full(len(keys), -1, dtype=np.int32)
        if len(self.v6_start):
            near = np.flatnonzero(may_hold(self.v6_fine, self.v6_coarse, keys))
            at = np.searchsorted(self.v6_start, keys[near], side="right") - 1
            result[near] = np.where(at >= 0, self.v6_value[np.maximum(at, 0)], -1)
        return result

    def lookup_names(self, names: list[str]) -> Ids:
        """The set id of each name or of the nearest listed one above it; -1 where nothing is listed."""
        return self.names.lookup(names)

    def rows(self, number: int) -> list[Row]:
        """The lists and entries behind a set id, those of the smallest network (or longest name) first; none for -1."""
        return [self.members.row(member) for member in self.sets.of(number)]
