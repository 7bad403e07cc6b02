"""Scans in a stored period, by the detectors that a live station runs: hours are given to them in order, and what they found is answered."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta

import ibis.expr.types as ir
import polars as pl

from varde.detect import Campaign
from varde.detect.campaigns import COLUMNS, Campaigns
from varde.query.engine import Engine, Window, distinct_sources, epoch_us, microseconds

JUDGED_EVERY = timedelta(days=1)
"""Of a stored period. A scan is found whenever it is looked for within the week that cells are kept."""

BATCH_ROWS = 250_000


@dataclass(frozen=True, slots=True)
class Found:
    """Campaigns of a period, least likely first, and what was looked at."""

    window: Window
    campaigns: list[Campaign]
    events: int
    "Packets that their source began."
    sources: int
    left_out: int
    "Packets, or cells of sources that did least, that were too many to be looked at one by one."


def campaigns(engine: Engine, window: Window, open_ports: Collection[str] = ()) -> Found:
    """Scans of a period. Packets that were let through are looked at too, and counted as `allowed`. Ports in `open_ports` never count."""
    asked = replace(window, action="all") if window.action == "refused" else window
    detectors, found = Campaigns(open_ports, seed=0), _Found()

    def question(table: ir.Table) -> int:
        due = 0
        step = int(JUDGED_EVERY / timedelta(microseconds=1))
        for batch in engine.batches(_rows(table), BATCH_ROWS):
            frame = pl.DataFrame(pl.from_arrow(batch))
            for (period,), part in sorted(frame.with_columns(period=pl.col("time") // step).partition_by("period", as_dict=True).items()):
                if due and period > due:
                    found.take(detectors.judge(int(period) * step))
                due = int(period)
                detectors.add(part)
        return int(engine.execute(table.aggregate(sources=distinct_sources(table)))[0]["sources"])

    sources = engine.ask(asked, question)
    found.take(detectors.judge(microseconds(window.last)))
    each = sorted(found.each.values(), key=lambda one: (one.log_p, -one.events, one.sources, one.first))
    return Found(window, each, detectors.events, sources, detectors.left_out)


class _Found:
    """Campaigns as they were told last."""

    def __init__(self) -> None:
        self.each: dict[tuple[str, str, bytes, int], Campaign] = {}

    def take(self, told: list[Campaign]) -> None:
        self.each.update({(one.kind, one.plane, one.sources[0], one.first): one for one in told})


def _rows(table: ir.Table) -> ir.Table:
    names = [name for name in COLUMNS if name != "time"]
    return table.select(*(table[name] for name in names), time=epoch_us(table.time)).order_by("time")


def each_packet(engine: Engine, window: Window, take: Callable[[pl.DataFrame], None]) -> None:
    """Show the packets of a period with COLUMNS, in order of time, BATCH_ROWS at a time: what a detector that runs on learns from."""

    def question(table: ir.Table) -> None:
        for batch in engine.batches(_rows(table), BATCH_ROWS):
            take(pl.DataFrame(pl.from_arrow(batch)))

    engine.ask(replace(window, action="all"), question)
