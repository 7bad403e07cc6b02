"""The oracle tells campaigns that are plain, and takes nothing of the background for one."""

from dataclasses import replace

import numpy as np
import pytest
from bench.insight import oracle
from bench.insight.grid import GRID, Cell
from bench.insight.injected import Injected, inject
from bench.insight.months import Month, month
from bench.insight.packets import BEGIN, DAY, HOME, HOUR, Packets

SITE = replace(HOME, days=6)
NOBODY = np.zeros(0, np.int64)


@pytest.fixture(scope="module")
def quiet() -> Month:
    return month(3, SITE, cells=())


def cell_of(kind: str, sources: int, order: str, size: int = 8) -> Cell:
    found = next(cell for cell in GRID if (cell.kind, cell.sources, cell.order, cell.size, cell.hours, cell.noise) == (kind, sources, order, size, 6, 0))
    return replace(found, site=SITE)


@pytest.mark.parametrize(("kind", "sources", "order"), [("diagonal", 1, "up"), ("coordinated", 4, "down"), ("random", 1, "random")])
def test_a_plain_campaign_is_told(quiet: Month, kind: str, sources: int, order: str) -> None:
    cell = cell_of(kind, sources, order)
    packets, truth = inject(np.random.default_rng(4), cell, 1, 0, frozenset(), NOBODY)
    assert oracle.log_odds(truth, packets, oracle.usual(quiet, 6 * HOUR)) > np.log(len(GRID))


def test_a_campaign_without_its_clock_is_none(quiet: Month) -> None:
    packets, truth = inject(np.random.default_rng(4), cell_of("coordinated", 4, "random"), 1, 0, frozenset(), NOBODY)
    packets["time"] = np.random.default_rng(5).integers(truth.first, truth.last, len(packets))
    assert oracle.log_odds(truth, packets, oracle.usual(quiet, 6 * HOUR)) < 0


def strangers(quiet: Month, begin: int) -> Packets:
    """Two packets each of the first four sources that sent any to two ports in a while."""
    packets = quiet.packets[(quiet.packets["origin"] == 0) & (quiet.packets["flags"] == 2) & ~quiet.packets["allowed"]]
    own = packets[(packets["time"] >= begin) & (packets["time"] < begin + 6 * HOUR)]
    ported = {source: np.unique(own["dst_port"][own["src"] == source]) for source in np.unique(own["src"])}
    chosen = [source for source, ports in ported.items() if len(ports) == 2][:4]
    firsts = [own[(own["src"] == source) & (own["dst_port"] == port)][0] for source in chosen for port in ported[source]]
    return np.sort(np.array(firsts, dtype=own.dtype), order="time")


def test_strangers_who_happen_to_come_together_are_no_campaign(quiet: Month) -> None:
    cell, background = cell_of("coordinated", 4, "random"), oracle.usual(quiet, 6 * HOUR)
    for window in range(4, 16):
        own = strangers(quiet, BEGIN + window * 6 * HOUR)
        truth = Injected(1, cell, 0, frozenset(own["src"].tolist()), int(own["time"][0]), int(own["time"][-1]), len(own))
        assert len(own) == 8
        assert oracle.log_odds(truth, own, background) < 0


def test_what_the_background_never_has_is_as_rare_as_one_can_know(quiet: Month) -> None:
    background = oracle.usual(quiet, DAY)
    assert background.mean(6, 500, 500) == oracle.FLOOR / 30
    assert background.mean(6, 1, 1) > 100
