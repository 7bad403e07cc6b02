"""What lights the beacon: the watcher that makes warnings of flows as they arrive, stores them and tells every sink.

    watch(flows) -> Warner -> rows with lines -> live file, sinks, page -> store

A station gives it to its writers as a watcher, starts it, and stops it. Batches may come from several threads.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import polars as pl

from varde.app.context import Context
from varde.decode.rows import iso
from varde.deliver import Delivery, Row, Sink, SinkSettings, Status, WarningCounters, exposition, sink_of
from varde.deliver.live_file import LiveFile
from varde.live import COMMIT_SECONDS, CurrentLists, Hub, Warner
from varde.model import FLOWS, MUTE, WARNINGS, Acknowledgement, VardeError, acknowledgements
from varde.views.warning import rows_of

FACT = "acknowledged"
"""The fact that holds what was acknowledged and muted."""

POLL_SECONDS = 0.5
"""Between looks at repeats whose time has come, at mutes, and at what is to be committed."""

ROWS_WAITING_MAX = 100_000
"""Warnings that wait in memory while the store refuses them; they were told already. More are counted as lost."""


def spool_of(store: Path) -> Path:
    """Where what is to be delivered waits."""
    return store / "spool"


def live_path(store: Path) -> Path:
    """What `varde warn` follows."""
    return store / "facts" / "warnings.jsonl"


def sinks_of(context: Context) -> dict[str, tuple[str, Sink]]:
    """The configured sinks by name, each with its kind; standard output where there are none. Raises VardeError for one that
    cannot work."""
    configured = [section.settings() for section in context.config.sink]
    return {settings.name: (settings.kind, sink_of(settings)) for settings in configured or [SinkSettings("stdout", "stdout")]}


@dataclass(slots=True)
class Beacon:
    """Makes and tells warnings until stopped. `note` takes sentences for people. Raises VardeError for sinks that cannot work."""

    context: Context
    lists: CurrentLists
    note: Callable[[str], None]
    hub: Hub | None = None
    muted: int = 0
    "Warnings that were found, stored, and told nobody."
    lost: int = 0
    "Warnings that were told and that the store never took."
    counters: WarningCounters = field(default_factory=WarningCounters)
    _warner: Warner = field(init=False)
    _delivery: Delivery = field(init=False)
    _live: LiveFile = field(init=False)
    _said: str = ""
    _mutes: list[Acknowledgement] = field(default_factory=list)
    _waiting: list[pl.DataFrame] = field(default_factory=list)
    _since: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        settings, store = self.context.config.warn, self.context.store
        self._warner = Warner(self.lists, settings.repeat_seconds, by_address=settings.per == "address")
        self._live = LiveFile(live_path(store.path))
        self._delivery = Delivery(sinks_of(self.context), spool_of(store.path), self.note, octets=settings.spool_mb * 1_000_000)
        self._read_mutes()

    def start(self) -> None:
        """Begin to deliver, first what waited when the last process ended."""
        self._delivery.start()
        self._thread = threading.Thread(target=self._run, name="beacon", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell what still waits, give the sinks a moment, and store the rest."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=30)
        with self._lock:
            self._tell(self._warner.rest())
            self._commit(force=True)
        self._delivery.stop()

    def watch(self, table: str, batch: pl.DataFrame) -> None:
        """Look at a batch of flows; what it gives to tell is told before this returns."""
        if table == FLOWS.name:
            with self._lock:
                self._tell(self._warner.take(batch))

    def stored(self) -> None:
        """The flows are; warnings have their own time."""

    def tell(self, warnings: pl.DataFrame) -> None:
        """Take warnings that others found (names, logins, scans, surges), as a frame of WARNINGS; repeats are summed."""
        with self._lock:
            self._tell(self._warner.tell(warnings))

    def status(self) -> list[Status]:
        """What each sink has done."""
        return self._delivery.status()

    def metrics(self) -> str:
        """Counters for Prometheus."""
        return exposition(self.counters, self.status())

    def _run(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            self._read_mutes()
            with self._lock:
                self._tell(self._warner.due())
                self._commit(force=False)

    def _read_mutes(self) -> None:
        """Those in force: somebody may have said something since."""
        now = iso(datetime.now(timezone.utc))
        said = acknowledgements(self.context.store.facts.get(FACT))
        self._mutes = [each for each in said if each.kind == MUTE and each.is_in_force(now)]

    def _tell(self, warnings: pl.DataFrame) -> None:
        if warnings.is_empty():
            return
        rows = rows_of(warnings.with_columns(received=pl.lit(time.time_ns() // 1000)))
        lines = pl.Series("line", [row["line"] for row in rows], dtype=pl.String)
        self._keep(warnings.with_columns(lines))
        loud = [row for row in rows if not any(mute.is_about(row) for mute in self._mutes)]
        self.muted += len(rows) - len(loud)
        self.counters.count(loud)
        self._delivery.tell(loud)
        self._show(loud)

    def _show(self, rows: Sequence[Row]) -> None:
        """To whoever watches now. A disk that refuses is the journal's to say."""
        with contextlib.suppress(OSError):
            self._live.append(rows)
        if self.hub is not None:
            self.hub.warn(rows)

    def _keep(self, warnings: pl.DataFrame) -> None:
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(warnings)

    def _commit(self, *, force: bool) -> None:
        """Store what was told. Where the store refuses it waits, and is tried again."""
        if not self._waiting or (not force and time.monotonic() - self._since < COMMIT_SECONDS):
            return
        rows = pl.concat(self._waiting)
        try:
            self.context.store.append(WARNINGS.name, rows)
            self._waiting, self._said = [], ""
        except VardeError as error:
            kept = rows.tail(ROWS_WAITING_MAX)
            self.lost += len(rows) - len(kept)
            self._waiting, self._since = [kept], time.monotonic()
            if str(error) != self._said:
                self.note(f"{error} Warnings wait in memory and are tried again.")
            self._said = str(error)


@contextlib.contextmanager
def lit(context: Context, lists: CurrentLists, note: Callable[[str], None], hub: Hub | None = None) -> Iterator[Beacon]:
    """A beacon that is started, and stopped at the end."""
    beacon = Beacon(context, lists, note, hub)
    beacon.start()
    try:
        yield beacon
    finally:
        beacon.stop()
