"""Sets of addresses as disjoint ranges, and what can be done with them: union, intersection, difference, membership, samples."""

import ipaddress
import random
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from varde.intel.space import Range, merged, networks

BITS = {4: 32, 6: 128}
_TOP = {version: (1 << bits) - 1 for version, bits in BITS.items()}


@dataclass(frozen=True)
class IPSet:
    """Disjoint ranges of each family in order, as numbers; neighbours are one range."""

    v4: tuple[Range, ...] = ()
    v6: tuple[Range, ...] = ()

    @classmethod
    def of(cls, v4: Iterable[Range] = (), v6: Iterable[Range] = ()) -> "IPSet":
        """From ranges in any order, that may overlap."""
        return cls(tuple(merged(v4)), tuple(merged(v6)))

    @property
    def count(self) -> int:
        """How many addresses; more than len() could say."""
        return sum(last - first + 1 for ranges in (self.v4, self.v6) for first, last in ranges)

    def __bool__(self) -> bool:
        return bool(self.v4 or self.v6)

    def __contains__(self, address: "ipaddress.IPv4Address | ipaddress.IPv6Address") -> bool:
        ranges, starts = (self.v4, self._starts[0]) if address.version == 4 else (self.v6, self._starts[1])
        at = bisect_right(starts, int(address)) - 1
        return at >= 0 and int(address) <= ranges[at][1]

    @cached_property
    def _starts(self) -> tuple[list[int], list[int]]:
        return [first for first, _ in self.v4], [first for first, _ in self.v6]

    def families(self) -> Iterator[tuple[int, tuple[Range, ...]]]:
        """The version and the ranges of each family that has some."""
        yield from ((version, ranges) for version, ranges in ((4, self.v4), (6, self.v6)) if ranges)

    def blocks(self) -> Iterator["ipaddress.IPv4Network | ipaddress.IPv6Network"]:
        """The fewest networks that hold the same addresses, in order."""
        for version, ranges in self.families():
            kind = ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network
            for space in ranges:
                yield from (kind(net) for net in networks(space, BITS[version]))

    def addresses(self) -> Iterator["ipaddress.IPv4Address | ipaddress.IPv6Address"]:
        """Every address, in order."""
        for version, ranges in self.families():
            kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
            for first, last in ranges:
                yield from (kind(number) for number in range(first, last + 1))


def union(sets: Iterable[IPSet]) -> IPSet:
    """Addresses that are in any of the sets."""
    known = list(sets)
    return IPSet.of((r for each in known for r in each.v4), (r for each in known for r in each.v6))


def difference(first: IPSet, others: Iterable[IPSet]) -> IPSet:
    """Addresses of the first set that are in none of the others."""
    walls = union(others)
    return IPSet(tuple(_common(first.v4, _rest(walls.v4, _TOP[4]))), tuple(_common(first.v6, _rest(walls.v6, _TOP[6]))))


def intersection(sets: Iterable[IPSet]) -> IPSet:
    """Addresses that are in all of the sets."""
    first, *others = sets
    for other in others:
        first = IPSet(tuple(_common(first.v4, other.v4)), tuple(_common(first.v6, other.v6)))
    return first


def sample(of: IPSet, size: int, seed: int | None = None) -> IPSet:
    """So many addresses, drawn evenly without repeating; all where there are no more. The same seed draws the same."""
    if of.count <= size:
        return of
    chosen = sorted(_distinct(of.count, size, random.Random(seed)))  # noqa: S311 - a sample, no secret
    return _at(of, chosen)


def _distinct(total: int, size: int, dice: random.Random) -> set[int]:
    """Numbers below a total that may be larger than what random.sample takes."""
    found: set[int] = set()
    for top in range(total - size, total):  # Floyd's algorithm
        number = dice.randrange(top + 1)
        found.add(top if number in found else number)
    return found


def _at(of: IPSet, places: list[int]) -> IPSet:
    """The addresses at some places of the set, in order."""
    found: dict[int, list[Range]] = {4: [], 6: []}
    before, wanted = 0, iter([*places, of.count])
    place = next(wanted)
    for version, ranges in of.families():
        for first, last in ranges:
            while place < before + last - first + 1:
                found[version].append((first + place - before,) * 2)
                place = next(wanted)
            before += last - first + 1
    return IPSet.of(found[4], found[6])


def _rest(ranges: tuple[Range, ...], top: int) -> Iterator[Range]:
    """All of a family that is not in the ranges."""
    place = 0
    for first, last in ranges:
        if place < first:
            yield place, first - 1
        place = last + 1
    if place <= top:
        yield place, top


def _common(one: Iterable[Range], other: Iterable[Range]) -> Iterator[Range]:
    """What two lists of disjoint ranges in order share."""
    left, right = iter(one), iter(other)
    a, b = next(left, None), next(right, None)
    while a is not None and b is not None:
        if a[0] <= b[1] and b[0] <= a[1]:
            yield max(a[0], b[0]), min(a[1], b[1])
        if a[1] < b[1]:
            a = next(left, None)
        else:
            b = next(right, None)
