"""Tells whoever watches the page what has just arrived, aggregated, and never waits for a slow watcher."""

import queue
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from varde.decode.events import balls, shaped
from varde.live.planes import plane
from varde.model import REFUSED

POINTS_MAX = 500
"""Points a message: more probes than that in one batch are counted, and the page asks for the picture again."""

MESSAGES_MAX = 64
"""Messages a watcher may be behind; older ones are dropped and it asks again."""

WARNINGS_MAX = 50
"""Warnings a message: more at once are counted, and the page asks for them."""

Message = tuple[str, dict[str, object]]
"""Name of the event and its data."""

_SHOWN = {"probes": "firewall", "logins": "logins"}


@dataclass(slots=True)
class Hub:
    """A fan-out from the thread that ingests to any number of subscribers."""

    _subscribers: "dict[queue.Queue[Message], int]" = field(default_factory=dict)
    "Each with how many events it has missed since its last message."
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def subscribe(self) -> "queue.Queue[Message]":
        mine: queue.Queue[Message] = queue.Queue(MESSAGES_MAX)
        with self._lock:
            self._subscribers[mine] = 0
        return mine

    def leave(self, mine: "queue.Queue[Message]") -> None:
        with self._lock:
            self._subscribers.pop(mine, None)

    def watch(self, table: str, batch: pl.DataFrame) -> None:
        """Send what a batch has to be shown to all subscribers: refused probes as points and as balls, logins as balls."""
        if not self._subscribers or table not in _SHOWN:
            return
        told: dict[str, object] = points(batch) if table == "probes" else {"events": len(batch)}
        shown = batch.filter(pl.col("action").is_in(REFUSED)) if table == "probes" else batch
        timed = shown.with_columns(pl.from_epoch("time", "us").dt.replace_time_zone("UTC"))
        self._tell(table, told | {"balls": balls(shaped(timed, _SHOWN[table]))[1]})

    def warn(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Show warnings as they are told: the newest WARNINGS_MAX of them, as rows with their lines."""
        if rows and self._subscribers:
            self._tell("warnings", {"events": len(rows), "rows": [dict(row) for row in rows[-WARNINGS_MAX:]]})

    def stored(self) -> None:
        """Say that what was sent before can now be asked for."""
        self._tell("stored", {})

    def _tell(self, event: str, data: dict[str, object]) -> None:
        """Send a message to all subscribers. Messages of events say how many were `missed` before, where a watcher was too slow for some."""
        events = data.get("events")
        with self._lock:
            for listener, missed in self._subscribers.items():
                try:
                    listener.put_nowait((event, data | {"missed": missed} if missed and "events" in data else data))
                    self._subscribers[listener] = missed if "events" not in data else 0
                except queue.Full:  # it asks again when it is told that something is stored
                    self._subscribers[listener] = missed + (events if isinstance(events, int) else 0)


def points(batch: pl.DataFrame) -> dict[str, object]:
    """`events` of a batch and at most POINTS_MAX [epoch ms, plane, port or null, count], the most frequent first."""
    refused = batch.filter(pl.col("action").is_in(REFUSED))
    cells = (
        refused.select((pl.col("time") // 1_000_000 * 1000).alias("ms"), plane().alias("plane"), "dst_port")
        .group_by("ms", "plane", "dst_port").len().sort("len", "ms", "plane", "dst_port", descending=[True, False, False, False])
    )  # fmt: skip
    return {"events": len(refused), "points": [list(row) for row in cells.head(POINTS_MAX).rows()]}
