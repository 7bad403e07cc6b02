"""Packets that firewalls met, as they arrive, with the columns that detectors of scans look at, until somebody fetches them.

Stamps are what senders say. One ahead of this machine's clock counts as now, so that nobody's scan lies in a future that never ends."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from varde.detect.campaigns import COLUMNS
from varde.live.waiting import Waiting
from varde.model import PROBES

WAITING_MAX = 500_000
"""Packets that wait to be fetched, 70 MB: half a minute of the busiest log. What comes beyond that, while the past is still learnt, is
counted as lost."""


@dataclass(slots=True)
class Arrivals:
    """A watcher of any threads' batches. `clock` is seconds since 1970 UTC."""

    clock: Callable[[], float] = time.time
    most: int = WAITING_MAX
    _waiting: Waiting = field(init=False)

    def __post_init__(self) -> None:
        self._waiting = Waiting(pl.Schema(COLUMNS), self.most)

    @property
    def lost(self) -> int:
        """Packets beyond `most`."""
        return self._waiting.lost

    def watch(self, table: str, batch: pl.DataFrame) -> None:
        if table == PROBES.name:
            self._waiting.put(batch.select(pl.min_horizontal("time", pl.lit(int(self.clock() * 1e6))), *(name for name in COLUMNS if name != "time")))

    def stored(self) -> None:
        """It counts what arrives, stored or not."""

    def take(self) -> pl.DataFrame:
        """What came since the last time, with COLUMNS."""
        return self._waiting.take()

