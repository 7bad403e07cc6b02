"""Rows that wait until somebody fetches them: many threads put, one takes, and no more is kept than is said."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

TOGETHER = 64
"""Batches that are put together: frames of a few rows each cost more than what is in them."""


@dataclass(slots=True)
class Waiting:
    """Frames of one schema. `most` is rows; `settle` puts frames that were joined in order, as by leaving out what is there twice."""

    schema: pl.Schema
    most: int
    settle: Callable[[pl.DataFrame], pl.DataFrame] = lambda rows: rows
    lost: int = 0
    "Rows beyond `most`."
    _frames: list[pl.DataFrame] = field(default_factory=list)
    _rows: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, rows: pl.DataFrame) -> None:
        if rows.is_empty():
            return
        with self._lock:
            if self._rows >= self.most:  # full: to settle what is there would cost as much each time as all that is kept
                self.lost += len(rows)
                return
            self._frames.append(rows)
            self._rows += len(rows)
            if len(self._frames) >= TOGETHER or self._rows > self.most:
                self._join()

    def take(self) -> pl.DataFrame:
        """What came since the last time."""
        with self._lock:
            self._join()
            rows = self._frames[0] if self._frames else pl.DataFrame(schema=self.schema)
            self._frames, self._rows = [], 0
        return rows

    def _join(self) -> None:
        if not self._frames:
            return
        rows = self.settle(pl.concat(self._frames))
        self.lost += max(0, len(rows) - self.most)
        rows = rows.head(self.most).rechunk()
        self._frames, self._rows = [rows], len(rows)
