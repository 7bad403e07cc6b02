"""How unlikely a count, or a mix of counts, is: tails of distributions, as natural logarithms, which do not run out at 1e-308."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TERMS = 2_000
"""Of a tail that are added up one by one; what is left is at most a geometric series, and is added as that."""

ENOUGH = 1e-9
"""Share of a sum that the rest may still have."""

_lgamma: Any = np.vectorize(math.lgamma, otypes=[np.float64])


def log_tail(count: Floats, mean: Floats, dispersion: Floats) -> Floats:
    """ln P(X >= count) of negative binomials, never less than it is. `dispersion`: k, variance is mean + mean^2 / k; all of one length.

    A count that is not above its mean is not unlikely: 0."""
    answer = np.zeros(len(count))
    above = np.flatnonzero(count > mean)
    if len(above):
        answer[above] = _log_tail(count[above], np.maximum(mean[above], 1e-12), dispersion[above])
    return answer


def _log_tail(x: Floats, mean: Floats, k: Floats) -> Floats:
    share = mean / (mean + k)
    first = _lgamma(x + k) - _lgamma(k) - _lgamma(x + 1) + k * np.log1p(-share) + x * np.log(share)
    term, total = np.ones(len(x)), np.ones(len(x))
    for step in range(TERMS):
        term = term * share * (x + step + k) / (x + step + 1)
        total += term
        if np.all(term < ENOUGH * total):
            break
    ratio = np.maximum(share, share * (x + TERMS + k) / (x + TERMS + 1))
    rest = np.where(ratio < 1, term * ratio / np.maximum(1 - ratio, 1e-12), term / 1e-12)
    answer: Floats = np.minimum(first + np.log(total + rest), 0.0)
    return answer


@dataclass(frozen=True, slots=True)
class Difference:
    """How much two mixes differ: G of the likelihood ratio test of independence, its degrees of freedom, and ln of its p."""

    g: float
    freedom: int
    log_p: float


def mixes_differ(now: Sequence[float], usual: Sequence[float]) -> Difference:
    """G-test (Sokal and Rohlf, 1981) of counts by the same classes. Classes that are expected less than once are put together: a rare
    country must not make a difference alone. Without anything on one side there is none."""
    table = np.array([now, usual], dtype=np.float64)
    if table.shape[1] == 0 or not np.all(table.sum(axis=1)):
        return Difference(0.0, 0, 0.0)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    rare = expected.min(axis=0) < 1
    table = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    table = table[:, table.sum(axis=0) > 0]
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    g = max(0.0, 2 * float(np.sum(table * np.log(np.maximum(table, 1e-300) / expected))))
    freedom = table.shape[1] - 1
    return Difference(g, freedom, log_chi_square_tail(g, freedom))


def log_chi_square_tail(value: float, freedom: int) -> float:
    """ln P(X >= value) of a chi-square distribution, by Wilson and Hilferty's cube root: good to a tenth of the logarithm."""
    if freedom < 1 or value <= 0:
        return 0.0
    spread = 2 / (9 * freedom)
    z: float = ((value / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread)
    if z < 30:  # where erfc is not 0 yet
        return math.log(0.5 * math.erfc(z / math.sqrt(2)))
    return -z * z / 2 - math.log(z * math.sqrt(2 * math.pi))
