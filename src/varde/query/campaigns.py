"""Scans in a stored period, by the detectors that a live station runs: packets are given to them in order, and what they found is answered.

The week before the period is looked at too, so that what is usual is known and a scan that began before it is seen whole; of the month
before, how many sources tried each port on each day."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta

import ibis.expr.types as ir
import numpy as np
import polars as pl

from varde.detect import Campaign
from varde.detect.campaigns import COLUMNS, Campaigns
from varde.detect.cells import DAY_US, HORIZON
from varde.detect.newports import DAYS
from varde.query.engine import PORTED, Engine, Window, distinct_sources, epoch_us, hashed, microseconds

JUDGED_EVERY = DAY_US
"""us of a stored period. A scan is found whenever it is looked for within the week that cells are kept."""

LEAD = timedelta(microseconds=HORIZON)

BATCH_ROWS = 250_000


@dataclass(frozen=True, slots=True)
class Found:
    """Campaigns of a period, least likely first, and what was looked at."""

    window: Window
    campaigns: list[Campaign]
    events: int
    "Packets that their source began, those of the week before among them."
    sources: int
    left_out: int
    "Packets, or cells of sources that did least, that were too many to be looked at one by one."


def campaigns(engine: Engine, window: Window, open_ports: Collection[str] = ()) -> Found:
    """Scans of a period. Packets that were let through are looked at too, and counted as `allowed`. Ports in `open_ports` never count."""
    asked = replace(window, action="all") if window.action == "refused" else window
    detectors, seen = Campaigns(open_ports, seed=0), _Seen(microseconds(window.first))
    learn_ports(engine, asked, detectors)
    engine.ask(replace(asked, first=asked.first - LEAD), lambda table: _look(engine, table, detectors, seen))
    detectors.judge(microseconds(window.last))
    seen.take(detectors)
    sources = engine.ask(asked, lambda table: int(engine.execute(table.aggregate(sources=distinct_sources(table)))[0]["sources"]))
    each = sorted(seen.each.values(), key=lambda one: (one.log_p, -one.events, one.sources, one.first))
    return Found(window, each, detectors.events, sources, detectors.left_out)


class _Seen:
    """Campaigns of the period as they were told last."""

    def __init__(self, begin: int) -> None:
        self._begin = begin
        self.each: dict[tuple[str, str, bytes, int], Campaign] = {}

    def take(self, detectors: Campaigns) -> None:
        self.each.update({(one.kind, one.plane, one.sources[0], one.first): one for one in detectors.told if one.last >= self._begin})


def _look(engine: Engine, table: ir.Table, detectors: Campaigns, seen: _Seen) -> None:
    """Give detectors what is in a table, and let them judge at the end of each day."""
    due: int | None = None
    for batch in engine.batches(_rows(table), BATCH_ROWS):
        frame = pl.DataFrame(pl.from_arrow(batch)).with_columns(period=pl.col("time") // JUDGED_EVERY)
        for (period,), part in sorted(frame.partition_by("period", as_dict=True).items()):
            if due is not None and period > due:
                detectors.judge((due + 1) * JUDGED_EVERY)
                seen.take(detectors)
            due = int(period)
            detectors.add(part)


def _rows(table: ir.Table) -> ir.Table:
    names = [name for name in COLUMNS if name != "time"]
    return table.select(*(table[name] for name in names), time=epoch_us(table.time)).order_by("time")


def learn_ports(engine: Engine, asked: Window, detectors: Campaigns) -> None:
    """Tell detectors how many sources tried each port on each day of the month before a period, but for the week before it."""
    before = replace(asked, first=asked.first - timedelta(days=DAYS + 2), last=asked.first - LEAD, port_min=None, port_max=None)
    frame = pl.DataFrame(pl.from_arrow(engine.ask(before, lambda table: engine.arrow(_daily(table)))))
    for (day,), part in sorted(frame.partition_by("day", as_dict=True).items()):
        detectors.learn_ports(int(day), part["key"].to_numpy().astype(np.int64), part["sources"].to_numpy().astype(np.int64))


def _daily(table: ir.Table) -> ir.Table:
    ported = table.filter(table.proto.isin(PORTED), table.dst_port.notnull())
    key = ported.proto.cast("int64") * 65_536 + ported.dst_port.cast("int64")
    each = ported.select(day=epoch_us(ported.time) // DAY_US, key=key, source=hashed(ported.src_addr)).distinct()
    return each.group_by("day", "key").aggregate(sources=each.count())


def each_packet(engine: Engine, window: Window, take: Callable[[pl.DataFrame], None]) -> None:
    """Show the packets of a period with COLUMNS, in order of time, BATCH_ROWS at a time: what a detector that runs on learns from."""

    def question(table: ir.Table) -> None:
        for batch in engine.batches(_rows(table), BATCH_ROWS):
            take(pl.DataFrame(pl.from_arrow(batch)))

    engine.ask(replace(window, action="all"), question)
