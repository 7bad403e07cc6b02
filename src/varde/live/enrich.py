"""Country and autonomous system of every address of every record."""

import numpy as np
import polars as pl

from varde.decode.addresses import matrix
from varde.intel import Geography
from varde.live.orient import orient
from varde.live.pairs import Pairs


def enrich(batch: pl.DataFrame, geography: Geography, pairs: Pairs | None = None) -> pl.DataFrame:
    """Fill country and system of each end that a batch has: src, dst, target. Distinct addresses are looked up once.

    Home networks are dated: where some are, the day is part of what is distinct. `pairs` knows flows of the batches before."""
    if batch.is_empty():
        return batch
    for end in ("src", "dst", "target"):
        if f"{end}_cc" in batch.columns and batch[f"{end}_addr"].null_count() < len(batch):
            batch = _locate(batch, end, geography)
    return orient(batch, has_home=bool(geography.homes), pairs=pairs) if "initiator" in batch.columns else batch


def _locate(batch: pl.DataFrame, end: str, geography: Geography) -> pl.DataFrame:
    address, dated = f"{end}_addr", any(home.first or home.last for home in geography.homes)
    keys = [address, "time"] if dated else [address]
    distinct = batch.select(keys).drop_nulls().unique()
    times = distinct["time"].to_numpy() if dated else np.zeros(len(distinct), dtype=np.int64)
    country, system = geography.locate(matrix(distinct[address]), times)
    places = distinct.with_columns(
        pl.Series(f"{end}_cc", country, dtype=pl.String), pl.Series(f"{end}_as", system, dtype=pl.Int64)
    )
    order = batch.columns
    return batch.drop(f"{end}_cc", f"{end}_as").join(places, on=keys, how="left", maintain_order="left").select(order)
