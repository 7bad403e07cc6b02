"""Varde's detectors over a month, as a live station runs them: hour by hour, judged every so often."""

import time
from dataclasses import dataclass

import polars as pl

from bench.insight.months import Month
from bench.insight.packets import BEGIN, DAY, HOUR, frame, number_of
from bench.insight.score import Alert
from varde.detect import Campaign
from varde.detect.campaigns import Campaigns

JUDGED_EVERY = 12 * HOUR
"""What is found is told then: half of it is the delay of what is found at once. `delay` judges more often."""

MOST = 0.5
"""Share of sources that must bear a tool's mark for it to be theirs."""


@dataclass(slots=True)
class Ran:
    """What was told, and what it cost: CPU seconds of taking packets and of judging, packets, cells at the end."""

    alerts: list[Alert]
    taking: float = 0.0
    judging: float = 0.0
    packets: int = 0
    cells: int = 0


def run(month: Month, every: int = JUDGED_EVERY) -> Ran:
    detectors = Campaigns(month.site.open_ports, seed=1)
    ran = Ran([])
    observed = frame(month.packets, month.site).with_columns(period=(pl.col("time") - BEGIN) // every)
    periods = observed.partition_by("period", as_dict=True, include_key=False)
    for number in range(month.site.days * DAY // every):
        began = time.process_time()
        if (number,) in periods:
            detectors.add(periods[(number,)])
        taken = time.process_time()
        now = BEGIN + (number + 1) * every
        ran.alerts += [alert_of(found, now) for found in detectors.judge(now)]
        ran.taking += taken - began
        ran.judging += time.process_time() - taken
    ran.packets, ran.cells = len(month.packets), len(detectors)
    return ran


def alert_of(found: Campaign, at: int) -> Alert:
    tools = frozenset(name for name, share in found.tools.items() if share >= MOST)
    return Alert(found.kind, frozenset(number_of(source) for source in found.sources), at, found.log_p, tools)
