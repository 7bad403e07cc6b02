"""Country and autonomous system of every address of every record."""

import polars as pl

from varde.decode.addresses import matrix
from varde.intel import Geography
from varde.live.orient import orient
from varde.live.pairs import Pairs


def enrich(batch: pl.DataFrame, geography: Geography, pairs: Pairs | None = None) -> pl.DataFrame:
    """Fill country and system of each end that a batch has: src, dst, target. `pairs` knows flows of the batches before."""
    if batch.is_empty():
        return batch
    for end in ("src", "dst", "target"):
        if f"{end}_cc" in batch.columns and batch[f"{end}_addr"].null_count() < len(batch):
            batch = _locate(batch, end, geography)
    return orient(batch, has_home=geography.has_home, is_told=geography.is_told, pairs=pairs) if "initiator" in batch.columns else batch


def _locate(batch: pl.DataFrame, end: str, geography: Geography) -> pl.DataFrame:
    addresses = batch[f"{end}_addr"]
    country, system = geography.place(matrix(addresses.fill_null(bytes(16))), batch["time"].to_numpy())
    absent = addresses.is_null().to_numpy()
    country[absent], system[absent] = -1, -1
    codes = pl.Series(geography.codes, dtype=pl.String).gather(pl.Series(country, dtype=pl.Int64).set(pl.Series(country < 0), None))
    return batch.with_columns(codes.alias(f"{end}_cc"), pl.Series(f"{end}_as", system).set(pl.Series(system < 0), None))
