"""Detectors of scans: what one source, or several together, did to many ports or targets. Live, and of any stored period.

    packets --knocked--> cells --single--> vertical, horizontal, block, diagonal"""

from collections.abc import Collection, Iterator
from dataclasses import replace

import polars as pl

from varde.detect.campaign import Campaign
from varde.detect.cells import CELLS_MAX, Cells
from varde.detect.knocked import COLUMNS, Key, closed_ports, knocked
from varde.detect.popularity import Popularity
from varde.detect.shape import cells_of
from varde.detect.single import PORTS_MIN, judged

TOLD_MAX = 20_000
"""Campaigns that are remembered, so that one that grows is the same; the oldest are forgotten."""

__all__ = ["COLUMNS", "Campaigns"]


class Campaigns:
    """Takes packets in any order within an hour, and judges when it is asked to. `open_ports`: `tcp/443`; they never count."""

    def __init__(self, open_ports: Collection[str] = (), *, seed: int | None = None, cells_max: int = CELLS_MAX) -> None:
        self._closed = closed_ports(open_ports)
        self._key = Key(seed)
        self._cells = Cells(self._key, cells_max)
        self._told: dict[tuple[str, str, bytes, int], Campaign] = {}
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

    def add(self, frame: pl.DataFrame) -> None:
        """Take packets as rows of COLUMNS."""
        rows = knocked(frame, self._key, self._closed)
        self.events += len(rows)
        self._cells.add(rows)

    def judge(self, now_us: int) -> list[Campaign]:
        """What began or grew since it was judged last, the least likely first."""
        cells = self._cells.settle()
        refused = cells.filter(pl.col("count") > pl.col("allowed"))
        found = [each for each in (self._known(one) for one in self._found(refused)) if each is not None]
        self._judged = now_us
        while len(self._told) > TOLD_MAX:
            self._told.pop(next(iter(self._told)))
        return sorted(found, key=lambda one: (one.log_p, -one.events, one.sources, one.first))

    def _found(self, cells: pl.DataFrame) -> Iterator[Campaign]:
        popularity = Popularity(cells)
        for part in self._candidates(cells):
            columns = cells_of(part)
            yield from judged(columns, popularity, self._cells.scale(int(columns.src[0])))

    def _candidates(self, cells: pl.DataFrame) -> list[pl.DataFrame]:
        """Cells of each source and protocol that has enough of them."""
        keyed = cells.with_columns(proto=pl.col("what") & 0xFF0000)
        keys = ["src", "proto"]
        many = keyed.group_by(keys).agg(pl.len(), pl.col("last").max()).filter(pl.col("len") >= PORTS_MIN)
        return keyed.join(many.select(keys), on=keys, how="semi").sort("first").partition_by(keys, maintain_order=True)

    def _known(self, one: Campaign) -> Campaign | None:
        """A campaign with the first moment that it was told with; None where nothing came to it."""
        key = next((key for key, told in self._told.items() if _same(told, one)), (one.kind, one.plane, one.sources[0], one.first))
        told = self._told.get(key)
        if told is not None:
            one = replace(one, first=min(told.first, one.first))
            if (one.events, one.last) == (told.events, told.last):
                return None
        self._told[key] = one
        return one


def _same(told: Campaign, one: Campaign) -> bool:
    return (told.kind, told.plane, told.sources[0]) == (one.kind, one.plane, one.sources[0]) and told.first <= one.last and one.first <= told.last

