"""A month of a site: its background, and one campaign of every cell at its own moment. Seed k of every cell lies in month k.

That is how the whole grid needs few months: some fifteen campaigns a day stand in each, from sources that nobody else has, and add a
fifth to what the firewall sees."""

from dataclasses import dataclass, replace

import numpy as np

from bench.insight.background import background
from bench.insight.grid import GRID, Cell
from bench.insight.injected import Injected, inject
from bench.insight.packets import BEGIN, DAY, Packets, Site, in_order

NOTHING = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Month:
    """Packets by time, and what is true of those whose origin is not 0."""

    site: Site
    packets: Packets
    injected: dict[int, Injected]


def month(seed: int, site: Site, cells: tuple[Cell, ...] = GRID) -> Month:
    """The same for the same seed. Without cells it is a month in which nothing happens. New ports come last: nobody else may have tried them."""
    rng = np.random.default_rng([seed, site.addresses])
    parts = [background(rng, site)]
    taken = frozenset(np.unique(parts[0]["src"]).tolist())
    injected: dict[int, Injected] = {}
    own = sorted((cell for cell in cells if cell.site == site), key=lambda cell: cell.kind == "new")
    for number, cell in enumerate(own, 1):
        wanted = np.unique(np.concatenate([part["dst_port"] for part in parts])) if cell.kind == "new" else NOTHING
        packets, truth = inject(rng, cell, number, seed, taken, wanted)
        taken |= truth.sources
        injected[number] = truth
        parts.append(packets)
    return Month(site, in_order(parts), injected)


def begin_of(whole: Month, days: int) -> Month:
    """Its first days, and the campaigns that are over in them."""
    end = BEGIN + days * DAY
    over = {number: truth for number, truth in whole.injected.items() if truth.last < end}
    return Month(replace(whole.site, days=days), whole.packets[whole.packets["time"] < end], over)
