"""What is told, and falsely told, when the detectors' thresholds are other ones."""

import importlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType

from bench.insight import frozen, ours
from bench.insight.months import month
from bench.insight.packets import SITES
from bench.insight.score import QUIET_KINDS, score

STRICTNESS = (0.25, 0.5, 1.0, 2.0, 4.0)
THRESHOLDS = ("LOG_P_SCAN", "LOG_P_SHARED")
"""Names of constants, ln of probabilities: of one source, and of several."""

SLOW = ("diagonal", "random", "coordinated")


@dataclass(frozen=True, slots=True)
class Point:
    """Thresholds so many times the detectors' own, and what came of it."""

    strictness: float
    told: float
    slow: float
    false_a_day: float


def thresholds() -> list[tuple[ModuleType, str, float]]:
    """Module, name and value of the detectors' thresholds: by chance how often something may be told."""
    made: list[tuple[ModuleType, str, float]] = []
    for name in frozen.modules():
        module = importlib.import_module(name)
        made += [(module, word, float(value)) for word, value in vars(module).items() if word in THRESHOLDS]
    return made


@contextmanager
def as_strict(strictness: float) -> Iterator[None]:
    """Within it all thresholds are so many times as strict."""
    known = thresholds()
    try:
        for module, name, value in known:
            setattr(module, name, value * strictness)
        yield
    finally:
        for module, name, value in known:
            setattr(module, name, value)


def point(strictness: float, seeds: Iterable[int]) -> Point:
    told: list[bool] = []
    slow: list[bool] = []
    false, days = 0, 0.0
    for seed in seeds:
        for site in SITES:
            whole = month(seed, site)
            with as_strict(strictness):
                made = score(whole, ours.run(whole).alerts)
            counted = [one for one in made.told.values() if one.truth.cell.counts and one.truth.cell.kind not in QUIET_KINDS]
            told += [one.at is not None for one in counted]
            slow += [one.at is not None for one in counted if one.truth.cell.kind in SLOW]
            false, days = false + len(made.false), days + site.days / len(SITES)
    return Point(strictness, sum(told) / len(told), sum(slow) / len(slow), false / days)
