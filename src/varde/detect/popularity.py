"""How usual it is to try a port: the share of sources that do, so that what everybody tries says nothing of anybody.

Shares, because an invented flood over all ports leaves each with the share that it had. What is common everywhere is common from the
first packet on, and nobody makes it rare by staying away for a week."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.detect.probing import TCP, UDP

Floats = NDArray[np.float64]

COMMON = {
    TCP: (21, 22, 23, 25, 53, 80, 81, 88, 110, 111, 135, 139, 143, 389, 443, 445, 465, 587, 631, 993, 995, 1080, 1433, 1521, 1723, 2222, 2323, 2375, 3128, 3306, 3389, 5000, 5432, 5555,
        5900, 5901, 6379, 7001, 7547, 8000, 8008, 8080, 8081, 8088, 8090, 8291, 8443, 8545, 8888, 9000, 9001, 9090, 9200, 10000, 11211, 27017, 37777, 50050),
    UDP: (53, 67, 69, 80, 111, 123, 137, 138, 161, 389, 443, 500, 520, 1194, 1434, 1701, 1900, 3478, 3702, 4500, 5060, 5353, 5683, 11211, 17185, 27015, 51820),
}  # fmt: skip
"""Ports that strangers try at any address of the Internet on any day."""

COMMON_SHARE = 0.01
"""Of them at least, whatever was seen."""

PRIOR_SOURCES = 200.0
"""Sources that tried nothing, on top of those that were seen: of ten sources a tenth is one."""

SPREAD_CELLS = 300.0
"""Ports that are tried alike everywhere, half of them alike by number and half by its logarithm, weigh as much as so many tries seen."""

RARE_SHARE = 0.0005
USUAL_SHARE = 0.01
"""A port that a smaller share of sources tries says all it can, one that a larger share tries nothing."""


EXTENT = 1_000_000

_SPREAD = 0.5 / 65_536 + 0.5 * np.diff(np.log(np.arange(1, 65_538))) / np.log(65_537)
_COMMON_PLACES = tuple((proto == UDP) * 65_536 + port for proto, ports in COMMON.items() for port in ports)


class Popularity:
    """Shares of sources that try each port of TCP and UDP."""

    def __init__(self, cells: pl.DataFrame) -> None:
        """`cells`: rows of knocked.SCHEMA."""
        pairs = cells.select("src", what=pl.col("what") & 0xFFFFFF).unique()
        self.sources = int(cells["src"].n_unique())
        self._counts = np.bincount(places_of(pairs["what"].to_numpy().astype(np.int64)), minlength=2 * 65_536)
        self._least = np.zeros(2 * 65_536)
        self._least[list(_COMMON_PLACES)] = COMMON_SHARE
        # a port by itself is tried by few: where in the port space strangers try is told by all of them
        tried = self._counts.reshape(2, 65_536) * (self._share(np.arange(2 * 65_536)).reshape(2, 65_536) < USUAL_SHARE)
        self._reached = np.cumsum(tried + _SPREAD * SPREAD_CELLS, axis=1)
        self._reached *= EXTENT / self._reached[:, -1:]

    def place(self, what: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where ports lie, of EXTENT, if strangers' tries lay evenly."""
        return np.asarray(self._reached.reshape(-1)[places_of(what)].astype(np.int64))

    def share(self, what: NDArray[np.int64]) -> Floats:
        """Share of other sources that try each: the one that is asked about is not counted."""
        return self._share(places_of(what))

    def _share(self, places: NDArray[np.int64]) -> Floats:
        shares: Floats = np.maximum(self._counts[places] - 1, 0) / (max(0, self.sources - 1) + PRIOR_SOURCES)
        return np.maximum(shares, self._least[places])

    def weight(self, what: NDArray[np.int64]) -> Floats:
        """1 of a port that hardly anybody tries, 0 of one that many do, between by the logarithm."""
        share = np.clip(self.share(what), RARE_SHARE, USUAL_SHARE)
        weights: Floats = np.log(USUAL_SHARE / share) / np.log(USUAL_SHARE / RARE_SHARE)
        return weights


def places_of(what: NDArray[np.int64]) -> NDArray[np.int64]:
    """Place of each port among those of TCP and then UDP. `what`: protocol << 16 | port."""
    return np.asarray(((what >> 16 & 0xFF) == UDP) * 65_536 + (what & 0xFFFF))
