"""The beacon of a station: flows that arrive, against the lists in force; what they hit is stored, shown and delivered.

    watch(flows) -> Warner -> rows with lines -> journal -> sinks
                                              -> store, page, what `varde warn` follows
"""

import contextlib
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Protocol

import polars as pl

from varde.app.context import Context
from varde.app.output import octets
from varde.app.trial import test_row
from varde.decode.rows import iso
from varde.deliver import Delivery, LiveFile, Row, Sink, SinkSettings, Status, WarningCounters, sink_of
from varde.live import CurrentLists, Hub, Sighted, Warner, Writer, warnings_of_sightings
from varde.model import MUTE, Acknowledgement, acknowledgements, counted
from varde.model.selftest import ASKED, SENSOR
from varde.store import Facts
from varde.views.warning import rows_of

RECENT_MAX = 1_000
"""Warnings between two commits that the page is shown: a page has no use for more."""

DUE_SECONDS = 1.0
"""Between looks at repeats whose time to be told has come, and at what is muted."""

ACKNOWLEDGED = "acknowledged"
"""The fact that holds what was acknowledged and muted."""


FULL_SHARE = 0.5
"""Of the room for warnings that wait: from then on somebody should look, while there is time."""

_FULL = "warnings that wait for sinks take {} of the {} that [warn] spool_mb allows; when it is full the oldest are dropped"


class KeptLists(CurrentLists, Protocol):
    """Lists that are kept current while a station runs."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


def live_path(store: Path) -> Path:
    """What `varde warn` follows."""
    return store / "facts" / "warnings.jsonl"


def sinks_of(context: Context) -> dict[str, tuple[str, Sink]]:
    """The configured sinks by name, each with its kind; standard output where none is. Raises VardeError for one that cannot work."""
    named = context.config.sink or [SinkSettings(name="stdout", kind="stdout")]
    return {settings.name: (settings.kind, sink_of(settings)) for settings in named}


def beacon_of(context: Context, lists: KeptLists, writer: Writer, hub: Hub, note: Callable[[str], None]) -> "Beacon":
    """The beacon as it is configured. `note` takes sentences for people: sinks that fail. Raises VardeError for sinks that cannot work."""
    settings, store = context.config.warn, context.store
    delivery = Delivery(sinks_of(context), store.path / "facts" / "sinks", note, octets=settings.spool_mb * 1_000_000)
    warner = Warner(lists, settings.repeat_seconds, by_address=settings.per == "address")
    return Beacon(lists, warner, writer, hub, delivery, LiveFile(live_path(store.path)), store.facts)


def _wrong(status: Status) -> Iterator[str]:
    """What a sink does not do."""
    if status.error:
        minutes = max(0, int(time.time() - status.since / 1e6)) // 60
        lasting = f" for {counted(minutes, 'minute')}" if minutes else ""
        yield f"sink {status.name} ({status.kind}) fails{lasting}: {status.error} {counted(status.waiting, 'warning')} waiting"
    if status.dropped:
        yield f"sink {status.name}: {counted(status.dropped, 'warning')} never delivered, because too many waited ([warn] spool_mb)"
    if status.refused:
        yield f"sink {status.name}: {counted(status.refused, 'warning')} that the other end would not take"


@dataclass(slots=True)
class Beacon:
    """A watcher of what is taken in. Used by the thread that takes in flows."""

    lists: KeptLists
    warner: Warner
    writer: Writer
    hub: Hub
    delivery: Delivery
    live: LiveFile
    facts: Facts
    sighted: Sighted = field(default_factory=Sighted)
    "Watches what other programs found, in whichever thread it is read."
    past: "queue.SimpleQueue[pl.DataFrame]" = field(default_factory=queue.SimpleQueue)
    "Warnings about what was stored before it was listed; put there by whichever thread found them."
    suspect: Callable[[Sequence[str]], None] = lambda addresses: None
    "Takes the listed addresses of warnings, and never waits."
    told: int = 0
    "Warnings since the start, with those that were muted."
    muted: int = 0
    "Warnings that were stored and told nobody."
    counters: WarningCounters = field(default_factory=WarningCounters)
    recent: deque[Row] = field(default_factory=lambda: deque(maxlen=RECENT_MAX))
    "Told since the last commit, and so not to be asked of the store yet."
    _mutes: list[Acknowledgement] = field(default_factory=list)
    _asked: int = 0
    "The destination port of the flow at which a self-test wants to be warned; 0 where nobody does."
    _answered: int = 0
    "The last one."
    _next: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._read_mutes()

    def watch(self, table: str, batch: pl.DataFrame) -> None:
        """Match a batch of flows and tell what was hit."""
        if table == "flows":
            self._tell(self.warner.take(batch))
            if self._asked:
                self._answer(batch)

    def stored(self) -> None:
        """The flows are, and what they gave with them."""
        self.recent.clear()

    def beat(self) -> None:
        """Tell the sums of repeats when they are due, and look at what is muted; called often."""
        if (now := time.monotonic()) >= self._next:
            self._next = now + DUE_SECONDS
            self._read_mutes()
            self._asked = self._asked_now()
            self._tell_sightings()
            self._tell_past()
            self._tell(self.warner.due())

    def end(self) -> None:
        """Tell what still waits."""
        self._tell_sightings()
        self._tell_past()
        self._tell(self.warner.rest())

    def _tell_sightings(self) -> None:
        for batch in self.sighted.take():
            self._tell(self.warner.tell(warnings_of_sightings(batch, self.lists.matcher)))

    def problems(self) -> list[str]:
        """What is wrong with the sinks now, for people."""
        statuses, journal = self.delivery.status(), self.delivery.journal
        waits = any(status.waiting for status in statuses)
        full = [_FULL.format(octets(journal.octets()), octets(journal.room))] if waits and journal.octets() > FULL_SHARE * journal.room else []
        return [*(sentence for status in statuses for sentence in _wrong(status)), *full, *([f"{journal.error}."] if journal.error else [])]

    def _tell_past(self) -> None:
        """Each as it is: it is a sum already."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._tell(self.past.get_nowait())

    def _tell(self, warnings: pl.DataFrame) -> None:
        if warnings.is_empty():
            return
        rows = rows_of(warnings)
        loud = [row for row in rows if not any(mute.is_about(row) for mute in self._mutes)]
        self.told, self.muted = self.told + len(rows), self.muted + len(rows) - len(loud)
        self.delivery.tell(loud)  # first: it is on disk before anything else may fail
        self.writer.add_rows("warnings", warnings.with_columns(pl.Series("line", [row["line"] for row in rows], dtype=pl.String)))
        self._show(loud)
        self.suspect([str(row[f"{row['side']}_addr"]) for row in loud if row.get("side") in ("src", "dst")])

    def _show(self, rows: Sequence[Row]) -> None:
        """To whoever watches now. What a full disk keeps from `varde warn` is in the journal's hands."""
        if not rows:
            return
        self.counters.count(rows)
        self.recent.extend(rows)
        with contextlib.suppress(OSError):
            self.live.append(rows)
        self.hub.warn(rows)

    def _asked_now(self) -> int:
        """The port of a flow for which a self-test waits; 0 where none does."""
        said = self.facts.get(ASKED) or {}
        port, until = said.get("port"), said.get("until")
        return port if isinstance(port, int) and isinstance(until, int) and port != self._answered and time.time() * 1e6 < until else 0

    def _answer(self, batch: pl.DataFrame) -> None:
        """Tell the sinks, and nobody else, one marked warning when the flow of a self-test comes."""
        if batch.filter((pl.col("sensor") == SENSOR) & (pl.col("dst_port") == self._asked)).is_empty():
            return
        self._answered, self._asked = self._asked, 0
        self.delivery.tell([test_row()])

    def _read_mutes(self) -> None:
        """Those in force: somebody may have said something since."""
        now = iso(datetime.now(timezone.utc))
        said = acknowledgements(self.facts.get(ACKNOWLEDGED))
        self._mutes = [each for each in said if each.kind == MUTE and each.is_in_force(now)]
