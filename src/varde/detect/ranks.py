"""Whether ports come in order of time: Kendall's tau, and how likely chance alone would order them so."""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

EXACT_MAX = 40
"""Ports up to which all orders are counted; of more the sum of so many comparisons is a bell."""

COMPARED_MAX = 512
"""Ports that are compared each with each: of more, so many taken evenly; they tell tau to a hundredth."""

Array = NDArray[np.float64]


def tau(values: NDArray[np.int64]) -> tuple[float, float]:
    """Kendall's tau of values and their places, and ln of the two-sided p of as much by chance. 0, 0 of fewer than two."""
    count = len(values)
    if count < 2:
        return 0.0, 0.0
    if count > COMPARED_MAX:
        values = values[np.linspace(0, count - 1, COMPARED_MAX).astype(np.int64)]
        count = COMPARED_MAX
    pairs = count * (count - 1) // 2
    signs = np.sign(values[None, :] - values[:, None])
    score = int(np.triu(signs, 1).sum())
    return score / pairs, _log_p(count, abs(score))


def _log_p(count: int, score: int) -> float:
    pairs = count * (count - 1) // 2
    if count <= EXACT_MAX:
        inversions = (pairs - score) // 2
        tail = sum(_inversions(count)[: inversions + 1])
        return min(0.0, math.log(2 * tail) - math.lgamma(count + 1))
    z = max(0.0, (score - 1) / math.sqrt(count * (count - 1) * (2 * count + 5) / 18))
    return log_two_sided(z)


def log_two_sided(z: float) -> float:
    """ln P(|Z| >= z) of a normal distribution; beyond 30, where it is 0 in numbers, its expansion."""
    if z < 30:
        return math.log(math.erfc(z / math.sqrt(2)))
    return math.log(2) - z * z / 2 - math.log(z * math.sqrt(2 * math.pi))


@cache
def _inversions(count: int) -> tuple[int, ...]:
    """How many orders of so many things have 0, 1, 2... inversions (Mahonian numbers)."""
    if count == 1:
        return (1,)
    before = _inversions(count - 1)
    length = count * (count - 1) // 2 + 1
    sums = [0]
    for number in [*before, *[0] * (length - len(before))]:
        sums.append(sums[-1] + number)
    return tuple(sums[place + 1] - sums[max(0, place + 1 - count)] for place in range(length))
