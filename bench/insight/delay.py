"""How soon a campaign is told, where Varde judges every hour: of one seed, the first days of its month."""

from statistics import median

import polars as pl

from bench.insight import ours
from bench.insight.months import begin_of, month
from bench.insight.packets import HOUR, SITES
from bench.insight.score import score

DAYS, EVERY = 9, HOUR
SOON = {"kind": pl.String, "campaigns": pl.Int64, "middle": pl.Float64, "latest": pl.Float64, "of_span": pl.Float64}
"""By kind: campaigns that were told; the middle and the largest of hours from their first packet; and of how much of them was over, in the middle."""


def soon(seed: int) -> pl.DataFrame:
    """Rows of SOON."""
    found: dict[str, list[tuple[float, float]]] = {}
    for site in SITES:
        whole = begin_of(month(seed, site), DAYS)
        for told in score(whole, ours.run(whole, EVERY).alerts).told.values():
            if told.delay is not None and told.truth.cell.counts:
                span = max(1, told.truth.last - told.truth.first) / HOUR
                found.setdefault(told.truth.cell.kind, []).append((told.delay, min(1.0, told.delay / span)))
    rows = [(kind, len(each), median(late for late, _ in each), max(late for late, _ in each), median(part for _, part in each)) for kind, each in found.items()]
    return pl.DataFrame(rows, SOON, orient="row")
