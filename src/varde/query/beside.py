"""A period beside others: the one just before it, and the same weekday of the weeks before, as the reader's calendar has them."""

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from varde.model import FLOWS, PROBES, TABLES, Table
from varde.query.engine import Engine, Window
from varde.query.life import HONEYPOTS
from varde.query.summary import extent

WEEKS = 4
"""Weeks whose same days say what is usual: more are another season."""

WEEK_DAYS = 7

LATE = timedelta(hours=1)
"""So much later than a period the store may begin and still have all of it: at night nobody may knock for a while."""

SEEN = (PROBES, FLOWS, *HONEYPOTS)
"""Tables that say whether anything was recorded at all."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A period and those it is held against: only ones of which the store has all, and anything."""

    now: Window
    days: int
    "Its length in days of the calendar, begun ones too."
    before: Window | None
    weeks: tuple[Window, ...]
    begun: datetime | None
    "When the store's first record is of."


@dataclass(frozen=True, slots=True)
class Compared:
    """A number, the one of the period before, and the usual one (the median of the weeks); None where nobody knows."""

    now: int
    before: int | None = None
    usual: float | None = None

    @property
    def reference(self) -> float | None:
        """What it is held against: the usual where there is one."""
        return self.before if self.usual is None else self.usual


def beside(engine: Engine, window: Window, zone: ZoneInfo, weeks_max: int = WEEKS) -> Beside:
    """What a period can be compared with. Hours are the zone's, so that a day of 25 of them is one day; `weeks_max` 0 asks no weeks."""
    days = _days(window, zone)
    begun = extent(engine, SEEN)[0]

    def earlier(shift: int) -> Window | None:
        moved = shifted(window, shift, zone)
        is_whole = begun is not None and begun <= moved.first + LATE
        return moved if is_whole and _has_records(engine, moved) else None

    weeks = [earlier(WEEK_DAYS * week) for week in range(1, weeks_max + 1)] if days <= WEEK_DAYS else []
    return Beside(window, days, earlier(days), tuple(week for week in weeks if week is not None), begun)


def shifted(window: Window, days: int, zone: ZoneInfo) -> Window:
    """The same hours of the clock so many days earlier."""
    first, last = (moment.astimezone(zone) - timedelta(days=days) for moment in (window.first, window.last))
    return replace(window, first=first, last=last)


def compared(times: Beside, count: Callable[[Window], int], since: datetime | None = None) -> Compared:
    """One number of each period. `since`: when what is counted was first told of, before which its absence is no zero."""
    known = [window for window in (times.before, *times.weeks) if window is not None and (since is None or since <= window.first + LATE)]
    usual = [count(week) for week in times.weeks if week in known]
    return Compared(count(times.now), count(times.before) if times.before in known and times.before else None, statistics.median(usual) if usual else None)


def tally(engine: Engine, window: Window, table: Table) -> int:
    """How many records of a table a window has."""
    return engine.ask(window, lambda t: int(engine.execute(t.aggregate(n=t.count()))[0]["n"]), table.name)


def _days(window: Window, zone: ZoneInfo) -> int:
    first, last = (moment.astimezone(zone).replace(tzinfo=None) for moment in (window.first, window.last))
    return max(1, math.ceil((last - first) / timedelta(days=1)))


def _has_records(engine: Engine, window: Window) -> bool:
    stored = (table for table in SEEN if engine.store.days(table.name))
    whole = Window(window.first, window.last, action="all")  # whatever is asked about: where anything was seen, nothing else is a zero
    return any(tally(engine, whole, TABLES[table.name]) for table in stored)
