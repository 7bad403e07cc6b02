"""Who knocks at which port in which hour: refused probes as they arrive, as `detect.Crowds` takes them, until somebody fetches them.

Stamps are what senders say. One ahead of this machine's clock counts as now, because an hour of the future would make all that follow
late; one of an hour that is over is for whoever fetches to leave out."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from varde.detect.crowds import SCHEMA
from varde.detect.probing import ANSWERING_PORTS, UDP, backscatter
from varde.live.planes import plane
from varde.model import PLANES, PROBES, REFUSED

WAITING_MAX = 2_000_000
"""Different networks, ports and hours that wait to be fetched, 32 MB: what comes beyond that, while the past is still learnt, is counted
as lost. A port of which so much waits has its surge without it."""

TOGETHER = 64
"""Batches that are put together, each network once: frames of a few rows each cost more than what is in them."""

HOUR_US = 3_600_000_000

_PORTED = ("tcp4", "tcp6", "udp4", "udp6")
_PLACES = {entry.key: number for number, entry in enumerate(PLANES)}
_PRIVILEGED = 1_024


def hashed(networks: str, seed: int) -> pl.Expr:
    """64 bits of a column of networks; who does not know the seed cannot choose them."""
    return pl.col(networks).hash(seed)


@dataclass(slots=True)
class Strangers:
    """A watcher of any threads' batches. `clock` is seconds since 1970 UTC."""

    seed: int
    clock: Callable[[], float] = time.time
    most: int = WAITING_MAX
    lost: int = 0
    "Rows beyond `most`."
    _frames: list[pl.DataFrame] = field(default_factory=list)
    _rows: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, table: str, batch: pl.DataFrame) -> None:
        """Take the refused probes of a batch that their source began."""
        if table != PROBES.name:
            return
        rows = seen(batch, self.seed, int(self.clock() * 1e6))
        if rows.is_empty():
            return
        with self._lock:
            if self._rows >= self.most:  # full: to look for what is there twice would cost as much each time as all that is kept
                self.lost += len(rows)
                return
            self._frames.append(rows)
            self._rows += len(rows)
            if len(self._frames) >= TOGETHER or self._rows > self.most:
                self._join()

    def stored(self) -> None:
        """It counts what arrives, stored or not."""

    def take(self) -> pl.DataFrame:
        """What came since the last time, in SCHEMA, each row once."""
        with self._lock:
            self._join()
            rows = self._frames[0] if self._frames else pl.DataFrame(schema=SCHEMA)
            self._frames, self._rows = [], 0
        return rows

    def _join(self) -> None:
        if not self._frames:
            return
        rows = pl.concat(self._frames).unique(maintain_order=True)
        self.lost += max(0, len(rows) - self.most)
        rows = rows.head(self.most).rechunk()
        self._frames, self._rows = [rows], len(rows)


def seen(batch: pl.DataFrame, seed: int, now: int) -> pl.DataFrame:
    """Hour, key of the port and hash of the source's network, each once. `now`: us since 1970 UTC."""
    began = batch.filter(pl.col("action").is_in(REFUSED), pl.col("dst_port").is_between(0, 65_535), pl.col("src_net").is_not_null(), ~_answer())
    keyed = began.with_columns(plane=plane()).filter(pl.col("plane").is_in(_PORTED))
    number = pl.col("plane").replace_strict(_PLACES, return_dtype=pl.Int64)
    hour = pl.min_horizontal(pl.col("time"), pl.lit(now)) // HOUR_US
    return keyed.select(
        hour=hour.clip(0, 2**31 - 1).cast(pl.Int32), key=(number * 65_536 + pl.col("dst_port")).cast(pl.UInt32), source=hashed("src_net", seed),
    ).unique()  # fmt: skip


def _answer() -> pl.Expr:
    """Backscatter of floods, and answers of DNS and NTP."""
    served = (pl.col("proto") == UDP) & pl.col("src_port").is_in(ANSWERING_PORTS) & (pl.col("dst_port") >= _PRIVILEGED)
    return backscatter().fill_null(value=False) | served.fill_null(value=False)
