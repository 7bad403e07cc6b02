"""Detectors of scans: what one source, or several together, did to many ports or targets. Live, and of any stored period.

    packets --knocked--> cells --habits, popularity--> what is usual
                         cells --shared--> coordinated
                         the rest --odd--> flags, --single--> vertical, horizontal, block, diagonal, random"""

from collections.abc import Collection, Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.detect.campaign import Campaign
from varde.detect.cells import CELLS_MAX, Cells
from varde.detect.groups import coordinated, without
from varde.detect.habits import Tail, firsts, tails, walk
from varde.detect.knocked import COLUMNS, Key, closed_ports, knocked
from varde.detect.newports import NewPorts
from varde.detect.odd import of_flags
from varde.detect.popularity import Popularity, places_of
from varde.detect.shape import campaign, cells_of
from varde.detect.single import CLOCK_MIN, COMMON_WEIGHT, Site, judged
from varde.detect.strokes import Strokes
from varde.detect.told import Told
from varde.detect.toolmarks import of_tools

LATE_US = 3_600_000_000
"""How much older than the newest a packet may be and still be looked at when it comes."""

__all__ = ["COLUMNS", "Campaigns"]


class Campaigns:
    """Takes packets in any order within an hour, and judges when it is asked to. `open_ports`: `tcp/443`; they never count."""

    def __init__(self, open_ports: Collection[str] = (), *, seed: int | None = None, cells_max: int = CELLS_MAX) -> None:
        self._closed = closed_ports(open_ports)
        self._key = Key(seed)
        self._cells = Cells(self._key, cells_max)
        self._strokes, self._new_ports, self._told = Strokes(), NewPorts(), Told()
        self._caught: set[int] = set()
        "Sources that were found scanning: they teach nothing of what is usual."
        self._judged = 0
        self.events = 0
        "Packets that their source began, on ports that count."

    def __len__(self) -> int:
        """Cells that are kept."""
        return len(self._cells)

    @property
    def left_out(self) -> int:
        """Packets, and cells of the least busy sources, that are no longer kept one by one."""
        left = self._cells.left
        return left.sampled + left.crowded + left.late

    @property
    def told(self) -> list[Campaign]:
        """All that were found and are remembered, each as it was judged last."""
        return self._told.each

    def learn_ports(self, day: int, keys: NDArray[np.int64], sources: NDArray[np.int64]) -> None:
        """Take how many sources tried each port on a day of the past, days since 1970 UTC: what new ports are told from. `keys`: protocol << 16
        | port."""
        self._new_ports.learn(day, places_of(keys), sources)

    def add(self, frame: pl.DataFrame) -> None:
        """Take packets as rows of COLUMNS."""
        rows = knocked(frame, self._key, self._closed)
        self.events += len(rows)
        self._cells.add(rows)
        self._strokes.add(rows)

    def judge(self, now_us: int) -> list[Campaign]:
        """What began or grew since it was judged last, the least likely first."""
        cells = self._cells.settle()
        refused = cells.filter(pl.col("count") > pl.col("allowed"))
        found = self._told.news(list(self._found(refused)))
        self._judged = int(cells["last"].to_numpy().max(initial=0)) - LATE_US
        return sorted(found, key=lambda one: (one.log_p, -one.events, one.sources, one.first))

    def _found(self, cells: pl.DataFrame) -> Iterator[Campaign]:
        yield from of_flags(cells, self._judged)
        yield from self._new_ports.found(cells, self._judged)
        yield from of_tools(cells)
        grouped = cells.filter(pl.col("what") < 2**24).with_columns(proto=pl.col("what") & 0xFF0000).sort("src", "proto", "first")
        if grouped.is_empty():
            return
        grouped = grouped.with_columns(group=((pl.col("src") != pl.col("src").shift()) | (pl.col("proto") != pl.col("proto").shift())).fill_null(value=False).cum_sum().cast(pl.Int64))
        drawings, grouped = self._drawn(grouped)
        yield from drawings
        if grouped.is_empty():
            return
        site = self._site(grouped)
        together = list(coordinated(grouped, site, self._judged))
        self._caught.update(src for each in together for src in each.members)
        yield from (each.campaign for each in together)
        for part in self._candidates(without(grouped, together)):
            columns = cells_of(part)
            src = int(columns.src[0])
            for one in judged(columns, site, self._cells.scale(src)):
                self._caught.add(src)
                yield one

    def _drawn(self, grouped: pl.DataFrame) -> tuple[list[Campaign], pl.DataFrame]:
        """Drawings, and the cells that are no part of one, or of one that is a scan too."""
        found = self._strokes.drawings(grouped, self._judged)
        rest = np.ones(len(grouped), dtype=bool)
        for _, rows in found:
            rest[rows] = False
        return [campaign("art", cells) for cells, _ in found], grouped.filter(pl.Series(rest)) if found else grouped

    def _site(self, grouped: pl.DataFrame) -> Site:
        self._caught.intersection_update(grouped["src"].unique().to_list())
        usual = grouped.filter(~pl.col("src").is_in(pl.Series(list(self._caught), dtype=pl.UInt64).implode()))
        popularity = Popularity(grouped)
        ports, targets = _most(usual, "what", popularity), _most(usual, "target", None)
        return Site(popularity, ports, targets, grouped["group"].n_unique(), grouped["dst_low"].unique().sort().to_numpy())

    def _candidates(self, grouped: pl.DataFrame) -> list[pl.DataFrame]:
        """Cells of each source and protocol that has enough of them, and new ones."""
        many = grouped.group_by("group").agg(pl.len(), pl.col("last").max()).filter(pl.col("len") >= CLOCK_MIN, pl.col("last") > self._judged)
        return grouped.join(many.select("group"), on="group", how="semi", maintain_order="left").partition_by("group", maintain_order=True)


def _most(usual: pl.DataFrame, what: str, popularity: Popularity | None) -> tuple[Tail, ...]:
    """Tails of how many different ports, or targets, sources have in each of SPANS."""
    keyed = usual.with_columns(target=pl.col("dst_low") ^ pl.col("dst_high"), group=pl.col("group").rank("dense").cast(pl.Int64) - 1)
    rows = firsts(keyed, what)
    weights = np.maximum(popularity.weight(rows["what"].to_numpy().astype(np.int64)), COMMON_WEIGHT) if popularity is not None else np.ones(len(rows))
    times = rows["first"].to_numpy()
    return tails(walk(rows["group"].to_numpy(), times, weights), int(times.max() - times.min()) if len(times) else 0)
