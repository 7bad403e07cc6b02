"""Ports, or addresses, at equal distances that several sources tried in the same while, each some of them: what a program shared out.

Where few strangers come, eight neighbours that eight different packets found are no chance, however few each source sent. How many come is
told by what else was tried near by, and at each place itself: where many go, nothing follows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.int64]
Floats = NDArray[np.float64]

LENGTH_MIN = 8
"""Places of a progression at least."""

LENGTH_MAX = 512
"""Of a longer one, so many tell enough."""

PLACES_MAX = 4_096
"""Places of a window in which progressions are looked for: where more were tried there are some by chance."""

NEXT_MAX = 48
"""Places that may lie between two neighbours of a progression, and belong to others."""

NEAR = 128
"""Places to each side, by which it is told how often strangers come there."""


@dataclass(frozen=True, slots=True)
class Progression:
    """First place, step, how many there are, and ln of how many like it chance has in a window."""

    first: int
    step: int
    length: int
    log_p: float

    @property
    def places(self) -> Array:
        return self.first + self.step * np.arange(self.length)


def progressions(inside: Array, elsewhen: Floats, step_max: int) -> Iterator[Progression]:
    """The least likely progression first. `inside`: different places that were tried in the window, in order; `elsewhen`: of every place how often it
    is tried in so long a window by what was seen in others."""
    if not LENGTH_MIN <= len(inside) <= PLACES_MAX:
        return
    present = np.zeros(len(elsewhen), dtype=bool)
    present[inside] = True
    firsts, steps, pairs = _pairs(inside, present, step_max)
    lengths = _lengths(firsts, steps, present)
    long = lengths >= LENGTH_MIN
    each = [_told(int(first), int(step), int(length), inside, elsewhen, pairs) for first, step, length in zip(firsts[long], steps[long], lengths[long], strict=True)]
    yield from sorted(each, key=lambda one: (one.log_p, one.first))


def _pairs(inside: Array, present: NDArray[np.bool_], step_max: int) -> tuple[Array, Array, int]:
    """Two neighbours of each progression that has three places at least, the first ones, and how many pairs were looked at."""
    firsts, steps, pairs = [], [], 0
    for behind in range(1, min(NEXT_MAX, len(inside) - 1) + 1):
        first, step = inside[:-behind], inside[behind:] - inside[:-behind]
        near = step <= step_max
        first, step = first[near], step[near]
        pairs += len(first)
        begins = _there(first - step, present, want=False) & _there(first + 2 * step, present, want=True)
        firsts.append(first[begins])
        steps.append(step[begins])
    return np.concatenate(firsts), np.concatenate(steps), pairs


def _there(places: Array, present: NDArray[np.bool_], *, want: bool) -> NDArray[np.bool_]:
    within = (places >= 0) & (places < len(present))
    found = np.zeros(len(places), dtype=bool)
    found[within] = present[places[within]]
    return np.asarray(found == want)


def _lengths(firsts: Array, steps: Array, present: NDArray[np.bool_]) -> Array:
    lengths = np.full(len(firsts), 3, dtype=np.int64)
    alive = np.arange(len(firsts))
    while len(alive) and lengths[alive[0]] < LENGTH_MAX:
        alive = alive[_there(firsts[alive] + lengths[alive] * steps[alive], present, want=True)]
        lengths[alive] += 1
    return lengths


def _told(first: int, step: int, length: int, inside: Array, elsewhen: Floats, pairs: int) -> Progression:
    """Two of its places give the step; each other one is there by chance as often as strangers come to it."""
    places = first + step * np.arange(length)
    low, high = max(0, first - NEAR), places[-1] + NEAR + 1
    others = int(((inside >= low) & (inside < high)).sum()) - length
    rates = np.maximum(np.maximum(elsewhen[places], elsewhen[low:high].mean()), (others + 1) / (high - low))
    logs = np.sort(np.log(np.minimum(1.0, rates)))
    return Progression(first, step, length, float(np.log(max(1, pairs)) + logs[2:].sum()))
