"""A few rows of a run for the page of numbers."""

import polars as pl

from bench.insight.outcome import VARDE, Outcome
from bench.insight.packets import SITES
from bench.insight.page import KINDS, false_by_site, is_met, joined, percent, systems, worst_cell
from bench.measure import Result

JOB = "scans, a month of synthetic background"


def rows(outcome: Outcome, *, final: bool) -> list[Result]:
    told = joined(outcome).filter((pl.col("system") == VARDE) & pl.col("counts"))
    made = [_kind(told.filter(pl.col("kind") == kind), kind) for kind in KINDS]
    seeds = outcome.campaigns["seed"].n_unique()
    made.append(Result(JOB, "seeds of each cell", str(seeds), "final" if final else "of development, not final"))
    return made + [_false(outcome, system) for system in systems(outcome)]


def _kind(mine: pl.DataFrame, kind: str) -> Result:
    share = percent(float(mine["told"].cast(pl.Float64).mean() or 0))  # type: ignore[arg-type]
    worst, least = worst_cell(mine)
    return Result(JOB, f"Varde, {kind}", f"{share} told", f"goal {'met' if is_met(mine, kind) else 'missed'}; worst: {worst}: {percent(least)}")


def _false(outcome: Outcome, system: str) -> Result:
    sites = (site.name.split(",")[0] for site in SITES)
    told = joined(outcome).filter((pl.col("system") == system) & pl.col("counts") & pl.col("kind").is_in(("diagonal", "random", "coordinated")))["told"]
    said = ", ".join(f"{count} {site}" for count, site in zip(false_by_site(outcome, system), sites, strict=True))
    return Result(JOB, f"{system}, false alarms a day", said, f"of slow and shared scans {percent(float(told.cast(pl.Float64).mean() or 0))} told")  # type: ignore[arg-type]
