"""Ports that hardly anybody tried for a month, and that several networks then try within a day and a half."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.detect.campaign import Campaign
from varde.detect.cells import DAY_US
from varde.detect.knocked import is_v4
from varde.detect.popularity import places_of
from varde.detect.shape import campaign, cells_of

DAYS = 30
"""Before what is looked at."""

SPAN_US = 3 * DAY_US // 2
"""How long that is: what takes a day lies wholly in it, though it is looked at twice a day."""

NETWORKS_MIN = 5
"""Different networks of sources, /24 of IPv4 and /64 of IPv6, that it takes; each stray of the month before takes two more."""

STRAYS_MAX = 2
"""Sources that may have tried the port in the month before: one stray packet, or one sent to hide what follows, makes no port known."""

TOLD_A_DAY = 64
"""New ports of a day that are told: more is somebody who scans from many networks, and not many who want one port."""

PORTS = 2 * 65_536
Array = NDArray[np.int64]


class NewPorts:
    """Sources of each port, TCP and UDP, on each of the last days: 8 MB."""

    def __init__(self) -> None:
        self._days = np.zeros((DAYS + 3, PORTS), dtype=np.uint16)
        self._day = -1
        self._since: int | None = None

    def learn(self, day: int, places: Array, sources: Array) -> None:
        """Take a day of the past, days since 1970 UTC, as what was there. `places`: `popularity.places_of`."""
        self._move(day)
        self._since = day if self._since is None else min(self._since, day)
        if day > self._day - len(self._days):
            row = self._days[day % len(self._days)]
            np.maximum(row, np.bincount(places, sources, minlength=PORTS).clip(0, 65_535).astype(np.uint16), out=row)

    def found(self, cells: pl.DataFrame, since: int) -> Iterator[Campaign]:
        """New ports to which something came after `since`. `cells`: those of all sources, refused."""
        if cells.is_empty():
            return
        newest = int(cells["last"].to_numpy().max())
        self._remember(cells)
        begin = newest - SPAN_US
        before = self._before(cells, begin)
        if self._since is None or self._since > begin // DAY_US - DAYS or before is None:
            return
        fresh = cells.filter(pl.col("first") > begin, pl.col("what") < 2**24).with_columns(place=_places(pl.col("what")))
        networks = fresh.with_columns(network=pl.Series(_networks(fresh["src"].to_numpy()))).group_by("place").agg(pl.col("network").n_unique(), pl.col("last").max())
        many = networks.filter(pl.col("network") >= NETWORKS_MIN, pl.col("last") > since).sort("network", "place", descending=[True, False])
        silent = [(place, count) for place, count, _ in many.iter_rows() if before[place] <= STRAYS_MAX and count >= NETWORKS_MIN + 2 * before[place]]
        for place, _ in silent[:TOLD_A_DAY]:
            yield campaign("new", cells_of(fresh.filter(pl.col("place") == place).sort("first")), confidence="medium")

    def _remember(self, cells: pl.DataFrame) -> None:
        """Take sources of the days that cells are of."""
        ported = cells.filter(pl.col("first") >= (self._day - 1) * DAY_US, (pl.col("what") < 2**24) & ((pl.col("what") & 0xFF0000) > 2**16))
        daily = ported.with_columns(day=pl.col("first") // DAY_US, place=_places(pl.col("what"))).group_by("day", "place").agg(pl.col("src").n_unique())
        for (day,), part in sorted(daily.partition_by("day", as_dict=True).items()):
            self.learn(int(day), part["place"].to_numpy().astype(np.int64), part["src"].to_numpy().astype(np.int64))

    def _move(self, day: int) -> None:
        if day > self._day:
            for past in range(max(self._day + 1, day - len(self._days) + 1), day + 1):
                self._days[past % len(self._days)] = 0
            self._day = day

    def _before(self, cells: pl.DataFrame, begin: int) -> Array | None:
        """Sources of each port in the whole days before that of `begin`, and on its day before it."""
        day = begin // DAY_US
        if day - DAYS <= self._day - len(self._days):
            return None
        past: Array = np.sum([self._days[one % len(self._days)] for one in range(day - DAYS + 1, day)], axis=0, dtype=np.int64)
        early = cells.filter(pl.col("first") <= begin, pl.col("first") >= day * DAY_US, pl.col("what") < 2**24)
        return past + np.bincount(places_of(early["what"].to_numpy().astype(np.int64)), minlength=PORTS)


def _places(what: pl.Expr) -> pl.Expr:
    return pl.when(what & 0xFF0000 == 17 << 16).then(65_536).otherwise(0).cast(pl.Int64) + (what & 0xFFFF).cast(pl.Int64)


def _networks(src: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return np.where(is_v4(src), src >> np.uint64(8), src)
