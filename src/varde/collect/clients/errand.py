"""What a client is given and what it brings home."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from varde.collect.feed_terms import FeedError, Limits
from varde.collect.list_source import ListSource
from varde.collect.pages import Pages
from varde.decode.intel import ListOrigin, ListRead, read_list

RUN_SECONDS = 900.0
"""For all pages of one run; what has come by then is kept, and the next run goes on."""

PAGES_MAX = 5_000
"""Of one harvest: OTX gives 50 pulses a page, and nobody subscribes to 250,000; a server whose pages never end is stopped here."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One run of a client."""

    source: ListSource
    now: int
    "us since 1970 UTC."
    cursor: dict[str, Any]
    "What the client of the last finished run wished to know again."
    base: pl.DataFrame | None
    "Rows that the list has; None where there are none."
    pages: Pages
    pause: Callable[[float], bool]
    "Waits, and answers whether to stop altogether."
    limits: Limits = field(default_factory=Limits)
    deadline: float = field(default_factory=lambda: time.monotonic() + RUN_SECONDS)

    def begun(self, since: str) -> dict[str, Any]:
        """Where a run that broke off goes on. One that asked for what changed `since` (a word of its cursor), on top of rows that cannot be
        read any more, begins anew: its pages alone would be a part of the list."""
        if self.base is None and self.pages.cursor.get(since):
            self.pages.clear()
        return self.pages.cursor

    def read(self, data: bytes, form: str) -> ListRead:
        """Rows of a page."""
        return read_list(data, ListOrigin(self.source.name, self.now), form)

    def check_time(self) -> None:
        """Raises FeedError when the run takes too long."""
        if time.monotonic() > self.deadline:
            raise FeedError(f"{self.source.url}: all of it takes longer than one run may; what came is kept, and the next run goes on")


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a run brought: None where nothing changed; with what the next run wishes to know."""

    read: ListRead | None
    cursor: dict[str, Any]


Client = Callable[[Errand], Harvest]
