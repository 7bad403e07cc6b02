"""How well scans are found: campaigns of every kind in synthetic months, beside the rules that others find scans by.

    background + injected -> months --ours, rules--> alerts --score--> outcome --page--> docs/explanation/insight-figures.md

To add a kind: a row in `grid.GRID` and RIGHT, and what it does in `injected.MADE`. Thresholds are frozen before the final seeds are known:
see `frozen`."""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import polars as pl

from bench.insight import frozen
from bench.insight.delay import soon
from bench.insight.outcome import Outcome, keep, kept, of_seed, together
from bench.insight.page import text
from bench.insight.real import logs
from bench.insight.roc import STRICTNESS, Point, point
from bench.insight.summary import rows
from bench.measure import Result

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "insight-figures.md"
ROC_SEEDS = 1
OTHERS_SEEDS = 10
"""Of which the rules of others are asked too: their shares do not hang on a hair."""

CLEAN_SEEDS = 5
"""Of which there is a month without any campaign too, for false alarms."""

SMALL = 1
TUNED = range(3)
"""Seeds of a run that is not final."""

ASKED = "INSIGHT_SEEDS"
"""Variable of the environment: how many of the final seeds are run, the first ones, where the machine has no time for all."""

KEPT = Path(__file__).parents[2] / ".varde-build" / "insight"
"""What a seed gave, so that a run that was stopped goes on: of these detectors, and of this benchmark, alone."""

__all__ = ["PAGE", "run", "write"]

_made: list[tuple[Outcome, list[Point], pl.DataFrame, str]] = []
"""What the last run gave, for the page."""


def run(*, small: bool) -> list[Result]:
    """Rows for the page of numbers. Thresholds that are frozen get the final seeds, others those of development."""
    final = frozen.is_final() and not small
    seeds = frozen.final_seeds(frozen.recorded())[: int(os.environ.get(ASKED, frozen.FINAL))] if final else list(TUNED)[: SMALL if small else None]
    outcome, points, delays = _all(seeds, small=small)
    _made[:] = [(outcome, points, delays, _said(seeds, final=final))]
    return rows(outcome, final=final)


def _all(seeds: Sequence[int], *, small: bool) -> tuple[Outcome, list[Point], pl.DataFrame]:
    context = multiprocessing.get_context("spawn")
    os.environ["POLARS_MAX_THREADS"] = "1"
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        delays = pool.submit(soon, seeds[0])
        outcomes = list(pool.map(_of_place, range(len(seeds)), seeds))
        points = list(pool.map(partial(point, seeds=list(seeds[:ROC_SEEDS])), () if small else STRICTNESS))
        return together(outcomes), points, delays.result()


def _of_place(place: int, seed: int) -> Outcome:
    """What the seed at this place gives, from what is kept if it was made before."""
    others, clean = place < OTHERS_SEEDS, place < CLEAN_SEEDS
    folder = KEPT / frozen.digest(frozen.BENCHMARK)[:16] / f"{seed}-{others:d}{clean:d}"
    if (made := kept(folder)) is None:
        made = of_seed(seed, others=others, clean=clean)
        keep(made, folder)
    return made


def _said(seeds: Sequence[int], *, final: bool) -> str:
    if final:
        which = f"the {len(seeds)} seeds are" if len(seeds) == frozen.FINAL else f"these {len(seeds)} seeds are the first of {frozen.FINAL} that are"
        return f"This is a final run: {which} made of the digest of the detectors, `{frozen.recorded()[:16]}`, that was committed before (`bench/insight/frozen.json`)."
    return f"This is **not a final run**: the detectors (`{frozen.digest(frozen.DETECTORS)[:16]}`) are not those that were frozen, and the seeds ({len(seeds)} of each cell) are ones of development."


def write(machine: str) -> None:
    """The page of the run before."""
    outcome, points, delays, said = _made[0]
    PAGE.write_text(text(outcome, points, delays, logs(), said, machine), encoding="utf-8")
