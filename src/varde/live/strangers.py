"""Who knocks at which port in which hour: refused probes as they arrive, as `detect.Crowds` takes them, until somebody fetches them.

Stamps are what senders say. One ahead of this machine's clock counts as now, because an hour of the future would make all that follow
late; one of an hour that is over is for whoever fetches to leave out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from varde.detect.crowds import SCHEMA
from varde.detect.probing import ANSWERING_PORTS, UDP, backscatter
from varde.live.planes import plane
from varde.live.waiting import Waiting
from varde.model import PLANES, PROBES, REFUSED

WAITING_MAX = 2_000_000
"""Different networks, ports and hours that wait to be fetched, 32 MB: what comes beyond that, while the past is still learnt, is counted
as lost. A port of which so much waits has its surge without it."""

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
    _waiting: Waiting = field(init=False)

    def __post_init__(self) -> None:
        self._waiting = Waiting(pl.Schema(SCHEMA), self.most, lambda rows: rows.unique(maintain_order=True))

    @property
    def lost(self) -> int:
        """Rows beyond `most`."""
        return self._waiting.lost

    def watch(self, table: str, batch: pl.DataFrame) -> None:
        """Take the refused probes of a batch that their source began."""
        if table == PROBES.name:
            self._waiting.put(seen(batch, self.seed, int(self.clock() * 1e6)))

    def stored(self) -> None:
        """It counts what arrives, stored or not."""

    def take(self) -> pl.DataFrame:
        """What came since the last time, in SCHEMA, each row once."""
        return self._waiting.take()


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
