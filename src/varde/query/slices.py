"""A window cut by time into parts of a bounded size, for answers that are written row by row."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import ibis

from varde.query.engine import Engine, Window, epoch_us

SLICE_ROWS = 200_000
"""Rows of a slice, more or less: what memory such an answer takes."""

SLICE_MIN = timedelta(minutes=1)
_HOUR_US = 3_600_000_000


def slices(engine: Engine, window: Window, tables: tuple[str, ...]) -> Iterator[Window]:
    """Hours of the window in which any of the tables has rows, in order of time, divided where they have too many."""
    for hour, count in _hours(engine, window, tables):
        begin, end = max(hour, window.first), min(hour + timedelta(hours=1), window.last)
        step = max(SLICE_MIN, (end - begin) / max(1, -(-count // SLICE_ROWS)))
        while begin < end:
            yield replace(window, first=begin, last=min(begin + step, end))
            begin += step


def _hours(engine: Engine, window: Window, tables: tuple[str, ...]) -> list[tuple[datetime, int]]:
    hours: dict[datetime, int] = {}
    for name in tables:
        rows = engine.ask(window, lambda t: engine.execute(
            t.mutate(hour=epoch_us(t.time) // _HOUR_US).group_by("hour").aggregate(n=ibis._.count())
        ), name)  # fmt: skip
        for row in rows:
            hour = datetime.fromtimestamp(int(row["hour"]) * 3600, timezone.utc)
            hours[hour] = hours.get(hour, 0) + int(row["n"])
    return sorted(hours.items())
