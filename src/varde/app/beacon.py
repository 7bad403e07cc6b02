"""The beacon of a station: flows that arrive, against the lists in force; what they hit is stored, shown and delivered."""

import time
from dataclasses import dataclass, field

import polars as pl

from varde.collect.lists import Lists
from varde.deliver import Delivery
from varde.live import Hub, Warner, Writer
from varde.views.warning import rows_of, with_lines

DUE_SECONDS = 1.0
"""Between looks at repeats whose time to be told has come."""

SHOWN_MAX = 200
"""Warnings of one batch that the page is sent; all of them are stored."""


@dataclass(slots=True)
class Beacon:
    """A watcher of what is taken in. Used by the thread that takes in flows."""

    lists: Lists
    warner: Warner
    writer: Writer
    hub: Hub
    delivery: Delivery
    told: int = 0
    "Warnings since the start."
    _next: float = field(default_factory=time.monotonic)

    def watch(self, table: str, batch: pl.DataFrame) -> None:
        """Match a batch of flows and tell what was hit."""
        if table == "flows":
            self._tell(self.warner.take(batch))

    def stored(self) -> None:
        """Nothing waits for that."""

    def beat(self) -> None:
        """Tell the sums of repeats when they are due; called often."""
        if (now := time.monotonic()) >= self._next:
            self._next = now + DUE_SECONDS
            self._tell(self.warner.due())

    def end(self) -> None:
        """Tell what still waits."""
        self._tell(self.warner.rest())

    def _tell(self, warnings: pl.DataFrame) -> None:
        if warnings.is_empty():
            return
        lined = with_lines(warnings)
        rows = rows_of(lined)
        self.told += len(rows)
        self.delivery.tell(rows)  # first: it is on disk before anything else may fail
        self.writer.add_rows("warnings", lined)
        self.hub.tell("warnings", {"count": len(rows), "warnings": rows[:SHOWN_MAX]})
