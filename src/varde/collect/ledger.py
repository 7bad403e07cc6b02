"""The loss ledger of a collector: what the decoder found missing, summed over a span, and what the kernel dropped."""

from dataclasses import dataclass, field

import polars as pl

from varde.decode import empty_batch, schema_of
from varde.model import LOSSES

_KEYS = ("sensor", "exporter", "domain", "protocol", "unit")
_SUMS = ("datagrams", "flows", "lost", "reordered", "duplicated", "undecodable", "unknown_template", "late", "restarts")

KERNEL = "kernel"
"""`sensor` of the row that says what was dropped before anybody knew whose it was."""


@dataclass(slots=True)
class Ledger:
    """Takes the decoder's changes and gives a row for each exporter's observation domain and span. Nothing is ever taken back:
    what comes late makes `lost` of its span smaller, also below zero, so that the sum over all spans is exact."""

    _open: list[pl.DataFrame] = field(default_factory=list)
    _dropped: list[int | None] = field(default_factory=list)

    def add(self, changes: pl.DataFrame) -> None:
        """Rows of LOSSES."""
        if not changes.is_empty():
            self._open.append(changes)

    def close(self, now: int, dropped: list[int | None]) -> pl.DataFrame:
        """Rows of the span that ends now. `dropped`: datagrams that the kernel dropped at each socket since the start."""
        rows = _summed(self._open)
        rows = _with_dropped(rows, self._newly(dropped), now)
        self._open = []
        return rows

    def _newly(self, dropped: list[int | None]) -> int | None:
        """Dropped in this span at all sockets; None where one of them cannot tell."""
        before = self._dropped + [0] * (len(dropped) - len(self._dropped))
        self._dropped = dropped
        pairs = [(now, then or 0) for now, then in zip(dropped, before, strict=True)]
        return None if any(now is None for now, _ in pairs) else sum((now or 0) - then for now, then in pairs)


def _summed(frames: list[pl.DataFrame]) -> pl.DataFrame:
    if not frames:
        return empty_batch(LOSSES)
    schema = schema_of(LOSSES)
    summed = pl.concat(frames).group_by(_KEYS, maintain_order=True).agg(
        pl.col("time").min(), pl.col("end_time").max(), *(pl.col(name).sum() for name in _SUMS),
        pl.when(pl.col("dropped").count() > 0).then(pl.col("dropped").sum()).first().alias("dropped"),
        *(pl.col(name).last() for name in schema if name not in {*_KEYS, *_SUMS, "time", "end_time", "dropped", "day"}),
    )  # fmt: skip
    return summed.with_columns(pl.from_epoch("time", "us").dt.date().alias("day")).select(list(schema))


def _with_dropped(rows: pl.DataFrame, dropped: int | None, now: int) -> pl.DataFrame:
    """What the kernel dropped is the only exporter's that was heard; of several it is nobody's in particular."""
    if dropped is None:
        return rows
    if len(rows) and rows["exporter"].n_unique() == 1:
        first = pl.int_range(pl.len()) == 0
        return rows.with_columns(dropped=pl.when(first).then(dropped).otherwise(0).cast(pl.Int64))
    if not dropped:
        return rows.with_columns(dropped=pl.lit(0, pl.Int64))
    schema = schema_of(LOSSES)
    known = {"time": now, "end_time": now, "sensor": KERNEL, "protocol": "", "unit": "datagrams", "dropped": dropped} | dict.fromkeys(_SUMS, 0)
    row = pl.DataFrame([known], schema={name: dtype for name, dtype in schema.items() if name != "day"})
    return pl.concat([rows, row.with_columns(pl.from_epoch("time", "us").dt.date().alias("day")).select(list(schema))])
