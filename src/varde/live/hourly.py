"""Surges by this machine's clock: an hour is judged when it has ended, and a minute for what was under way.

The clock decides which hour is open, never a stamp: whoever lies about the time is left out, or counts as now."""

from dataclasses import dataclass, field

import polars as pl

from varde.detect import Counts, Crowds, Surge, Surges
from varde.detect.crowds import SCHEMA

GRACE_SECONDS = 60
"""After the end of an hour: what firewalls, syslog and followed files hold back is seconds old."""

ROWS_MAX = 1_000_000
"""Sources of all ports that are kept for six hours, 16 MB: fewer than a question of the store keeps, because a station keeps them always."""

HELD_MAX = 2_000_000
"""Sources of an hour that has begun while the one before it is not judged, 32 MB: more come in a minute only of a flood, and are counted as lost."""

HOUR_SECONDS = 3_600

LATE_SHARE, LATE_MIN = 0.5, 100
"""Of what came in an hour: from so much of it, and so many, on that bore the stamp of an hour long over, a clock or a zone is wrong."""


def open_hour(now: float) -> int:
    """The earliest hour, since 1970 UTC, of which something may still come. `now`: seconds since then."""
    return int(now - GRACE_SECONDS) // HOUR_SECONDS


@dataclass(slots=True)
class Hourly:
    """Takes rows of detect.Crowds as they come. `judged`: the last hour that `surges` knows."""

    surges: Surges
    crowds: Crowds
    judged: int
    late: int = 0
    "Rows of hours that were over, since the start."
    is_late: bool = False
    "Whether most of the last hour's rows were."
    lost: int = 0
    "Rows beyond HELD_MAX."
    _held: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))
    "Of an hour that has begun while the one before it is not judged."
    _open: int | None = None
    _came: int = 0
    "Rows while this hour was open, and those of them that were late."
    _came_late: int = 0

    def fill(self, rows: pl.DataFrame, now: float) -> None:
        """Take what the store has of the last hours, in order: it fills the longer window, and is no news."""
        current = open_hour(now)
        self.crowds.add(rows.filter(pl.col("hour") <= current))
        self._held = pl.concat([self._held, rows.filter(pl.col("hour") > current)])

    def advance(self, rows: pl.DataFrame, now: float) -> list[Surge]:
        """Take rows, and judge what has ended since the last time. Answers surges that began, grew or ended."""
        current, begun = open_hour(now), int(now) // HOUR_SECONDS
        rows = pl.concat([self._held, rows.with_columns(hour=pl.min_horizontal("hour", pl.lit(begun, pl.Int32)))])
        held = rows.filter(pl.col("hour") > current).unique()
        self._held, self.lost = held.head(HELD_MAX), self.lost + max(0, len(held) - HELD_MAX)
        self._look_at_stamps(rows, current)
        changed = self._take(rows.filter((pl.col("hour") > self.judged) & (pl.col("hour") < current)))
        if self.crowds.hour is not None and self.crowds.hour < current:
            changed += self._judge([self.crowds.close()])
        return changed + self._take(rows.filter(pl.col("hour") == current)) if current > self.judged else changed

    def _take(self, rows: pl.DataFrame) -> list[Surge]:
        return self._judge(self.crowds.add(rows))

    def _judge(self, done: list[Counts]) -> list[Surge]:
        changed = []
        for counts in done:
            if counts.hour > self.judged:  # an hour that was closed by the clock is closed again by what follows it
                self.judged = counts.hour
                changed += self.surges.hour(counts)
        return changed

    def _look_at_stamps(self, rows: pl.DataFrame, current: int) -> None:
        if current != self._open:
            self.is_late = self._came_late >= LATE_MIN and self._came_late > LATE_SHARE * self._came
            self._open, self._came, self._came_late = current, 0, 0
        late = int((rows["hour"] <= self.judged).sum())
        self.late, self._came_late = self.late + late, self._came_late + late
        self._came += int((rows["hour"] <= current).sum())
