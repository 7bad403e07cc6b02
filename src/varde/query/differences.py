"""What differs in a period: ports that many more addresses wanted than on the days before."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from varde.model import PLANES, proto_name
from varde.query.engine import Engine, Window, epoch_us, hashed, microseconds, plane_number

FLOOR = 20
"""Distinct sources below which a port is not news: a handful of strangers is every port's daily share."""

GROWTH = 3.0
"""Times the usual number of sources that make news."""

DAYS_BEFORE = 7

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A port that more addresses wanted than usual: distinct sources now and per day before."""

    proto: str
    port: int
    plane: str
    sources: int
    usual: float
    events: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Comparison:
    """A period against the days before it: how many of those have records (0: nothing to compare with), and what differs."""

    days: int
    found: list[Difference] = field(default_factory=list)


def differences(engine: Engine, window: Window, limit: int = 6) -> Comparison:
    """Ports that at least FLOOR sources wanted, GROWTH times as many as a day had in the week before; most grown first.

    Days are whole ones counted back from the beginning of the window, so that they are the reader's and not those of UTC."""
    before = Window(window.first - timedelta(days=DAYS_BEFORE), window.first, action=window.action, sensor=window.sensor)
    days = int(engine.ask(before, lambda t: engine.execute(t.aggregate(n=_age(t, window.first).nunique())))[0]["n"])
    if not days:
        return Comparison(0)
    rows = engine.ask(replace(window, first=before.first), lambda t: engine.execute(_wanted(t, window.first)))
    found = [_difference(row, days) for row in rows]
    grown = [d for d in found if d.sources >= GROWTH * max(d.usual, 1.0)]
    return Comparison(days, sorted(grown, key=lambda d: (-d.sources / max(d.usual, 1.0), d.port, d.proto, d.plane))[:limit])


def _age(table: ir.Table, begin: datetime) -> ir.IntegerValue:
    """0 for the period itself, 1 for the day before it, and so on."""
    return ((microseconds(begin) - epoch_us(table.time) + _DAY_US - 1) // _DAY_US).cast("int64").clip(lower=0)


def _wanted(table: ir.Table, begin: datetime) -> ir.Table:
    """A row for each port of the period that at least FLOOR sources wanted. `past` are the sources of the days before,
    each day's added up: one that comes every day is usual every day."""
    # sources by their hashes, as in distinct_sources; grouped first and counted then, which is faster than counting distinct
    known = table.filter(table.dst_port.notnull()).mutate(plane=plane_number(), age=_age(table, begin), source=hashed(table.src_addr))
    each = known.group_by("proto", "dst_port", "plane", "age", "source").aggregate(
        events=known.count(), first=known.time.min(), last=known.time.max(),
    )  # fmt: skip
    now = each.age == 0
    ports = each.group_by("proto", "dst_port", "plane").aggregate(
        sources=each.count(where=now), past=each.count(where=~now), events=each.events.sum(where=now),
        first=each["first"].min(where=now), last=each["last"].max(where=now),
    )  # fmt: skip
    return ports.filter(ibis._.sources >= FLOOR)


def _difference(row: dict[str, Any], days: int) -> Difference:
    plane = PLANES[int(row["plane"])].key
    return Difference(proto_name(int(row["proto"])), int(row["dst_port"]), plane, int(row["sources"]), int(row["past"]) / days,
                      int(row["events"]), row["first"], row["last"])  # fmt: skip
