"""How many records arrived since the start, by what came of them: probes by action, logins by success, others by their table."""

import threading
from collections import Counter
from dataclasses import dataclass, field

import polars as pl

_OUTCOMES = {
    "probes": pl.col("action").fill_null("unknown"),
    "logins": pl.when(pl.col("success") == 1).then(pl.lit("accepted")).otherwise(pl.lit("failed")),
}
"""What tells the outcome of a record, by table; both from closed sets."""


@dataclass(slots=True)
class Outcomes:
    """A watcher of several threads' batches."""

    _counts: "Counter[tuple[str, str]]" = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, table: str, batch: pl.DataFrame) -> None:
        """Count a batch."""
        expression = _OUTCOMES.get(table)
        found = [("", len(batch))] if expression is None else batch.group_by(expression.alias("outcome")).len().rows()
        with self._lock:
            for outcome, count in found:
                self._counts[table, outcome] += count

    def stored(self) -> None:
        """It counts what arrives, stored or not."""

    def counts(self) -> dict[tuple[str, str], int]:
        """By table and outcome."""
        with self._lock:
            return dict(self._counts)
