"""Address space in numbers: unions, what is left when something is taken out, and the fewest networks that make it up."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Range = tuple[int, int]
"""First and last address, both of it."""

Net = tuple[int, int]
"""First address and length of the prefix."""

Numbers = NDArray[np.uint64]

_ONE = np.uint64(1)
_BITS = 32


def without(space: Range, walls: Sequence[Range]) -> Iterator[Range]:
    """What is left of a range; `walls` are disjoint and in order."""
    first, last = space
    for begin, end in walls:
        if end < first or begin > last:
            continue
        if begin > first:
            yield first, begin - 1
        first = end + 1
    if first <= last:
        yield first, last


def merged(ranges: Iterable[Range]) -> list[Range]:
    """The union, in order; neighbours are one."""
    out: list[Range] = []
    for first, last in sorted(ranges):
        if out and first <= out[-1][1] + 1:
            out[-1] = out[-1][0], max(last, out[-1][1])
        else:
            out.append((first, last))
    return out


def networks(space: Range, bits: int) -> Iterator[Net]:
    """The fewest networks that make up a range of addresses of so many bits: two a bit at most."""
    first, last = space
    while first <= last:
        aligned = (first & -first).bit_length() - 1 if first else bits
        size = min(aligned, (last - first + 1).bit_length() - 1)
        yield first, bits - size
        first += 1 << size


@dataclass(frozen=True, slots=True)
class Nets:
    """Disjoint networks in order. `start` is a number each, `length` the bits of its prefix."""

    start: Sequence[int] | Numbers
    length: Sequence[int] | NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.start)


def fewest_v4(start: Numbers, length: NDArray[np.uint8]) -> Nets:
    """The fewest networks that hold the same addresses as these, which may nest and come twice. A column at a time."""
    order = np.argsort(start, kind="stable")
    first = start[order].astype(np.uint64)
    last = np.maximum.accumulate(first + (_ONE << (np.uint64(_BITS) - length[order].astype(np.uint64))) - _ONE)
    begins = np.ones(len(first), dtype=bool)
    begins[1:] = first[1:] > last[:-1] + _ONE
    ends = np.append(begins[1:], True)[: len(first)]
    return _split_v4(first[begins], last[ends])


def _split_v4(first: Numbers, last: Numbers) -> Nets:
    """Every range gives its largest aligned network, until nothing of any is left: at most 62 rounds."""
    starts: list[Numbers] = [np.zeros(0, dtype=np.uint64)]
    lengths: list[NDArray[np.uint8]] = [np.zeros(0, dtype=np.uint8)]
    while len(first):
        left = last - first + _ONE
        aligned = np.where(first == 0, np.uint64(1 << _BITS), first & (~first + _ONE))
        # the largest power of two that is not larger than what is left; exact, because a double holds 33 bits
        fits = np.uint64(1) << np.log2(left.astype(np.float64)).astype(np.uint64)
        size = np.minimum(aligned, fits)
        starts.append(first)
        lengths.append((_BITS - np.log2(size.astype(np.float64))).astype(np.uint8))
        first = first + size
        more = first <= last
        first, last = first[more], last[more]
    start, length = np.concatenate(starts), np.concatenate(lengths)
    order = np.argsort(start)
    return Nets(start[order], length[order])


def fewest_v6(nets: Iterable[Net]) -> Nets:
    """The same for IPv6, one by one: lists have few of them."""
    made = [net for space in merged((first, first + (1 << 128 - length) - 1) for first, length in nets) for net in networks(space, 128)]
    return Nets([first for first, _ in made], [length for _, length in made])
