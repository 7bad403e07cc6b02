"""Who scans: sources of which one of two models says so, as SiLK's rwscan does."""

from dataclasses import dataclass, field

import polars as pl

from varde.detect.probing import PROTOCOLS, probing
from varde.detect.random_walk import Odds, random_walk
from varde.detect.regression import regression

MODELS = ("hybrid", "trw", "blr")
"""Their places are the numbers that rwscan prints of them; the first asks the second, then the third."""

FLOWS_MIN = 32
"""Flows of a source by one protocol, below which the regression has too little to go by."""

TARGETS_MIN = 4
"""Addresses with ports: who asks fewer retries or floods. The random walk needs four misses too."""

CERTAIN = 0.5
"""More than this is a scan."""

_KEY = ["src_addr", "proto"]


@dataclass(frozen=True, slots=True)
class Scanning:
    """How to look for scans."""

    model: str = "blr"
    odds: Odds = field(default_factory=Odds)


@dataclass(frozen=True, slots=True)
class Scan:
    """What one source did by one protocol, answers left out. Times in us since 1970 UTC."""

    src_addr: bytes
    proto: int
    first: int
    last: int
    flows: int
    packets: int
    octets: int
    addresses: int
    ports: int
    model: str
    probability: float
    "Of the random walk it is the likelihood, which is above 1."


def scans(observed: pl.DataFrame, how: Scanning) -> list[Scan]:
    """Scans in rows with COLUMNS; all that a source did by a protocol must be among them. In order of source and protocol."""
    observed = observed.filter(pl.col("proto").is_in(PROTOCOLS))
    began = probing(observed)
    if began.is_empty():
        return []
    sums = _sums(began).filter(pl.col("targets") >= TARGETS_MIN)
    began = began.join(sums.select(_KEY), on=_KEY, how="semi")
    if began.is_empty():
        return []
    found = sums.join(_judged(began, observed, how), on=_KEY, how="inner").sort(_KEY)
    return [Scan(**row) for row in found.select(pl.all().exclude("targets")).iter_rows(named=True)]


def _judged(began: pl.DataFrame, observed: pl.DataFrame, how: Scanning) -> pl.DataFrame:
    """Source, protocol, model and probability of those that scan."""
    walked = random_walk(began, how.odds) if how.model != "blr" else None
    verdicts = [] if walked is None else [walked.select(*_KEY, model=pl.lit("trw"), probability="likelihood")]
    if how.model != "trw":
        left = began if walked is None else began.join(walked, on=_KEY, how="anti")
        left = left.filter(pl.len().over(_KEY) >= FLOWS_MIN)
        if len(left):
            told = regression(left, observed.group_by(_KEY).agg(observed=pl.len())).filter(pl.col("probability") > CERTAIN)
            verdicts.append(told.select(*_KEY, model=pl.lit("blr"), probability="probability"))
    empty = pl.DataFrame(schema={"src_addr": pl.Binary, "proto": pl.Int64, "model": pl.String, "probability": pl.Float64})
    return pl.concat([empty, *verdicts])


def _sums(began: pl.DataFrame) -> pl.DataFrame:
    return began.group_by(_KEY).agg(
        first=pl.col("time").min(), last=pl.coalesce("end_time", "time").max(), flows=pl.len().cast(pl.Int64), packets=pl.col("packets").sum(),
        octets=pl.col("octets").sum(), addresses=pl.col("dst_addr").n_unique().cast(pl.Int64), ports=pl.col("dst_port").drop_nulls().n_unique().cast(pl.Int64),
        targets=pl.struct("dst_addr", "dst_port").n_unique(),
    )  # fmt: skip
