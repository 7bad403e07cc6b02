"""How unlikely it is that chance alone would do what some cells of one source show, as natural logarithms of p, each by another trait.

Traits are independent of each other where nobody plans: how many, in which order, how near to each other, how evenly in time."""

import math

import numpy as np
from numpy.typing import NDArray

from varde.detect.likelihood import log_chi_square_tail

Array = NDArray[np.int64]

STRAYS = 0.2
"""Share of cells that may lie far from the others: noise that is meant to hide a scan."""

EVEN_MAX = 0.99
"""More even than this no clock of a log can tell."""


def log_near(places: Array, extent: int) -> float:
    """Of places drawn alike from `extent` of them, all different, that so many would lie as near to each other.

    Strays are left out at the price of all ways to choose them."""
    count = len(places)
    if count < 3 or extent < 2:
        return 0.0
    ordered = np.sort(places)
    best = 0.0
    for near in sorted({count, count - 1, count - math.floor(STRAYS * count)}):
        if near < 3:
            continue
        span = float((ordered[near - 1 :] - ordered[: count - near + 1]).min() + 1) / extent
        chosen = math.lgamma(count + 1) - math.lgamma(near + 1) - math.lgamma(count - near + 1)
        best = min(best, chosen + math.log(near) + (near - 1) * math.log(min(1.0, span)) + math.log(3))
    return best


def log_even(times: Array) -> float:
    """Of moments drawn alike from a span, that no two would be nearer to each other: who follows a clock leaves no short pause."""
    pauses = np.diff(np.sort(times))
    span = float(pauses.sum())
    if len(pauses) < 4 or span <= 0:
        return 0.0
    count = len(pauses)
    skipped = count // 10
    least = float(np.sort(pauses)[skipped])
    # of the others, each is at least the shortest of them: the chance that so many given ones are, times the ways to choose them
    share = min(EVEN_MAX, (count - skipped) * least / span)
    chosen = math.lgamma(count + 1) - math.lgamma(skipped + 1) - math.lgamma(count - skipped + 1)
    return min(0.0, chosen + (count - 1) * math.log1p(-share))


def together(logs: list[float]) -> float:
    """ln of the p of several independent ones (R. A. Fisher's sum), of the best of them where the others say nothing."""
    ordered = sorted(min(0.0, log) for log in logs)
    best = 0.0
    for used in range(1, len(ordered) + 1):
        chosen = math.comb(len(ordered), used)
        best = min(best, math.log(chosen) + _log_fisher(-2 * sum(ordered[:used]), used))
    return best


def _log_fisher(value: float, count: int) -> float:
    """ln P(X >= value) of a chi-square of 2 * count degrees of freedom, in closed form."""
    half = value / 2
    if half <= 0:
        return 0.0
    if half > 600:
        return log_chi_square_tail(value, 2 * count)
    terms = [step * math.log(half) - math.lgamma(step + 1) for step in range(count)]
    return min(0.0, -half + max(terms) + math.log(sum(math.exp(term - max(terms)) for term in terms)))
