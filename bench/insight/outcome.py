"""What a seed gave: every campaign of its two months and every system, as rows that can be added up."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from bench.insight import ours
from bench.insight.grid import GRID
from bench.insight.months import Month, month
from bench.insight.oracle import odds
from bench.insight.packets import SITES, Site
from bench.insight.rules import RULES
from bench.insight.score import Score, score

VARDE = "Varde"
PLACE = {cell: place for place, cell in enumerate(GRID)}

CAMPAIGNS = {
    "seed": pl.Int64, "system": pl.String, "cell": pl.Int64, "told": pl.Boolean, "named": pl.Boolean, "kinds": pl.String, "delay": pl.Float64, "share": pl.Float64,
    "log_p": pl.Float64, "odds": pl.Float64,
}  # fmt: skip
"""One row a campaign and system. `delay`: hours from its first packet; `share`: of its sources; `log_p`: the least of those it was told with;
`odds`: see `oracle.odds`, null where it is not asked."""

MONTHS = {
    "seed": pl.Int64, "system": pl.String, "site": pl.String, "clean": pl.Boolean, "days": pl.Int64, "false": pl.Int64, "surveys": pl.Int64, "strangers": pl.Int64,
    "packets": pl.Int64, "taking": pl.Float64, "judging": pl.Float64, "cells": pl.Int64,
}  # fmt: skip
FALSE = {"seed": pl.Int64, "site": pl.String, "kind": pl.String, "log_p": pl.Float64, "sources": pl.Int64}


NAMES = ("campaigns", "months", "false")


@dataclass(slots=True)
class Outcome:
    """Rows of CAMPAIGNS, MONTHS, and Varde's own false alarms as FALSE."""

    campaigns: pl.DataFrame
    months: pl.DataFrame
    false: pl.DataFrame


def of_seed(seed: int, *, others: bool = True, clean: bool = True) -> Outcome:
    """Both sites. `others`: ask the rules of other programs too; `clean`: and Varde about a month without any campaign."""
    campaigns, months, false = [], [], []
    for site in SITES:
        whole = month(seed, site)
        ran = ours.run(whole)
        scores: dict[str, tuple[Score, ours.Ran | None]] = {VARDE: (score(whole, ran.alerts), ran)}
        scores |= {rule.name: (score(whole, rule.alerts(whole.packets, site)), None) for rule in RULES} if others else {}
        bound = odds(whole)
        for system, (made, cost) in scores.items():
            campaigns += _campaigns(seed, system, made, bound if system == VARDE else {})
            months.append(_month(seed, system, site, made, whole, cost, clean=False))
        false += _false(seed, site, scores[VARDE][0])
        if clean:
            quiet = month(seed, site, cells=())
            ran = ours.run(quiet)
            months.append(_month(seed, VARDE, site, score(quiet, ran.alerts), quiet, ran, clean=True))
    return Outcome(pl.DataFrame(campaigns, CAMPAIGNS, orient="row"), pl.DataFrame(months, MONTHS, orient="row"), pl.DataFrame(false, FALSE, orient="row"))


def together(outcomes: Iterable[Outcome]) -> Outcome:
    parts = list(outcomes)
    return Outcome(pl.concat([part.campaigns for part in parts]), pl.concat([part.months for part in parts]), pl.concat([part.false for part in parts]))


def _campaigns(seed: int, system: str, made: Score, bound: dict[int, float]) -> list[tuple[object, ...]]:
    return [
        (seed, system, PLACE[told.truth.cell], told.at is not None, told.named, " ".join(sorted(told.kinds)), told.delay, told.share if told.at is not None else None, told.log_p, bound.get(number))
        for number, told in made.told.items()
    ]  # fmt: skip


def _month(seed: int, system: str, site: Site, made: Score, whole: Month, cost: ours.Ran | None, *, clean: bool) -> tuple[object, ...]:
    spent = (cost.taking, cost.judging, cost.cells) if cost else (None, None, None)
    return (seed, system, site.name, clean, site.days, len(made.false), made.surveys, made.strangers, len(whole.packets), *spent)


def _false(seed: int, site: Site, made: Score) -> list[tuple[object, ...]]:
    return [(seed, site.name, alert.kind, alert.log_p, len(alert.sources)) for alert in made.false]


def keep(outcome: Outcome, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        getattr(outcome, name).write_parquet(folder / f"{name}.tmp")
    for name in NAMES:
        (folder / f"{name}.tmp").replace(folder / f"{name}.parquet")


def kept(folder: Path) -> Outcome | None:
    """What was kept there; nothing where it is not all there."""
    files = [folder / f"{name}.parquet" for name in NAMES]
    return Outcome(*map(pl.read_parquet, files)) if all(file.exists() for file in files) else None
