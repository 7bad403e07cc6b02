"""Numbers at given places of a block, many at once: four or eight digits at a time."""

import numpy as np
from numpy.typing import NDArray

from varde.decode.lines import Words

_Ints = NDArray[np.int64]

FEW, MANY = 4, 8
"""Digits that are read at a time. Half as wide a word is read in less than half the time."""

_STEPS = {
    FEW: ((2561, 8, 0x00FF_00FF), (6_553_601, 16, 0xFFFF)),
    MANY: ((2561, 8, 0x00FF_00FF_00FF_00FF), (6_553_601, 16, 0x0000_FFFF_0000_FFFF), (42_949_672_960_001, 32, 0xFFFF_FFFF)),
}
"""Neighbours become pairs, pairs fours, fours one number: multiplied by 10, 100, 10,000 and added to the one above, all of a
word at once."""


def masks(length: _Ints, width: int) -> Words:
    """What `numbers` takes from the last `width` octets of each number of so many digits."""
    digits = [(1 << 8 * width) - (1 << 8 * (width - some)) & 0x0F0F_0F0F_0F0F_0F0F for some in range(width + 1)]
    return np.array(digits, dtype=f"<u{width}")[np.minimum(length, width)]


def numbers(block: Words, end: _Ints, mask: Words) -> Words:
    """The numbers in at most as many digits as words of the block are wide, that end before `end`; 0 where there are none.
    Numbers that end within the first word are not to be asked for."""
    number: Words = block[end - block.itemsize]
    number &= mask
    for factor, shift, rest in _STEPS[block.itemsize]:
        number *= block.dtype.type(factor)
        number >>= block.dtype.type(shift)
        number &= block.dtype.type(rest)
    return number
