"""Numbers at given places of a block, many at once, eight digits at a time."""

import numpy as np
from numpy.typing import NDArray

_Ints = NDArray[np.int64]


def eights(octets: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The eight octets before each place of a block as one number, the last of them the highest."""
    padded = np.concatenate([np.zeros(8, dtype=np.uint8), octets])
    return np.ndarray((len(octets) + 1,), dtype="<u8", buffer=padded.data, strides=(1,))


_DIGITS = np.array([2**64 - 2 ** (64 - 8 * length) for length in range(9)], dtype=np.uint64) & np.uint64(0x0F0F_0F0F_0F0F_0F0F)
"""What the last few of eight digits have beyond the octet of "0"."""
_STEPS = ((8, 10, 0x00FF_00FF_00FF_00FF), (16, 100, 0x0000_FFFF_0000_FFFF), (32, 10_000, 0xFFFF_FFFF))
"""Neighbours become pairs, pairs fours, fours one number: all eight digits of a line at once."""


def masks(length: _Ints) -> NDArray[np.uint64]:
    """What `numbers` takes from the last eight octets of each number of so many digits."""
    return _DIGITS[np.minimum(length, 8)]


def numbers(words: NDArray[np.uint64], end: _Ints, mask: NDArray[np.uint64]) -> _Ints:
    """The numbers in at most eight digits that end before `end`; 0 where there are none."""
    number = words[end]
    number &= mask
    higher = np.empty_like(number)
    for shift, weight, rest in _STEPS:
        np.right_shift(number, np.uint64(shift), out=higher)
        number *= np.uint64(weight)
        number += higher
        number &= np.uint64(rest)
    return number.view(np.int64)
