"""Sums of flows in a window from what was summed before, and from records only where that is not enough: the same answer, sooner.

    window       |----|=======|=======|=======|--|
                 records  days' sums        hours' sums, then records up to the end"""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from functools import reduce

import ibis
import ibis.expr.types as ir

from varde.model.rollups import SUMMED, WEIGHT, Rollup
from varde.store.rollups import DAY, HOUR, Rollups

Read = Callable[[list[str], str], ir.Table]
"""Makes a table of Parquet files, under a name."""


@dataclass(slots=True)
class Cut:
    """How a window is put together: files, and the whole hours that files of hours speak for."""

    first: datetime
    last: datetime
    days: list[str] = field(default_factory=list)
    hours: list[str] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)
    "Data files of which the hours that the window has only in part are needed."
    records: list[str] = field(default_factory=list)
    "Data files without sums."


def cut(first: datetime, last: datetime, files: Iterable[str], rollups: Rollups, rollup: Rollup) -> Cut | None:
    """Which files answer; None where sums save nothing. Moments are of UTC, `files` all that have records between them."""
    made = Cut(_hour(first + timedelta(hours=1) - timedelta(microseconds=1)), _hour(last))
    if made.first >= made.last:
        return None
    for file in files:
        begin = datetime.combine(day_of(file), time(), timezone.utc)
        end = begin + timedelta(days=1)
        if not rollups.made(file):
            made.records.append(file)
        elif first <= begin and end <= last:
            made.days.append(rollups.path(file, rollup, DAY))
        else:
            made.hours.append(rollups.path(file, rollup, HOUR))
            if begin <= first < made.first or made.last < last <= end:
                made.edges.append(file)
    return made if made.days or made.hours else None


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def day_of(file: str) -> date:
    """The day of UTC that a file of the store has records of."""
    return date.fromisoformat(file.split("/")[-2].removeprefix("day="))


def summed(found: Cut, first: datetime, last: datetime, rollup: Rollup, read: Read) -> ir.Table:
    """A table with the columns of a roll-up, those that are summed, and WEIGHT."""
    names = [*rollup.columns, *SUMMED, WEIGHT]
    parts = []
    if found.days:
        parts.append(read(found.days, "days").select(names))
    if found.hours:
        hours = read(found.hours, "hours")
        parts.append(hours.filter(hours.time >= found.first, hours.time < found.last).select(names))
    if found.edges:
        edges = read(found.edges, "edges")
        inside = ((edges.time >= first) & (edges.time < found.first)) | ((edges.time >= found.last) & (edges.time < last))
        parts.append(_weighed(edges.filter(inside), rollup))
    if found.records:
        rest = read(found.records, "rest")
        parts.append(_weighed(rest.filter(rest.time >= first, rest.time < last), rollup))
    return reduce(lambda one, other: one.union(other), parts)


def _weighed(records: ir.Table, rollup: Rollup) -> ir.Table:
    """Records as sums of one each."""
    scaled = {f"{name}_scaled": ibis.coalesce(records[f"{name}_scaled"], records[name]) for name in ("packets", "octets")}
    return records.select(*rollup.columns, **{name: scaled.get(name, records[name]).fill_null(0) for name in SUMMED}, **{WEIGHT: ibis.literal(1, "int64")})


def number(table: ir.Table) -> ir.IntegerScalar:
    """How many records: of a table of records its rows, of one of sums what they weigh."""
    return table[WEIGHT].sum().fill_null(0).cast("int64") if WEIGHT in table.columns else table.count()


def columns_wanted(window: object, wanted: AbstractSet[str]) -> AbstractSet[str]:
    """`wanted` and the columns that the filters of a Window need."""
    return wanted | {column for name, columns in _OF_WINDOW.items() if getattr(window, name) for column in columns}


_OF_WINDOW = {
    "sensor": ("sensor",), "src": ("src_addr",), "dst": ("dst_addr",), "country": ("src_cc",), "src_as": ("src_as",), "planes": ("proto", "src_net"),
    "port_min": ("dst_port",), "port_max": ("dst_port",), "portless": ("dst_port", "proto"),
}  # fmt: skip
